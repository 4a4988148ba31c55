package slackapp

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// Sizes of the history.
const (
	historyShown = 20 // changes on one page: two blocks each
	// historyRead is how many records are read, about three to a change; the audit sheet
	// has them all.
	historyRead = 1000
)

// historyPage shows what was done to a secret, the newest first.
func (a *App) historyPage(ctx context.Context, v viewer, c *composer, p page) slack.ModalViewRequest {
	lines, err := a.Sights.History(ctx, v.Person, p.ref, historyRead)
	switch {
	case errors.Is(err, store.ErrHidden):
		return a.hiddenPage(v, c, p)
	case err != nil:
		return c.unread(p)
	}
	c.production(p.ref.Environment)
	c.text("modal.history.what", "ref", inCode(p.ref.String()))
	lines = lines[min(p.from, len(lines)):]
	if len(lines) == 0 {
		c.text("modal.history.none")
		a.unless(v, c, p)
	}
	for _, l := range lines[:min(len(lines), historyShown)] {
		c.line(l)
	}
	c.pager(p.from, historyShown, len(lines) > historyShown)
	c.note("modal.history.sheet")
	return c.modal(VerbHistory, metadata{Env: p.ref.Environment, Name: p.ref.Name})
}

// unread says why the history is not there.
func (c *composer) unread(p page) slack.ModalViewRequest {
	c.text("modal.history.down")
	c.buttons(c.button(actionVerb(p.verb), p.ref.String(), "button.again"))
	return c.modal(p.verb, metadata{})
}

// line is one change: who, when, what became of it, and the reason as it was given.
func (c *composer) line(l store.Line) {
	who := mentionActor(l.ActorID)
	if who == "" {
		who = markup(escapeText(l.Actor))
	}
	action, _ := splitDetail(l.Detail)
	c.add(slack.NewSectionBlock(richText(string(c.markup("history.line",
		"time", moment(l.Time), "who", who,
		"what", c.markup("history.event."+wording.Key(l.Event), "action", c.markup(actionKey(action))),
		"version", c.told("history.version", "version", l.Version),
		"recipe", c.told("history.recipe", "recipe", l.Recipe),
		"bytes", c.told("history.bytes", "bytes", l.Bytes),
		"same", c.told("history.same", "version", l.SameAs),
	)), textMax), nil, nil))
	c.quote("history.reason", l.Reason)
}

// told is a piece of a sentence about text, nothing when there is no text.
func (c *composer) told(key wording.Key, name, text string) markup {
	if text == "" {
		return ""
	}
	return c.markup(key, name, text)
}

func actionKey(a secret.Action) wording.Key {
	if !a.Known() {
		return "action.change"
	}
	return wording.Key("action." + a)
}
