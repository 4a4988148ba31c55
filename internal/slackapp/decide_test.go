package slackapp

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// court judges votes as a test says, and keeps them. Without a word of the test it does
// what the store does: the requester may only cancel, Bob and Carol decide, each once.
type court struct {
	mu      sync.Mutex
	votes   []cast
	verdict func(cast) (store.Verdict, error)
}

// cast is a vote and what it says.
type cast struct {
	store.Vote
	kind  string
	found store.ReviewOutcome
}

func (f *court) take(v store.Vote, kind string, found store.ReviewOutcome) (store.Verdict, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := cast{v, kind, found}
	before := slices.ContainsFunc(f.votes, func(c cast) bool { return c.Person == v.Person && c.kind == kind })
	f.votes = append(f.votes, one)
	if f.verdict != nil {
		return f.verdict(one)
	}
	answers := map[string]store.Answer{actionApprove: store.AnswerApproved, actionRefuse: store.AnswerRefused,
		actionStop: store.AnswerStopped, actionCancel: store.AnswerCancelled, actionReview: store.AnswerReviewed}
	mine := (v.Person.User == alice) == (kind == actionCancel)
	switch decides := v.Person.User == bob || v.Person.User == carol; {
	case v.Person.User == alice && !mine:
		return verdictOf(store.AnswerOwn), nil
	case kind == actionCancel && !mine, kind != actionCancel && !decides:
		return verdictOf(store.AnswerNotYours), nil
	case before:
		return verdictOf(store.AnswerRepeated), nil
	}
	return verdictOf(answers[kind]), nil
}

func (f *court) Approve(_ context.Context, v store.Vote) (store.Verdict, error) {
	return f.take(v, actionApprove, "")
}
func (f *court) Refuse(_ context.Context, v store.Vote) (store.Verdict, error) {
	return f.take(v, actionRefuse, "")
}
func (f *court) Stop(_ context.Context, v store.Vote) (store.Verdict, error) {
	return f.take(v, actionStop, "")
}
func (f *court) Cancel(_ context.Context, v store.Vote) (store.Verdict, error) {
	return f.take(v, actionCancel, "")
}
func (f *court) Review(_ context.Context, v store.Vote, found store.ReviewOutcome) (store.Verdict, error) {
	return f.take(v, actionReview, found)
}

// taken are the votes so far.
func (f *court) taken() []cast {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.votes)
}

// verdictOf is an answer about the change of cardOf, which waits for Bob and Carol.
func verdictOf(done store.Answer, change ...func(*store.Verdict)) store.Verdict {
	v := store.Verdict{Done: done, Change: audit.Change{ID: cardID, Action: secret.Update, Ref: prodKey, State: audit.EventStaged}}
	if done == store.AnswerNotYours || done == store.AnswerCounted || done == store.AnswerNotYet || done == store.AnswerStageMet {
		v.Waiting = cardOf().Stages[0].Stage
	}
	for _, edit := range change {
		edit(&v)
	}
	return v
}

// bench is a desk whose votes a court judges, with a card on the table.
type bench struct {
	*desk
	*court
	at MessageRef
}

func newBench(t *testing.T, to store.Audience, card *store.Card) *bench {
	t.Helper()
	b := &bench{court: new(court)}
	b.desk = newDesk(t, func(o *Options) { o.Decisions = b.court })
	b.space.SetUser(workspace.User{ID: "U0GUEST", Name: "guest", Guest: true})
	b.space.SetUser(workspace.User{ID: "U0LEFT", Name: "left", Deleted: true})
	b.space.SetUser(workspace.User{ID: "U0OTHER", Name: "other", Stranger: true})
	b.space.SetUser(workspace.User{ID: "U0ROBOT", Name: "robot", Bot: true})
	b.space.SetUser(workspace.User{ID: "U0DAVE", Name: "dave"})
	b.space.SetChannel(workspace.Channel{ID: "C0GENERAL", Name: "general"})
	b.cards = map[string]store.Card{card.Change: *card}
	var err error
	if b.at, err = b.Notify(t.Context(), toldOf(to, card, func(t *store.Telling) { t.Recipient = "C0GENERAL" })); err != nil {
		t.Fatal(err)
	}
	return b
}

