package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
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
		slices.Sort(calls) // they are made at the same time
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

// An environment that is slow must not keep the changes of another from being asked for:
// Slack waits 3 s for the answer.
func TestASlowEnvironmentIsNotWaitedFor(t *testing.T) {
	for _, method := range []string{"ListSecretVersions", "AccessSecretVersion"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			c := newCouncil(t)
			must(t, c.console.Create("acme-dev", string(one.Name), nil))
			_, err := c.console.AddVersion("acme-dev", string(one.Name), []byte("the value that dev has"))
			must(t, err)
			c.manager.Faults().Add(faults.Fault{Method: method, Kind: faults.Slow, Delay: time.Hour})
			ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
			defer cancel()
			s := of(one, create("the value that dev has"))
			s.Key, s.Person = "V0", carol
			r, found, err := c.store.Submit(ctx, s)
			if err != nil || len(found) > 0 {
				t.Fatalf("error %v, faults %v", err, found)
			}
			<-r.Done
			if got := c.card(r.Change.ID).Shape.Other; got != secret.MatchNone {
				t.Errorf("what was not read is %q", got)
			}
			c.manager.Faults().Clear()
			c.approve(r.Change.ID, bob, store.AnswerApproved)
		})
	}
}
