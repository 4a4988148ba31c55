package slackapp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

const (
	carol    = "U0CAROL"
	cardID   = "01jd00000000000000000000aa"
	groupKey = "security"
)

// cardOf is Alice's update of a production secret, which Bob and Carol may decide about.
func cardOf(change ...func(*store.Card)) *store.Card {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	c := &store.Card{
		Change: cardID, State: audit.EventStaged, Ref: prodKey, Project: "acme-prod", Action: secret.Update,
		Requester: secret.Person{Scope: "T0ACME", User: alice}, RequesterName: "Alice", Reason: "the key leaks",
		Rule: "payments in production@0123456789ab", Recipe: secret.Text, Base: 3, Old: store.OldPlan{Do: store.OldDisable, Days: 30},
		Shape: secret.Shape{Version: secret.ShapeVersion, Bytes: 4321, Lines: 7, Form: secret.FormText, Classes: []secret.Class{secret.ClassLower},
			Variety: secret.VarietyHigh, Current: secret.MatchSame, Other: secret.MatchDiffers},
		Description: "for payments", Owner: bob, Notify: []string{"C0GENERAL"},
		Created: at, Expires: at.Add(24 * time.Hour), Hold: 10 * time.Minute,
		Stages: []store.CardStage{{Stage: store.Stage{By: store.People{Groups: []string{groupKey}}, Count: 1, Members: []string{bob, carol}}}},
	}
	for _, edit := range change {
		edit(c)
	}
	return c
}

// in brings a card into a state, with the votes that led there.
func in(state audit.Event) func(*store.Card) {
	return func(c *store.Card) {
		c.State = state
		vote := store.Decision{Person: secret.Person{Scope: "T0ACME", User: bob}, Name: "Bob", At: c.Created.Add(time.Hour)}
		switch state {
		case audit.EventStaged, audit.EventExpired, audit.EventVoided:
		case audit.EventRefused, audit.EventCancelled:
			vote.Kind, vote.Reason = audit.VoteRefuse, "not before the audit"
			c.Against = &vote
		default:
			vote.Kind = audit.VoteApprove
			c.Stages[0].Approved, c.Open = []store.Decision{vote}, 1
		}
		if state == audit.EventHeld {
			c.HeldUntil = c.Created.Add(2 * time.Hour)
		}
	}
}

// anEmergency makes a card one of a change that nobody was waited for.
func anEmergency(c *store.Card) {
	c.State, c.Emergency, c.Incident = audit.EventApplied, true, "https://status.example/42"
	c.ReviewBy, c.ReviewDue = store.People{Groups: []string{groupKey}, Users: []string{bob}}, c.Created.Add(24*time.Hour)
	c.Expires, c.Hold = time.Time{}, 0
}

func reviewed(c *store.Card) {
	c.Reviews = []store.Decision{{Person: secret.Person{User: bob}, Kind: audit.VoteReview, Outcome: store.ReviewNotJustified, Reason: "could have waited", At: c.Created}}
}

func toldOf(to store.Audience, c *store.Card, change ...func(*store.Telling)) store.Telling {
	t := store.Telling{Recipient: "C0GENERAL", Audience: to, Change: c.Change, Event: c.State, Action: c.Action, Ref: c.Ref,
		Version: "4", Recipe: string(c.Recipe), Reason: c.Reason, Card: c, ActorID: c.Requester.String()}
	if to == store.ToRequester {
		t.Recipient = c.Requester.User
	}
	for _, edit := range change {
		edit(&t)
	}
	return t
}

// audiences are all there are.
func audiences() []store.Audience {
	return []store.Audience{store.ToRequester, store.ToOwner, store.ToChannel, store.ToApprovers, store.ToReminded,
		store.ToEscalated, store.ToSkipped, store.ToReviewers, store.ToOverdue}
}

