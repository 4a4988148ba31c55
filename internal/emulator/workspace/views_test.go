package workspace

import (
	"strings"
	"testing"
	"time"
)

// clock is a time that a test moves.
type clock struct{ now chan time.Time }

func newClock() clock {
	c := clock{make(chan time.Time, 1)}
	c.now <- time.Unix(1_800_000_000, 0)
	return c
}
func (c clock) read() time.Time         { t := <-c.now; c.now <- t; return t }
func (c clock) advance(d time.Duration) { c.now <- (<-c.now).Add(d) }

// commandTrigger types a command and gives its trigger, unused.
func commandTrigger(t *testing.T, w *Workspace, a *app) string {
	t.Helper()
	if _, err := w.Person("U0ALICE").Command(within(t), "/secret", ""); err != nil {
		t.Fatal(err)
	}
	return str(a.last(), "trigger_id")
}

func wantWord(t *testing.T, err error, word string) {
	t.Helper()
	if word == "" && err == nil {
		return
	}
	if err == nil || err.Error() != word {
		t.Errorf("got error %v, want %q", err, word)
	}
}

func TestTriggerOpensOneViewWithinThreeSeconds(t *testing.T) {
	c := newClock()
	w, a := startApp(t, Options{Clock: c.read})
	view := parse(t, modal())

	_, err := a.open("not a trigger", view)
	wantWord(t, err, "invalid_trigger_id")
	_, err = a.open("1.2.abc", view)
	wantWord(t, err, "invalid_trigger_id")

	used := commandTrigger(t, w, a)
	_, err = a.open(used, view)
	wantWord(t, err, "")
	_, err = a.open(used, view)
	wantWord(t, err, "exchanged_trigger_id")

	late := commandTrigger(t, w, a)
	c.advance(3*time.Second + time.Millisecond)
	_, err = a.open(late, view)
	wantWord(t, err, "expired_trigger_id")

	just := commandTrigger(t, w, a)
	c.advance(3 * time.Second)
	_, err = a.open(just, view)
	wantWord(t, err, "")
}

func TestViewStackHoldsThree(t *testing.T) {
	w, a := startApp(t, Options{})
	p, ctx := w.Person("U0ALICE"), within(t)
	withButton := parse(t, modal(`{"type":"actions","elements":[{"type":"button","action_id":"next","text":`+plainText("Next")+`}]}`))
	a.opens(withButton)
	var pushed []error
	a.on("block_actions", func(payload obj) any {
		_, err := a.call("views.push", obj{"trigger_id": str(payload, "trigger_id"), "view": withButton})
		pushed = append(pushed, err)
		return nil
	})
	if _, err := p.Command(ctx, "/secret", ""); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := p.Press(ctx, "next"); err != nil {
			t.Fatal(err)
		}
	}
	if pushed[0] != nil || pushed[1] != nil {
		t.Fatalf("the second and third view were refused: %v", pushed)
	}
	wantWord(t, pushed[2], "push_limit_reached")
	top := p.View()
	if top.Depth != 3 || top.PreviousID == "" || top.RootID == top.ID {
		t.Errorf("the top of the stack is %+v", top)
	}
	if err := p.CloseView(ctx); err != nil || p.View().ID != top.PreviousID {
		t.Errorf("closing the top gave %v and shows %s, want %s", err, p.View().ID, top.PreviousID)
	}
}

func TestPushNeedsATriggerFromWithinAnOpenView(t *testing.T) {
	w, a := startApp(t, Options{})
	_, err := a.call("views.push", obj{"trigger_id": commandTrigger(t, w, a), "view": parse(t, modal())})
	wantWord(t, err, "invalid_trigger_id")
}

func TestUpdateOfAViewIsHeldAgainstItsHash(t *testing.T) {
	_, a, p := openForm(t)
	old := p.View()
	update := func(more obj) error {
		body := obj{"view_id": old.ID, "view": parse(t, form)}
		for name, v := range more {
			body[name] = v
		}
		_, err := a.call("views.update", body)
		return err
	}
	wantWord(t, update(obj{"hash": old.Hash}), "")
	wantWord(t, update(obj{"hash": old.Hash}), "hash_conflict")
	wantWord(t, update(nil), "") // without a hash the last write wins
	if err := p.CloseView(within(t)); err != nil {
		t.Fatal(err)
	}
	wantWord(t, update(nil), "not_found")
}

func TestExternalIDNamesOneOpenView(t *testing.T) {
	w, a := startApp(t, Options{})
	named := parse(t, modal())
	named["external_id"] = "one"
	_, err := a.open(commandTrigger(t, w, a), named)
	wantWord(t, err, "")
	_, err = a.open(commandTrigger(t, w, a), named)
	wantWord(t, err, "duplicate_external_id")
	_, err = a.call("views.update", obj{"external_id": "one", "view": named})
	wantWord(t, err, "")
}

