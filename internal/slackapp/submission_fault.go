package slackapp

import (
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

// inputs are the fields of every form in reading order: the first of them that a form has
// takes what belongs to no field of it.
var inputs = []secret.Field{
	secret.FieldEnv, secret.FieldName, secret.FieldURLScheme, secret.FieldRegistry, secret.FieldLength,
	secret.FieldRecipe, secret.FieldValue, secret.FieldVersion, secret.FieldConfirm, secret.FieldReason,
}

// Limits of what is said about one form, in characters: enough for one field to be
// readable, and little enough for the answer to stay below MaxAnswer in any language.
const (
	errorMax  = 1000
	errorsMax = 5000
)

// faults puts each fault on its field. Slack shows a connection error for a field that
// the form does not have, so that what has no field of its own goes to the first one.
func (c *composer) faults(view *ViewState, all []secret.Fault) map[secret.Field]string {
	texts := make(map[secret.Field][]string)
	warned := make(map[secret.Field]bool) // :: field -> all its faults are warnings
	for _, f := range all {
		id := home(view, f.Field)
		_, before := texts[id]
		warned[id] = f.Warning && (!before || warned[id])
		texts[id] = append(texts[id], c.fault(view, f, id))
	}
	errors := make(map[secret.Field]string)
	for id, lines := range texts {
		if _, offered := view.Fields[secret.FieldAccept]; offered && warned[id] {
			lines = append(lines, c.say.Say("form.accept.how"))
		}
		errors[id] = cut(strings.Join(lines, "\n"), min(errorMax, errorsMax/len(texts)))
	}
	return errors
}

// fault is the sentence for a fault as it stands on the field id. Away from its own field
// it says what it is about: on the first input of an update, "this name" would be nobody's.
func (c *composer) fault(view *ViewState, f secret.Fault, id secret.Field) string {
	ref := typedRef(view)
	if id == f.Field || ref.Name == "" {
		return c.say.Fault(f)
	}
	return c.say.Say("form.error.about", "ref", ref.String(), "fault", c.say.Fault(f))
}

// home is the field itself where the form has it, else the form's first.
func home(view *ViewState, id secret.Field) secret.Field {
	if _, there := view.Fields[id]; there {
		return id
	}
	for _, first := range inputs {
		if _, there := view.Fields[first]; there {
			return first
		}
	}
	return id // unreachable: every form has one of inputs
}

// on says something about a form as a whole.
func on(view *ViewState, text string) Response {
	return Response{Errors: map[secret.Field]string{home(view, ""): text}}
}

// replace shows a view in place of the form.
func (c *composer) replace(view slack.ModalViewRequest) Response { return Response{Update: &view} }
