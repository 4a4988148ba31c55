package workspace

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// form is a modal with one input of each family.
const form = `{
  "type": "modal", "callback_id": "secret_create", "private_metadata": "{\"v\":1}", "notify_on_close": true,
  "title": {"type": "plain_text", "text": "New secret"},
  "submit": {"type": "plain_text", "text": "Save"}, "close": {"type": "plain_text", "text": "Cancel"},
  "blocks": [
    {"type": "section", "block_id": "intro", "text": {"type": "mrkdwn", "text": "Hello <@U0ALICE>, 1 &lt; 2"}},
    {"type": "input", "block_id": "name", "label": {"type": "plain_text", "text": "Name"},
     "hint": {"type": "plain_text", "text": "Lower case"},
     "element": {"type": "plain_text_input", "action_id": "name", "max_length": 20,
                 "placeholder": {"type": "plain_text", "text": "payments-db"}}},
    {"type": "input", "block_id": "value", "optional": true, "label": {"type": "plain_text", "text": "Value"},
     "element": {"type": "plain_text_input", "action_id": "value", "multiline": true}},
    {"type": "input", "block_id": "recipe", "label": {"type": "plain_text", "text": "Recipe"},
     "element": {"type": "static_select", "action_id": "recipe",
       "initial_option": {"text": {"type": "plain_text", "text": "Text"}, "value": "text"},
       "options": [{"text": {"type": "plain_text", "text": "Text"}, "value": "text"},
                   {"text": {"type": "plain_text", "text": "JSON"}, "value": "json"}]}},
    {"type": "input", "block_id": "accept", "optional": true, "label": {"type": "plain_text", "text": "Accept"},
     "element": {"type": "checkboxes", "action_id": "accept",
       "options": [{"text": {"type": "plain_text", "text": "Yes, as it is"}, "value": "yes"}]}},
    {"type": "input", "block_id": "owner", "optional": true, "label": {"type": "plain_text", "text": "Owner"},
     "element": {"type": "users_select", "action_id": "owner"}},
    {"type": "input", "block_id": "notify", "optional": true, "label": {"type": "plain_text", "text": "Tell"},
     "element": {"type": "multi_conversations_select", "action_id": "notify"}},
    {"type": "actions", "block_id": "more", "elements": [
      {"type": "button", "action_id": "form_generate", "text": {"type": "plain_text", "text": "Generate & go"}, "value": "v1"}]}
  ]}`

