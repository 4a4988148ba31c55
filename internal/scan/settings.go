package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// SettingsFile is the settings' path in the repository. Only the base's version counts.
const SettingsFile = ".secretstore-scan.yaml"

// Limits of the settings.
const (
	maxSettings = 256 << 10 // bytes
	maxEntries  = 1000
)

// settings are what the base branch says about scans. The zero settings excuse nothing.
type settings struct {
	acceptOffline bool    // a pull request of a fork may go without ggshield
	exclude       []entry // paths that are not scanned
	ignore        []entry // findings that are known and no leak
	faults        []Finding
	text          []byte
}

// entry is one exception: what, why, who answers for it, and until when.
type entry struct {
	path     string
	pattern  pattern
	detector string // of ignore
	line     int    // of ignore; 0: any
	reason   string
	owner    string
	expires  time.Time // the last day it counts
	unread   bool      // a part of it could not be read, which was told
	at       int       // its line in the file
}

// readSettings reads the settings of a commit, or of the index if commit is empty. Absent
// settings are the zero ones.
func (r *repository) readSettings(ctx context.Context, commit string, now time.Time) (settings, error) {
	name := commit + ":" + SettingsFile // ":NAME" is the index's
	id, err := r.run(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
	switch {
	case stopped(err):
		return settings{}, err
	case err != nil:
		return settings{}, nil // git answers 1 for a path that is not there
	}
	text, err := r.run(ctx, nil, "cat-file", "blob", strings.TrimSpace(string(id)))
	if err != nil {
		return settings{}, problem(SettingsBroken)
	}
	return parseSettings(text, now), nil
}

// parseSettings reads settings. What is wrong with them comes as findings; an entry with a
// fault counts for nothing.
func parseSettings(text []byte, now time.Time) settings {
	s := settings{text: text}
	if len(text) > maxSettings {
		s.fault(1, "too_large")
		return s
	}
	var root yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
		return s
	} else if err != nil || len(root.Content) != 1 {
		s.fault(1, "syntax")
		return s
	}
	s.top(root.Content[0], now)
	if decoder.Decode(new(yaml.Node)) != io.EOF {
		s.fault(1, "syntax")
	}
	return s
}

func (s *settings) top(node *yaml.Node, now time.Time) {
	if node.Kind != yaml.MappingNode {
		s.fault(node.Line, "syntax")
		return
	}
	for pair := range slices.Chunk(node.Content, 2) {
		switch key, value := pair[0], pair[1]; key.Value {
		case "offline":
			s.acceptOffline = value.Value == "accept"
			if !s.acceptOffline && value.Value != "refuse" {
				s.fault(value.Line, "bad_offline")
			}
		case "exclude":
			s.exclude = s.entries(value, now, false)
		case "ignore":
			s.ignore = s.entries(value, now, true)
		default:
			s.fault(key.Line, "unknown_key")
		}
	}
}

func (s *settings) entries(node *yaml.Node, now time.Time, ignore bool) []entry {
	if node.Kind != yaml.SequenceNode {
		s.fault(node.Line, "syntax")
		return nil
	}
	if len(node.Content) > maxEntries {
		s.fault(node.Line, "too_large")
		return nil
	}
	var all []entry
	for _, n := range node.Content {
		before := len(s.faults)
		e := s.entry(n)
		s.check(e, now, ignore)
		if len(s.faults) == before {
			all = append(all, e)
		}
	}
	return all
}

func (s *settings) entry(node *yaml.Node) entry {
	e := entry{at: node.Line}
	if node.Kind != yaml.MappingNode {
		s.fault(node.Line, "syntax")
		e.unread = true
		return e
	}
	for pair := range slices.Chunk(node.Content, 2) {
		var err error
		switch key, value := pair[0], pair[1]; key.Value {
		case "path":
			e.pattern = newPattern(value.Value)
			e.path = value.Value
		case "detector":
			e.detector = value.Value
		case "reason":
			e.reason = strings.TrimSpace(value.Value)
		case "owner":
			e.owner = strings.TrimSpace(value.Value)
		case "line":
			err = value.Decode(&e.line)
		case "expires":
			e.expires, err = time.Parse(time.DateOnly, value.Value)
		default:
			s.fault(key.Line, "unknown_key")
		}
		if err != nil {
			s.fault(pair[1].Line, "bad_"+pair[0].Value)
			e.unread = true
		}
	}
	return e
}

// check says what an entry lacks. An entry holds nothing of a secret: neither its reason
// nor its owner may look like a token.
func (s *settings) check(e entry, now time.Time, ignore bool) {
	if e.unread {
		return
	}
	for code, wrong := range map[string]bool{
		"no_path":     e.path == "",
		"no_detector": ignore && e.detector == "",
		"no_reason":   e.reason == "",
		"no_owner":    e.owner == "",
		"no_expires":  e.expires.IsZero(),
		"bad_line":    e.line < 0,
		"expired":     !e.expires.IsZero() && !now.Before(e.expires.AddDate(0, 0, 1)),
		"token":       len(secret.TextFaults(secret.FieldReason, e.reason+" "+e.owner, secret.Value{})) > 0,
	} {
		if wrong {
			s.fault(e.at, code)
		}
	}
}

func (s *settings) fault(line int, code string) {
	f := Finding{Kind: "settings", Path: SettingsFile, Line: line, Fault: code, InHead: true, HeadPath: SettingsFile, HeadLine: line}
	if !slices.ContainsFunc(s.faults, func(g Finding) bool { return g.Line == line && g.Fault == code }) {
		s.faults = append(s.faults, f)
	}
	slices.SortFunc(s.faults, order)
}

// ignores returns the entry that excuses a finding, nil if none does.
func (s *settings) ignores(f Finding) *entry {
	for i, e := range s.ignore {
		if e.pattern.match(f.where()) && (e.line == 0 || e.line == f.Line) && strings.EqualFold(e.detector, f.Detector) {
			return &s.ignore[i]
		}
	}
	return nil
}

// excludes returns the entry that leaves a path unscanned, nil if none does.
func (s *settings) excludes(path string) *entry {
	for i, e := range s.exclude {
		if e.pattern.match(path) {
			return &s.exclude[i]
		}
	}
	return nil
}