// clicks presses a button of the card and returns what the person alone is told.
func (b *bench) clicks(t *testing.T, person, button string) string {
	t.Helper()
	before := b.told(person)
	b.touches(t, person, button)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := b.space.Person(person).AwaitMessage(ctx, func(workspace.Message) bool { return len(b.told(person)) > len(before) }); err != nil {
		t.Fatal(err)
	}
	all := b.told(person)
	return all[len(all)-1]
}

func (b *bench) touches(t *testing.T, person, button string) {
	t.Helper()
	if err := b.space.Person(person).Press(t.Context(), button, b.at.Channel, b.at.TS); err != nil {
		t.Fatal(err)
	}
}

// told is every private answer that a person got beside the card, as it was sent.
func (b *bench) told(person string) []string {
	var all []string
	for _, m := range b.space.Person(person).Messages("C0GENERAL") {
		if m.Ephemeral {
			all = append(all, unmarked(m.RawText))
		}
	}
	return all
}

// TestEveryClickHasATruthfulAnswer: whoever clicks, and whenever.
func TestEveryClickHasATruthfulAnswer(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	for _, step := range []struct {
		who, want string
		votes     int
	}{
		{"U0GUEST", "Guests can't use Secret Store", 0},
		{"U0OTHER", "only for members of its own organisation", 0},
		{"U0ROBOT", "Secret Store is for people", 0},
		{"U0DAVE", "You are not among those who may decide about this: update prod/api-key. Asked now: one of security (<@U0BOB>, <@U0CAROL>).", 1},
		{alice, "You asked for this yourself, so others have to decide about it", 2},
		{bob, "Your consent is recorded, and it was the last one needed: update prod/api-key", 3},
		{bob, "You did this before, and it counts once. This is how it stands: :raised_hand: Waiting for consent", 4},
	} {
		if got := b.clicks(t, step.who, actionApprove); !strings.Contains(got, step.want) {
			t.Errorf("%s is told %q, want %q", step.who, got, step.want)
		}
		if n := len(b.taken()); n != step.votes {
			t.Errorf("after the click of %s there are %d votes, want %d", step.who, n, step.votes)
		}
	}
	votes := b.taken()
	if v := votes[2]; v.Change != cardID || v.Person != (secret.Person{Scope: "T0ACME", User: bob}) || v.PersonName == "" {
		t.Errorf("Bob's vote is %+v", v)
	}
	keys := make(map[string]bool)
	for _, v := range votes {
		keys[v.Key] = true
	}
	if len(keys) != len(votes) {
		t.Errorf("%d keys for %d clicks", len(keys), len(votes))
	}
}

func TestAMessageThatMeansNothingAnyMoreSaysSo(t *testing.T) {
	for name, value := range map[string]string{
		"no id": "01jd", "a name": "prod/api-key", "an id in capitals": strings.ToUpper(cardID), "a longer id": cardID + "a",
		"an id with a line break": cardID + "\n",
	} {
		b := newBench(t, store.ToApprovers, cardOf(func(c *store.Card) { c.Change = value }))
		if got := b.clicks(t, bob, actionApprove); !strings.Contains(got, "Nothing waits") || len(b.taken()) != 0 {
			t.Errorf("%s: told %q, %d votes", name, got, len(b.taken()))
		}
	}
}

func TestAClickWhoseFateIsUnknownIsNotCalledDone(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	b.verdict = func(cast) (store.Verdict, error) { return store.Verdict{}, audit.ErrUnknown }
	if got := b.clicks(t, bob, actionApprove); !strings.Contains(got, "not known whether this was recorded") {
		t.Errorf("told %q", got)
	}
}

