package workspace

import (
	"slices"
	"strings"
	"testing"
)

// openFields opens a modal of one input block for each element.
func openFields(t *testing.T, elements ...string) (*app, *Person) {
	t.Helper()
	blocks := make([]string, len(elements))
	for i, e := range elements {
		id := string(rune('a' + i))
		blocks[i] = strings.Replace(input(e), "{", `{"block_id":"`+id+`",`, 1)
	}
	w, a := startApp(t, Options{})
	a.opens(parse(t, modal(blocks...)))
	p := w.Person("U0ALICE")
	if _, err := p.Command(within(t), "/secret", ""); err != nil {
		t.Fatal(err)
	}
	return a, p
}

func TestFieldTakesNoMoreThanItsLimit(t *testing.T) {
	_, p := openFields(t, `{"type":"plain_text_input","max_length":3}`, `{"type":"plain_text_input","multiline":true}`)
	if err := p.Fill("a", "äöü"); err != nil {
		t.Errorf("three characters were refused: %v", err)
	}
	if err := p.Fill("a", "four"); err == nil {
		t.Error("four characters were taken by a field of three")
	}
	if err := p.Fill("b", strings.Repeat("x", 3001)); err == nil {
		t.Error("3,001 characters were taken")
	}
	if f, _ := p.View().Field("a"); f.Value != "äöü" {
		t.Errorf("the field holds %q after a refused input", f.Value)
	}
}

func TestFieldOfOneLineFlattensLineBreaks(t *testing.T) {
	_, p := openFields(t, `{"type":"plain_text_input"}`, `{"type":"plain_text_input","multiline":true}`)
	for _, id := range []string{"a", "b"} {
		if err := p.Fill(id, "one\r\ntwo\nthree"); err != nil {
			t.Fatal(err)
		}
	}
	one, _ := p.View().Field("a")
	more, _ := p.View().Field("b")
	if one.Value != "one two three" || more.Value != "one\r\ntwo\nthree" {
		t.Errorf("one line holds %q, several hold %q", one.Value, more.Value)
	}
}

func TestClientHoldsBackWhatAFieldCannotHold(t *testing.T) {
	tests := []struct {
		name, element, good, bad string
	}{
		{"an e-mail address", `{"type":"email_text_input"}`, "a@example.com", "a at example"},
		{"an address of the web", `{"type":"url_text_input"}`, "https://a.example/x", "a.example"},
		{"a whole number", `{"type":"number_input","is_decimal_allowed":false}`, "12", "1.5"},
		{"a number of at least 10", `{"type":"number_input","is_decimal_allowed":true,"min_value":"10"}`, "10.5", "9"},
		{"a number of at most 10", `{"type":"number_input","is_decimal_allowed":false,"max_value":"10"}`, "10", "11"},
		{"at least 3 characters", `{"type":"plain_text_input","min_length":3}`, "abc", "ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, p := openFields(t, tt.element)
			if err := p.Fill("a", tt.bad); err != nil {
				t.Fatal(err)
			}
			if out, err := p.SubmitView(within(t)); err != nil || out.Sent || out.Errors["a"] == "" {
				t.Errorf("%q gave %+v, %v; want it held back", tt.bad, out, err)
			}
			if err := p.Fill("a", tt.good); err != nil {
				t.Fatal(err)
			}
			if out, err := p.SubmitView(within(t)); err != nil || !out.Closed {
				t.Errorf("%q gave %+v, %v; want it sent", tt.good, out, err)
			}
		})
	}
}

