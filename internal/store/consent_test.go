package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestAChangeIsAppliedWhenEnoughPeopleAgreed(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(pay, create("correct horse battery")))
		c.approve(id, bob, store.AnswerCounted)
		c.unchanged(pay, 0)
		c.approve(id, dave, store.AnswerApproved)
		c.is(id, "applied")
		if got := c.payload(pay, 1); got != "correct horse battery" {
			t.Errorf("version 1 holds %d other bytes", len(got))
		}
		want := []string{
			"requested ", "staged ", "approved T0TEAM/U0BOB", "approved T0TEAM/U0DAVE",
			"applying T0TEAM/U0BOB, T0TEAM/U0DAVE", "applied T0TEAM/U0BOB, T0TEAM/U0DAVE",
		}
		var got []string
		for _, r := range c.records() {
			got = append(got, string(r.Event)+" "+r.DecidedBy)
			if r.ActorID != carol.String() {
				t.Errorf("%s: the actor is %s", r.Event, r.ActorID)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestEveryActionWaitsForConsent(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		step := func(s store.Submission, states string) {
			t.Helper()
			before := c.states(one)
			id := c.ask(of(one, s))
			if got := c.states(one); got != before {
				t.Errorf("%s: versions %q before anybody agreed, want %q", s.Action, got, before)
			}
			c.approve(id, bob, store.AnswerApproved)
			c.is(id, "applied")
			if got := c.states(one); got != states {
				t.Errorf("%s: versions %q, want %q", s.Action, got, states)
			}
		}
		step(create("the first one"), "e")
		step(update(1, "the second one"), "ee")
		step(rollback(2, 1), "eee")
		step(remove(3), "ddd trashed")
		step(restore(), "eee")
		if got := c.payload(one, 3); got != "the first one" {
			t.Errorf("version 3 holds %d other bytes", len(got))
		}
	})
}

func TestNobodyDecidesAboutTheirOwnRequest(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(one, create("mine alone to want"))) // Carol is one of security
		other := secret.Person{Scope: "E0GRID", User: "W0CAROL"}
		c.crowd.be(func(crowd *crowd) { crowd.group = append(crowd.group, other.User) })
		for _, p := range []secret.Person{carol, other} {
			c.approve(id, p, store.AnswerOwn)
			c.refuse(id, p, store.AnswerOwn)
		}
		for _, m := range c.card(id).Stages[0].Members {
			if m == carol.User || m == other.User {
				t.Errorf("the requester is asked as %s", m)
			}
		}
		c.unchanged(one, 0)
		c.approve(id, bob, store.AnswerApproved)
	})
}

func TestARequesterWithTwoIdsIsOnePerson(t *testing.T) {
	c := newCouncil(t)
	s := of(one, create("asked for under the other id"))
	s.Person = secret.Person{Scope: "T0TEAM", User: "W0CAROL"}
	id := c.ask(s)
	c.approve(id, carol, store.AnswerOwn)
	c.unchanged(one, 0)
}

func TestThoseWhoMayNotDecideChangeNothing(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(pay, create("correct horse battery")))
		before := c.size()
		stranger := secret.Person{Scope: "T0TEAM", User: "U0NOBODY"}
		c.approve(id, stranger, store.AnswerNotYours)
		c.refuse(id, stranger, store.AnswerNotYours)
		c.cancel(id, bob, store.AnswerNotYours)
		c.stop(id, bob, store.AnswerDecided) // nothing is held
		c.approve("01jd7y3k5m8q2v4x6z9b1c2d3e", bob, store.AnswerMissing)
		v, err := c.store.Refuse(t.Context(), c.vote(id, bob))
		c.answered(v, err, store.AnswerNoReason)
		c.crowd.be(func(crowd *crowd) { crowd.group = append(crowd.group, "U0LATE") })
		c.approve(id, secret.Person{Scope: "T0TEAM", User: "U0LATE"}, store.AnswerNotYours) // joined after the request
		if after := c.size(); after != before {
			t.Errorf("%d records were written: %v", after-before, c.lines())
		}
		v, err = c.store.Approve(t.Context(), c.vote(id, stranger))
		must(t, err)
		if diff := cmp.Diff([]string{"U0BOB", "U0DAVE", "U0ERIN"}, v.Waiting.Members); diff != "" {
			t.Errorf("who may decide (-want +got):\n%s", diff)
		}
	})
}