func TestACardShowsAllThatIsDecidedAbout(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Notify(t.Context(), toldOf(store.ToApprovers, cardOf())); err != nil {
		t.Fatal(err)
	}
	all := d.space.Person(bob).Messages("C0GENERAL")
	if len(all) != 1 {
		t.Fatalf("%d messages", len(all))
	}
	for _, want := range []string{"⚠ PRODUCTION · prod", "Your consent is asked for: update prod/api-key", "<@U0ALICE>", "payments in production",
		"acme-prod", "Change " + cardID, "│ the key leaks", "│ for payments", "4321 bytes", "not in a channel", "Compare …", "one of security (<@U0BOB>, <@U0CAROL>)",
		"is disabled after 30 days", "held for 10 min", "Ends by itself", "<#C0GENERAL>", cardID} {
		if !strings.Contains(written(t, all[0]), want) {
			t.Errorf("nothing says %q:\n%s", want, all[0].Blocks)
		}
	}
	if strings.Contains(all[0].RawText, "leaks") || !strings.Contains(all[0].Text, "consent") {
		t.Errorf("the notification reads %q", all[0].RawText)
	}
}

// TestWhoHasWhichButtons: what can be pressed follows what can be done, by whom it is for.
func TestWhoHasWhichButtons(t *testing.T) {
	toBob := func(t *store.Telling) { t.Recipient = bob }
	for name, test := range map[string]struct {
		telling store.Telling
		want    []string
	}{
		"approvers, while it waits":              {toldOf(store.ToApprovers, cardOf()), []string{"approve", "refuse", "card"}},
		"an approver alone":                      {toldOf(store.ToApprovers, cardOf(), toBob), []string{"approve", "refuse"}},
		"approvers, during the hold":             {toldOf(store.ToApprovers, cardOf(in(audit.EventHeld))), []string{"stop", "card"}},
		"approvers, while it is applied":         {toldOf(store.ToApprovers, cardOf(in(audit.EventApplying))), nil},
		"approvers, once it is applied":          {toldOf(store.ToApprovers, cardOf(in(audit.EventApplied))), nil},
		"approvers, once it is refused":          {toldOf(store.ToApprovers, cardOf(in(audit.EventRefused))), nil},
		"the reminded":                           {toldOf(store.ToReminded, cardOf()), []string{"approve", "refuse"}},
		"the reminded, during the hold":          {toldOf(store.ToReminded, cardOf(in(audit.EventHeld))), []string{"stop"}},
		"a channel that is told nobody decides":  {toldOf(store.ToEscalated, cardOf()), nil},
		"a decider who is told nobody decides":   {toldOf(store.ToEscalated, cardOf(), toBob), []string{"approve", "refuse"}},
		"a decider of no stage there is":         {toldOf(store.ToEscalated, cardOf(), toBob, func(t *store.Telling) { t.Stage = 1 }), nil},
		"someone else told that nobody decides":  {toldOf(store.ToEscalated, cardOf(), func(t *store.Telling) { t.Recipient = "U0DAVE" }), nil},
		"the requester, while it waits":          {toldOf(store.ToRequester, cardOf()), []string{"cancel"}},
		"the requester, during the hold":         {toldOf(store.ToRequester, cardOf(in(audit.EventHeld))), []string{"cancel"}},
		"the requester, once it is applied":      {toldOf(store.ToRequester, cardOf(in(audit.EventApplied))), nil},
		"the requester of an emergency":          {toldOf(store.ToRequester, cardOf(anEmergency)), nil},
		"the skipped":                            {toldOf(store.ToSkipped, cardOf(anEmergency)), nil},
		"reviewers":                              {toldOf(store.ToReviewers, cardOf(anEmergency)), []string{"review", "card"}},
		"reviewers, once it is overdue":          {toldOf(store.ToOverdue, cardOf(anEmergency)), []string{"review", "card"}},
		"reviewers, once it is reviewed":         {toldOf(store.ToReviewers, cardOf(anEmergency, reviewed)), nil},
		"the owner":                              {toldOf(store.ToOwner, cardOf()), nil},
		"a channel that hears of the secret":     {toldOf(store.ToChannel, cardOf(in(audit.EventHeld))), nil},
		"approvers, should it be an emergency's": {toldOf(store.ToSkipped, cardOf(anEmergency, reviewed)), nil},
	} {
		c := &composer{say: wording.English()}
		_, blocks := c.message(test.telling)
		var pressed []string
		for _, b := range buttonsIn(t, blocks) {
			pressed = append(pressed, b["action_id"].(string))
			if b["value"] != cardID {
				t.Errorf("%s: a button bears %v", name, b["value"])
			}
		}
		if diff := cmp.Diff(test.want, pressed); diff != "" {
			t.Errorf("%s: buttons %s", name, diff)
		}
	}
}

