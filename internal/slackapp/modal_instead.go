package slackapp

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

// missingPage says that there is no such secret: the name was mistyped, or it is new, which
// it is not for who wants to be rid of it or to have it back.
func (a *App) missingPage(v viewer, c *composer, p page) slack.ModalViewRequest {
	ref, may := inCode(p.ref.String()), p.verb == VerbShow || p.verb == VerbUpdate
	meant := a.meant(v, p)
	switch {
	case len(meant) == 0 && may:
		return c.instead(p, VerbCreate, "modal.missing", "ref", ref)
	case len(meant) == 0:
		return c.instead(p, VerbList, "modal.missing.unknown", "ref", ref)
	}
	c.production(p.ref.Environment)
	c.text("modal.missing.meant", "ref", ref)
	c.names(p.verb, meant)
	if may {
		c.text("modal.missing.new", "ref", ref)
		c.buttons(c.verbButton(VerbCreate, p.ref))
	}
	return c.modal(p.verb, metadata{Env: p.ref.Environment, Name: p.ref.Name})
}

// meant are the names that the person may view and may have meant: similar ones, and for
// who only looks the same one elsewhere, which is not what who changes something wants.
func (a *App) meant(v viewer, p page) []secret.Ref {
	found := a.similar(v, p.ref)
	if p.verb.action() == "" {
		for _, env := range a.named(v, p.ref.Name) {
			found = append(found, secret.Ref{Environment: env, Name: p.ref.Name})
		}
	}
	return found[:min(len(found), similarShown)]
}

// unless offers the names that may have been meant, unless the one that was given is known.
func (a *App) unless(v viewer, c *composer, p page) {
	if slices.Contains(a.named(v, p.ref.Name), p.ref.Environment) {
		return
	}
	if meant := a.meant(v, p); len(meant) > 0 {
		c.text("modal.unfound.meant", "ref", inCode(p.ref.String()))
		c.names(p.verb, meant)
	}
}

// names lists secrets, each with a button that goes on with the verb. A name on a button
// would be cut on a phone.
func (c *composer) names(verb Verb, all []secret.Ref) {
	for i, ref := range all {
		b := c.button(numbered(actionVerb(verb), i), ref.String(), "button.open")
		b.AccessibilityLabel = cut(c.say.Say("button.open.which", "ref", ref.String()), buttonMax)
		c.add(slack.NewSectionBlock(richText(string(c.place(ref)), textMax), nil, slack.NewAccessory(b)))
	}
}

// isUnknown reports whether an environment was named that the policy does not have.
func (a *App) isUnknown(env secret.Environment) bool {
	_, known := a.environment(env)
	return env != "" && !known
}

// usable lists the environments where the person may use the verb, or at least see
// anything, which is of no use to who wants to create.
func (a *App) usable(v viewer, verb Verb) []secret.Environment {
	able, seen := a.reach(v, verb.action()), a.reach(v, secret.View)
	var all []secret.Environment
	for _, e := range a.Environments() {
		if slices.Contains(able, e) || verb != VerbCreate && slices.Contains(seen, e) {
			all = append(all, e.Name)
		}
	}
	return all
}

// elsewhere says that there is no such environment, and returns those that the person may
// know of, the one that was probably meant first.
func (a *App) elsewhere(v viewer, c *composer, p page) []secret.Environment {
	others := a.usable(v, p.verb)
	var names []string
	for _, env := range others {
		names = append(names, string(env))
	}
	near := nearestEnvironment(p.ref.Environment, others)
	what := []any{"env", inCode(string(p.ref.Environment)), "environments", strings.Join(names, ", "), "near", inCode(string(near))}
	switch {
	case len(others) == 0:
		c.text("modal.unknown_environment.none", what...)
	case near == "":
		c.text("modal.unknown_environment", what...)
	default:
		c.text("modal.unknown_environment.near", what...)
		i := slices.Index(others, near)
		others = slices.Insert(slices.Delete(others, i, i+1), 0, near)
	}
	return others
}

// elsewherePage goes on with the same name in an environment that there is.
func (a *App) elsewherePage(v viewer, c *composer, p page) slack.ModalViewRequest {
	c.environments(p, a.elsewhere(v, c, p))
	return c.modal(p.verb, metadata{})
}
