package slackapp

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// listShown is how many secrets one page of the list shows.
const listShown = 30

// everyEnvironment is the choice that narrows nothing; no environment can have that name.
const everyEnvironment = "*"

// listPage shows the names that the person may view, and how old that knowledge is.
func (a *App) listPage(ctx context.Context, v viewer, c *composer, p page) slack.ModalViewRequest {
	seen := a.reach(v, secret.View)
	if p.ref.Environment == "" && isAmong(seen, secret.Environment(p.part)) {
		p.ref.Environment, p.part = secret.Environment(p.part), ""
	}
	if len(seen) == 0 {
		c.text(a.nowhere(v))
		a.waitingCounts(ctx, v, c)
		return c.modal(VerbList, metadata{})
	}
	if p.ref.Environment != "" && !isAmong(seen, p.ref.Environment) {
		a.elsewhere(v, c, p) // unknown and forbidden read alike
		p.ref.Environment = ""
	}
	entries, _ := a.Sights.List(v.Person, p.ref.Environment, p.part, p.from+listShown+1)
	c.listFilter(p, seen)
	a.waitingCounts(ctx, v, c)
	entries = entries[min(p.from, len(entries)):]
	if len(entries) == 0 {
		a.listNone(v, c, p)
	}
	for i, e := range entries[:min(len(entries), listShown)] {
		c.entry(i, e)
	}
	c.pager(p.from, listShown, len(entries) > listShown)
	a.age(v, c, p.ref.Environment)
	return c.modal(VerbList, metadata{Env: p.ref.Environment, Name: secret.Name(p.part)})
}

// nowhere says why there is nothing to list.
func (a *App) nowhere(v viewer) wording.Key {
	if _, unsure := a.Reach(v.Person, secret.View); len(unsure) > 0 {
		return "modal.list.unsure"
	}
	return "modal.list.nowhere"
}

func isAmong(all []policy.Environment, env secret.Environment) bool {
	return slices.ContainsFunc(all, func(e policy.Environment) bool { return e.Name == env })
}

// listNone says that no name matches, and which ones read alike.
func (a *App) listNone(v viewer, c *composer, p page) {
	c.text("modal.list.none")
	if meant := a.similar(v, secret.Ref{Environment: p.ref.Environment, Name: secret.Name(p.part)}); len(meant) > 0 {
		c.text("modal.meant")
		c.names(VerbShow, meant)
	}
}

// age says how old what is known of the names is, of one environment or of all.
func (a *App) age(v viewer, c *composer, env secret.Environment) {
	oldest, known := a.unread(v, c, env)
	if known {
		c.note("modal.list.age", "age", c.say.Say(ageKey(oldest), "count", strconv.Itoa(ageCount(oldest))))
	}
}

// unread names the environments whose names were never read, so that nobody takes them
// for empty. It returns the age of the others, if there are any. Where a person may see
// nothing, there is nothing to say.
func (a *App) unread(v viewer, c *composer, env secret.Environment) (oldest time.Duration, known bool) {
	var never []string
	for _, e := range a.reach(v, secret.View) {
		if env != "" && e.Name != env {
			continue
		}
		if _, age := a.Sights.List(v.Person, e.Name, "", 0); age == store.NeverRead {
			never = append(never, string(e.Name))
		} else {
			oldest, known = max(oldest, age), true
		}
	}
	if len(never) > 0 {
		c.note("modal.list.unread", "env", inCode(strings.Join(never, ", ")))
	}
	return oldest, known
}

// listFilter narrows the list to one environment of those in which the person may see
// anything, or goes to one secret.
func (c *composer) listFilter(p page, seen []policy.Environment) {
	options := append([]*slack.OptionBlockObject{c.option(everyEnvironment, "form.env.every")}, c.environmentOptions(seen)...)
	options = options[:min(len(options), optionsMax)]
	find := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, c.plain(placeholderMax, "form.env.placeholder"), string(secret.FieldEnv), options...)
	find.InitialOption = options[0]
	for _, o := range options[1:] {
		if o.Value == string(p.ref.Environment) {
			find.InitialOption = o
		}
	}
	block := slack.NewSectionBlock(c.rich("form.env.filter"), nil, slack.NewAccessory(find))
	block.BlockID = string(secret.FieldEnv)
	c.add(block)
	c.search()
	if p.part != "" {
		c.note("modal.list.part", "part", inCode(p.part))
	}
}

func (c *composer) entry(i int, e store.Entry) {
	ref := secret.Ref{Environment: e.Environment, Name: e.Name}
	state := wording.Key("modal.list.managed")
	switch {
	case e.Trashed:
		state = "modal.list.trashed"
	case !e.Managed:
		state = "modal.list.unmanaged"
	}
	b := c.button(numbered(actionVerb(VerbShow), i), ref.String(), "button.open")
	b.AccessibilityLabel = cut(c.say.Say("button.open.which", "ref", ref.String()), buttonMax)
	line := c.rich(state, "ref", c.place(ref), "description", cut(e.Description, descriptionShown))
	c.add(slack.NewSectionBlock(line, nil, slack.NewAccessory(b)))
}

// descriptionShown is how much of a description stands in the list.
const descriptionShown = 120

// pager goes to the lines before and after those that are shown.
func (c *composer) pager(from, shown int, more bool) {
	var row []*slack.ButtonBlockElement
	if from > 0 {
		row = append(row, c.button(numbered(actionPage, 0), strconv.Itoa(max(from-shown, 0)), "button.previous"))
	}
	if more {
		row = append(row, c.button(numbered(actionPage, 1), strconv.Itoa(from+shown), "button.next"))
	}
	c.buttons(row...)
}

// ageKey and ageCount tell a time in seconds, in minutes, or, if it is whole, in hours.
func ageKey(age time.Duration) wording.Key {
	switch {
	case age < 2*time.Minute:
		return "age.seconds"
	case age%time.Hour == 0:
		return "age.hours"
	}
	return "age.minutes"
}

func ageCount(age time.Duration) int {
	switch ageKey(age) {
	case "age.seconds":
		return int(age.Round(time.Second) / time.Second)
	case "age.hours":
		return int(age / time.Hour)
	}
	return int(age / time.Minute)
}