// objects yields every JSON object in what goes to Slack.
func objects(t *testing.T, sent any) []map[string]any {
	t.Helper()
	raw, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			all = append(all, node)
			for _, inner := range node {
				walk(inner)
			}
		case []any:
			for _, inner := range node {
				walk(inner)
			}
		}
	}
	walk(tree)
	return all
}

// written is every text of a message as it was sent, a line each, without signs of markup.
func written(t *testing.T, m workspace.Message) string {
	t.Helper()
	var all []string
	for _, o := range objects(t, m.RawBlocks) {
		if text, isText := o["text"].(string); isText {
			all = append(all, text)
		}
	}
	return unmarked(strings.Join(all, "\n"))
}

func buttonsIn(t *testing.T, sent any) []map[string]any {
	t.Helper()
	return slices.DeleteFunc(objects(t, sent), func(o map[string]any) bool { return o["type"] != "button" })
}

// TestWhatPeopleWroteCantFakeACard: reasons, descriptions and incidents stand in plain text
// alone, with the bar before every line, whatever sign breaks the line, and change neither
// what can be pressed nor what else is said.
func TestWhatPeopleWroteCantFakeACard(t *testing.T) {
	const mark = "forgery"
	for name, text := range map[string]string{
		"a consent in markup":      mark + " *Approved* by <@U1> :white_check_mark:",
		"a line of its own":        "ok\n\n" + mark + " agreed, today",
		"another line break":       "ok\u2028" + mark + "\u2029" + mark + "\u0085" + mark + "\r" + mark,
		"mentions of everyone":     mark + " <!channel> <!date^0^{date}|x> <https://evil.example|approve>",
		"blocks":                   mark + `"}},{"type":"section","text":{"type":"mrkdwn","text":"*Approved*"}},{"x":"`,
		"an entity":                mark + " &lt;@U1&gt; &amp;",
		"placeholders of ours":     mark + " {who} {time} {text}",
		"code":                     "`" + mark + "` ```" + mark + "```",
		"a quotation":              "> " + mark,
		"the bar itself":           mark + "\n│ " + mark,
		"blanks to the next line":  "ok" + strings.Repeat(" \u00a0\u3000", 60) + mark,
		"letters that look blank":  "ok" + strings.Repeat("\u2800\u3164\u115f\u1160\uffa0", 60) + mark,
		"the order turned around":  mark + " \u202e\u2067\u200f\u061cdeerga \u200b\ufeff\u00ad\U000e0041" + mark,
		"as much as there may be":  strings.Repeat(mark+"\n", secret.MaxFreeText/8),
		"the words of a real card": mark + "\n:white_check_mark: @bob agreed, today",
	} {
		for _, to := range audiences() {
			for _, card := range []*store.Card{cardOf(), cardOf(in(audit.EventRefused)), cardOf(anEmergency, reviewed)} {
				plain := *card
				forged := *card
				forged.Reason, forged.Description = text, text
				plain.Reason, plain.Description = "x", "x"
				if card.Emergency {
					forged.Incident, plain.Incident = text, "x"
				}
				if card.Against != nil {
					against := *card.Against
					against.Reason = text
					forged.Against = &against
				}
				says, saysPlain := &composer{say: wording.English()}, &composer{say: wording.English()}
				subject, blocks := says.message(toldOf(to, &forged))
				_, honest := saysPlain.message(toldOf(to, &plain))
				raw, err := json.Marshal(map[string]any{"text": subject, "blocks": blocks})
				if problems := workspace.Validate(raw); err != nil || len(problems) > 0 {
					t.Errorf("%s to %s: Slack would refuse it: %v, %v", name, to, problems, err)
				}
				holdsApart(t, name+", "+string(to), mark, subject, objects(t, blocks))
				if diff := cmp.Diff(len(buttonsIn(t, honest)), len(buttonsIn(t, blocks))); diff != "" {
					t.Errorf("%s to %s: buttons %s", name, to, diff)
				}
				if len(honest) != len(blocks) {
					t.Errorf("%s to %s: %d blocks instead of %d", name, to, len(blocks), len(honest))
				}
			}
		}
	}
}

