package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzEvent: an event is read or refused; what it names reaches git as ids alone.
func FuzzEvent(f *testing.F) {
	id := strings.Repeat("a", 40)
	for _, seed := range []string{
		`{"pull_request":{"base":{"sha":"` + id + `"},"head":{"sha":"` + id + `"}}}`,
		`{"before":"` + id + `","after":"--all","ref":"refs/heads/x","repository":{"default_branch":"../../x"}}`,
		`{"merge_group":{}}`, `{"inputs":null}`, `{"inputs":{"base":7}}`, `[]`, `null`, "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		for _, name := range []string{"pull_request", "push", "merge_group", "workflow_dispatch"} {
			if source, err := Event(name, []byte(payload), ""); err == nil && source.resolve == nil {
				t.Error("an event that resolves to nothing")
			}
		}
	})
}

// FuzzPushLines: whatever is read of git's lines is an id.
func FuzzPushLines(f *testing.F) {
	id := strings.Repeat("0", 40)
	for _, seed := range []string{"", "x " + id + " y " + id + "\n", "x " + id + " y --all\n", "a b\nc d", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		refs, ok := parsePushed(text)
		for _, ref := range refs {
			if !isID(ref.localID) || !isID(ref.remoteID) {
				t.Errorf("%q was read as %+v", text, ref)
			}
		}
		if !ok && refs != nil {
			t.Error("lines that were refused were read all the same")
		}
	})
}

// FuzzDiffTree: what is read of git's raw format has a path and ids.
func FuzzDiffTree(f *testing.F) {
	id, other := strings.Repeat("a", 40), strings.Repeat("0", 40)
	entry := ":000000 100644 " + other + " " + id + " A\x00"
	for _, seed := range []string{
		id + "\x00" + entry + "a\nb\x00", id + "\x00::100644 100644 100644 " + id + " " + id + " " + id + " MM\x00x\x00",
		id + "\x00" + entry + id + "\x00", entry + "x\x00", id, ":\x00\x00", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, ok := parseDiffTree([]byte(text))
		if !ok {
			return
		}
		for commit, changes := range all {
			for _, c := range changes {
				if !isID(commit) || c.path == "" || !isID(c.new.id) || len(c.old) == 0 {
					t.Errorf("%q was read as %+v", text, c)
				}
			}
		}
	})
}

// FuzzLines: any bytes become lines of printable UTF-8, one for each line of the bytes, and
// a printable ASCII line stays as it is.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"a\nb", "a\r\nb\r\n", "\xff\xfea\x00\n\x00", "\xef\xbb\xbfx", "\x00\x00\xfe\xff", "x\x00y", "caf\xe9", "\xff\xfe\x00", "\u2028\x1c"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := textLines(data)
		for _, l := range lines {
			if !utf8.ValidString(l) || strings.ContainsAny(l, "\n\r\x00\v\f\u2028\u2029\u0085") {
				t.Fatalf("%q became %q", data, l)
			}
		}
		if _, wide := decodeWide(data); wide || len(lines) == 0 {
			return
		}
		if want := bytes.Count(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) + 1; len(lines) != want {
			t.Errorf("%q became %d lines, want %d", data, len(lines), want)
		}
	})
}

// FuzzDocuments: every added line is in a document under its own number, and no document
// is larger than the API takes.
func FuzzDocuments(f *testing.F) {
	f.Add("a\nb\nc", "b", 1)
	f.Add("x", "", 40_000)
	f.Add("ggignore\n☃", "", 3)
	f.Add("\x01\x02\n\n\n", "\n", 200_000)
	f.Fuzz(func(t *testing.T, after, before string, times int) {
		times = max(min(times, 200_000/(len(after)+1)), 1)
		lines := textLines([]byte(strings.Repeat(after, times)))
		added := addedLines(lines, textLines([]byte(before)))
		docs := newDocuments()
		docs.add(fileText, "a", 0, lines, added)
		seen := make(map[int]bool)
		for _, d := range docs.finish() {
			encoded, err := json.Marshal(d.text())
			if err != nil || len(d.text()) > maxDocument || len(encoded) > 6*maxDocument {
				t.Fatalf("a document of %d bytes", len(d.text()))
			}
			if strings.Count(d.text(), "\n")+1 != len(d.lines) {
				t.Fatal("a line of a document holds another")
			}
			for _, l := range d.lines {
				if l.number == 0 {
					continue
				}
				if l.added != added[l.number-1] || !strings.Contains(disarm(lines[l.number-1]), l.text) {
					t.Fatalf("line %d is %q", l.number, l.text)
				}
				seen[l.number] = true
			}
		}
		for i, is := range added {
			if is && !seen[i+1] {
				t.Fatalf("line %d of %d is in no document", i+1, len(lines))
			}
		}
	})
}

