package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/secret"
)

// TestAGuessTakesTheSameCallsRightOrWrong: what is compared for those who decide happens
// while the requester waits, so that how long it takes must not tell them the answer.
func TestAGuessTakesTheSameCallsRightOrWrong(t *testing.T) {
	c := newCouncil(t)
	c.amend("dev: {project: acme-dev}", "dev: {project: acme-dev}\n  stg: {project: acme-stg}")
	for project, text := range map[string]string{"acme-dev": "the value that dev has", "acme-stg": "the value that stg has"} {
		must(t, c.console.Create(project, string(one.Name), nil))
		_, err := c.console.AddVersion(project, string(one.Name), []byte(text))
		must(t, err)
	}
	asked := func(guess string) (calls []string, found secret.Match) {
		t.Helper()
		before := len(c.manager.Calls())
		id := c.ask(of(one, create(guess)))
		for _, call := range c.manager.Calls()[before:] {
			calls = append(calls, call.Method+" "+strings.ReplaceAll(call.Resource, id, "the change"))
		}
		found = c.card(id).Shape.Other
		c.cancel(id, carol, "cancelled")
		return calls, found
	}
	wrong, found := asked("the value of nobody...")
	if found != secret.MatchDiffers || !strings.Contains(strings.Join(wrong, "\n"), "acme-stg") {
		t.Fatalf("a wrong guess is %v, by %q", found, wrong)
	}
	for _, guess := range []string{"the value that dev has", "the value that stg has"} {
		right, found := asked(guess)
		if found != secret.MatchSame {
			t.Errorf("%q is not found to be the same", guess)
		}
		if diff := cmp.Diff(wrong, right); diff != "" {
			t.Errorf("%q takes other calls (-wrong +right):\n%s", guess, diff)
		}
	}
}