// holdsApart fails where a mark stands in anything but plain text behind the bar.
func holdsApart(t *testing.T, name, mark, subject string, all []map[string]any) {
	t.Helper()
	if strings.Contains(subject, mark) {
		t.Errorf("%s: it is in the notification: %q", name, subject)
	}
	for _, o := range all {
		for _, inner := range o {
			text, isText := inner.(string)
			if !isText || !strings.Contains(text, mark) {
				continue
			}
			if o["type"] != "plain_text" {
				t.Errorf("%s: it is in %v", name, o)
				continue
			}
			for _, line := range strings.FieldsFunc(text, breaksLine) {
				if strings.Contains(line, mark) && (!strings.HasPrefix(line, bar) || strings.ContainsFunc(line, deceives)) {
					t.Errorf("%s: a line without the bar, or with signs that are not seen: %q", name, line)
				}
			}
		}
	}
}

// deceives tells signs that are not seen from those that are.
func deceives(r rune) bool {
	return unicode.Is(unicode.Cf, r) || strings.ContainsRune("\u2800\u3164\u115f\u1160\uffa0", r)
}

// composed is a message as it is sent.
func composed(t *testing.T, c *wording.Catalogue, told store.Telling) string {
	t.Helper()
	say := &composer{say: c}
	text, blocks := say.message(told)
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	return text + string(raw)
}

// TestTheRequesterLearnsNothingOfTheShape: nor does anyone else who does not decide. With a
// shape a person who may guess again and again finds out what another secret holds.
func TestTheRequesterLearnsNothingOfTheShape(t *testing.T) {
	for _, c := range wording.Languages() {
		for _, state := range audit.Events() {
			for _, edits := range [][]func(*store.Card){{in(state)}, {in(state), anEmergency}, {in(state), anEmergency, reviewed}} {
				card := cardOf(edits...)
				told := func(to store.Audience, edit func(*store.Card)) string {
					shown := *card
					edit(&shown)
					return composed(t, c, toldOf(to, &shown, func(t *store.Telling) { t.Event = state }))
				}
				other := func(c *store.Card) { c.Shape = secret.Shape{Version: secret.ShapeVersion, Short: true} }
				same := func(*store.Card) {}
				for _, to := range []store.Audience{store.ToRequester, store.ToOwner, store.ToChannel, store.ToReminded, store.ToEscalated} {
					if told(to, same) != told(to, other) {
						t.Errorf("%s, %s: %s is told of the shape", c.Language, state, to)
					}
				}
				for _, to := range audiences() {
					mistaken := func(t *store.Telling) { t.Recipient = alice }
					if toAlice := toldOf(to, card, mistaken); !strings.Contains(composed(t, c, toAlice), c.Say("message.to.requester")) {
						t.Errorf("%s, %s: the requester is told as one of the %s", c.Language, state, to)
					}
				}
				if told(store.ToApprovers, same) == told(store.ToApprovers, other) {
					t.Errorf("%s, %s: those who decide are not told of the shape", c.Language, state)
				}
				compared := func(c *store.Card) {
					c.Shape.Current, c.Shape.Other = secret.MatchDiffers, secret.MatchSame
					c.Shape.Keys = &secret.ShapeKeys{Changed: secret.KeyList{Names: []string{"PORT"}}}
				}
				for _, to := range audiences() {
					if told(to, same) != told(to, compared) {
						t.Errorf("%s, %s: a channel of %s is told what the value equals", c.Language, state, to)
					}
				}
			}
		}
	}
}