func TestWhenTooMuchGoesOnAClickIsAnswered(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	for range maxWork {
		defer b.work.reserve().back()
	}
	if got := b.clicks(t, bob, actionApprove); !strings.Contains(got, "too much at once") || len(b.taken()) != 0 {
		t.Errorf("told %q", got)
	}
}

func TestAVoteCountsThoughSlackDoesNotTakeTheAnswer(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	b.space.Faults().Add(faults.Fault{Method: "response_url", Kind: faults.Refuse, Status: 500})
	b.touches(t, bob, actionApprove)
	b.Drain(t.Context())
	if votes := b.taken(); len(votes) != 1 {
		t.Errorf("%d votes", len(votes))
	}
}

func TestTheRequesterCancelsInTheirMessageAndInAModal(t *testing.T) {
	b := newBench(t, store.ToRequester, cardOf())
	if got := b.clicks(t, bob, actionCancel); !strings.Contains(got, "Only the person who asked for this can cancel it") {
		t.Errorf("Bob is told %q", got)
	}
	if got := b.clicks(t, alice, actionCancel); !strings.Contains(got, "You cancelled this: update prod/api-key") {
		t.Errorf("Alice is told %q", got)
	}
	b.verdict = func(cast) (store.Verdict, error) { return verdictOf(store.AnswerCancelled), nil }
	c := &composer{say: wording.English()}
	c.buttons(c.press(actionCancel, *cardOf(), ""))
	v := b.types(t, alice, "", reads("What would you like to do?"))
	b.update(t.Context(), v.ID, c.modal(VerbStart, metadata{}))
	b.presses(t, alice, actionCancel)
	b.sees(t, alice, reads("You cancelled this: update prod/api-key"))
}

// opens presses a button that asks for a reason and waits for the form.
func (b *bench) opens(t *testing.T, person, button string) *workspace.View {
	t.Helper()
	b.touches(t, person, button)
	return b.sees(t, person, has(secret.FieldReason))
}

func TestARefusalAsksWhy(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	v := b.opens(t, bob, actionRefuse)
	if v.Title != "Refuse a change" || v.Submit != "Refuse" || v.CallbackID != "secret_refuse" || v.PrivateMetadata != `{"v":1,"change":"`+cardID+`"}` {
		t.Errorf("the form is %q, %q, %s, %s", v.Title, v.Submit, v.CallbackID, v.PrivateMetadata)
	}
	for reason, want := range map[string]string{
		"  \n ": "Please fill this in",
		"ghp_0123456789abcdefABCDEF0123456789abcd": "seems to hold a password or token",
	} {
		b.fills(t, bob, map[string]string{"reason": reason})
		if s := b.submits(t, bob); !strings.Contains(s.Errors["reason"], want) || len(b.taken()) != 0 {
			t.Errorf("%q is answered with %q", reason, s.Errors["reason"])
		}
	}
	b.fills(t, bob, map[string]string{"reason": " not before the audit\n"})
	if s := b.submits(t, bob); !s.Updated {
		t.Fatalf("not taken: %v", s.Errors)
	}
	b.sees(t, bob, reads("You refused this: update prod/api-key"))
	if v := b.taken()[0]; v.kind != actionRefuse || v.Change != cardID || v.Reason != "not before the audit" || v.Person.User != bob || v.Key == "" {
		t.Errorf("the vote is %+v", v)
	}
}

// TestAFormForAReasonNamesWhatItIsAbout: many cards may wait, and the form covers them.
func TestAFormForAReasonNamesWhatItIsAbout(t *testing.T) {
	for locale, want := range map[string]string{"en-US": "update prod/api-key, asked for by @U0ALICE", "ko-KR": "prod/api-key 업데이트 – @U0ALICE 님이 요청했어요"} {
		for button, card := range map[string]*store.Card{
			actionRefuse: cardOf(), actionStop: cardOf(in(audit.EventHeld)), actionReview: cardOf(anEmergency),
		} {
			to := store.ToApprovers
			if card.Emergency {
				to = store.ToReviewers
			}
			b := newBench(t, to, card)
			b.space.SetUser(workspace.User{ID: bob, Name: "bob", Locale: locale})
			if text := unmarked(b.opens(t, bob, button).Text()); !strings.Contains(text, want) || !strings.Contains(text, "⚠") {
				t.Errorf("%s, %s: nothing says %q in\n%s", locale, button, want, text)
			}
		}
	}
}

