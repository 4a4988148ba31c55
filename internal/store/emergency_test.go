package store_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func alarmed(ref secret.Ref, s store.Submission) store.Submission {
	s.Ref, s.Emergency, s.Reason, s.Incident = ref, true, "the shop is down", "https://incidents.example.com/7"
	return s
}

// nth is another payment secret.
func nth(n int) secret.Ref {
	return secret.Ref{Environment: "prod", Name: "pay-" + secret.Name(rune('a'+n))}
}

func (c *council) review(id string, p secret.Person, want store.Answer) {
	c.Helper()
	vote := c.vote(id, p)
	vote.Reason = "seen"
	v, err := c.store.Review(c.Context(), vote, store.ReviewJustified)
	c.answered(v, err, want)
}

func TestAnEmergencyIsAppliedAtOnceAndReviewed(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		change := c.applied(alarmed(pay, create("correct horse battery")))
		if left := c.stagings(); len(left) != 0 {
			t.Errorf("staged: %v", left)
		}
		card := c.card(change.ID)
		if !card.Emergency || card.Incident == "" || len(card.Stages) != 1 || card.ReviewDue.Sub(card.Created) != 24*time.Hour {
			t.Errorf("the card shows %+v", card)
		}
		if card.Shape.Bytes != len("correct horse battery") {
			t.Errorf("whoever reviews it sees the shape %+v", card.Shape)
		}
		c.approve(change.ID, bob, store.AnswerDecided)
		c.review(change.ID, carol, store.AnswerOwn)
		c.review(change.ID, bob, store.AnswerNotYours)
		v, err := c.store.Review(t.Context(), c.vote(change.ID, lead), store.ReviewJustified)
		c.answered(v, err, store.AnswerNoReason)
		pending, err := c.store.Pending(t.Context(), lead)
		must(t, err)
		if len(pending.ToReview) != 1 {
			t.Errorf("%d emergencies wait for their review", len(pending.ToReview))
		}
		c.review(change.ID, lead, store.AnswerReviewed)
		c.review(change.ID, lead, store.AnswerRepeated)
		c.review(change.ID, lina, store.AnswerDecided)
		if reviews := c.card(change.ID).Reviews; len(reviews) != 1 || reviews[0].Outcome != store.ReviewJustified || reviews[0].Person != lead {
			t.Errorf("the card shows the reviews %+v", reviews)
		}
		want := []string{
			"requested pay-key create", "emergency pay-key create: https://incidents.example.com/7",
			"applying pay-key create", "applied pay-key 1 create", "reviewed pay-key create: justified",
		}
		if diff := cmp.Diff(want, c.lines()); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestAnEmergencyNeedsWhatItNeeds(t *testing.T) {
	c := newCouncil(t)
	with := func(change func(*store.Submission)) store.Submission {
		s := alarmed(pay, create("correct horse battery"))
		change(&s)
		return s
	}
	rows := []struct {
		name string
		s    store.Submission
		want secret.Fault
	}{
		{"a reason", with(func(s *store.Submission) { s.Reason = "" }), secret.Fault{Field: secret.FieldReason, Code: store.CodeNoReason}},
		{"an incident", with(func(s *store.Submission) { s.Incident = "" }), secret.Fault{Field: secret.FieldIncident, Code: store.CodeNoIncident}},
		{"a rule that offers it", with(func(s *store.Submission) { s.Ref = one }), secret.Fault{Field: secret.FieldEmergency, Code: store.CodeNoEmergency}},
		{"a rule that offers it to this person", with(func(s *store.Submission) { s.Person = bob }), secret.Fault{Field: secret.FieldEmergency, Code: store.CodeNoEmergency}},
		{"a need", with(func(s *store.Submission) { s.Ref = db }), secret.Fault{Field: secret.FieldEmergency, Code: store.CodeNoEmergency}},
		{"an action that can be taken back", with(func(s *store.Submission) { s.Action, s.Base = secret.Delete, 1 }), secret.Fault{Field: secret.FieldEmergency, Code: store.CodeNoEmergency}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c.T = t
			c.refused(row.s, row.want)
		})
	}
}

