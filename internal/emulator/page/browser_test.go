package page_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/page/pagetest"
)

func TestEveryInputOfBlockKitIsAFormControl(t *testing.T) {
	a := newApp(t)
	a.form("everything")
	b := a.open()
	b.Say("/play everything")
	b.Sees("Everything", "Every input there is", "Ask @Bob Brown in #general", "before noon, never now", "A hint", "small print", "a picture")
	b.Fill("One line", "typed")
	b.Fill("Several lines", "one\ntwo")
	b.Fill("Mail", "carol@example.com")
	b.Fill("Address", "https://example.com/")
	b.Holds("Days", "7")
	b.Fill("Days", "14")
	b.Fill("Rich text", "rich")
	b.Choose("One of some", "prod")
	b.Choose("Some of some", "green")
	b.Choose("Some of some", "blue")
	b.Choose("Secret", "db-url")
	b.Choose("Secrets", "api-key")
	b.Holds("Owner", "Alice Adams")
	b.Choose("Owner", "Bob Brown")
	b.Choose("Approvers", "Alice Adams")
	b.Choose("Approvers", "Carol Clark")
	b.Choose("Place", "#general")
	b.Choose("Channels", "#general")
	b.Press("first")
	b.Press("that")
	b.Press("Save")
	got := at(a.hears("view_submission"), "view", "state", "values").(object)
	want := map[string]string{
		"line": `{"type":"plain_text_input","value":"typed"}`, "text": `{"type":"plain_text_input","value":"one\ntwo"}`,
		"mail": `{"type":"email_text_input","value":"carol@example.com"}`, "url": `{"type":"url_text_input","value":"https://example.com/"}`,
		"number": `{"type":"number_input","value":"14"}`, "who": `{"selected_user":"U0BOB","type":"users_select"}`,
		"whom": `{"selected_users":["U0ALICE","U0CAROL"],"type":"multi_users_select"}`, "where": `{"selected_conversation":"C0GENERAL","type":"conversations_select"}`,
		"channels": `{"selected_channels":["C0GENERAL"],"type":"multi_channels_select"}`, "date": `{"selected_date":"2026-11-22","type":"datepicker"}`,
		"time": `{"selected_time":"09:30","type":"timepicker"}`, "moment": `{"selected_date_time":1795000000,"type":"datetimepicker"}`,
	}
	for block, text := range want {
		raw, err := json.Marshal(at(got, block, block))
		if err != nil {
			t.Fatal(err)
		}
		if string(raw) != text {
			t.Errorf("%s holds %s, want %s", block, raw, text)
		}
	}
	for path, want := range map[string]any{"one": "prod", "found": "db-url", "radio": "that"} {
		if got := at(got, path, path, "selected_option", "value"); got != want {
			t.Errorf("%s holds %v, want %v", path, got, want)
		}
	}
	for path, want := range map[string]string{"some": "g b", "finds": "api-key", "boxes": "1"} {
		var values []string
		for _, o := range at(got, path, path, "selected_options").([]any) {
			values = append(values, fmt.Sprint(at(o, "value")))
		}
		if got := strings.Join(values, " "); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
}

func TestWhatIsWrongStandsOnItsFieldAndWhatWasTypedStays(t *testing.T) {
	a := newApp(t)
	a.form("small")
	b := a.open()
	b.Say("/play small")
	b.Press("Save")
	b.Wrong("Name", "Please complete this required field.")
	b.Fill("Name", "first")
	b.Fill("Note", "kept\nas it is")
	a.answers(`{"response_action": "errors", "errors": {"name": "Take another name."}}`)
	b.Press("Save")
	a.hears("view_submission")
	b.Wrong("Name", "Take another name.")
	b.Holds("Name", "first")
	b.Holds("Note", "kept\nas it is")
	b.Focused("Name")
	b.Fill("Name", "second")
	b.Misses("Take another name.")
	a.answers("")
	b.Press("Save")
	got := a.hears("view_submission")
	if got := at(got, "view", "state", "values", "name", "name", "value"); got != "second" {
		t.Errorf("sent %v", got)
	}
	b.Misses("Small")
}

func TestAFormIsUpdatedWhileSomebodyTypesInIt(t *testing.T) {
	a := newApp(t)
	a.form("small")
	b := a.open()
	b.Say("/play small")
	b.Fill("Name", "half a w")
	b.Sees("loading")
	view := a.slack.Person("U0ALICE").View()
	next := strings.Replace(a.views["small"], "loading", "loaded", 1)
	if out := a.call("views.update", object{"view_id": view.ID, "view": json.RawMessage(next)}); out["ok"] != true {
		t.Fatal(out)
	}
	b.Sees("loaded")
	b.Type("ord")
	b.Holds("Name", "half a word")
	b.Press("Save")
	if got := at(a.hears("view_submission"), "view", "state", "values", "name", "name", "value"); got != "half a word" {
		t.Errorf("sent %v", got)
	}
}

func TestViewsStackUp(t *testing.T) {
	a := newApp(t)
	a.form("small")
	b := a.open()
	b.Say("/play small")
	b.Fill("Name", "below")
	second := strings.Replace(a.views["small"], `"text": "Small"`, `"text": "Second"`, 1)
	a.answers(`{"response_action": "push", "view": ` + second + `}`)
	b.Press("Save")
	a.hears("view_submission")
	b.Sees("Second")
	b.Press("Back")
	a.hears("view_closed")
	b.Misses("Second")
	b.Holds("Name", "below")
	b.Press("Save")
	a.hears("view_submission")
	b.Sees("Second")
	b.Fill("Name", "above")
	a.answers(`{"response_action": "clear"}`)
	b.Press("Save")
	a.hears("view_submission")
	b.Misses("Second", "Small")
	a.answers("")
	b.Say("/play small")
	b.Sees("Small")
	b.Key(pagetest.Escape)
	b.Misses("Small")
	if got := a.hears("view_closed"); got["is_cleared"] != false {
		t.Errorf("closed with is_cleared %v", got["is_cleared"])
	}
}

func TestAViewThatBreaksALimitIsSlacksOwnError(t *testing.T) {
	a := newApp(t)
	a.form("small")
	long := strings.Replace(a.views["small"], `"text": "Small"`, `"text": "A title of more than 24 letters"`, 1)
	a.views["long"] = long
	b := a.open()
	b.Say("/play long")
	b.Sees("Slack refused the app's views.open: invalid_arguments", "must be less than 25 characters [json-pointer:/view/title/text]")
	b.Misses("A title of more")
	b.Press("Dismiss")
	b.Misses("Slack refused")
	b.Say("/play small")
	b.Fill("Name", "x")
	a.answers(`{"response_action": "update", "view": ` + long + `}`)
	b.Press("Save")
	b.Sees("We had some trouble connecting. Try again?", "must be less than 25 characters [json-pointer:/view/title/text]")
	b.Holds("Name", "x")
}

const card = `[{"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "*Carol* asks: <!date^1795000000^{date_num}|a day>"},
	"accessory": {"type": "static_select", "action_id": "why", "placeholder": {"type": "plain_text", "text": "Why"}, "options": [
		{"text": {"type": "plain_text", "text": "late"}, "value": "late"}, {"text": {"type": "plain_text", "text": "wrong"}, "value": "wrong"}]}},
	{"type": "actions", "block_id": "a", "elements": [
		{"type": "button", "action_id": "approve", "value": "7", "style": "primary", "text": {"type": "plain_text", "text": "Approve"}},
		{"type": "button", "action_id": "refuse", "value": "7", "style": "danger", "text": {"type": "plain_text", "text": "Refuse"}, "confirm": {
			"title": {"type": "plain_text", "text": "Refuse it?"}, "text": {"type": "mrkdwn", "text": "It can't be *undone*."}, "confirm": {"type": "plain_text", "text": "Yes, refuse"}, "deny": {"type": "plain_text", "text": "No"}}}]}]`

func TestButtonsAskFirstAndMessagesChangeInPlace(t *testing.T) {
	a := newApp(t)
	a.pressed = func(payload object) {
		if at(payload, "actions", "action_id") == "refuse" {
			a.call("chat.update", object{"channel": "C0GENERAL", "ts": at(payload, "message", "ts"), "text": "Refused by <@U0BOB>"})
		}
	}
	a.post("C0GENERAL", card)
	b := a.open()
	b.Sees("Carol asks: 11/18/2026")
	b.Choose("Carol asks: a day", "wrong")
	if got := at(a.hears("block_actions"), "actions", "selected_option", "value"); got != "wrong" {
		t.Errorf("chose %v", got)
	}
	b.Press("Refuse")
	b.Sees("Refuse it?", "It can't be undone.")
	b.Press("No")
	b.Misses("Refuse it?")
	b.Press("Approve")
	if got := at(a.hears("block_actions"), "actions", "value"); got != "7" {
		t.Errorf("pressed %v", got)
	}
	b.Press("Refuse")
	b.Press("Yes, refuse")
	got := a.hears("block_actions")
	if diff := cmp.Diff(object{"why": object{"type": "static_select", "selected_option": object{"text": object{"type": "plain_text", "text": "wrong"}, "value": "wrong"}}}, at(got, "state", "values", "s")); diff != "" {
		t.Errorf("the message's state (-want +got):\n%s", diff)
	}
	b.Sees("Refused by @Bob Brown")
	b.Misses("Approve")
}

func TestEachPersonSeesTheirOwn(t *testing.T) {
	a := newApp(t)
	b := a.open()
	b.Say("/play nothing")
	b.Sees("Only visible to you", "There is no form nothing.")
	b.Say("Is *anybody* here?")
	b.Sees("Is anybody here?")
	b.Press("Bob Brown")
	b.Sees("You are Bob Brown", "Is anybody here?")
	b.Misses("There is no form nothing.")
	a.post("D0CAROL", `[{"type": "section", "text": {"type": "mrkdwn", "text": "for Carol alone"}}]`)
	b.Press("Carol Clark")
	b.Press("Secret Store")
	b.Sees("for Carol alone")
	b.Press("Alice Adams")
	b.Misses("for Carol alone")
	a.post("D0CAROL", `[{"type": "section", "text": {"type": "mrkdwn", "text": "for Carol again"}}]`)
	b.Press("Carol Clark") // and stays where Alice was: at the app
	b.Sees("for Carol again")
	b.Press("general")
	b.Sees("Is anybody here?")
	b.Misses("unread")
	if got := a.slack.Person("U0CAROL").Unread(); len(got) != 0 {
		t.Errorf("unread by Carol, who looks: %v", got)
	}
}

func TestTheComposerCompletesCommands(t *testing.T) {
	a := newApp(t)
	a.form("small")
	b := a.open()
	b.Type("") // the page gives nobody the focus unasked
	b.Press("/play create")
	b.Fill("Message #general, or / for a command", "/p")
	b.Sees("/play")
	b.Key(pagetest.Tab)
	b.Sees("/play form NAME", "Open a form")
	b.Key(pagetest.Down)
	b.Key(pagetest.Enter)
	b.Holds("Message #general, or / for a command", "/play format ")
	b.Fill("Message #general, or / for a command", "/nothing")
	b.Key(pagetest.Enter)
	b.Sees("/nothing is not a valid command.")
}

func TestNothingIsCutAtAnyWidth(t *testing.T) {
	a := newApp(t)
	a.form("everything")
	a.post("C0GENERAL", card)
	b := a.open()
	b.Sees("Carol asks")
	for _, step := range []func(){func() {}, func() { b.Say("/play everything"); b.Sees("Every input there is") }} {
		step()
		for _, width := range []int64{1440, 1100, 800, 360} {
			b.Resize(width, 740)
			if cut := b.Cut(); len(cut) > 0 {
				t.Errorf("at %d: %s", width, strings.Join(cut, "\n"))
			}
		}
		b.Resize(1440, 900)
	}
}
