package slackapp

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// showPage shows everything about a secret but its value.
func (a *App) showPage(c *composer, p page, s store.Sight) slack.ModalViewRequest {
	c.production(p.ref.Environment)
	c.text("modal.show.what", "ref", inCode(p.ref.String()), "state", c.markup(stateKey(s), "until", moment(s.Trashed)))
	c.quote("modal.show.description", s.Description)
	c.facts(
		fact{"fact.version", markup(s.Base.String())},
		fact{"fact.recipe", c.recipeName(s.Recipe)},
		fact{"fact.owner", ownerOf(s)},
		fact{"fact.notify", notified(s)},
	)
	c.versions(s.Versions)
	a.readHint(c, p.ref, s.Base)
	c.buttons(c.next(p.ref, s)...)
	return c.modal(VerbShow, metadata{Env: p.ref.Environment, Name: p.ref.Name})
}

// stateKey is the sentence for what stands in the way of changes, if anything does.
func stateKey(s store.Sight) wording.Key {
	switch {
	case !s.Trashed.IsZero():
		return "modal.state.trashed"
	case s.Owned != "":
		return "modal.state.owned"
	case s.Foreign:
		return "modal.state.foreign"
	case !s.Managed:
		return "modal.state.unmanaged"
	}
	return "modal.state.managed"
}

func ownerOf(s store.Sight) markup {
	if s.Owner == "" {
		return ""
	}
	return mention(s.Owner)
}

func notified(s store.Sight) markup {
	var all []string
	for _, id := range s.Notify[:min(len(s.Notify), optionsMax)] {
		all = append(all, string(mentionChannel(id)))
	}
	return markup(strings.Join(all, " "))
}

func (c *composer) recipeName(r secret.Recipe) markup {
	if !r.Valid() {
		return ""
	}
	return c.markup(wording.Key("recipe." + r + ".name"))
}

// versionsShown is how many versions the show page lists.
const versionsShown = 15

func (c *composer) versions(all []store.VersionInfo) {
	var lines []string
	for _, v := range all[:min(len(all), versionsShown)] {
		lines = append(lines, string(c.markup("modal.show.version", "number", v.Number.String(),
			"state", c.markup(wording.Key("version."+v.State)), "time", moment(v.Created))))
	}
	if more := len(all) - versionsShown; more > 0 {
		lines = append(lines, string(c.markup("modal.show.more", "count", fmt.Sprint(more))))
	}
	if len(lines) > 0 {
		c.add(slack.NewSectionBlock(richText(strings.Join(lines, "\n"), textMax), nil, nil))
	}
}

// readHint says how to read the value without the console: it is not shown here.
func (a *App) readHint(c *composer, ref secret.Ref, n secret.Version) {
	env, ok := a.environment(ref.Environment)
	if !ok || n == 0 {
		return
	}
	c.note("modal.read")
	c.code(fmt.Sprintf("gcloud secrets versions access %s --secret=%s --project=%s", n, ref.Name, env.Project))
}

// next offers what can be done with the secret now.
func (c *composer) next(ref secret.Ref, s store.Sight) []*slack.ButtonBlockElement {
	all := []Verb{VerbUpdate, VerbRollback, VerbDelete, VerbHistory, VerbWhy}
	switch {
	case !s.Trashed.IsZero():
		all = []Verb{VerbRestore, VerbHistory, VerbWhy}
	case s.Owned != "" || s.Foreign:
		all = []Verb{VerbHistory, VerbWhy}
	}
	var buttons []*slack.ButtonBlockElement
	for _, verb := range all {
		buttons = append(buttons, c.verbButton(verb, ref))
	}
	return buttons
}
