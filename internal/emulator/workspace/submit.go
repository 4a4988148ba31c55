package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Submission is what became of a form after its button was pressed.
type Submission struct {
	// Errors are the texts shown on fields, by block_id; what was typed stays.
	Errors map[string]string
	// Sent is false when Slack's client held the form back, with Errors of its own.
	Sent    bool
	Closed  bool // this modal is gone; another of the stack may be in front now
	Cleared bool // every modal of the stack is gone
	Updated bool
	Pushed  bool
	Body    []byte // the app's answer
}

// SubmitView presses the submit button of the modal in front. An error is a
// *NotAnsweredError with the words that Slack shows over the form, which stays open.
func (p *Person) SubmitView(ctx context.Context) (Submission, error) {
	v, payload, held, err := p.submission()
	if err != nil || held != nil {
		return Submission{Errors: held}, err
	}
	r, err := p.w.send(ctx, interaction("/slack/interactions", payload))
	if err != nil {
		return Submission{Sent: true}, p.trouble(v, shown(err, ShownTrouble, ShownTrouble))
	}
	out, err := p.w.obey(p.id, v, r.body)
	out.Sent, out.Body = true, r.body
	if err != nil {
		return out, p.trouble(v, &NotAnsweredError{Shown: ShownTrouble, Status: r.status, Cause: err.Error()})
	}
	return out, nil
}

func (p *Person) trouble(v *view, err error) error {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if e, isIt := errors.AsType[*NotAnsweredError](err); isIt {
		v.trouble = e.Shown
		p.w.watchers.Wake()
	}
	return err
}

// submission is the payload, or what the client finds wrong before it sends anything.
func (p *Person) submission() (v *view, payload obj, held map[string]string, err error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	v = w.topLocked(p.id)
	if v == nil {
		return nil, nil, nil, errors.New("workspace: no view is open, so nothing can be submitted")
	}
	if sub(v.raw, "submit") == nil {
		return nil, nil, nil, fmt.Errorf("workspace: the view %q has no submit button", shownText(sub(v.raw, "title")))
	}
	v.errors, v.trouble, v.wrong = nil, "", map[fieldKey]string{}
	for e := range elements(v.blocks()) {
		if text := complaint(e, v.state[e.key()]); text != "" {
			v.wrong[e.key()] = text
			if held == nil {
				held = map[string]string{}
			}
			held[e.blockID()] = text
		}
	}
	w.watchers.Wake()
	if held != nil {
		return v, nil, held, nil
	}
	payload = w.interactionLocked("view_submission", p.id)
	payload["trigger_id"] = w.newTriggerLocked(p.id, v.id)
	payload["view"] = w.viewWire(v)
	payload["response_urls"] = w.responseURLsLocked(p.id, v)
	return v, payload, nil, nil
}

// responseURLsLocked: a submission has response URLs only for conversation selects that
// ask for them.
func (w *Workspace) responseURLsLocked(user string, v *view) []any {
	out := []any{}
	for e := range elements(v.blocks()) {
		if !flag(e.raw, "response_url_enabled") {
			continue
		}
		for _, channel := range v.state[e.key()].ids {
			out = append(out, obj{"block_id": e.blockID(), "action_id": e.actionID(), "channel_id": channel,
				"response_url": w.newHookLocked(channel, user, "")})
		}
	}
	return out
}

