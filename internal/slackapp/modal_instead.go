package slackapp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// missingPage says that there is no such secret: the name was mistyped, or it is new.
func (a *App) missingPage(v viewer, c *composer, p page) slack.ModalViewRequest {
	ref := inCode(p.ref.String())
	similar := a.similar(v, p.ref)
	if len(similar) == 0 {
		return c.instead(p, VerbCreate, "modal.missing", "ref", ref)
	}
	c.production(p.ref.Environment)
	c.text("modal.missing.meant", "ref", ref)
	var meant []*slack.ButtonBlockElement
	for i, one := range similar {
		meant = append(meant, slack.NewButtonBlockElement(numbered(actionVerb(p.verb), i), one.String(), plainText(one.String(), buttonMax)))
	}
	c.buttons(meant...)
	c.text("modal.missing.new", "ref", ref)
	c.buttons(c.verbButton(VerbCreate, p.ref))
	return c.modal(p.verb, metadata{Env: p.ref.Environment, Name: p.ref.Name})
}

// isUnknown reports whether an environment was named that the policy does not have.
func (a *App) isUnknown(env secret.Environment) bool {
	_, known := a.environment(env)
	return env != "" && !known
}

// usable reports whether the person may use the verb on ref, or see it, or see anything in
// its environment. Where no name was given, one like any other stands in for it.
func (a *App) usable(v viewer, verb Verb, ref secret.Ref) bool {
	ref.Name = cmp.Or(ref.Name, "any")
	for _, action := range []secret.Action{secret.View, verb.action()} {
		if action != "" && a.Sights.Why(v.Person, action, ref).Outcome() != policy.OutcomeDeny {
			return true
		}
	}
	seen, _ := a.Sights.List(v.Person, ref.Environment, "", 1)
	return len(seen) > 0
}

// elsewhere says that there is no such environment, and returns those that the person may
// know of, the one that was probably meant first.
func (a *App) elsewhere(v viewer, c *composer, p page) []secret.Environment {
	var others []secret.Environment
	var names []string
	for _, e := range a.Environments() {
		if a.usable(v, p.verb, secret.Ref{Environment: e.Name, Name: p.ref.Name}) {
			others, names = append(others, e.Name), append(names, string(e.Name))
		}
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
