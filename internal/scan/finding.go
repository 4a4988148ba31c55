package scan

import (
	"cmp"
	"slices"
	"strings"

	"secretstore/internal/secret"
)

// Finding is one place where an engine found a secret that the change adds. It holds
// nothing of the secret.
type Finding struct {
	Detector string   // as the engine calls it
	Engines  []string // who found it
	Kind     string   // "file", "commit message", "pull request" or "settings"
	Commit   string   // full id; empty for what is not committed
	Author   string   // of the commit
	Path     string   // as git keeps it, so not always UTF-8; empty for a message
	Line     int      // from 1, in the file or message as the commit left it
	Validity string   // what the engine says of the secret: "valid", "invalid", …; may be empty

	// InHead reports that the line still stands in the newest version of the tree, at
	// HeadPath and HeadLine. Otherwise it is in the history alone.
	InHead   bool
	HeadPath string
	HeadLine int

	Name   string // the name that is suggested for the secret
	Recipe string // and the recipe

	Fault string // of a finding in the settings: what is wrong with an entry

	// mark is the line by which the finding is looked up in the head, markOffset lines
	// after Line.
	mark       secret.Value
	markOffset int
}

// where is the path of a finding, or what else it is in.
func (f Finding) where() string {
	if f.Path == "" {
		return f.Kind
	}
	return f.Path
}

// hit is what an engine says of one document.
type hit struct {
	document int // index
	engine   string
	detector string
	parts    []span // where its parts stand, such as a user and a password
	validity string
	excluded bool // by the administrators of the GitGuardian workspace
}

// span is lines of a document, from 1, both included.
type span struct{ first, last int }

// place turns hits into findings: each at the first line of the hit that the change adds.
// It also counts the hits that touch no added line, which stood there before.
func (s *scanned) place(hits []hit) (found, excluded []Finding, before int, err error) {
	old := make(map[[2]int]bool) // :: document and line, for the hits that stood there before
	for _, h := range hits {
		doc := s.documents[h.document]
		at, mark, ok := doc.firstAdded(h.parts)
		if !ok {
			return nil, nil, 0, problem(BadAnswer)
		}
		switch {
		case at < 0:
			old[[2]int{h.document, h.parts[0].first}] = true
		case h.excluded:
			excluded = append(excluded, s.finding(h, doc.lines[at], doc.lines[mark]))
		default:
			found = append(found, s.finding(h, doc.lines[at], doc.lines[mark]))
		}
	}
	return merge(found), merge(excluded), len(old), nil
}

// firstAdded is the index of the first added line in any of the spans, -1 if there is
// none, and of the longest one of them. It reports false for spans that are not in the
// document.
func (d document) firstAdded(spans []span) (first, mark int, ok bool) {
	first, mark = -1, -1
	for _, s := range spans {
		if s.first < 1 || s.last < s.first || s.last > len(d.lines) {
			return -1, -1, false
		}
		for i := s.first - 1; i < s.last; i++ {
			switch {
			case !d.lines[i].added:
				continue
			case first < 0:
				first, mark = i, i
			case d.lines[i].commit == d.lines[first].commit && len(d.lines[i].text) > len(d.lines[mark].text):
				mark = i
			}
		}
	}
	return first, mark, len(spans) > 0
}

func (s *scanned) finding(h hit, at, mark line) Finding {
	doc, c := s.documents[h.document], s.commits[at.commit]
	f := Finding{
		Detector: h.detector, Engines: []string{h.engine}, Kind: string(doc.kind), Path: doc.path,
		Commit: c.id, Author: c.author, Line: at.number, Validity: h.validity,
		mark: secret.NewValue([]byte(mark.text)), markOffset: mark.number - at.number,
	}
	f.Name, f.Recipe = suggest(f.Detector)
	return f
}

// merge makes one finding of those at the same commit, path and line. The first engine's
// name for it stays, since that is what the settings and people know.
func merge(all []Finding) []Finding {
	slices.SortStableFunc(all, order)
	var merged []Finding
	for _, f := range all {
		same := slices.IndexFunc(merged, func(m Finding) bool {
			return m.Kind == f.Kind && m.Commit == f.Commit && m.Path == f.Path && m.Line == f.Line &&
				(m.Detector == f.Detector || !slices.Equal(m.Engines, f.Engines))
		})
		if same < 0 {
			merged = append(merged, f)
			continue
		}
		m := &merged[same]
		m.Engines = slices.Compact(slices.Sorted(slices.Values(append(m.Engines, f.Engines...))))
		m.Validity = cmp.Or(m.Validity, f.Validity)
	}
	return merged
}

// order is the order in which findings are told. Of two engines at one place, ggshield
// comes first.
func order(a, b Finding) int {
	return cmp.Or(
		strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), strings.Compare(a.Commit, b.Commit),
		slices.Compare(a.Engines, b.Engines), strings.Compare(a.Detector, b.Detector), strings.Compare(a.Fault, b.Fault))
}