func TestWrongActsOnFieldsAreErrors(t *testing.T) {
	_, p := openFields(t, `{"type":"plain_text_input"}`, `{"type":"static_select","options":[`+option("One", "1")+`]}`,
		`{"type":"users_select"}`, `{"type":"datepicker"}`, `{"type":"external_select"}`)
	for name, err := range map[string]error{
		"an unknown field":              p.Fill("z", "x"),
		"typing into a select":          p.Fill("b", "x"),
		"choosing in a text field":      p.Choose("a", "x"),
		"an option that is not offered": p.Choose("b", "2"),
		"two options in a single one":   p.Choose("b", "1", "1"),
		"ticking a select":              p.Tick("b", "1"),
		"a person who is not there":     p.PickUsers("c", "U0NOBODY"),
		"two people in a single one":    p.PickUsers("c", "U0ALICE", "U0BOB"),
		"a day that is none":            p.Fill("d", "2026-13-40"),
		"options before any were asked": p.Choose("e", "1"),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := p.Suggest(within(t), "a", "query"); err == nil {
		t.Error("a text field loaded options")
	}
}

func TestSuggestionsComeFromTheAppAndCanBeChosen(t *testing.T) {
	a, p := openFields(t, `{"type":"external_select","action_id":"pick"}`)
	answer := any(obj{"options": []any{parse(t, option("payments-db", "p"))}})
	a.on("block_suggestion", func(obj) any { return answer })

	if found, err := p.Suggest(within(t), "a", "pa"); err != nil || found != nil {
		t.Errorf("two characters gave %v, %v; the client asks from three on", found, err)
	}
	found, err := p.Suggest(within(t), "a", "pay")
	if err != nil || !slices.Equal(found, []Option{{Text: "payments-db", Value: "p"}}) {
		t.Fatalf("suggestions are %v, %v", found, err)
	}
	sent := a.last()
	if str(sent, "value") != "pay" || str(sent, "action_id") != "pick" || str(sent, "block_id") != "a" {
		t.Errorf("the app was asked %v", sent)
	}
	if err := p.Choose("a", "payments-db"); err != nil {
		t.Fatal(err)
	}
	if f, _ := p.View().Field("a"); f.Value != "p" {
		t.Errorf("the field holds %q", f.Value)
	}
	answer = obj{"options": []any{}}
	if found, err := p.Suggest(within(t), "a", "none"); err != nil || len(found) != 0 {
		t.Errorf("an empty list gave %v, %v", found, err)
	}
	answer = obj{}
	if _, err := p.Suggest(within(t), "a", "none"); err == nil {
		t.Error("an answer without a list was shown")
	}
}

func TestDispatchingInputTellsTheAppAtOnce(t *testing.T) {
	w, a := startApp(t, Options{})
	block := strings.Replace(input(`{"type":"static_select","action_id":"s","options":[`+option("One", "1")+`]}`), "{", `{"block_id":"a","dispatch_action":true,`, 1)
	a.opens(parse(t, modal(block)))
	p := w.Person("U0ALICE")
	if _, err := p.Command(within(t), "/secret", ""); err != nil {
		t.Fatal(err)
	}
	if err := p.Choose("a", "One"); err != nil {
		t.Fatal(err)
	}
	action, _ := items(a.last(), "actions")[0].(obj)
	if str(sub(action, "selected_option"), "value") != "1" {
		t.Errorf("the app was told %v", a.last())
	}
}

func TestButtonInAMessageAndItsReplacement(t *testing.T) {
	w, a := startApp(t, Options{})
	p, ctx := w.Person("U0BOB"), within(t)
	_, err := a.call("chat.postEphemeral", obj{"channel": "C0GENERAL", "user": "U0BOB", "text": "sure?",
		"blocks": []any{parse(t, `{"type":"actions","elements":[{"type":"button","action_id":"yes","value":"c1","text":`+plainText("Yes")+`}]}`)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Person("U0ALICE").Press(ctx, "yes"); err == nil {
		t.Error("alice pressed a button that only bob sees")
	}
	m := p.Messages("C0GENERAL")[0]
	if err := p.Press(ctx, "Yes", m.Channel, m.TS); err != nil {
		t.Fatal(err)
	}
	sent := a.last()
	if !flag(sub(sent, "container"), "is_ephemeral") || sent["message"] != nil || str(sent, "response_url") == "" {
		t.Errorf("the interaction is %v", sent)
	}
	id := str(sent, "response_url")[strings.LastIndex(str(sent, "response_url"), "/")+1:]
	w.mu.Lock()
	out := w.answerHookLocked(w.hooks[id], args{"replace_original": true, "text": "done"})
	w.mu.Unlock()
	if seen := p.Messages("C0GENERAL"); out.word != "" || len(seen) != 1 || seen[0].Text != "done" || len(seen[0].Buttons) != 0 {
		t.Errorf("after the replacement bob sees %+v", seen)
	}
}

// BenchmarkCommandToView is the workspace's own part of "command typed to view shown".
func BenchmarkCommandToView(b *testing.B) {
	w, a := startApp(b, Options{Forgetful: true})
	a.opens(parse(b, form))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.Person("U0ALICE").Command(b.Context(), "/secret", "create"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