func TestViewOver250kBIsTooLarge(t *testing.T) {
	w, a := startApp(t, Options{})
	block := `{"type":"section","text":` + plainText(strings.Repeat("x", 3000)) + `}`
	_, err := a.open(commandTrigger(t, w, a), parse(t, modal(many(84, block))))
	wantWord(t, err, "view_too_large")
	_, err = a.open(commandTrigger(t, w, a), parse(t, modal(many(80, block))))
	wantWord(t, err, "")
}

func TestBrokenViewIsAnsweredWithPointers(t *testing.T) {
	w, a := startApp(t, Options{})
	out, err := a.open(commandTrigger(t, w, a), parse(t, modal(`{"type":"header","text":`+plainText(strings.Repeat("x", 151))+`}`)))
	wantWord(t, err, "invalid_arguments")
	got := items(sub(out, "response_metadata"), "messages")
	if len(got) != 1 || got[0] != "[ERROR] must be less than 151 characters [json-pointer:/view/blocks/0/text/text]" {
		t.Errorf("response_metadata.messages = %v", got)
	}
	out, err = a.call("blocks.validate", obj{"blocks": []any{obj{"type": "header"}}})
	wantWord(t, err, "invalid_blocks")
	if len(items(out, "errors")) != 1 {
		t.Errorf("blocks.validate found %v", out)
	}
}

func TestHomeTabIsHeldAgainstItsHashAndCanBeOff(t *testing.T) {
	w, a := startApp(t, Options{})
	home := obj{"type": "home", "blocks": []any{obj{"type": "divider"}}}
	publish := func(hash string) error {
		_, err := a.call("views.publish", obj{"user_id": "U0ALICE", "view": home, "hash": hash})
		return err
	}
	wantWord(t, publish(""), "")
	old := w.Person("U0ALICE").Home().Hash
	wantWord(t, publish(old), "")
	wantWord(t, publish(old), "hash_conflict")

	_, off := startApp(t, Options{HomeOff: true})
	_, err := off.call("views.publish", obj{"user_id": "U0ALICE", "view": home})
	wantWord(t, err, "not_enabled")
}

func TestAnswersToASubmission(t *testing.T) {
	view := func(title string) obj {
		return obj{"type": "modal", "title": obj{"type": "plain_text", "text": title}, "blocks": []any{}}
	}
	tests := []struct {
		name   string
		answer any
		top    string // title in front afterwards, "" when nothing is open
		fails  bool
	}{
		{"an empty body closes the view", nil, "", false},
		{"clear closes everything", obj{"response_action": "clear"}, "", false},
		{"update shows another view", obj{"response_action": "update", "view": view("Two")}, "Two", false},
		{"push puts a view on top", obj{"response_action": "push", "view": view("Two")}, "Two", false},
		{"errors on an input keep the form", obj{"response_action": "errors", "errors": obj{"name": "No."}}, "New secret", false},
		{"errors on another block are the app's failure", obj{"response_action": "errors", "errors": obj{"intro": "No."}}, "New secret", true},
		{"errors without any is the app's failure", obj{"response_action": "errors", "errors": obj{}}, "New secret", true},
		{"an unknown action is the app's failure", obj{"response_action": "explode"}, "New secret", true},
		{"an empty action is the app's failure", obj{"response_action": ""}, "New secret", true},
		{"an update without a view is the app's failure", obj{"response_action": "update"}, "New secret", true},
		{"a view over a limit is the app's failure", obj{"response_action": "update", "view": view(strings.Repeat("x", 25))}, "New secret", true},
		{"text is the app's failure", "saved!", "New secret", true},
		{"status 500 is the app's failure", 500, "New secret", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, a, p := openForm(t)
			a.on("view_submission", func(obj) any { return tt.answer })
			if err := p.Fill("name", "x"); err != nil {
				t.Fatal(err)
			}
			_, err := p.SubmitView(within(t))
			if (err != nil) != tt.fails {
				t.Errorf("submitting gave error %v, want one: %v", err, tt.fails)
			}
			top := ""
			if v := p.View(); v != nil {
				top = v.Title
				if (v.Trouble == ShownTrouble) != tt.fails {
					t.Errorf("over the form stands %q", v.Trouble)
				}
			}
			if top != tt.top {
				t.Errorf("in front is %q, want %q", top, tt.top)
			}
		})
	}
}

func TestAppIsToldOfAClosedViewThatAskedForIt(t *testing.T) {
	_, a, p := openForm(t)
	if err := p.CloseView(within(t)); err != nil {
		t.Fatal(err)
	}
	sent := a.last()
	if str(sent, "type") != "view_closed" || str(sub(sent, "view"), "callback_id") != "secret_create" || flag(sent, "is_cleared") {
		t.Errorf("the app was told %v", sent)
	}
	if p.View() != nil {
		t.Error("the view is still open")
	}
}