func TestNobodyCountsTwice(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(pay, create("correct horse battery")))
		c.approve(id, bob, store.AnswerCounted)
		c.approve(id, bob, store.AnswerRepeated)
		c.crowd.be(func(crowd *crowd) {
			crowd.other[bob.User] = []string{bob.User, erin.User} // one person, two ids, both asked
			crowd.other[erin.User] = crowd.other[bob.User]
		})
		c.approve(id, erin, store.AnswerRepeated)
		c.is(id, "staged")
		c.approve(id, dave, store.AnswerApproved)
		c.is(id, "applied")
		c.approve(id, dave, store.AnswerDecided)
		c.refuse(id, erin, store.AnswerDecided)
	})
}

func TestStagesAreAskedOneAfterTheOther(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		two := secret.Ref{Environment: "prod", Name: "two-keys"}
		id := c.ask(of(two, create("correct horse battery")))
		c.approve(id, lead, store.AnswerStageMet)
		c.approve(id, lead, store.AnswerRepeated) // the same person counts in one stage
		c.approve(id, bob, store.AnswerNotYours)
		c.unchanged(two, 0)
		c.approve(id, lina, store.AnswerApproved)
		c.is(id, "applied")

		id = c.ask(of(two, update(1, "battery staple")))
		c.amend("secrets: [\"prod/one-*\"]", "secrets: [\"prod/single-*\"]") // another rule, another hash
		c.approve(id, bob, store.AnswerStageMet)
		c.approve(id, dave, store.AnswerNotYours)
		c.approve(id, lina, store.AnswerApproved)
		c.is(id, "applied")
	})
}

func TestARefusalEndsTheChangeWithItsReason(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(pay, create("correct horse battery")))
		c.approve(id, bob, store.AnswerCounted)
		c.refuse(id, bob, store.AnswerRefused) // may think again
		c.is(id, "refused")
		c.approve(id, dave, store.AnswerDecided)
		c.unchanged(pay, 0)
		last := c.records()[len(c.records())-1]
		if last.Reason != "not now" || last.DecidedBy != bob.String() {
			t.Errorf("the refusal is recorded as of %q, because %q", last.DecidedBy, last.Reason)
		}
		if against := c.card(id).Against; against == nil || against.Person != bob || against.Reason != "not now" {
			t.Errorf("the card shows %+v", against)
		}
	})
}

func TestTheRequesterMayCancel(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(one, create("correct horse battery")))
		c.cancel(id, carol, store.AnswerCancelled)
		c.cancel(id, carol, store.AnswerDecided)
		c.approve(id, bob, store.AnswerDecided)
		c.is(id, "cancelled")
		c.unchanged(one, 0)
	})
}

func TestAChangeThatNobodyDecidesExpires(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		byClick := c.ask(of(pay, create("correct horse battery")))
		byItself := c.ask(of(one, create("battery staple")))
		c.approve(byClick, bob, store.AnswerCounted)
		c.clock.skip(24 * time.Hour)
		c.approve(byClick, dave, store.AnswerExpired)
		c.is(byClick, "expired: unanswered")
		c.store.Round(t.Context())
		c.is(byItself, "expired: unanswered")
		c.approve(byItself, dave, store.AnswerExpired)
		if left := c.stagings(); len(left) != 0 {
			t.Errorf("still staged: %v", left)
		}
	})
}

var held = secret.Ref{Environment: "prod", Name: "held-key"}

func TestAHeldChangeIsAppliedAfterItsHold(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(held, create("correct horse battery")))
		c.approve(id, bob, store.AnswerApproved)
		c.is(id, "held")
		if until := c.card(id).HeldUntil; until.Before(c.clock.now().Add(9 * time.Minute)) {
			t.Errorf("held until %v, at %v", until, c.clock.now())
		}
		c.store.Round(t.Context())
		c.is(id, "held")
		c.clock.skip(10 * time.Minute)
		c.store.Round(t.Context())
		c.is(id, "applied")
	})
}

