package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// sent collects what the app showed in Slack during stories: views, messages, options.
// Each is kept once.
type sent struct {
	mu    sync.Mutex
	known map[string]bool
	lines []string
}

// add takes what a stage's app sent: its calls of the Web API, and its answers.
func (s *sent) add(from *stage) {
	for _, call := range from.slack.Calls() {
		s.keep(call.Args)
	}
	for _, d := range from.slack.Deliveries() {
		var answer map[string]any
		if json.Unmarshal(d.Answer, &answer) == nil {
			s.keep(answer)
		}
	}
}

// keep remembers the view, the blocks or the options of one document. Some clients send
// them as text that holds JSON.
func (s *sent) keep(document map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{"view", "blocks", "options"} {
		member, there := document[name]
		if text, isText := member.(string); isText {
			there = json.Unmarshal([]byte(text), &member) == nil
		}
		line, err := json.Marshal(map[string]any{name: member})
		if there && err == nil && !s.known[string(line)] {
			if s.known == nil {
				s.known = make(map[string]bool)
			}
			s.known[string(line)] = true
			s.lines = append(s.lines, string(line))
		}
	}
}

// slackSDK says what Slack's own library for Python finds wrong with documents. Nobody
// here wrote that library: what it and our emulator both let pass was checked twice.
func slackSDK(t *testing.T, lines []string) []string {
	t.Helper()
	python, err := exec.CommandContext(t.Context(), "bash", "../../.ci/pypi", "python", "testdata/slack-sdk.lock").Output()
	if err != nil {
		t.Fatalf("Slack's library for Python could not be installed from PyPI: install Python 3.9 or newer with venv, and look at the network: %v", err)
	}
	check := exec.CommandContext(t.Context(), strings.TrimSpace(string(python)), "testdata/slack_sdk_check.py")
	var out, errs bytes.Buffer
	check.Stdin, check.Stdout, check.Stderr = strings.NewReader(strings.Join(lines, "\n")), &out, &errs
	if err := check.Run(); err != nil {
		t.Fatalf("the check did not run: %v\n%s", err, errs.String())
	}
	return strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' })
}

// checkSent holds everything that was sent against Slack's library.
func checkSent(t *testing.T, all *sent) {
	if len(all.lines) < 100 {
		t.Errorf("only %d views, messages and lists of options were sent", len(all.lines))
	}
	for _, fault := range slackSDK(t, all.lines) {
		number := 0
		_, _ = fmt.Sscanf(fault, "line %d:", &number)
		line := ""
		if number > 0 && number <= len(all.lines) {
			line = all.lines[number-1]
		}
		t.Errorf("%s\n%.1500s", fault, line)
	}
}

// TestSlackSDKFindsFaults is the control of the check: what is wrong is found.
func TestSlackSDKFindsFaults(t *testing.T) {
	view := func(title, block string) string {
		return `{"view":{"type":"modal","title":{"type":"plain_text","text":"` + title + `"},"blocks":[` + block + `]}}`
	}
	section := `{"type":"section","text":{"type":"mrkdwn","text":"x"}}`
	wrong := []string{
		view("A title of twenty-five letters", section),
		view("T", ""),
		view("T", `{"type":"nosuch"}`),
		view("T", `{"type":"section","text":{"type":"mrkdwn","text":"x"},"nosuch":1}`),
		view("T", `{"type":"section"}`),
		`{"blocks":[{"type":"actions","elements":[{"type":"button","action_id":"a","text":{"type":"plain_text","text":"` + strings.Repeat("x", 76) + `"}}]}]}`,
		`{"options":[{"text":{"type":"plain_text","text":"` + strings.Repeat("x", 76) + `"},"value":"v"}]}`,
	}
	right := view("T", section)
	found := strings.Join(slackSDK(t, append(wrong, right)), "\n")
	for i, line := range wrong {
		if !strings.Contains(found, fmt.Sprintf("line %d:", i+1)) {
			t.Errorf("nothing is found wrong with %s", line)
		}
	}
	if strings.Contains(found, fmt.Sprintf("line %d:", len(wrong)+1)) {
		t.Errorf("what is right is found wrong: %s", found)
	}
}
