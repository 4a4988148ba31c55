package publish_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/publish"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// untold is what a person is shown next, as "audience event", with the detail if any.
func untold(t *testing.T, n *publish.Notifier, user string) (lines []string, tellings []store.Telling) {
	t.Helper()
	tellings, err := n.Untold(t.Context(), secret.Person{Scope: "T0TEAM", User: user})
	if err != nil {
		t.Fatal(err)
	}
	for _, told := range tellings {
		line := string(told.Audience) + " " + string(told.Event)
		if told.Detail != "" {
			line += " " + told.Detail
		}
		lines = append(lines, line)
	}
	return lines, tellings
}

// TestWhatCouldNotBePostedIsShownWhileItMatters: at the person's next command, once.
func TestWhatCouldNotBePostedIsShownWhileItMatters(t *testing.T) {
	soon := reminding(stage(1, "leads"), 10*time.Minute)
	tests := []struct {
		name string
		deaf []string
		play func(*council)
		who  string
		want []string
	}{
		{"an approver is told what waits, not how often", []string{"U0LEAD"}, func(c *council) {
			c.ask(audit.EventStaged)
			time.Sleep(25 * time.Minute)
		}, "U0LEAD", []string{"approvers staged"}},
		{"and what may still be stopped", []string{"U0LEAD"}, func(c *council) {
			c.ask(audit.EventStaged)
			c.step(audit.EventHeld)
		}, "U0LEAD", []string{"approvers held"}},
		{"but not what was decided without them", []string{"U0LEAD"}, func(c *council) {
			c.ask(audit.EventStaged)
			c.step(audit.EventRefused)
		}, "U0LEAD", nil},
		{"the requester is told that they wait, and for whom nobody could tell", []string{"U0CAROL", "U0LEAD", "U0LINA", "C0PROD"}, func(c *council) {
			c.ask(audit.EventStaged)
		}, "U0CAROL", []string{"requester staged unreached", "requester staged"}},
		{"and of the end alone once there is one", []string{"U0CAROL", "U0LEAD", "U0LINA", "C0PROD"}, func(c *council) {
			c.ask(audit.EventStaged)
			c.step(audit.EventExpired)
		}, "U0CAROL", []string{"requester expired"}},
		{"a reviewer is told what there is to review", []string{"C0PROD", "U0LEAD"}, func(c *council) {
			c.emergency(10*time.Minute, "leads")
			c.ask(audit.EventApplying, audit.EventApplied)
			time.Sleep(25 * time.Minute)
		}, "U0LEAD", []string{"reviewers applied"}},
		{"but not what was reviewed", []string{"U0LEAD"}, func(c *council) {
			c.emergency(10*time.Minute, "leads")
			c.ask(audit.EventApplying, audit.EventApplied)
			c.review()
		}, "U0LEAD", nil},
		{"who was skipped is told in any case", []string{"U0LEAD"}, func(c *council) {
			c.emergency(10*time.Minute, "chiefs")
			c.ask(audit.EventApplying, audit.EventApplied)
			c.review()
		}, "U0LEAD", []string{"skipped applied"}},
		{"who acted is told what the review found", []string{"U0CAROL", "C0PROD"}, func(c *council) {
			c.emergency(10*time.Minute, "chiefs")
			c.ask(audit.EventApplying, audit.EventApplied)
			c.review()
		}, "U0CAROL", []string{"requester applied", "requester reviewed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inCouncil(t, func(c *council) {
				c.slack.allDeaf(publish.PostNever, test.deaf...)
				n := c.notifier("this")
				c.run(n)
				test.play(c)
				time.Sleep(time.Minute)
				got, tellings := untold(c.T, n, test.who)
				slices.Sort(got)
				slices.Sort(test.want)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("untold (-want +got):\n%s", diff)
				}
				for _, told := range tellings {
					if err := n.Shown(c.Context(), told); err != nil {
						t.Errorf("shown: %v", err)
					}
				}
				if left, err := c.log.Unreached(c.Context()); slices.Contains(left, test.who) || err != nil {
					t.Errorf("after it was shown there is more: %v, %v", left, err)
				}
			}, soon)
		})
	}
}

// countingNotices counts the queries that a command may cost.
type countingNotices struct {
	publish.Notices
	queries atomic.Int64
}

func (c *countingNotices) Undelivered(ctx context.Context, recipient string) ([]audit.Notice, error) {
	c.queries.Add(1)
	return c.Notices.Undelivered(ctx, recipient)
}

func (c *countingNotices) Unreached(ctx context.Context) ([]string, error) {
	c.queries.Add(1)
	return c.Notices.Unreached(ctx)
}

// TestACommandAsksTheDatabaseOnlyForWhoWasMissed: for everyone else one query serves all
// commands of two seconds.
func TestACommandAsksTheDatabaseOnlyForWhoWasMissed(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.slack.allDeaf(publish.PostNever, "U0LEAD")
		c.run(c.notifier("this"))
		c.ask(audit.EventStaged)
		counting := &countingNotices{Notices: c.log}
		other := publish.NewNotifier(publish.NotifierOptions{ // another replica
			Feed: c.log, Notices: counting, Owner: "other",
			Request: func(audit.Change) (store.Request, error) { return c.request, nil },
		})
		for range 1000 {
			if lines, _ := untold(c.T, other, "U0ALICE"); lines != nil {
				t.Fatalf("untold: %v", lines)
			}
		}
		if n := counting.queries.Load(); n != 1 {
			t.Errorf("%d queries for a thousand commands", n)
		}
		if lines, _ := untold(c.T, other, "U0LEAD"); len(lines) != 1 {
			t.Errorf("who was missed is shown %v", lines)
		}
	}, stage(1, "leads"))
}

// TestWhoIsMissedIsKnownWithinSeconds: at once by the replica that could not post.
func TestWhoIsMissedIsKnownWithinSeconds(t *testing.T) {
	inCouncil(t, func(c *council) {
		c.slack.allDeaf(publish.PostNever, "U0LEAD")
		here, there := c.notifier("this"), c.notifier("other")
		untold(c.T, here, "U0LEAD")
		untold(c.T, there, "U0LEAD")
		c.run(here)
		c.ask(audit.EventStaged)
		if lines, _ := untold(c.T, here, "U0LEAD"); len(lines) != 1 {
			t.Errorf("who could not post shows %v", lines)
		}
		time.Sleep(2 * time.Second)
		if lines, _ := untold(c.T, there, "U0LEAD"); len(lines) != 1 {
			t.Errorf("seconds later another shows %v", lines)
		}
	}, stage(1, "leads"))
}