// TestTheLargestCardsAreWithinSlacksLimits: everything as long and as many as it can be.
func TestTheLargestCardsAreWithinSlacksLimits(t *testing.T) {
	long := strings.Repeat("<&>\n", secret.MaxFreeText/4)
	votes := make([]store.Decision, 200)
	for i := range votes {
		votes[i] = store.Decision{Person: secret.Person{User: fmt.Sprintf("U0VOTER%04d", i)}, Kind: audit.VoteReview, Reason: long,
			Outcome: store.ReviewJustified, At: time.Now()}
	}
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("U0PERSON%04d", i))
	}
	groups := slices.Repeat([]string{strings.Repeat("g", 80)}, 50)
	names := slices.Repeat([]string{strings.Repeat("K", 100)}, 20)
	for _, c := range wording.Languages() {
		for _, state := range audit.Events() {
			for _, to := range audiences() {
				for _, emergency := range []bool{false, true} {
					card := cardOf(in(state), func(c *store.Card) {
						c.Ref = secret.Ref{Environment: secret.Environment("prod-" + strings.Repeat("e", secret.MaxEnvironment-5)),
							Name: secret.Name(strings.Repeat("n", secret.MaxName))}
						c.Reason, c.Description, c.Incident, c.Adopt, c.Source = long, long, long, true, 1<<62
						c.Notify, c.Emergency, c.Reviews = many, emergency, votes
						c.ReviewBy = store.People{Groups: groups, Users: many}
						c.Shape.Keys = &secret.ShapeKeys{Added: secret.KeyList{Names: names, More: 9}, Removed: secret.KeyList{Names: names},
							Changed: secret.KeyList{Names: names}, Uncompared: secret.KeyList{Names: names}}
						c.Stages = slices.Repeat([]store.CardStage{{Stage: store.Stage{By: c.ReviewBy, Count: 9, Members: many}, Approved: votes}}, 30)
					})
					say := &composer{say: c}
					text, blocks := say.message(toldOf(to, card))
					inspect(t, map[string]any{"text": text, "blocks": blocks})
				}
			}
		}
	}
}

