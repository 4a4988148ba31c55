package slackapp

import (
	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// updateForm asks for a new version. The old value is never shown: it is not even read.
func (a *App) updateForm(v viewer, c *composer, p page, s store.Sight) slack.ModalViewRequest {
	m := a.beginForm(v, c, p, s)
	m.Recipe = formRecipe(p.recipe, s.Recipe)
	c.valueInputs(m.Recipe, p.long)
	if s.Base != 0 {
		c.field(secret.FieldOld, "").askOne(c.oldPlans(), string(store.OldKeep))
		c.field(secret.FieldOldDays, "").askNumber(1, store.MaxOldDays, defaultOldDays, true)
	}
	c.about(s.Description, s.Owner, s.Notify)
	c.adopt(s)
	a.breakGlass(v, c, secret.Update, p.ref)
	return c.form(VerbUpdate, m)
}

// defaultOldDays is offered for the time until an old version is retired.
const defaultOldDays = 30

// beginForm says which secret a form is about and what stands there now, and what the
// form has to remember.
func (a *App) beginForm(v viewer, c *composer, p page, s store.Sight) metadata {
	c.production(p.ref.Environment)
	a.foretell(v, c, p.verb.action(), p.ref)
	c.text("form."+wording.Key(p.verb)+".what", "ref", inCode(p.ref.String()))
	c.quote("modal.show.description", s.Description)
	c.facts(fact{"fact.version", markup(s.Base.String())}, fact{"fact.recipe", c.recipeName(s.Recipe)}, fact{"fact.owner", ownerOf(s)})
	return metadata{Env: p.ref.Environment, Name: p.ref.Name, Base: s.Base}
}

func (c *composer) oldPlans() []*slack.OptionBlockObject {
	var options []*slack.OptionBlockObject
	for _, plan := range []store.OldAction{store.OldKeep, store.OldDisable, store.OldDestroy} {
		options = append(options, c.option(string(plan), wording.Key("old."+plan)))
	}
	return options
}

// adopt asks for the tick that the first change of an unmanaged secret needs.
func (c *composer) adopt(s store.Sight) {
	if !s.Managed {
		c.field(secret.FieldAdopt, "").askTick()
	}
}
