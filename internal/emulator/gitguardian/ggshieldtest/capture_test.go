package ggshieldtest

import (
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the captures anew")

const captureFile = "testdata/facts.json"

// capture is a run with what differs from run to run, and the leak, taken out.
type capture struct {
	Exit   int    `json:"exit"`
	Stdout any    `json:"stdout"` // parsed JSON, or the text as it is
	Stderr string `json:"stderr"`
	Calls  int    `json:"multiscan_calls"`
}

// captures :: fact -> command -> run
type captures map[string]map[string]capture

var volatile = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "<sha256>"},
	{regexp.MustCompile(`port=[0-9]+`), "port=<port>"},
	{regexp.MustCompile(`127\.0\.0\.1:[0-9]+`), "127.0.0.1:<port>"},
	{regexp.MustCompile(`\(Caused by .*`), "(Caused by <cause>)"},
}

// neutral replaces what differs from run to run.
func (w *world) neutral(text string) string {
	text = strings.ReplaceAll(text, w.dir, "/repo")
	for id, name := range w.ids {
		text = strings.ReplaceAll(text, id, name)
	}
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.instead)
	}
	return text
}

// captured parses and neutralises a run.
func (w *world) captured(t *testing.T, o outcome, calls int) capture {
	t.Helper()
	if strings.Contains(o.stdout+o.stderr, w.leak) {
		t.Error("ggshield printed the whole secret")
	}
	said := slices.Sorted(strings.Lines(w.neutral(o.stderr))) // it lists files in any order
	c := capture{Exit: o.exit, Stdout: w.neutral(o.stdout), Stderr: strings.Join(said, ""), Calls: calls}
	var parsed any
	if err := json.Unmarshal([]byte(o.stdout), &parsed); err == nil {
		c.Stdout = w.settled(parsed)
	}
	return c
}

// settled walks a document: volatile texts are replaced, and lists whose order is that of
// completion are sorted.
func (w *world) settled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if v[key] = w.settled(inner); key == "match" {
				v[key] = "<censored>"
			}
		}
	case []any:
		for i := range v {
			v[i] = w.settled(v[i])
		}
		slices.SortStableFunc(v, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
	case string:
		return w.neutral(v)
	}
	return v
}

func text(v any) string {
	data, _ := json.Marshal(v) // parsed from JSON a moment ago
	return string(data)
}

// compare holds captures against the file, or writes it.
func compare(t *testing.T, got captures) {
	t.Helper()
	data, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(captureFile, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(captureFile)
	if err != nil {
		t.Fatal(err)
	}
	var want, have any
	if err := json.Unmarshal(kept, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &have); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Errorf("ggshield answers otherwise than in %s (-file +run); if the verdict still holds, run this test with -update:\n%s", captureFile, diff)
	}
}