func TestAHeldChangeCanBeStopped(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		for stopper, want := range map[secret.Person]string{erin: "refused: stopped", carol: "cancelled"} {
			id := c.ask(of(held, create("correct horse battery")))
			c.approve(id, bob, store.AnswerApproved)
			if stopper == carol {
				c.stop(id, carol, store.AnswerOwn)
				c.cancel(id, carol, store.AnswerCancelled)
			} else {
				c.stop(id, lead, store.AnswerNotYours)
				c.stop(id, stopper, store.AnswerStopped)
				c.stop(id, dave, store.AnswerDecided)
			}
			c.clock.skip(time.Hour)
			c.store.Round(t.Context())
			c.is(id, want)
		}
		c.unchanged(held, 0)
	})
}

func TestNobodyHasMoreThanFiveOpenRequests(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		var ids []string
		for n := range store.MaxOpen {
			ref := one
			ref.Name += secret.Name(rune('a' + n))
			ids = append(ids, c.ask(of(ref, create("correct horse battery"))))
		}
		full := secret.Fault{Field: secret.FieldName, Code: store.CodeTooManyOpen, Limit: store.MaxOpen}
		c.refused(of(one, create("one too many")), full)
		s := of(one, create("one too many, under the other id"))
		s.Person = secret.Person{Scope: "T0TEAM", User: "W0CAROL"}
		c.refused(s, full)
		for _, id := range ids {
			c.forge(`UPDATE change SET pool = '' WHERE id = $1`, id)
		}
		c.refused(of(one, create("one too many, whatever the database counts")), full)
		s.Value = value("and under the other id")
		c.refused(s, full)
		c.cancel(ids[0], carol, store.AnswerCancelled)
		c.forge(`DELETE FROM change WHERE id = $1`, ids[1])
		c.ask(of(one, create("there is room again")))
		c.ask(of(pay, create("and where nothing is left to agree to")))
		c.refused(of(held, create("one too many again")), full)
	})
}

func TestARequestThatNobodyCouldApproveIsRefused(t *testing.T) {
	c := newCouncil(t)
	c.crowd.be(func(crowd *crowd) { crowd.group = []string{carol.User, bob.User} })
	c.refused(of(pay, create("two would have to agree")), secret.Fault{Field: secret.FieldName, Code: store.CodeNoApprovers})
	c.crowd.be(func(crowd *crowd) { crowd.down, crowd.read = true, c.clock.now().Add(-time.Hour) })
	c.refused(of(one, create("nobody knows who may agree")), secret.Fault{Field: secret.FieldName, Code: store.CodeNoApprovers})
}

func TestWhatIsPendingForWhom(t *testing.T) {
	c := newCouncil(t)
	first := c.ask(of(pay, create("correct horse battery")))
	second := c.ask(of(one, create("battery staple")))
	c.approve(first, bob, store.AnswerCounted)
	pending := func(p secret.Person) (mine, decide int) {
		t.Helper()
		got, err := c.store.Pending(t.Context(), p)
		must(t, err)
		return len(got.Mine), len(got.ToDecide)
	}
	for p, want := range map[secret.Person][2]int{carol: {2, 0}, bob: {0, 1}, dave: {0, 2}, lead: {0, 0}} {
		if mine, decide := pending(p); mine != want[0] || decide != want[1] {
			t.Errorf("%s: %d of their own, %d to decide, want %v", p.User, mine, decide, want)
		}
	}
	c.cancel(second, carol, store.AnswerCancelled)
	if mine, _ := pending(carol); mine != 1 {
		t.Errorf("a cancelled request is pending")
	}
}

func TestTheCardShowsWhatWillHappen(t *testing.T) {
	c := newCouncil(t)
	c.applied(of(secret.Ref{Environment: "dev", Name: one.Name}, create("the same in both places")))
	s := of(one, create("the same in both places"))
	s.Reason, s.Description, s.Owner = "rotation", "for the shop", "U0OWNER"
	id := c.ask(s)
	card := c.card(id)
	type glance struct {
		State                      audit.Event
		Ref                        secret.Ref
		Project                    string
		Requester                  secret.Person
		Reason, Description, Owner string
		Bytes                      int
		Other                      secret.Match
		Open                       int
	}
	want := glance{audit.EventStaged, one, "acme-prod", carol, "rotation", "for the shop", "U0OWNER", 23, secret.MatchSame, 0}
	got := glance{card.State, card.Ref, card.Project, card.Requester, card.Reason, card.Description, card.Owner, card.Shape.Bytes, card.Shape.Other, card.Open}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("card (-want +got):\n%s", diff)
	}
	if card.Expires.Sub(card.Created) != 24*time.Hour {
		t.Errorf("it expires after %v", card.Expires.Sub(card.Created))
	}
	if _, err := c.store.Card(t.Context(), "no such change"); err == nil {
		t.Error("a card of nothing")
	}
}