// complaint is what Slack's client says about a field before it sends the form.
func complaint(e element, v entry) string {
	if _, hasValue := statefuls[e.kind()]; !hasValue || !e.input {
		return ""
	}
	if v.empty() {
		if flag(e.block, "optional") {
			return ""
		}
		return "Please complete this required field."
	}
	if n, given := number(e.raw, "min_length"); given && utf8.RuneCountInString(v.text) < int(n) {
		return fmt.Sprintf("Please enter at least %d characters.", int(n))
	}
	switch e.kind() {
	case "email_text_input":
		if _, err := mail.ParseAddress(v.text); err != nil {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(v.text); err != nil || u.Scheme == "" || u.Host == "" {
			return "Please enter a valid URL."
		}
	case "number_input":
		return numberComplaint(e.raw, v.text)
	}
	return ""
}

func numberComplaint(e obj, text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && !flag(e, "is_decimal_allowed") {
		_, err = strconv.ParseInt(text, 10, 64)
	}
	if err != nil {
		return "Please enter a valid number."
	}
	if low, err := strconv.ParseFloat(str(e, "min_value"), 64); err == nil && n < low {
		return "Please enter a number of at least " + str(e, "min_value") + "."
	}
	if high, err := strconv.ParseFloat(str(e, "max_value"), 64); err == nil && n > high {
		return "Please enter a number of at most " + str(e, "max_value") + "."
	}
	return ""
}

// obey does what the answer to a submission says. An error is what Slack cannot follow;
// the person then sees ShownTrouble and the form stays.
func (w *Workspace) obey(user string, v *view, body []byte) (Submission, error) {
	var given struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   obj               `json:"view"`
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &given); err != nil {
			return Submission{}, errors.New("the answer is neither empty nor a response_action")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.views[v.id] == nil {
		return Submission{Closed: true}, nil // closed meanwhile: there is nothing left to change
	}
	defer w.watchers.Wake()
	switch given.Action {
	case "":
		if len(body) > 0 && string(body) != "{}" {
			return Submission{}, errors.New("the answer has no response_action")
		}
		w.popLocked(user, false)
		return Submission{Closed: true}, nil
	case "clear":
		w.popLocked(user, true)
		return Submission{Closed: true, Cleared: true}, nil
	case "errors":
		return w.showErrorsLocked(v, given.Errors)
	case "update", "push":
		return w.followLocked(user, v, given.Action, given.View)
	}
	return Submission{}, fmt.Errorf("there is no response_action %q", given.Action)
}

// showErrorsLocked: every key must be the block_id of an input block, else the person
// sees only that something went wrong (slack-go/slack#1013).
func (w *Workspace) showErrorsLocked(v *view, texts map[string]string) (Submission, error) {
	if len(texts) == 0 {
		return Submission{}, errors.New("errors without any error")
	}
	inputs := map[string]bool{}
	for e := range elements(v.blocks()) {
		inputs[e.blockID()] = inputs[e.blockID()] || e.input
	}
	for block, text := range texts {
		if !inputs[block] {
			return Submission{}, fmt.Errorf("errors names %q, which is no input block", block)
		}
		if text == "" {
			return Submission{}, fmt.Errorf("the error on %q is empty", block)
		}
	}
	v.errors = maps.Clone(texts)
	return Submission{Errors: maps.Clone(texts)}, nil
}

// list writes problems one after the other.
func list(problems []Problem) string {
	var out strings.Builder
	for _, p := range problems {
		out.WriteString("; " + p.String())
	}
	return out.String()
}

func (w *Workspace) followLocked(user string, v *view, action string, raw obj) (Submission, error) {
	if raw == nil {
		return Submission{}, fmt.Errorf("%s without a view", action)
	}
	if _, refused := checkView(raw, "modal"); refused != nil {
		return Submission{}, fmt.Errorf("the view cannot be shown: %s%s", refused.word, list(refused.problems))
	}
	except := ""
	if action == "update" {
		except = v.id
	}
	if w.externalIDTakenLocked(raw, except) {
		return Submission{}, errors.New("duplicate_external_id")
	}
	if action == "update" {
		w.setViewLocked(v, raw)
		return Submission{Updated: true}, nil
	}
	if len(w.stacks[user]) >= maxViewStack {
		return Submission{}, errors.New("push_limit_reached")
	}
	w.pushLocked(user, w.newViewLocked(user, raw))
	return Submission{Pushed: true}, nil
}

// CloseView closes the modal in front (or the whole stack, where the view says so). The
// app is told only of a view with notify_on_close.
func (p *Person) CloseView(ctx context.Context) error { return p.close(ctx, false) }

// CloseAll closes the whole stack, as the cross in a modal's corner does.
func (p *Person) CloseAll(ctx context.Context) error { return p.close(ctx, true) }

func (p *Person) close(ctx context.Context, all bool) error {
	w := p.w
	w.mu.Lock()
	top := w.topLocked(p.id)
	if top == nil {
		w.mu.Unlock()
		return errors.New("workspace: no view is open, so nothing can be closed")
	}
	var tell []obj
	all = all && len(w.stacks[p.id]) > 1 || flag(top.raw, "clear_on_close")
	for _, v := range w.popLocked(p.id, all) {
		if flag(v.raw, "notify_on_close") {
			payload := w.interactionLocked("view_closed", p.id)
			payload["view"], payload["is_cleared"] = w.viewWire(v), all
			tell = append(tell, payload)
		}
	}
	w.watchers.Wake()
	w.mu.Unlock()
	for _, payload := range tell {
		if _, err := w.send(ctx, interaction("/slack/interactions", payload)); err != nil {
			return shown(err, ShownTrouble, ShownTrouble)
		}
	}
	return nil
}
