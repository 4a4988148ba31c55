package slackapp

import (
	"context"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// pickPage asks which secret the verb is about: by search, or, where a name was given,
// in which environment.
func (a *App) pickPage(v viewer, c *composer, p page) slack.ModalViewRequest {
	if p.ref.Name == "" {
		c.text("modal.pick.secret")
		c.search()
		a.unread(v, c, "")
		return c.modal(p.verb, metadata{})
	}
	environments := a.named(v, p.ref.Name)
	if len(environments) == 0 {
		return a.nowherePage(v, c, p)
	}
	c.text("modal.pick.environment", "name", inCode(string(p.ref.Name)))
	c.environments(p, environments)
	return c.modal(p.verb, metadata{})
}

// nowherePage is about a name without an environment that no index knows: it was mistyped,
// or it is new to the index.
func (a *App) nowherePage(v viewer, c *composer, p page) slack.ModalViewRequest {
	environments, name := a.usable(v, p.verb), inCode(string(p.ref.Name))
	meant := a.similar(v, p.ref)
	switch {
	case len(environments) == 0:
		return c.notice(p.verb, "modal.hidden", "ref", name)
	case len(meant) > 0:
		c.text("modal.unfound.meant", "ref", name)
		c.names(p.verb, meant)
		c.text("modal.unfound.where")
	default:
		c.text("modal.pick.environment", "name", name)
	}
	c.environments(p, environments)
	return c.modal(p.verb, metadata{})
}

// environments offers a button for each, which goes on with the name that was given.
func (c *composer) environments(p page, all []secret.Environment) {
	var choices []*slack.ButtonBlockElement
	for i, env := range all[:min(len(all), optionsMax)] {
		b := c.button(numbered(actionVerb(p.verb), i), secret.Ref{Environment: env, Name: p.ref.Name}.String(),
			environmentKey(env), "env", string(env))
		choices = append(choices, b)
	}
	c.buttons(choices...)
}

// search is a field that looks for names while the person types. What is chosen is
// reported at once.
func (c *composer) search() {
	find := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, c.plain(placeholderMax, "form.search.placeholder"), string(secret.FieldName))
	find.MinQueryLength = new(0)
	block := slack.NewSectionBlock(c.rich("form.search.label"), nil, slack.NewAccessory(find))
	block.BlockID = string(secret.FieldName)
	c.add(block)
}

// startPage is what /secret alone opens: every verb, a search, what waits for people, the
// secrets last touched; or one of the cards of what waits.
func (a *App) startPage(ctx context.Context, v viewer, c *composer, p page) slack.ModalViewRequest {
	if p.change != "" {
		return a.cardPage(ctx, v, c, p.change)
	}
	c.text("modal.start.hello")
	var all []*slack.ButtonBlockElement
	for _, verb := range verbs() {
		all = append(all, c.verbButton(verb, secret.Ref{}))
	}
	all[0].Style = slack.StylePrimary
	c.buttons(all...)
	c.search()
	a.unread(v, c, "")
	a.waitingLists(ctx, v, c)
	a.recent(ctx, v, c)
	return c.modal(VerbStart, metadata{})
}

// recentShown is how many of the secrets last touched the start modal shows.
const recentShown = 5

func (a *App) recent(ctx context.Context, v viewer, c *composer) {
	refs, err := a.Sights.Recent(ctx, v.Person, recentShown)
	if err != nil {
		c.note("modal.start.no_recent")
		return
	}
	if len(refs) == 0 {
		c.note("modal.start.none")
		return
	}
	c.text("modal.start.recent")
	c.names(VerbShow, refs)
}

// place names a secret, production told in words.
func (c *composer) place(ref secret.Ref) markup {
	if isProduction(ref.Environment) {
		return c.markup("modal.place.production", "ref", inCode(ref.String()))
	}
	return inCode(ref.String())
}

// environmentKey is the sentence for an environment among others.
func environmentKey(env secret.Environment) wording.Key {
	if isProduction(env) {
		return "form.env.production"
	}
	return "form.env.other"
}
