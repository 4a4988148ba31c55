package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/workspace"
)

// What production holds, and a guess of the same shape that is wrong.
const (
	guessed = "Tr0ub4dor-and-3-horses"
	missed  = "Tr0ub4dor-and-4-horses"
)

// cardSeen is where Bob has the whole card in front.
const cardSeen = "sees 'may be told of the value'"

// guessing is a story of somebody who may create in dev, and ask in production, and wants
// to know whether production holds what is on the clipboard. No guess is applied there.
var guessing = []string{
	"join C0SEC U0CAROL", // against the advice of deploy/policy.md: even the card tells nothing there
	"as Carol",
	"type '/secret create dev/payments-key'", "sees 'Value'", "fill value @clipboard", "submit", "sees 'was created'", "close",
	"type '/secret update dev/payments-key'", "sees 'A new version'", "fill value @clipboard", "submit", "sees 'version 2'", "close",
	"told 'version 2'",
	"type '/secret show dev/payments-key'", "sees 'payments-key'", "close",
	"type '/secret history dev/payments-key'", "sees 'the same bytes'", "close",

	"type '/secret update prod/payments-key'", "sees 'A new version'", "fill value @clipboard", "submit", "sees 'waiting for consent'", "close",
	"told 'Waiting for consent' 'prod/payments-key'",
	"type '/secret'", "sees 'Your requests that wait'", "close",
	"as Bob", "channel C0SEC 'update prod/payments-key'", "press card", cardSeen, "close",
	"channel C0SEC 'update prod/payments-key'", "press refuse", "sees 'ends the request'", "fill reason 'no'", "submit", "sees 'You refused this'", "close",
	"as Carol", "told 'Refused' 'prod/payments-key'",

	"type '/secret update prod/payments-two'", "sees 'A new version'", "fill value @clipboard", "submit", "sees 'waiting for consent'", "close",
	"told 'Waiting for consent' 'prod/payments-two'", "press cancel", "reply 'You cancelled this'", "channel C0SEC 'Cancelled' 'prod/payments-two'", "told 'Cancelled' 'prod/payments-two'",

	"type '/secret update prod/other-key'", "sees 'A new version'", "fill value @clipboard", "submit", "sees 'Refused'", "close",
	"type '/secret update prod/payments-key'", "sees 'A new version'", "fill value @clipboard", "fill reason @clipboard", "submit", "close",
	"type '/secret history prod/payments-key'", "sees 'payments-key'", "close",
}

// TestAGuessTellsTheRequesterNothing: two people play the same story, one with the value
// that production has and one with another, and see the same. Those who decide see which.
func TestAGuessTellsTheRequesterNothing(t *testing.T) {
	right, rightCard := playGuess(t, guessed)
	wrong, wrongCard := playGuess(t, missed)
	if diff := cmp.Diff(wrong, right); diff != "" {
		t.Errorf("a right guess shows (-wrong +right):\n%s", diff)
	}
	if len(right) < 20 {
		t.Errorf("only this was seen: %q", right)
	}
	const same = "the same bytes as the current version"
	if !strings.Contains(strings.ToLower(rightCard), same) || strings.Contains(strings.ToLower(wrongCard), same) {
		t.Errorf("those who decide see, of a right guess\n%s\nand of a wrong one\n%s", rightCard, wrongCard)
	}
}

// playGuess plays the story and returns what its requester saw, and the card of those who
// decide.
func playGuess(t *testing.T, guess string) (seen []string, card string) {
	t.Helper()
	p := newPlayer(t, t.TempDir(), false)
	p.show = func(string) {}
	p.clipboard = guess
	play := func(line string) {
		t.Helper()
		if err := p.play(t.Context(), words(line)); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, p.logged())
		}
	}
	for _, name := range []string{"prod/payments-key", "prod/payments-two", "prod/other-key"} {
		for _, line := range []string{"as Alice", "type '/secret create " + name + "'", "sees 'Value'", "fill value " + guessed, "submit", "sees 'was created'", "close"} {
			play(line)
		}
	}
	for _, line := range guessing {
		play(line)
		switch {
		case line == cardSeen:
			card = plain(p.who.View().Text())
		case p.name == "Carol" && strings.HasPrefix(line, "sees"):
			view := p.who.View()
			seen = append(seen, line+": "+alike(view.Title+"\n"+view.Text()))
		case p.name == "Carol" && line == "submit":
			seen = append(seen, fmt.Sprintf("the faults of the form are %q", p.errors))
		}
	}
	return append(seen, heard(p.person("Carol"))...), card
}

// heard is every message that a person sees, those in the channel of the ones who decide
// among them, in an order of its own: some are posted at the same time.
func heard(p *workspace.Person) (all []string) {
	for _, m := range p.Messages("") {
		all = append(all, alike(m.Text+"\n"+m.Blocks))
	}
	slices.Sort(all)
	return all
}

// chance is what no two runs have in common: ids, fingerprints of other keys, and times.
var chance = regexp.MustCompile(`\b[0-9a-z]{26}\b|k1:[0-9a-f]{8,}|<!date\^[^>]*>|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?( UTC)?|\b\d\d:\d\d\b|\b\d+ (seconds?|s)\b`)

func alike(text string) string { return chance.ReplaceAllString(text, "…") }
