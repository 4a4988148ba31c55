package main

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"secretstore/internal/audit"
	"secretstore/internal/gcp"
	"secretstore/internal/policy"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// check finds what is wrong with values, alone and beside each other.
func (s settings) check() []problem {
	var problems []problem
	bad := func(wrong bool, name string, key wording.Key) {
		if wrong {
			problems = append(problems, problem{name, key, nil})
		}
	}
	for _, def := range allSettings() {
		bad(def.required && s[def.name] == "", def.name, "setting.fault.required")
		key := def.fault(s[def.name])
		bad(key != "", def.name, key)
	}
	bad(s[envAppToken] == "" && s[envSigning] == "", envSigning, "setting.fault.transport")
	bad(s.keyMissing() && s[envProject] == "", envProject, "setting.fault.project")
	bad(s.sameKey(), envSealKey, "setting.fault.same_key")
	return problems
}

// fault finds what is wrong with a value by itself, "" if nothing. A reference to Secret
// Manager is judged by its form; what it stands for, once that is there.
func (d setting) fault(text string) wording.Key {
	switch {
	case text == "", d.secret && reference.MatchString(text):
		return ""
	case d.secret && strings.HasPrefix(text, "projects/"):
		return "setting.fault.reference_form"
	case d.name != envDatabase && placeholder(text): // a database's password may be any text
		return "setting.fault.placeholder"
	case d.form == nil:
		return ""
	}
	return d.form(text)
}

// resolved finds what is wrong with what a reference stands for: it has to be the value itself.
func (d setting) resolved(text string) wording.Key {
	if text == "" || reference.MatchString(text) {
		return "setting.fault.reference_empty"
	}
	return d.fault(text)
}

// placeholder reports whether a value is one that examples leave to be filled in.
func placeholder(text string) bool {
	return strings.Contains(text, "...") || strings.Contains(text, "…")
}

// must is a form that has one fault.
func must(holds func(string) bool, key wording.Key) func(string) wording.Key {
	return func(text string) wording.Key {
		if holds(text) {
			return ""
		}
		return key
	}
}

// How tokens begin (docs: authentication/tokens).
func botToken(text string) bool { return strings.HasPrefix(text, "xoxb-") }
func appToken(text string) bool { return strings.HasPrefix(text, "xapp-") }

func yes(text string) bool { return text == "yes" }

func databaseURL(text string) bool { return audit.CheckURL(text) == nil }

// keyFault judges a list of keys.
func keyFault(text string) wording.Key {
	if _, err := store.ParseKeyring(text); err != nil {
		return "setting.fault.key"
	}
	return ""
}

// signingKeyFault judges a list of keys that sign: one that is no seed signs nothing.
func signingKeyFault(text string) wording.Key {
	ring, err := store.ParseKeyring(text)
	switch {
	case err != nil:
		return "setting.fault.key"
	case len(ring.PublicKeys()) == 0:
		return "setting.fault.signing_key"
	}
	return ""
}

// channelID is what the details of a channel show as its id; a private one may begin with G.
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,20}$`)

// projectID is the id of a project, perhaps of a domain, and never its number or name
// (docs: resource-manager/creating-managing-projects).
var projectID = regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

// sheetIDs are one or more ids of spreadsheets (docs: sheets/api/guides/concepts).
var sheetIDs = regexp.MustCompile(`^[, ]*[A-Za-z0-9_-]+([, ]+[A-Za-z0-9_-]+)*[, ]*$`)

// listenAddress accepts HOST:PORT and :PORT.
func listenAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	n, numeric := strconv.ParseUint(port, 10, 16)
	return err == nil && numeric == nil && (n > 0 || port == "0")
}

// metricsAddress accepts HOST:PORT alone: metrics are not for everyone.
func metricsAddress(text string) bool { return listenAddress(text) && !strings.HasPrefix(text, ":") }

// checkProject keeps the installation's own keys apart from people's secrets. A nil policy
// has faults of its own.
func (s settings) checkProject(p *policy.Policy) []problem {
	if p == nil {
		return nil
	}
	for _, e := range p.Environments() {
		if s[envProject] == e.Project {
			return []problem{{envProject, "setting.fault.project_environment", []string{"env", string(e.Name)}}}
		}
	}
	return nil
}

func (s settings) keyMissing() bool {
	return s[envPrintKey] == "" || s[envSealKey] == "" || s[envSigningKey] == ""
}

// sameKey reports whether two of the keys that are given as text are one.
func (s settings) sameKey() bool {
	var rings []store.Keyring
	for _, name := range []string{envPrintKey, envSealKey, envSigningKey} {
		if ring, err := store.ParseKeyring(s[name]); err == nil {
			rings = append(rings, ring)
		}
	}
	return !distinct(rings...)
}

// slackURL accepts Slack's own hosts by https, or a loopback address.
func slackURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || !strings.HasSuffix(text, "/") {
		return false
	}
	slack := u.Scheme == "https" && (u.Host == "slack.com" || u.Host == "slack-gov.com")
	return slack || loopbackURL(text)
}

func loopbackURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "http" && gcp.Loopback(u.Host)
}

// installationID keeps to what a label value may hold (source: secretmanagerpb.Secret.labels).
func installationID(text string) bool {
	return text != "" && len(text) <= 63 &&
		strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-", r) }) < 0
}