func parse(t testing.TB, text string) obj {
	t.Helper()
	out := obj{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func openForm(t *testing.T) (*Workspace, *app, *Person) {
	t.Helper()
	w, a := startApp(t, Options{})
	a.opens(parse(t, form))
	p := w.Person("U0ALICE")
	if _, err := p.Command(within(t), "/secret", "create"); err != nil {
		t.Fatal(err)
	}
	return w, a, p
}

func TestPersonFillsInAFormAndTheAppGetsEveryField(t *testing.T) {
	w, a, p := openForm(t)
	a.on("view_submission", func(obj) any { return nil })
	for _, err := range []error{
		p.Fill("Name", "payments-db"), p.Fill("value", "a<b&c\n\ttail  "), p.Choose("recipe", "JSON"),
		p.Tick("accept", "yes"), p.PickUsers("owner", "U0BOB"), p.PickConversations("notify", "C0GENERAL"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	view := p.View()
	out, err := p.SubmitView(within(t))
	if err != nil || !out.Closed || p.View() != nil {
		t.Fatalf("submitting gave %+v, %v; want the view closed", out, err)
	}
	sent := a.last()
	got := sub(sub(sub(sent, "view"), "state"), "values")
	want := obj{
		"name":   obj{"name": obj{"type": "plain_text_input", "value": "payments-db"}},
		"value":  obj{"value": obj{"type": "plain_text_input", "value": "a<b&c\n\ttail  "}},
		"recipe": obj{"recipe": obj{"type": "static_select", "selected_option": obj{"text": obj{"type": "plain_text", "text": "JSON"}, "value": "json"}}},
		"accept": obj{"accept": obj{"type": "checkboxes", "selected_options": []any{obj{"text": obj{"type": "plain_text", "text": "Yes, as it is"}, "value": "yes"}}}},
		"owner":  obj{"owner": obj{"type": "users_select", "selected_user": "U0BOB"}},
		"notify": obj{"notify": obj{"type": "multi_conversations_select", "selected_conversations": []any{"C0GENERAL"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state.values (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"hash": view.Hash, "id": view.ID, "callback_id": "secret_create",
		"private_metadata": `{"v":1}`, "team_id": w.TeamID(), "app_id": w.AppID()} {
		if got := str(sub(sent, "view"), name); got != want {
			t.Errorf("view.%s = %q, want %q", name, got, want)
		}
	}
}

func TestUntouchedFieldsAreSentAsNull(t *testing.T) {
	_, a, p := openForm(t)
	if err := p.Fill("name", "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SubmitView(within(t)); err != nil {
		t.Fatal(err)
	}
	values := sub(sub(sub(a.last(), "view"), "state"), "values")
	got := []any{
		sub(sub(values, "value"), "value")["value"],
		sub(sub(values, "accept"), "accept")["selected_options"],
		sub(sub(values, "owner"), "owner")["selected_user"],
		str(sub(sub(sub(values, "recipe"), "recipe"), "selected_option"), "value"),
	}
	want := []any{nil, []any{}, nil, "text"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("untouched values (-want +got):\n%s", diff)
	}
}

func TestRequiredFieldIsHeldBackByTheClient(t *testing.T) {
	_, a, p := openForm(t)
	out, err := p.SubmitView(within(t))
	if err != nil || out.Sent || out.Errors["name"] == "" {
		t.Fatalf("submitting an empty form gave %+v, %v; want it held back with a word on name", out, err)
	}
	if kind := str(a.last(), "type"); kind == "view_submission" {
		t.Error("the app got a submission that Slack's client would have held back")
	}
}

func TestErrorsStandOnTheFieldAndTypedInputStays(t *testing.T) {
	_, a, p := openForm(t)
	a.on("view_submission", func(obj) any {
		return obj{"response_action": "errors", "errors": obj{"name": "Use lower case."}}
	})
	if err := p.Fill("name", "Payments"); err != nil {
		t.Fatal(err)
	}
	out, err := p.SubmitView(within(t))
	if err != nil || out.Errors["name"] != "Use lower case." || out.Closed {
		t.Fatalf("submitting gave %+v, %v; want the error on name and the form open", out, err)
	}
	f, _ := p.View().Field("name")
	if f.Error != "Use lower case." || f.Value != "Payments" {
		t.Errorf("the field holds %q with error %q; want what was typed and the error", f.Value, f.Error)
	}
	if !strings.Contains(p.View().Text(), "Use lower case.") {
		t.Error("the error is not in the visible text")
	}
	if err := p.Fill("name", "payments"); err != nil {
		t.Fatal(err)
	}
	if f, _ := p.View().Field("name"); f.Error != "" {
		t.Error("the error stayed after the field was corrected")
	}
}

func TestViewShowsWhatAPersonReads(t *testing.T) {
	_, _, p := openForm(t)
	v := p.View()
	want := []string{"New secret", "Hello @U0ALICE, 1 < 2", "Name", "payments-db", "Lower case", "Value", "Recipe", "Text", "JSON",
		"Accept", "Yes, as it is", "Owner", "Tell", "Generate & go", "Save", "Cancel"}
	got := strings.Split(v.Text(), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visible text (-want +got):\n%s", diff)
	}
	f, _ := v.Field("recipe")
	if f.Value != "text" || len(f.Options) != 2 || f.Optional {
		t.Errorf("recipe = %+v; want it required, two options, text chosen", f)
	}
}

func TestButtonInAViewCarriesTheViewAndItsValue(t *testing.T) {
	_, a, p := openForm(t)
	if err := p.Fill("name", "typed so far"); err != nil {
		t.Fatal(err)
	}
	if err := p.Press(within(t), "Generate & go"); err != nil {
		t.Fatal(err)
	}
	sent := a.last()
	action, _ := items(sent, "actions")[0].(obj)
	got := []string{str(sent, "type"), str(action, "action_id"), str(action, "value"), str(sub(action, "text"), "text"),
		str(sub(sub(sub(sub(sub(sent, "view"), "state"), "values"), "name"), "name"), "value")}
	want := []string{"block_actions", "form_generate", "v1", "Generate &amp; go", "typed so far"}
	if !slices.Equal(got, want) {
		t.Errorf("block_actions = %q, want %q", got, want)
	}
}

func TestTypedInputSurvivesAnUpdateWhereTheIDsStay(t *testing.T) {
	_, a, p := openForm(t)
	if err := p.Fill("name", "kept"); err != nil {
		t.Fatal(err)
	}
	if err := p.Fill("value", "lost"); err != nil {
		t.Fatal(err)
	}
	changed := parse(t, strings.ReplaceAll(form, `"block_id": "value"`, `"block_id": "value_2"`))
	delete(changed, "private_metadata")
	if _, err := a.call("views.update", obj{"view_id": p.View().ID, "hash": p.View().Hash, "view": changed}); err != nil {
		t.Fatal(err)
	}
	name, _ := p.View().Field("name")
	value, _ := p.View().Field("value_2")
	if name.Value != "kept" || value.Value != "" {
		t.Errorf("after the update name holds %q and value_2 %q; want kept and nothing", name.Value, value.Value)
	}
}
