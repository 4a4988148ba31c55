package workspace

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const asking = `[{"type": "actions", "block_id": "a", "elements": [
	{"type": "static_select", "action_id": "first", "options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}, {"text": {"type": "plain_text", "text": "Two"}, "value": "2"}]},
	{"type": "multi_users_select", "action_id": "second", "max_selected_items": 1},
	{"type": "external_select", "action_id": "found", "min_query_length": 1},
	{"type": "overflow", "action_id": "third", "options": [{"text": {"type": "plain_text", "text": "Rename"}, "value": "rename"}]}]}]`

// asks posts a message with elements and gives the place of one of them.
func asks(t *testing.T, a *app) func(action string) Place {
	t.Helper()
	out, err := a.call("chat.postMessage", obj{"channel": "C0GENERAL", "text": "asking", "blocks": json.RawMessage(asking)})
	if err != nil {
		t.Fatal(err)
	}
	return func(action string) Place {
		return Place{Channel: "C0GENERAL", TS: str(out, "ts"), Block: "a", Action: action}
	}
}

func TestElementsOfAMessageAreEachPersonsOwn(t *testing.T) {
	w, a := startApp(t, Options{})
	at := asks(t, a)
	alice, bob := w.Person("U0ALICE"), w.Person("U0BOB")
	if err := alice.Set(t.Context(), at("first"), "2"); err != nil {
		t.Fatal(err)
	}
	if got := str(sub(items(a.last(), "actions")[0].(obj), "selected_option"), "value"); got != "2" {
		t.Errorf("the app heard of %q", got)
	}
	if err := bob.Set(t.Context(), at("second"), "U0CAROL"); err != nil {
		t.Fatal(err)
	}
	held := func(p *Person) map[string]string {
		out := map[string]string{}
		for _, f := range p.Messages("C0GENERAL")[0].Fields {
			out[f.ActionID] = f.Value
		}
		return out
	}
	if diff := cmp.Diff(map[string]string{"first": "2", "second": "", "found": ""}, held(alice)); diff != "" {
		t.Errorf("Alice sees (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"first": "", "second": "U0CAROL", "found": ""}, held(bob)); diff != "" {
		t.Errorf("Bob sees (-want +got):\n%s", diff)
	}
	state := sub(sub(sub(a.last(), "state"), "values"), "a")
	if diff := cmp.Diff([]any{"U0CAROL"}, sub(state, "second")["selected_users"]); diff != "" {
		t.Errorf("the message's state (-want +got):\n%s", diff)
	}
}

func TestMenusAndTypeAheadInMessages(t *testing.T) {
	w, a := startApp(t, Options{})
	at := asks(t, a)
	alice := w.Person("U0ALICE")
	if err := alice.Click(t.Context(), at("third"), "rename"); err != nil {
		t.Fatal(err)
	}
	if got := str(sub(items(a.last(), "actions")[0].(obj), "selected_option"), "value"); got != "rename" {
		t.Errorf("the app heard of %q", got)
	}
	a.on("block_suggestion", func(p obj) any {
		return obj{"options": []any{obj{"text": obj{"type": "plain_text", "text": "key"}, "value": str(p, "value") + "ey"}}}
	})
	found, err := alice.Load(t.Context(), at("found"), "k")
	if err != nil || len(found) != 1 || found[0].Value != "key" {
		t.Fatalf("offered %v, %v", found, err)
	}
	if got := str(sub(a.last(), "container"), "type"); got != "message" {
		t.Errorf("the question came from a %q", got)
	}
	if err := alice.Set(t.Context(), at("found"), "key"); err != nil {
		t.Error(err)
	}
}

func TestWhatCantBeDoneToAnElementIsRefused(t *testing.T) {
	w, a := startApp(t, Options{})
	at := asks(t, a)
	alice := w.Person("U0ALICE")
	for what, act := range map[string]func() error{
		"an option that is not there":       func() error { return alice.Set(t.Context(), at("first"), "3") },
		"two of one":                        func() error { return alice.Set(t.Context(), at("first"), "1", "2") },
		"more people than it takes":         func() error { return alice.Set(t.Context(), at("second"), "U0BOB", "U0CAROL") },
		"somebody whom nobody knows":        func() error { return alice.Set(t.Context(), at("second"), "U0NOBODY") },
		"an element that is not there":      func() error { return alice.Set(t.Context(), at("fourth"), "1") },
		"a value of a menu that has none":   func() error { return alice.Click(t.Context(), at("third"), "delete") },
		"a click on a select":               func() error { return alice.Click(t.Context(), at("first"), "1") },
		"a view that is not in front":       func() error { return alice.Set(t.Context(), Place{View: "V1", Block: "a", Action: "first"}, "1") },
		"a message that somebody else sees": func() error { return alice.Set(t.Context(), Place{Channel: "D0BOB", TS: at("first").TS}, "1") },
	} {
		if err := act(); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

func TestAMessageThatIsWrittenAnewForgetsWhatWasChosen(t *testing.T) {
	w, a := startApp(t, Options{})
	at := asks(t, a)
	alice := w.Person("U0ALICE")
	if err := alice.Set(t.Context(), at("first"), "2"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.call("chat.update", obj{"channel": "C0GENERAL", "ts": at("").TS, "text": "anew", "blocks": json.RawMessage(asking)}); err != nil {
		t.Fatal(err)
	}
	if got := alice.Messages("C0GENERAL")[0].Fields[0].Value; got != "" {
		t.Errorf("it still holds %q", got)
	}
}

func TestUnreadMarksAreEachPersonsOwnAndOutliveARestart(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "slack.json")
	w, a := startApp(t, Options{Persist: kept})
	asks(t, a)
	alice, bob := w.Person("U0ALICE"), w.Person("U0BOB")
	if err := alice.In("C0GENERAL").Say("1 < 2 & *so on*"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.call("chat.postEphemeral", obj{"channel": "C0GENERAL", "user": "U0BOB", "text": "for Bob alone"}); err != nil {
		t.Fatal(err)
	}
	if got := bob.Messages("C0GENERAL")[1]; got.Text != "1 < 2 & *so on*" || got.User != "U0ALICE" {
		t.Errorf("Bob reads %q by %s", got.Text, got.User)
	}
	if diff := cmp.Diff(map[string]int{"C0GENERAL": 2}, bob.Unread()); diff != "" {
		t.Errorf("Bob has not read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"C0GENERAL": 1}, alice.Unread()); diff != "" {
		t.Errorf("Alice has not read (-want +got):\n%s", diff)
	}
	bob.Look("C0GENERAL")
	w.Close()
	again, err := Start(Options{Persist: kept})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	if got := maps.Clone(again.Person("U0BOB").Unread()); len(got) != 0 {
		t.Errorf("after the restart Bob has not read %v", got)
	}
}

func TestNobodySpeaksWhereTheyAreNot(t *testing.T) {
	w, _ := startApp(t, Options{})
	for what, err := range map[string]error{
		"nothing":               w.Person("U0ALICE").In("C0GENERAL").Say(" \n"),
		"somewhere else":        w.Person("U0ALICE").In("D0BOB").Say("hello"),
		"nowhere":               w.Person("U0ALICE").In("C0NONE").Say("hello"),
		"somebody nobody knows": w.Person("U0NOBODY").In("C0GENERAL").Say("hello"),
	} {
		if err == nil {
			t.Errorf("%s was said", what)
		}
	}
}

func TestTheCrossClosesTheWholeStack(t *testing.T) {
	w, a := startApp(t, Options{})
	var view obj
	if err := json.Unmarshal([]byte(form), &view); err != nil {
		t.Fatal(err)
	}
	a.opens(view)
	alice := w.Person("U0ALICE")
	if _, err := alice.Command(t.Context(), "/secret", ""); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.pushLocked("U0ALICE", w.newViewLocked("U0ALICE", view))
	w.mu.Unlock()
	if err := alice.CloseAll(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := a.last(); alice.View() != nil || !flag(got, "is_cleared") {
		t.Errorf("left open: %v; is_cleared: %v", alice.View() != nil, got["is_cleared"])
	}
}

func TestACallThatBreaksALimitSaysWhich(t *testing.T) {
	w, a := startApp(t, Options{})
	_, err := a.call("chat.postMessage", obj{"channel": "C0GENERAL", "text": "x", "blocks": []any{obj{"type": "header"}}})
	if err == nil || err.Error() != "invalid_blocks" {
		t.Fatalf("answered %v", err)
	}
	calls := w.Calls()
	if got := calls[len(calls)-1].Problems; len(got) != 1 || !strings.Contains(got[0].String(), "/blocks/0") {
		t.Errorf("problems %v", got)
	}
}
