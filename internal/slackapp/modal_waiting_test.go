package slackapp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

const waitingChange = "01jd000000000000000000test"

// tells is a shape that says all that requesters must not learn.
var tells = secret.Shape{Version: secret.ShapeVersion, Bytes: 40, Lines: 1, Form: secret.FormText, Variety: secret.VarietyHigh,
	Classes: []secret.Class{secret.ClassLower}, Current: secret.MatchSame, Other: secret.MatchSame}

// waitingCard is alice's update of prod/api-key, which two of bob, carol and dave have to agree to.
func waitingCard(change func(*store.Card)) store.Card {
	card := store.Card{
		Change: waitingChange, State: audit.EventStaged, Ref: prodKey, Project: "acme-prod", Action: secret.Update,
		Requester: secret.Person{Scope: "T0ACME", User: alice}, Reason: "the old one leaked", Rule: "payments in production@0123456789ab",
		Recipe: secret.Text, Shape: tells, Base: 2, Created: time.Unix(vectorTime, 0), Expires: time.Unix(vectorTime, 0).Add(24 * time.Hour),
		Stages: []store.CardStage{{Stage: store.Stage{By: store.People{Groups: []string{"security"}}, Count: 2, Members: []string{bob, "U0CAROL"}}}},
	}
	if change != nil {
		change(&card)
	}
	return card
}

// staging answers a submission as a store does whose change waits for the card's people.
func (d *desk) staging(card store.Card, done chan struct{}) {
	d.cards = map[string]store.Card{card.Change: card}
	d.respond = func(sub store.Submission) (store.Receipt, []secret.Fault, error) {
		d.outcomes[sub.Key] = changeOf(sub, audit.EventStaged)
		receipt := store.Receipt{Change: changeOf(sub, audit.EventRequested), Fresh: true, Done: done}
		for _, stage := range card.Stages {
			receipt.Stages = append(receipt.Stages, stage.Stage)
		}
		return receipt, nil, nil
	}
}

// updates has alice send a new value for prod/api-key.
func (d *desk) updates(t *testing.T) {
	t.Helper()
	d.put(prodKey, 2)
	d.types(t, alice, "update prod/api-key", has(secret.FieldValue))
	d.fills(t, alice, map[string]string{"value": testCanary})
	if s := d.submits(t, alice); !s.Updated {
		t.Fatalf("not taken: %v", s.Errors)
	}
}

func button(v *workspace.View, action string) (workspace.Button, bool) {
	i := slices.IndexFunc(v.Buttons(), func(b workspace.Button) bool { return b.ActionID == action })
	if i < 0 {
		return workspace.Button{}, false
	}
	return v.Buttons()[i], true
}

func TestARequestThatWaitsSaysForWhomAndUntilWhen(t *testing.T) {
	d := newDesk(t)
	done := make(chan struct{})
	close(done)
	d.staging(waitingCard(nil), done)
	d.updates(t)
	v := d.sees(t, alice, reads("waiting for consent"))
	text := unmarked(v.Text())
	for _, want := range []string{"⚠ PRODUCTION · prod", "2 of security (@U0BOB, @U0CAROL)", "Ends by itself", "a message will tell you", "This page stays as it is; /secret lists what still waits"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q in\n%s", want, text)
		}
	}
	if b, there := button(v, actionCancel); !there || b.Value != waitingChange {
		t.Errorf("the way back is %+v", b)
	}
	d.Drain(context.Background())
	for _, line := range wording.English().Shape(tells) {
		for _, raw := range d.space.RawSent() {
			if strings.Contains(string(raw), line) {
				t.Errorf("the requester is told %q", line)
			}
		}
	}
}

func TestAWaitingViewFollowsWhatBecomesOfTheChange(t *testing.T) {
	tests := []struct {
		sentence string
		prepare  func(d *desk, done chan struct{})
		first    string
		then     audit.Event // as the log has it once the view is there; "" leaves it
		last     string
	}{
		{"it could not be staged", func(d *desk, done chan struct{}) { d.staging(waitingCard(nil), done) },
			"waiting for consent", audit.EventFailed, "Not done"},
		{"the card can't be read", func(d *desk, done chan struct{}) {
			d.staging(waitingCard(nil), done)
			d.cards = nil
		}, "2 of security (@U0BOB, @U0CAROL)", "", "waiting for consent"},
		{"the same form again, while it is held", func(d *desk, _ chan struct{}) {
			held := waitingCard(func(c *store.Card) {
				c.State, c.HeldUntil = audit.EventHeld, time.Unix(vectorTime, 0).Add(time.Hour)
			})
			d.cards = map[string]store.Card{waitingChange: held}
			d.respond = func(sub store.Submission) (store.Receipt, []secret.Fault, error) {
				d.outcomes[sub.Key] = changeOf(sub, audit.EventHeld)
				return store.Receipt{Change: changeOf(sub, audit.EventHeld)}, nil, nil
			}
		}, "agreed to and held until", "", "agreed to and held until"},
		{"another process stages it", func(d *desk, done chan struct{}) {
			d.staging(waitingCard(nil), done)
			fresh := d.respond
			d.respond = func(sub store.Submission) (store.Receipt, []secret.Fault, error) {
				receipt, _, _ := fresh(sub)
				return store.Receipt{Change: receipt.Change}, nil, nil
			}
		}, "On its way", "", "waiting for consent"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t)
			done := make(chan struct{})
			tt.prepare(d, done)
			d.updates(t)
			d.sees(t, alice, reads(tt.first))
			d.mu.Lock()
			if tt.then != "" {
				d.outcomes[d.sent[0].Key] = changeOf(d.sent[0].Submission, tt.then)
			}
			d.mu.Unlock()
			close(done)
			d.sees(t, alice, reads(tt.last))
		})
	}
}

