package slackapp

import (
	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

// createForm asks for a new secret. It needs nothing but the policy's environments.
func (a *App) createForm(v viewer, c *composer, p page) slack.ModalViewRequest {
	all := a.Environments()
	m := metadata{Recipe: formRecipe(p.recipe, secret.Text)}
	if len(all) == 1 {
		m.Env = all[0].Name
		p.ref.Environment = m.Env
	}
	if a.isUnknown(p.ref.Environment) {
		a.elsewhere(v, c, p) // the list below has them
		p.ref.Environment = ""
	}
	c.production(p.ref.Environment)
	if p.ref.Environment != "" && p.ref.Name != "" {
		a.foretell(v, c, secret.Create, p.ref)
	}
	if m.Env == "" {
		c.field(secret.FieldEnv, "").askOne(a.environmentOptions(c), string(p.ref.Environment))
	} else {
		c.note("form.env.only", "env", inCode(string(m.Env)))
	}
	c.field(secret.FieldName, "").askText(textInput{limit: secret.MaxName, initial: string(p.ref.Name)})
	c.valueInputs(m.Recipe, p.long)
	c.about("", v.Person.User, nil)
	a.breakGlass(v, c, secret.Create, p.ref)
	return c.form(VerbCreate, m)
}

func (a *App) environmentOptions(c *composer) []*slack.OptionBlockObject {
	var options []*slack.OptionBlockObject
	for _, e := range a.Environments() {
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
