package slackapp

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// Prefixes and names of action ids. A name may bear "#" and a number, since no action id
// may stand in a block twice.
const (
	verbPrefix = "verb_"
	formPrefix = "form_"
	formLong   = formPrefix + "long"
	actionPage = "page"
)

func actionVerb(v Verb) string { return verbPrefix + string(v) }

func numbered(action string, n int) string { return action + "#" + strconv.Itoa(n) }

// verbButton opens a verb's page about ref, or asks which secret when ref is empty.
func (c *composer) verbButton(v Verb, ref secret.Ref) *slack.ButtonBlockElement {
	value := ""
	if ref.Name != "" {
		value = ref.String()
	}
	return c.button(actionVerb(v), value, "button."+wording.Key(v))
}

// act answers what was pressed or chosen. The answer itself is empty in any case.
func (a *App) act(ctx context.Context, r Request) {
	action, _, _ := strings.Cut(r.Action.ActionID, "#")
	verb, isVerb := strings.CutPrefix(action, verbPrefix)
	form, isForm := strings.CutPrefix(action, formPrefix)
	switch {
	case slices.Contains(decisions, action):
		a.decide(ctx, r, action)
	case isVerb && isPage(Verb(verb)):
		a.goTo(ctx, r, page{verb: Verb(verb), ref: pressedRef(r)})
	case action == actionCard:
		if change, ok := parseChange(r.Action.Value); ok {
			a.goTo(ctx, r, page{verb: VerbStart, change: change})
		}
	case r.View == nil: // nothing else stands in messages
	case isForm:
		a.switchForm(r, form)
	case action == actionPage:
		from, _ := strconv.Atoi(r.Action.Value)
		a.turn(r, page{verb: verbOf(r.View), ref: typedRef(r.View), part: listPart(r.View), from: max(from, 0)}, true)
	case action == string(secret.FieldName):
		a.chosen(r)
	case action == string(secret.FieldEnv) && verbOf(r.View) == VerbList:
		a.turn(r, page{verb: VerbList, ref: secret.Ref{Environment: typedRef(r.View).Environment}, part: listPart(r.View)}, false)
	}
}

// goTo opens the page in the modal that is there, or in a new one.
func (a *App) goTo(ctx context.Context, r Request, p page) {
	if r.View != nil {
		a.turn(r, p, true)
		return
	}
	if a.open(ctx, r, p) != nil {
		a.reply(r, "command.not_opened")
	}
}

// reply tells the person something beside a message; the answer to a click can't.
func (a *App) reply(r Request, key wording.Key) {
	if r.ResponseURL.IsZero() {
		return
	}
	place := a.work.reserve()
	if place == nil {
		return
	}
	place.start("reply", pageWithin, func(ctx context.Context) {
		if err := a.Screen.Respond(ctx, r.ResponseURL, Reply{Text: a.language(r.UserID).Say(key)}); err != nil {
			a.Logger.Warn("reply not shown", "reason", err)
		}
	})
}

// switchForm changes the form in the same modal: what was typed into inputs that both
// have stays there. It is never sent back by us.
func (a *App) switchForm(r Request, form string) {
	p := page{verb: verbOf(r.View), ref: typedRef(r.View), recipe: secret.Recipe(form), long: form == "long"}
	if p.verb != VerbCreate && p.verb != VerbUpdate {
		return
	}
	if p.long {
		p.recipe = secret.Recipe(r.View.Fields[secret.FieldRecipe].Choice)
	}
	if p.recipe.Valid() {
		a.turn(r, p, false)
	}
}

// chosen goes on with the secret that was found by search.
func (a *App) chosen(r Request) {
	verb := verbOf(r.View)
	if verb == VerbStart || verb == VerbList {
		verb = VerbShow
	}
	if isPage(verb) {
		a.turn(r, page{verb: verb, option: r.Action.Value}, true)
	}
}

// isPage reports whether a verb has a page.
func isPage(v Verb) bool { return v == VerbStart || slices.Contains(verbs(), v) }

// verbOf is what a modal is for, "" for one that is not ours.
func verbOf(v *ViewState) Verb {
	verb, ours := strings.CutPrefix(v.CallbackID, callbackPrefix)
	if !ours || !isPage(Verb(verb)) {
		return ""
	}
	return Verb(verb)
}

// pressedRef is the secret that a button bears, else the one its modal is about.
func pressedRef(r Request) secret.Ref {
	if ref, faults := secret.ParseRef(r.Action.Value); len(faults) == 0 {
		return ref
	}
	if r.View == nil {
		return secret.Ref{}
	}
	return parseMetadata(r.View.PrivateMetadata).ref()
}

// typedRef is the secret that a form is about, as far as it is filled in.
func typedRef(v *ViewState) secret.Ref {
	ref := parseMetadata(v.PrivateMetadata).ref()
	if in, there := v.Fields[secret.FieldEnv]; there {
		ref.Environment, _ = secret.ParseEnvironment(in.Choice)
	}
	if in, there := v.Fields[secret.FieldName]; there && in.Text != "" {
		ref.Name, _ = secret.ParseName(in.Text)
	}
	return ref
}

// listPart is the part of a name that a list was narrowed to.
func listPart(v *ViewState) string { return string(parseMetadata(v.PrivateMetadata).Name) }
