package slackapp

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// aboutPage is every page about one secret.
func (a *App) aboutPage(ctx context.Context, v viewer, c *composer, p page) slack.ModalViewRequest {
	if p.option != "" {
		p.ref, _ = a.refOfOption(v, p.option)
	}
	p, whole := a.complete(v, p)
	if !whole {
		return a.pickPage(v, c, p)
	}
	if a.isUnknown(p.ref.Environment) {
		return a.elsewherePage(v, c, p)
	}
	switch p.verb {
	case VerbHistory:
		return a.historyPage(ctx, v, c, p)
	case VerbWhy:
		return a.whyPage(v, c, p)
	}
	sight, err := a.Sights.Look(ctx, v.Person, p.ref)
	if err != nil {
		return a.unseen(v, c, p, err)
	}
	if !sight.Exists {
		return a.missingPage(v, c, p)
	}
	if obstacle, there := c.obstacle(p, sight); there {
		return obstacle
	}
	switch p.verb {
	case VerbUpdate:
		return a.updateForm(v, c, p, sight)
	case VerbRollback:
		return a.rollbackForm(ctx, v, c, p, sight)
	case VerbDelete:
		return a.deleteForm(v, c, p, sight)
	case VerbRestore:
		return a.restoreForm(v, c, p, sight)
	}
	return a.showPage(c, p, sight)
}

// complete finds the environment of a name that was given alone: the only environment
// there is, or the only one that has a secret of that name.
func (a *App) complete(v viewer, p page) (page, bool) {
	if all := a.Environments(); p.ref.Environment == "" && len(all) == 1 {
		p.ref.Environment = all[0].Name
	}
	if p.ref.Environment == "" && p.ref.Name != "" {
		if found := a.named(v, p.ref.Name); len(found) == 1 {
			p.ref.Environment = found[0]
		}
	}
	return p, p.ref.Environment != "" && p.ref.Name != ""
}

// named lists the environments whose index knows a secret of that name.
func (a *App) named(v viewer, name secret.Name) []secret.Environment {
	var found []secret.Environment
	for _, e := range a.Environments() {
		entries, _ := a.Sights.List(v.Person, e.Name, string(name), optionsMax)
		for _, entry := range entries {
			if entry.Name == name {
				found = append(found, e.Name)
			}
		}
	}
	return found
}

// unseen says why there is nothing to show.
func (a *App) unseen(v viewer, c *composer, p page, err error) slack.ModalViewRequest {
	call, isCall := errors.AsType[*store.CallError](err)
	switch {
	case errors.Is(err, store.ErrHidden):
		return a.hiddenPage(v, c, p)
	case isCall && call.Kind == store.Denied:
		return c.notice(p.verb, "modal.service_denied", "env", inCode(string(p.ref.Environment)))
	}
	c.text("modal.service_down")
	c.buttons(c.button(actionVerb(p.verb), p.ref.String(), "button.again"))
	return c.modal(p.verb, metadata{})
}

// hiddenPage says that there is nothing to see, and what may be seen that reads alike.
// Unknown and forbidden are the same.
func (a *App) hiddenPage(v viewer, c *composer, p page) slack.ModalViewRequest {
	c.text("modal.hidden", "ref", inCode(p.ref.String()))
	if meant := a.meant(v, p); len(meant) > 0 {
		c.text("modal.meant")
		c.names(p.verb, meant)
	}
	return c.modal(p.verb, metadata{})
}

// obstacle is the page that says why a secret can't be changed as it stands.
func (c *composer) obstacle(p page, s store.Sight) (slack.ModalViewRequest, bool) {
	ref := inCode(p.ref.String())
	trashed := !s.Trashed.IsZero()
	switch {
	case p.verb.action() == "":
		return slack.ModalViewRequest{}, false
	case s.Owned != "":
		return c.instead(p, VerbShow, "modal.owned", "ref", ref, "label", inCode(s.Owned)), true
	case s.Foreign:
		return c.notice(p.verb, "modal.foreign", "ref", ref), true
	case trashed && p.verb != VerbRestore:
		return c.instead(p, VerbRestore, "modal.trashed", "ref", ref, "until", moment(s.Trashed)), true
	case !trashed && p.verb == VerbRestore:
		return c.instead(p, VerbShow, "modal.not_trashed", "ref", ref), true
	}
	return slack.ModalViewRequest{}, false
}

// instead says what is the matter and offers the verb that helps.
func (c *composer) instead(p page, offer Verb, key wording.Key, pairs ...any) slack.ModalViewRequest {
	c.production(p.ref.Environment)
	c.text(key, pairs...)
	c.buttons(c.verbButton(offer, p.ref))
	return c.modal(p.verb, metadata{Env: p.ref.Environment, Name: p.ref.Name})
}