func TestAFormForAReasonIsThereThoughItsCardIsNot(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	b.cards = nil
	b.opens(t, bob, actionRefuse)
}

// TestALateRefusalIsAnsweredInItsForm: with what was written, which is lost otherwise.
func TestALateRefusalIsAnsweredInItsForm(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	b.opens(t, bob, actionRefuse)
	b.verdict = func(cast) (store.Verdict, error) {
		return verdictOf(store.AnswerDecided, func(v *store.Verdict) { v.Change.State, v.Change.Version = audit.EventApplied, 4 }), nil
	}
	b.fills(t, bob, map[string]string{"reason": "not <before> the *audit*"})
	if s := b.submits(t, bob); !s.Updated {
		t.Fatalf("not answered: %v", s.Errors)
	}
	v := b.sees(t, bob, reads("This is decided already"))
	for _, want := range []string{"prod/api-key was updated, version 4", "│ not <before> the audit"} {
		if !strings.Contains(unmarked(v.Text()), want) {
			t.Errorf("nothing says %q:\n%s", want, v.Text())
		}
	}
}

// TestARefusalThatCouldNotBeJudgedIsKept: the form stays, to be sent again.
func TestARefusalThatCouldNotBeJudgedIsKept(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	b.opens(t, bob, actionRefuse)
	b.fills(t, bob, map[string]string{"reason": "not before the audit"})
	for _, step := range []struct {
		done store.Answer
		err  error
		want string
	}{
		{"", errors.New("a driver's own text"), "not known whether this was recorded"},
		{store.AnswerUnsure, nil, "can't be told just now"},
		{store.AnswerPreparing, nil, "still being worked on"},
	} {
		b.verdict = func(cast) (store.Verdict, error) { return verdictOf(step.done), step.err }
		if s := b.submits(t, bob); !strings.Contains(s.Errors["reason"], step.want) {
			t.Errorf("%s, %v: answered %+v", step.done, step.err, s)
		}
	}
	b.verdict = nil
	b.court.votes = nil
	if s := b.submits(t, bob); !s.Updated || b.taken()[0].Reason != "not before the audit" {
		t.Errorf("answered %+v", s)
	}
}

func TestAHeldChangeIsStoppedWithAReason(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf(in(audit.EventHeld)))
	if v := b.opens(t, carol, actionStop); v.Title != "Stop a change" || v.CallbackID != "secret_refuse" {
		t.Errorf("the form is %q, %s", v.Title, v.CallbackID)
	}
	b.fills(t, carol, map[string]string{"reason": "the wrong key"})
	b.submits(t, carol)
	b.sees(t, carol, reads("You stopped this"))
	if v := b.taken()[0]; v.kind != actionStop || v.Reason != "the wrong key" {
		t.Errorf("the vote is %+v", v)
	}
}

func TestAnEmergencyIsReviewed(t *testing.T) {
	b := newBench(t, store.ToReviewers, cardOf(anEmergency))
	if v := b.opens(t, bob, actionReview); v.CallbackID != "secret_review" || v.Submit != "Record the review" {
		t.Errorf("the form is %s with %q", v.CallbackID, v.Submit)
	}
	b.fills(t, bob, map[string]string{"reason": "could have waited"})
	b.chooses(t, bob, "outcome", string(store.ReviewNotJustified))
	if s := b.submits(t, bob); !s.Updated {
		t.Fatalf("not taken: %v", s.Errors)
	}
	b.sees(t, bob, reads("Your review is recorded"))
	if v := b.taken()[0]; v.kind != actionReview || v.found != store.ReviewNotJustified || v.Reason != "could have waited" {
		t.Errorf("the vote is %+v", v)
	}
	if v := b.opens(t, alice, actionReview); v == nil {
		t.Fatal("no form")
	}
	b.fills(t, alice, map[string]string{"reason": "I was right"})
	b.chooses(t, alice, "outcome", string(store.ReviewJustified))
	b.submits(t, alice)
	b.sees(t, alice, reads("somebody else has to review it"))
}