// lostAnswers carries every vote out and says that nobody knows.
type lostAnswers struct {
	store.Ballots
	lose *int
}

func (l lostAnswers) Vote(ctx context.Context, v audit.Vote, step audit.Step) (audit.Change, bool, error) {
	c, fresh, err := l.Ballots.Vote(ctx, v, step)
	if *l.lose--; *l.lose >= 0 {
		return audit.Change{}, false, audit.ErrUnknown
	}
	return c, fresh, err
}

func TestAVoteWhoseAnswerWasLostCountsOnce(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		lose := 0
		c.store = c.replica("first", func(o *store.Options) { o.Ballots = lostAnswers{o.Ballots, &lose} })
		id := c.ask(of(pay, create("correct horse battery")))
		lose = 2
		c.approve(id, bob, store.AnswerCounted)
		lose = 1
		c.approve(id, dave, store.AnswerApproved)
		c.is(id, "applied")
		if n := len(c.votes(id)); n != 2 {
			t.Errorf("%d votes are kept", n)
		}
	})
}

func TestAdoptingTakesTheConsentOfItsOwnRule(t *testing.T) {
	rows := []struct {
		name, adopt string // the rule for adopting
		voters      []secret.Person
	}{
		{"the same people again", "adopt: [security]", []secret.Person{bob, dave}},
		{"others", "adopt: [leads]", []secret.Person{bob, lead}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := newCouncil(t)
			by := strings.TrimPrefix(row.adopt, "adopt: ")
			c.amend("rules:", "rules:\n  - {name: adopting, secrets: [\"prod/*\"], do: [adopt], who: anyone, approve: {by: "+by+", count: 1}}")
			must(t, c.console.Create("acme-prod", "one-key", nil))
			_, err := c.console.AddVersion("acme-prod", "one-key", []byte("by hand"))
			must(t, err)
			s := of(one, update(1, "ours from now on"))
			c.refused(s, secret.Fault{Field: secret.FieldAdopt, Code: store.CodeUnmanaged})
			s = of(one, update(1, "ours from now on"))
			s.Adopt = true
			id := c.ask(s)
			c.approve(id, row.voters[0], store.AnswerStageMet)
			c.approve(id, row.voters[0], store.AnswerRepeated)
			c.approve(id, row.voters[1], store.AnswerApproved)
			c.is(id, "applied")
		})
	}
}

func TestWhereOnlyAdoptingNeedsConsent(t *testing.T) {
	c := newCouncil(t)
	c.amend("rollback, delete, restore, adopt], who: anyone}", "rollback, delete, restore], who: anyone}\n  - {name: adopting, secrets: [\"dev/*\"], do: [adopt], who: anyone, approve: {by: [security], count: 1}}")
	must(t, c.console.Create("acme-dev", "db-password", nil))
	_, err := c.console.AddVersion("acme-dev", "db-password", []byte("by hand"))
	must(t, err)
	s := update(1, "ours from now on")
	s.Adopt = true
	id := c.ask(s)
	c.approve(id, bob, store.AnswerApproved)
	c.applied(update(2, "nobody is asked any more"))
}

// A process ends after the last vote, and whoever gave it leaves before another goes on:
// others may still agree.
func TestAQuorumThatBrokeWhileNobodyWasThereCanBeMetAgain(t *testing.T) {
	c := newCouncil(t)
	id := c.crashIn(one, "after Vote approve")
	c.crowd.be(approverLeft["the approver left the group"])
	c.takeOver()
	c.is(id, "staged")
	c.approve(id, erin, store.AnswerApproved)
	c.is(id, "applied")
}

func TestTheLateStagesPeopleAreToldToWait(t *testing.T) {
	c := newCouncil(t)
	c.amend("[{by: [security, leads], count: 1}, {by: [leads], count: 1}]", "[{by: [security], count: 1}, {by: [leads], count: 1}]")
	two := secret.Ref{Environment: "prod", Name: "two-keys"}
	id := c.ask(of(two, create("correct horse battery")))
	c.approve(id, lead, store.AnswerNotYet)
	c.refuse(id, lead, store.AnswerRefused) // but may refuse at any time
}