// another is a card like waitingCard with a number in its name.
func another(n int, change func(*store.Card)) store.Card {
	return waitingCard(func(c *store.Card) {
		c.Change = fmt.Sprintf("01jd00000000000000000%05d", n)
		c.Ref.Name = secret.Name(fmt.Sprintf("key-%d", n))
		if change != nil {
			change(c)
		}
	})
}

func TestTheStartModalListsWhatWaits(t *testing.T) {
	d := newDesk(t)
	d.queue = store.Pending{
		Mine: []store.Card{another(1, nil), another(2, func(c *store.Card) { c.Emergency, c.ReviewDue = true, time.Unix(vectorTime, 0) })},
		ToDecide: []store.Card{another(3, nil), another(4, func(c *store.Card) {
			c.State, c.HeldUntil = audit.EventHeld, time.Unix(vectorTime, 0)
		}), another(5, nil), another(6, nil), another(7, nil), another(8, nil)},
		ToReview: []store.Card{another(9, func(c *store.Card) { c.Emergency, c.ReviewDue = true, time.Unix(vectorTime, 0) })},
	}
	v := d.types(t, bob, "", reads("Waiting for your decision: 6"))
	text := unmarked(v.Text())
	for _, want := range []string{
		"Waiting for your review: 1", "Your requests that wait for others: 2", "⚠ PRODUCTION prod/key-3, asked for by @U0ALICE, can be decided until",
		"key-4, asked for by @U0ALICE, happens at", "key-9, done in an emergency by @U0ALICE, is to be reviewed by", "… and 1 older ones",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q in\n%s", want, text)
		}
	}
	pressed := make(map[string]int)
	for _, b := range v.Buttons() {
		pressed[b.ActionID]++
	}
	if pressed[actionCancel] != 1 || pressed[actionCard] != waitingShown+1 || pressed[actionApprove] > 0 {
		t.Errorf("the buttons are %v: the own request is cancelled here, others are judged on their cards", pressed)
	}
	for _, line := range wording.English().Shape(tells) {
		if strings.Contains(text, line) {
			t.Errorf("a list tells %q", line)
		}
	}
	v = d.types(t, bob, "list", reads("Waiting for you: 7. You wait for: 2."))
	if _, there := button(v, actionVerb(VerbStart)); !there {
		t.Error("the list does not lead to what waits")
	}
}

func TestACardOpensForWhoMayDecideAloneAndNow(t *testing.T) {
	review := func(c *store.Card) { c.Emergency, c.Incident, c.ReviewDue = true, "INC-7", time.Unix(vectorTime, 0) }
	for _, tt := range []struct {
		sentence string
		pending  store.Pending
		want     string
		button   string // "" for none of a decision
	}{
		{"to decide", store.Pending{ToDecide: []store.Card{waitingCard(nil)}}, "the old one leaked", actionApprove},
		{"to stop", store.Pending{ToDecide: []store.Card{waitingCard(func(c *store.Card) { c.State = audit.EventHeld })}}, "the old one leaked", actionStop},
		{"to review", store.Pending{ToReview: []store.Card{waitingCard(review)}}, "INC-7", actionReview},
		{"decided by another meanwhile", store.Pending{ToDecide: []store.Card{another(1, nil)}}, "Nothing waits for a decision here", ""},
		{"the own request", store.Pending{Mine: []store.Card{waitingCard(nil)}}, "Nothing waits for a decision here", ""},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t)
			d.queue = store.Pending{ToDecide: []store.Card{waitingCard(nil)}}
			d.types(t, bob, "", reads("Waiting for your decision"))
			d.mu.Lock()
			d.queue = tt.pending
			d.mu.Unlock()
			d.presses(t, bob, actionCard)
			v := d.sees(t, bob, reads(tt.want))
			for _, action := range decisions {
				if _, there := button(v, action); there != (action == tt.button) && action != actionRefuse {
					t.Errorf("%s is there: %v", action, there)
				}
			}
			if tt.button == "" && strings.Contains(v.Text(), "may be told of the value") {
				t.Errorf("it tells of the value:\n%s", v.Text())
			}
		})
	}
}

func TestTheStartModalIsThereWithoutWhatWaits(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.Waiting = nil })
	if text := d.types(t, alice, "", reads("What would you like to do")).Text(); strings.Contains(text, "aiting") {
		t.Errorf("it reads\n%s", text)
	}
	d = newDesk(t)
	d.lookError = errDown
	d.types(t, alice, "", reads("can't be read right now"))
}
