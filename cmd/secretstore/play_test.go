package main

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestFalseLinesFail is the control of the stories: a line that says what is not so fails.
func TestFalseLinesFail(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false)
	story := `as Carol
		type '/secret create dev/real'
		sees 'Value'
		fill value 'what-is-really-there'
		pick notify C0GENERAL
		fill reason 'said aloud'
		submit
		sees 'dev/real was created'
		told 'dev/real was created'
		channel C0GENERAL 'dev/real was created'
		row applied dev/real`
	for line := range strings.Lines(story) {
		if err := p.play(t.Context(), words(strings.TrimSpace(line))); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, p.logged())
		}
	}
	p.show = func(string) {}
	for _, line := range []string{
		"sees 'something else'",
		"lacks 'dev/real was created'",
		"wrong value 'anything'",
		"holds value 'anything'",
		"reply 'anything'",
		"told 'dev/other was created'",
		"channel C0DATA 'dev/real was created'",
		"once dm 'dev/other'",
		"once C0DATA 'dev/real was created'",
		"unsaid 'said aloud'",
		"stored dev/real 1 'something else'",
		"stored dev/real 2 'what-is-really-there'",
		"size dev/real 1 19",
		"version dev/real 1 disabled",
		"marked dev/real secretstore another",
		"trashed dev/real yes",
		"missing dev/real",
		"missing dev/real 1",
		"row denied dev/real",
		"row applied dev/real 'for another reason'",
		"norow applied dev/real",
		"sheet 100",
		"hit manager AddSecretVersion",
		"counts secretstore_sheet_parked 1",
		"counts secretstore_sheet_lost some",
		"uncounted secretstore_sheet_parked",
		"fails '/secret help'",
		"press nowhere",
		"tick value",
		"submit",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := p.play(ctx, words(line))
		cancel()
		if err == nil || errors.Is(err, errStory) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestLinesThatCanNotBePlayed(t *testing.T) {
	p := &player{show: func(string) {}, stage: new(stage)}
	for _, line := range []string{"dance", "fill value", "stored dev/a 1", "fault manager"} {
		if err := p.play(t.Context(), words(line)); !errors.Is(err, errStory) {
			t.Errorf("%s: %v, want %v", line, err, errStory)
		}
	}
}

// slackMarkup is what a terminal would show as signs without meaning.
var slackMarkup = regexp.MustCompile("`|\\*[a-z:]|:[a-z_]+:|<[@#!]|U0[A-Z]|C0[A-Z]")

func TestDemoIsReadInATerminal(t *testing.T) {
	t.Setenv(asMain, "1") // so that the demo's child is this binary as the program
	code, out, errs := run(t, nil, "demo", "--once")
	if code != exitOK {
		t.Fatalf("demo ended with %d: %s", code, errs)
	}
	for _, want := range []string{"Carol types  /secret create dev/db-password", "▲ This looks like a placeholder",
		"✓ dev/db-password was created, version 1", "✉ Carol: ", "Secret Manager: db-password in acme-dev", "Audit sheet", "✗ Refused",
		"✋ Your consent is asked for: create prod/payments-key", "[⚠ Approve for PRODUCTION]", "✓ Your review is recorded"} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not say %q", want)
		}
	}
	for line := range strings.Lines(out) {
		if markup := slackMarkup.FindString(line); markup != "" {
			t.Errorf("%q stands in: %s", markup, line)
		}
		if n := utf8.RuneCountInString(line); n > 110 {
			t.Errorf("%d characters: %s", n, line)
		}
	}
}