func TestAGuestGetsNoFormForAReason(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	b.touches(t, "U0GUEST", actionRefuse)
	b.sees(t, "U0GUEST", reads("Guests can't use Secret Store"))
}

// TestAFormWithoutAChangeIsNotAVote: whatever stands in a view's memory, the store is only
// asked about what can be a change.
func TestAFormWithoutAChangeIsNotAVote(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	view := &ViewState{ID: "V1", CallbackID: "secret_refuse", PrivateMetadata: `{"v":1,"change":"../x"}`,
		Fields: map[secret.Field]Input{secret.FieldReason: {Text: "no", Present: true}}}
	got := b.Handle(t.Context(), Request{Kind: KindSubmission, UserID: bob, View: view})
	if got.Update == nil || len(b.taken()) != 0 {
		t.Errorf("answered %+v, %d votes", got, len(b.taken()))
	}
	view.PrivateMetadata, view.CallbackID = metadata{Change: cardID}.String(), "secret_review"
	got = b.Handle(t.Context(), Request{Kind: KindSubmission, UserID: bob, View: view})
	if len(got.Errors) == 0 || len(b.taken()) != 0 {
		t.Errorf("a review without an outcome is answered with %+v", got)
	}
}

// TestDecidingIsNotLimited: who looked too often can still decide.
func TestDecidingIsNotLimited(t *testing.T) {
	b := newBench(t, store.ToApprovers, cardOf())
	for range 2 * LooksPerMinute {
		_ = b.Looks.Take(secret.Person{Scope: "T0ACME", User: bob})
	}
	b.opens(t, bob, actionRefuse)
	if got := b.clicks(t, bob, actionApprove); !strings.Contains(got, "recorded") {
		t.Errorf("told %q", got)
	}
}

// TestEveryAnswerHasItsSentence: for every button, every state, with and without people to
// name, in every language, and none says what did not happen.
func TestEveryAnswerHasItsSentence(t *testing.T) {
	answers := []store.Answer{store.AnswerCounted, store.AnswerStageMet, store.AnswerApproved, store.AnswerRefused, store.AnswerStopped,
		store.AnswerCancelled, store.AnswerReviewed, store.AnswerExpired, store.AnswerVoided, store.AnswerRepeated, store.AnswerDecided,
		store.AnswerOwn, store.AnswerNotYours, store.AnswerNotYet, store.AnswerMissing, store.AnswerNoReason, store.AnswerUnsure,
		store.AnswerForged, store.AnswerPreparing}
	for _, language := range wording.Languages() {
		for _, answer := range answers {
			for _, action := range decisions {
				for _, state := range append(audit.Events(), "") {
					for _, stage := range []store.Stage{{}, cardOf().Stages[0].Stage} {
						c := &composer{say: language}
						text := c.verdict(action, verdictOf(answer, func(v *store.Verdict) {
							v.Change.State, v.Waiting, v.Change.Due = state, stage, time.Now()
						}))
						c.paragraph(text)
						inspect(t, c.modal(VerbStart, metadata{}))
						if done := strings.HasPrefix(string(text), ":white_check_mark:"); language == wording.English() && done && !answer.Counts() {
							t.Errorf("%s of %s reads as though it counted: %s", answer, cmp.Or(state, "nothing"), text)
						}
					}
				}
			}
		}
	}
}
