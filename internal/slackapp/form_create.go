package slackapp

import (
	"slices"

	"github.com/slack-go/slack"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// createForm asks for a new secret. It needs nothing but what policy says.
func (a *App) createForm(v viewer, c *composer, p page) slack.ModalViewRequest {
	m := metadata{Recipe: formRecipe(p.recipe, secret.Text)}
	if a.isUnknown(p.ref.Environment) {
		if len(a.elsewhere(v, c, p)) == 0 {
			return c.modal(VerbCreate, metadata{})
		}
		p.ref.Environment = "" // the list below has them
	}
	offered := a.offered(v, p.ref.Environment)
	switch len(offered) {
	case 0:
		return c.notice(VerbCreate, "form.env.none")
	case 1:
		m.Env = offered[0].Name
		p.ref.Environment = m.Env
	}
	c.production(p.ref.Environment)
	if p.ref.Environment != "" && p.ref.Name != "" {
		a.foretell(v, c, secret.Create, p.ref)
	}
	if m.Env == "" {
		c.field(secret.FieldEnv, "").askOne(c.environmentOptions(offered), string(p.ref.Environment))
	} else {
		c.note("form.env.only", "env", inCode(string(m.Env)))
	}
	c.field(secret.FieldName, "").askText(textInput{limit: secret.MaxName, initial: string(p.ref.Name)})
	c.valueInputs(m.Recipe, p.long)
	c.about("", v.Person.User, nil)
	a.breakGlass(v, c, secret.Create, p.ref)
	return c.form(VerbCreate, m)
}

// offered are the environments where the person may create anything for all that is known,
// and the one that was asked for by name: what is sent for that is refused, and recorded.
func (a *App) offered(v viewer, named secret.Environment) []policy.Environment {
	within := a.reach(v, secret.Create)
	asked, known := a.environment(named)
	if known && !slices.Contains(within, asked) {
		within = append(slices.Clone(within), asked)
	}
	return within
}

func (c *composer) environmentOptions(all []policy.Environment) []*slack.OptionBlockObject {
	var options []*slack.OptionBlockObject
	for _, e := range all {
		options = append(options, slack.NewOptionBlockObject(string(e.Name), c.plain(optionMax, environmentKey(e.Name), "env", string(e.Name)), nil))
	}
	return options
}

// formRecipe is the recipe a form begins with: the one asked for, else the one of the
// value that is replaced, else text.
func formRecipe(asked, usual secret.Recipe) secret.Recipe {
	switch {
	case asked.Valid():
		return asked
	case usual.Valid():
		return usual
	}
	return secret.Text
}