func TestDenyBeatsEmergency(t *testing.T) {
	c := newCouncil(t)
	c.amend("rules:", "rules:\n  - {name: frozen, secrets: [\"prod/pay-*\"], do: [create], who: anyone, deny: true}")
	r := c.start(alarmed(pay, create("correct horse battery")))
	if r.Denied == nil || r.Change.State != audit.EventDenied {
		t.Errorf("the change is %s", r.Change.State)
	}
	c.unchanged(pay, 0)
}

func TestAnEmergencyLeavesOldVersionsEnabled(t *testing.T) {
	c := newCouncil(t)
	c.made(pay)
	s := alarmed(pay, update(1, "battery staple"))
	s.Old = store.OldPlan{Do: store.OldDestroy, Days: 1}
	c.applied(s)
	c.clock.skip(days(2))
	c.store.Round(t.Context())
	if got := c.states(pay); got != "ee" {
		t.Errorf("versions %q", got)
	}
}

func TestEmergenciesOfADayAreCountedUntilTheyAreReviewed(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		first := c.applied(alarmed(nth(0), create("correct horse battery")))
		c.applied(alarmed(nth(1), create("correct horse battery")))
		full := secret.Fault{Field: secret.FieldEmergency, Code: store.CodeEmergencyCap, Limit: 2}
		c.refused(alarmed(nth(2), create("one too many")), full)
		c.review(first.ID, lina, store.AnswerReviewed)
		c.applied(alarmed(nth(2), create("correct horse battery")))
		c.refused(alarmed(nth(3), create("one too many again")), full)
	})
}

func TestRacingEmergenciesKeepTheCap(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		var applied atomic.Int64
		var all sync.WaitGroup
		for n := range 8 {
			s := alarmed(nth(n), create("correct horse battery"))
			s.Key, s.Person = "V-race-"+string(s.Ref.Name), carol
			all.Go(func() {
				r, _, err := c.store.Submit(t.Context(), s)
				if err != nil {
					t.Error(err)
				} else if r.Done != nil {
					<-r.Done
					applied.Add(1)
				}
			})
		}
		all.Wait()
		if applied.Load() != 2 {
			t.Errorf("%d emergencies were applied, want 2: %v", applied.Load(), c.lines())
		}
	})
}

func TestAnOverdueReviewClosesTheWay(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		change := c.applied(alarmed(nth(0), create("correct horse battery")))
		c.clock.skip(24*time.Hour - time.Minute)
		c.applied(alarmed(nth(1), create("still in time")))
		c.clock.skip(2 * time.Minute)
		closed := secret.Fault{Field: secret.FieldEmergency, Code: store.CodeReviewOverdue}
		s := alarmed(nth(2), create("too late"))
		c.refused(s, closed)
		s = alarmed(nth(2), create("too late"))
		s.Person = lead // whoever the rule names
		c.refused(s, closed)
		c.review(change.ID, lina, store.AnswerReviewed)
		c.applied(alarmed(nth(2), create("open again")))
	})
}

func TestAReviewerMayHaveJoinedSince(t *testing.T) {
	c := newCouncil(t)
	change := c.applied(alarmed(pay, create("correct horse battery")))
	nina := secret.Person{Scope: "T0TEAM", User: "U0NINA"}
	c.review(change.ID, nina, store.AnswerNotYours)
	c.amend("review_by: [leads]", "review_by: [security]")
	c.review(change.ID, bob, store.AnswerNotYours) // the rule named the leads then
	c.crowd.be(func(crowd *crowd) { crowd.left[lead.User] = true })
	c.review(change.ID, lead, store.AnswerNotYours)
	c.review(change.ID, lina, store.AnswerReviewed)
}

func TestAnEmergencyThatIsForgedIsNotApplied(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		c.made(pay)
		id := c.ask(of(pay, remove(1)))
		row := c.change(id)
		text := strings.Replace(string(row.Request), `"requester_ids"`, `"emergency":true,"requester_ids"`, 1)
		c.forge(`UPDATE change SET request = $1, state = 'requested' WHERE id = $2`, []byte(text), id)
		c.retouch(id)
		c.takeOver()
		c.is(id, "failed: forged")
		if got := c.states(pay); got != "e" {
			t.Errorf("versions %q", got)
		}
	})
}