func TestAnEndedCardSaysByWhomAndWhy(t *testing.T) {
	for name, test := range map[string]struct {
		card   *store.Card
		detail string
		want   []string
	}{
		"applied":  {cardOf(in(audit.EventApplied)), "", []string{"was updated, version 4", "<@U0BOB> agreed"}},
		"held":     {cardOf(in(audit.EventHeld)), "", []string{"held before it is carried out", "Until then everyone who may decide can stop it"}},
		"refused":  {cardOf(in(audit.EventRefused)), "", []string{"Refused: update", "<@U0BOB> refused it", "│ not before the audit"}},
		"stopped":  {cardOf(in(audit.EventRefused), func(c *store.Card) { c.Against.Kind = audit.VoteStop }), store.DetailStopped, []string{"<@U0BOB> stopped it", "during its hold"}},
		"voided":   {cardOf(in(audit.EventVoided)), store.DetailBase, []string{"Void", "got another version meanwhile"}},
		"expired":  {cardOf(in(audit.EventExpired)), store.DetailUnanswered, []string{"Not decided in time", "Not enough people decided"}},
		"reviewed": {cardOf(anEmergency, reviewed), "", []string{"The emergency was reviewed", "was updated, version 4", "<@U0BOB> reviewed it", "it was not justified", "│ could have waited"}},
	} {
		d := newDesk(t)
		to := store.ToApprovers
		if test.card.Emergency {
			to = store.ToReviewers
		}
		at, err := d.Notify(t.Context(), toldOf(to, cardOf()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Notify(t.Context(), toldOf(to, test.card, func(t *store.Telling) {
			t.Channel, t.TS, t.Detail = at.Channel, at.TS, test.detail
		})); err != nil {
			t.Fatal(err)
		}
		all := d.space.Person(carol).Messages("C0GENERAL")
		if len(all) != 1 {
			t.Fatalf("%s: %d messages", name, len(all))
		}
		for _, want := range test.want {
			if !strings.Contains(written(t, all[0]), want) {
				t.Errorf("%s: nothing says %q:\n%s", name, want, all[0].Blocks)
			}
		}
	}
}

// TestAnIDStandsOnALineOfItsOwn: in a column it breaks before its last letter.
func TestAnIDStandsOnALineOfItsOwn(t *testing.T) {
	for _, to := range audiences() {
		say := &composer{say: wording.English()}
		_, blocks := say.message(toldOf(to, cardOf()))
		for _, b := range objects(t, blocks) {
			fields, _ := json.Marshal(b["fields"])
			if strings.Contains(string(fields), cardID) {
				t.Errorf("to %s: %s", to, fields)
			}
		}
	}
}

// TestWhatWaitedPointsOn: a change that ended is told once, in the newer message.
func TestWhatWaitedPointsOn(t *testing.T) {
	stopped := func(c *store.Card) { c.Against.Kind = audit.VoteStop }
	for _, test := range []struct {
		card     *store.Card
		en, ko   string
		headline string
	}{
		{cardOf(in(audit.EventApplied)), "was agreed to and carried out", "승인되어 실행됐어요", "was updated, version 4"},
		{cardOf(in(audit.EventRefused)), "was refused. A newer message says by whom, and why.", "거부됐어요", "Refused: update"},
		{cardOf(in(audit.EventRefused), stopped), "was stopped before it was carried out", "중단됐어요", "Stopped before it was carried out: update"},
		{cardOf(in(audit.EventExpired)), "was not decided in time", "시간 안에 결정되지 않았어요", "Not decided in time: update"},
		{cardOf(in(audit.EventVoided)), "became void", "무효가 됐어요", "Void"},
		{cardOf(in(audit.EventFailed)), "was decided. A newer message says what came of it.", "요청이 결정됐어요", "Not done: update"},
		{cardOf(in(audit.EventUnknown)), "was decided. A newer message says what came of it.", "요청이 결정됐어요", "Not known yet: update"},
	} {
		for locale, want := range map[string]string{"ko-KR": test.ko, "en-US": test.en} {
			d := newDesk(t)
			d.space.SetUser(workspace.User{ID: alice, Name: "alice", Locale: locale})
			at, err := d.Notify(t.Context(), toldOf(store.ToRequester, cardOf()))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Notify(t.Context(), toldOf(store.ToRequester, test.card, func(t *store.Telling) {
				t.Channel, t.TS, t.Detail = at.Channel, at.TS, store.DetailAnswered
			})); err != nil {
				t.Fatal(err)
			}
			old := d.space.Person(alice).Messages(d.space.Person(alice).Direct())[0]
			text := written(t, old)
			if !strings.Contains(text, want) || !strings.Contains(text, "prod/api-key") {
				t.Errorf("nothing says %q:\n%s", want, text)
			}
			for _, not := range []string{test.headline, "the key leaks", "not before the audit", "Cancel", "\n"} {
				if strings.Contains(text, not) {
					t.Errorf("what waited says %q:\n%s", not, text)
				}
			}
		}
		d := newDesk(t)
		if _, err := d.Notify(t.Context(), toldOf(store.ToRequester, test.card)); err != nil {
			t.Fatal(err)
		}
		all := d.space.Person(alice).Messages(d.space.Person(alice).Direct())
		if text := written(t, all[len(all)-1]); !strings.Contains(text, test.headline) || !strings.Contains(text, "the key leaks") {
			t.Errorf("the newer message reads\n%s", text)
		}
	}
}

// TestWhoCancelsReadsItWhereItWaited: there is no newer message.
func TestWhoCancelsReadsItWhereItWaited(t *testing.T) {
	card := cardOf(in(audit.EventCancelled), func(c *store.Card) { c.Against.Kind = audit.VoteCancel })
	text := composed(t, wording.English(), toldOf(store.ToRequester, card, func(t *store.Telling) { t.Channel, t.TS = "D1", "1" }))
	for _, want := range []string{"Cancelled: update", "Nothing was written", "cancelled it"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q in %s", want, text)
		}
	}
}

func TestAnEmergencyIsCalledOneWhereItsOutcomeIsTold(t *testing.T) {
	for _, to := range []store.Audience{store.ToRequester, store.ToOwner, store.ToChannel} {
		for locale, want := range map[string]string{"en-US": "in an emergency, without consent", "ko-KR": "긴급 상황이라 승인 없이 진행"} {
			say := &composer{say: wording.For(locale)}
			text, blocks := say.message(toldOf(to, cardOf(anEmergency)))
			body, _ := json.Marshal(blocks)
			if !strings.Contains(text, want) || !strings.Contains(string(body), want) || !strings.Contains(string(body), "1795424400") {
				t.Errorf("%s to %s: %q\n%s", locale, to, text, body)
			}
		}
	}
	if text := composed(t, wording.English(), toldOf(store.ToRequester, cardOf(anEmergency, reviewed))); strings.Contains(text, "To be reviewed") {
		t.Errorf("reviewed, and still to be: %s", text)
	}
}

func TestTheRequesterHearsForWhomItWaitsAndWhyItWasRefused(t *testing.T) {
	d := newDesk(t)
	at, err := d.Notify(t.Context(), toldOf(store.ToRequester, cardOf(), func(t *store.Telling) { t.Detail = store.DetailUnreached }))
	if err != nil {
		t.Fatal(err)
	}
	read := func(want ...string) {
		t.Helper()
		all := d.space.Person(alice).Messages(d.space.Person(alice).Direct())
		if len(all) != 1 {
			t.Fatalf("%d messages", len(all))
		}
		for _, text := range want {
			if !strings.Contains(written(t, all[0]), text) {
				t.Errorf("nothing says %q:\n%s", text, all[0].Blocks)
			}
		}
	}
	read("Waiting for consent: update prod/api-key", "one of security (<@U0BOB>, <@U0CAROL>)", "could be reached", "Cancel this request", "Ends by itself")
	update := func(t *store.Telling) { t.Channel, t.TS = at.Channel, at.TS }
	if _, err := d.Notify(t.Context(), toldOf(store.ToRequester, cardOf(in(audit.EventRefused)), update)); err != nil {
		t.Fatal(err)
	}
	read("Refused: update prod/api-key", "<@U0BOB> refused it", "│ not before the audit", "because you asked")
}

// TestThatTooFewAreLeftSaysWhatToDo: to who asked and to the environment's channel, which
// learns nothing of the value.
func TestThatTooFewAreLeftSaysWhatToDo(t *testing.T) {
	for _, to := range []store.Audience{store.ToRequester, store.ToChannel} {
		text := composed(t, wording.English(), toldOf(to, cardOf(), func(t *store.Telling) { t.Detail = store.DetailStuck }))
		for _, want := range []string{"Waiting for consent: update", "Too few", "cancels it and asks again"} {
			if !strings.Contains(text, want) {
				t.Errorf("to %s nothing says %q: %s", to, want, text)
			}
		}
	}
}

// FuzzWords: whatever a person wrote, no line of it begins without the bar.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"", "a", "a\nb", "\r\n\r\n", "a\u2028b\u2029c\u0085d\ve\ff", "│ a", "\xff\n\xfe", "\u2800\u202e👩\u200d💻"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range strings.FieldsFunc(barred(text), breaksLine) {
			if !strings.HasPrefix(line, bar) || strings.Contains(line, "  ") {
				t.Errorf("%q of %q", line, text)
			}
		}
	})
}
