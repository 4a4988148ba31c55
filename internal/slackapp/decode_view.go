package slackapp

import (
	"slices"
	"unicode/utf8"

	"secretstore/internal/secret"
)

// secretFields are the inputs whose text is a secret.Value from the first byte on.
var secretFields = []secret.Field{
	secret.FieldValue, secret.FieldValue2, secret.FieldValue3, secret.FieldValue4, secret.FieldPassword,
}

// plainFields are all other inputs. A test holds both lists against package secret.
var plainFields = []secret.Field{
	secret.FieldEnv, secret.FieldName, secret.FieldRecipe, secret.FieldKeepNewline, secret.FieldAccept,
	secret.FieldVersion, secret.FieldConfirm, secret.FieldDescription, secret.FieldOwner, secret.FieldNotify,
	secret.FieldRemind, secret.FieldReason, secret.FieldURLScheme, secret.FieldURLUser, secret.FieldURLHost,
	secret.FieldURLPort, secret.FieldURLDatabase, secret.FieldRegistry, secret.FieldUser, secret.FieldLength,
	secret.FieldAlphabet, secret.FieldCompact, secret.FieldAdopt, secret.FieldOld, secret.FieldOldDays,
	secret.FieldEmergency, secret.FieldIncident, secret.FieldOutcome,
}

func isSecret(f secret.Field) bool { return slices.Contains(secretFields, f) }

func isField(f secret.Field) bool { return isSecret(f) || slices.Contains(plainFields, f) }

// view reads a modal; nil where there is none.
func (d *reader) view(r raw) *ViewState {
	if r.null() {
		return nil
	}
	view := d.object(r, "id", "hash", "callback_id", "private_metadata", "state")
	v := &ViewState{
		ID: d.text(view["id"], maxID), Hash: d.text(view["hash"], maxID), CallbackID: d.text(view["callback_id"], maxID),
		PrivateMetadata: d.text(view["private_metadata"], 4*maxMetadata),
		Fields:          d.fields(d.object(view["state"], "values")["values"]),
	}
	if v.ID == "" {
		d.fail()
	}
	return v
}

// fields reads state.values: {block: {action: element}}, where block and action are the
// same known field.
func (d *reader) fields(values raw) map[secret.Field]Input {
	fields := make(map[secret.Field]Input)
	for block, actions := range d.members(values) {
		field := secret.Field(block)
		if _, twice := fields[field]; twice || !isField(field) {
			d.fail()
			return fields
		}
		for action, element := range d.members(actions) {
			if _, twice := fields[field]; twice || action != block {
				d.fail()
				return fields
			}
			fields[field] = d.input(field, element)
		}
	}
	return fields
}

// input reads the element of one input, whichever type it has: what was typed, the one
// option, user or channel chosen, or all of them.
func (d *reader) input(f secret.Field, element raw) Input {
	e := d.object(element, "value", "selected_option", "selected_user", "selected_conversation", "selected_channel",
		"selected_options", "selected_users", "selected_conversations", "selected_channels")
	if isSecret(f) {
		v, present := d.typed(e["value"])
		return Input{Secret: v, Present: present}
	}
	in := Input{Text: d.written(e["value"]), Choice: d.choice(e), Choices: d.choices(e)}
	in.Present = !e["value"].null() || in.Choice != "" || len(in.Choices) > 0
	return in
}

// written returns the text of an input that holds no value.
func (d *reader) written(r raw) string {
	text := d.text(r, maxText)
	if utf8.RuneCountInString(text) > maxTyped {
		d.fail()
	}
	return text
}

// choice returns what stands in an element that takes one choice.
func (d *reader) choice(e map[string]raw) string {
	if option := e["selected_option"]; !option.null() {
		return d.option(option)
	}
	for _, name := range []string{"selected_user", "selected_conversation", "selected_channel"} {
		if !e[name].null() {
			return d.text(e[name], maxID)
		}
	}
	return ""
}

// choices returns what stands in an element that takes several.
func (d *reader) choices(e map[string]raw) []string {
	var all []string
	for option := range d.elements(e["selected_options"]) {
		all = append(all, d.option(option))
	}
	for _, name := range []string{"selected_users", "selected_conversations", "selected_channels"} {
		for id := range d.elements(e[name]) {
			all = append(all, d.text(id, maxID))
		}
	}
	if len(all) > maxChoices {
		d.fail()
		return nil
	}
	return all
}

func (d *reader) option(r raw) string { return d.text(d.object(r, "value")["value"], maxValue) }

// act fills in what was pressed, or what is being typed into a select.
func (d *reader) act(r *Request, top map[string]raw) {
	switch r.Kind {
	case KindOptions:
		r.Action = ActionPressed{ActionID: d.text(top["action_id"], maxID), BlockID: d.text(top["block_id"], maxID)}
		r.Query = d.written(top["value"])
	case KindAction:
		r.Action = d.pressed(top["actions"])
		r.Message = MessageRef{Channel: r.Channel, TS: d.text(d.object(top["message"], "ts")["ts"], maxID)}
	}
}

// pressed reads the one action of a payload. Slack reports one at a time; of several we
// would have to answer one and drop the others.
func (d *reader) pressed(actions raw) ActionPressed {
	var all []ActionPressed
	for action := range d.elements(actions) {
		all = append(all, d.action(action))
	}
	if len(all) != 1 {
		d.fail()
		return ActionPressed{}
	}
	return all[0]
}

func (d *reader) action(r raw) ActionPressed {
	e := d.object(r, "action_id", "block_id", "value", "selected_option", "selected_user", "selected_conversation",
		"selected_channel")
	a := ActionPressed{ActionID: d.text(e["action_id"], maxID), BlockID: d.text(e["block_id"], maxID)}
	if isSecret(secret.Field(a.ActionID)) {
		return a
	}
	if a.Value = d.choice(e); a.Value == "" {
		a.Value = d.text(e["value"], maxText)
	}
	return a
}

// wipe overwrites what was typed into value fields, for a request that goes nowhere.
func (r *Request) wipe() {
	if r.View == nil {
		return
	}
	for _, in := range r.View.Fields {
		in.Secret.Wipe()
	}
}