// FuzzAnswer: no answer of ggshield makes a scan believed that lacks a document, a canary
// or its exit code.
func FuzzAnswer(f *testing.F) {
	docs := []document{{id: "000000/a.py", kind: fileText, path: "a.py", lines: []line{{}, {text: "x", number: 1, added: true}}}}
	entity := func(id, found string) string {
		return fmt.Sprintf(`{"mode":"FILE","filename":%q,"total_incidents":0,"total_occurrences":0,"incidents":[%s]}`, id, found)
	}
	incident := `{"policy":"Secrets detection","type":"T","total_occurrences":1,"occurrences":[{"match":"x","type":"apikey","line_start":2,"line_end":2,"index_start":0,"index_end":1}]}`
	whole := func(entities ...string) string {
		return `{"id":"1","type":"docset","total_incidents":0,"total_occurrences":0,"scans":[{"id":"-","type":"docset","total_incidents":0,"total_occurrences":0,"entities_with_incidents":[` + strings.Join(entities, ",") + `]}]}`
	}
	for _, seed := range []string{
		whole(entity(canaryID(0), incident), entity(docs[0].id, "")), whole(entity(canaryID(0), ""), entity(docs[0].id, "")),
		whole(entity(canaryID(0), incident)), whole(entity(canaryID(0), incident), entity(docs[0].id, incident), entity(docs[0].id, "")),
		whole(entity(canaryID(0), incident), entity(docs[0].id, "")) + "{}", "", "{}", `{"type":"docset","scans":[{"errors":[{}]}]}`,
	} {
		f.Add(seed, "", 1)
		f.Add(seed, "Skipped a", 0)
	}
	g := &ggshield{canaries: true}
	f.Fuzz(func(t *testing.T, stdout, stderr string, code int) {
		j, p := g.judge(answer{code, []byte(stdout), []byte(stderr)}, docs)
		if p == nil && (code != 1 || strings.TrimSpace(stderr) != "" || j.documents != 1 ||
			!strings.Contains(stdout, "occurrences") || !strings.Contains(stdout, "canary") && !strings.Contains(stdout, `\u`)) {
			t.Errorf("believed: code %d, stderr %q, stdout %q", code, stderr, stdout)
		}
		s := scanned{documents: docs, commits: []commit{{}}}
		if _, _, _, err := s.place(j.hits); err != nil && !strings.Contains(err.Error(), string(BadAnswer)) {
			t.Error(err)
		}
	})
}

// FuzzSettings: settings are read or faulted, and an exception that counts has everything
// that it needs.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{
		"offline: accept\n", "ignore:\n- {path: a, detector: b, reason: c, owner: d, expires: 2099-01-01}\n",
		"exclude: [1, {path: '**'}]\n", "ignore: &a [*a]\n", "? [\n", "a: &x {b: *x}\n", "---\n---\n", "\x00", "ignore:\n- {line: 99999999999999999999}\n",
	} {
		f.Add(seed)
	}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s := parseSettings([]byte(text), now)
		for _, e := range append(s.ignore, s.exclude...) {
			if e.path == "" || e.owner == "" || e.reason == "" || !now.Before(e.expires.AddDate(0, 0, 1)) {
				t.Errorf("%q: %+v counts", text, e)
			}
		}
		for _, fault := range s.faults {
			if title := fault.title(); strings.Contains(title, "scan.") && !strings.Contains(title, SettingsFile) {
				t.Errorf("no sentence for %s", fault.Fault)
			}
		}
	})
}

// FuzzWorkflowCommand: whatever is encoded stays one command, and reads back.
func FuzzWorkflowCommand(f *testing.F) {
	for _, seed := range []string{"a", "a:b,c%0A\r\n", "::error::x", "##[error]", "\xff\u2028"} {
		f.Add(seed)
	}
	decode := strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
	form := regexp.MustCompile(`\A::error file=[^,:\r\n]*::[^\r\n]*\z`)
	f.Fuzz(func(t *testing.T, text string) {
		line := "::error file=" + property(text) + "::" + data(text)
		if !form.MatchString(line) {
			t.Errorf("%q became %q", text, line)
		}
		if decode.Replace(property(text)) != text || decode.Replace(data(text)) != text {
			t.Errorf("%q does not read back", text)
		}
	})
}

// FuzzVisible: names on one line, without anything that moves a cursor or turns writing.
func FuzzVisible(f *testing.F) {
	for _, seed := range []string{"a", "a\nb\x1b[0m\u202e\xff", `\`, "\u200b\u00ad"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := visible(text)
		for _, r := range shown {
			if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' {
				t.Errorf("%q is shown as %q", text, shown)
			}
		}
		if !utf8.ValidString(shown) {
			t.Errorf("%q is shown as %q", text, shown)
		}
		if strings.ContainsAny(markdown(shown), "<>`*_|[]@\\\n") {
			t.Errorf("%q is Markdown", shown)
		}
	})
}
