package slackapp

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// ErrShared means that people of other organisations read the channel: it gets no notices.
var ErrShared = errors.New("slackapp: a shared channel gets no notices")

// Notify tells one recipient about one change, in a message of its own or in place of an
// earlier one, and returns where the message stands. The error is ErrShared, a
// *PersonError or a *SlackError, whose Effect says whether the message may be there all
// the same: a new one must not be posted again then.
func (a *App) Notify(ctx context.Context, t store.Telling) (MessageRef, error) {
	channel, err := a.address(ctx, t)
	if err != nil {
		return MessageRef{}, unposted(err)
	}
	c := &composer{say: a.reads(ctx, t.Recipient)}
	text, blocks := c.message(t)
	if t.TS != "" {
		at := MessageRef{Channel: t.Channel, TS: t.TS}
		return at, a.Messages.UpdateMessage(ctx, at, text, blocks)
	}
	return a.Messages.Post(ctx, channel, text, blocks)
}

// reads is the language of a recipient: a person's own, as Slack has it, and English in a
// channel, where many read.
func (a *App) reads(ctx context.Context, recipient string) *wording.Catalogue {
	user, ok := secret.ParseUserID(recipient)
	if !ok {
		return wording.English()
	}
	return wording.For(a.People.look(ctx, user, memberFor).member.Locale)
}

// Announce posts a sentence of ours to a channel. Its errors are those of Notify.
func (a *App) Announce(ctx context.Context, channel, text string) (MessageRef, error) {
	if _, err := a.address(ctx, store.Telling{Recipient: channel}); err != nil {
		return MessageRef{}, unposted(err)
	}
	return a.Messages.Post(ctx, channel, escapeText(text), nil)
}

// unposted is an error from before anything was posted: a call that broke off left no message.
func unposted(err error) error {
	if e, ok := errors.AsType[*SlackError](err); ok && e.Effect() {
		return &SlackError{Op: e.Op, Kind: SlackDown, Code: e.Code}
	}
	return err
}

// address is the conversation in which a recipient is told. Everyone but the requester,
// who was let in to ask, is looked at each time: a channel may have been shared since,
// and a person may have become a guest.
func (a *App) address(ctx context.Context, t store.Telling) (string, error) {
	if user, ok := secret.ParseUserID(t.Recipient); ok {
		if t.Audience != store.ToRequester {
			if _, err := a.People.Check(ctx, user); err != nil {
				return "", err
			}
		}
		if t.TS != "" {
			return t.Channel, nil
		}
		return a.Messages.Direct(ctx, user)
	}
	shared, err := a.Messages.Shared(ctx, t.Recipient)
	switch {
	case err != nil:
		return "", err
	case shared:
		return "", ErrShared
	}
	return t.Recipient, nil
}

// message is the text for notifications and screen readers, and the blocks that are read.
// What people wrote stands in the blocks alone, as plain text.
func (c *composer) message(t store.Telling) (string, []slack.Block) {
	switch {
	case t.Detail == store.DetailAnswered:
		c.paragraph(c.answered(t))
		return string(c.answered(t)), c.blocks
	case t.Card == nil:
		c.news(t)
		return string(c.outcome(t, c.place(t.Ref))), c.blocks
	}
	if t.Recipient == t.Card.Requester.User || slices.Contains(t.Card.RequesterIDs, t.Recipient) {
		t.Audience = store.ToRequester // whatever else they are: they must not see the shape
	}
	switch t.Audience {
	case store.ToApprovers, store.ToSkipped, store.ToReviewers, store.ToOverdue:
		c.wholeCard(t)
	case store.ToReminded, store.ToEscalated:
		c.reminder(t)
	default:
		if t.Event == audit.EventApproved {
			t.Event = t.Card.State // one consent of several: what it came to
		}
		c.news(t)
		return string(c.outcome(t, c.place(t.Ref))), c.blocks
	}
	return string(c.cardLines(t, c.place(t.Ref))[0]), c.blocks
}

// news is what became of a change, for people who neither decide nor review. The
// requester is among them: nothing of the value's shape may stand here.
func (c *composer) news(t store.Telling) {
	c.production(t.Ref.Environment)
	c.text("outcome.headline", "what", c.outcome(t, inCode(t.Ref.String())))
	if key := c.explanation(t); key != "" {
		c.text(key)
	}
	c.facts(
		fact{"fact.who", mentionActor(t.ActorID)},
		fact{"fact.agreed", c.agreed(t.Card)},
		fact{"fact.recipe", c.recipeName(secret.Recipe(t.Recipe))},
		fact{"fact.bytes", markup(escapeText(t.Bytes))},
	)
	c.words("card.reason", t.Reason)
	if t.Card != nil {
		c.standing(t)
	}
	c.foot(t)
}

// foot says why the reader is told, and which change it is about. An id as long as that
// would break in a column.
func (c *composer) foot(t store.Telling) {
	c.note("message.to." + wording.Key(t.Audience))
	c.note("outcome.change", "change", inCode(t.Change))
}

// answered is what is left of a message that said a change waits, once a newer one tells
// the rest.
func (c *composer) answered(t store.Telling) markup {
	key := wording.Key("detail.answered")
	if special := key + "." + wording.Key(t.Event); wording.Has(special) {
		key = special
	}
	if isStopped(t) {
		key = "detail.answered.stopped"
	}
	return c.markup(key, "ref", c.place(t.Ref), "action", c.markup(actionKey(t.Action)))
}

// isStopped tells a change that was stopped during its hold from one that was refused.
func isStopped(t store.Telling) bool {
	against := t.Card != nil && t.Card.Against != nil && t.Card.Against.Kind == audit.VoteStop
	return t.Event == audit.EventRefused && (against || t.Detail == store.DetailStopped)
}

// outcome is the headline of what became of a change, for those who were not asked about
// it: they read nowhere else at once that it was an emergency.
func (c *composer) outcome(t store.Telling, place markup) markup {
	what := c.headline(t, place)
	if t.Card != nil && t.Card.Emergency && t.Event.Ends() {
		return c.markup("outcome.emergency", "what", what)
	}
	return what
}

// standing is how a change stands with the people it waits for, or waited for.
func (c *composer) standing(t store.Telling) {
	card := *t.Card
	c.emergency(card)
	if isOpen(card) && t.Audience == store.ToRequester {
		c.stages(card)
		c.timing(card)
	}
	c.decisions(card)
	c.buttons(c.asked(t)...)
}

// headline is what happened, in one line; place is how it names the secret.
func (c *composer) headline(t store.Telling, place markup) markup {
	key := wording.Key("event." + t.Event)
	if special := key + "." + wording.Key(t.Action); wording.Has(special) {
		key = special
	}
	switch {
	case isStopped(t):
		key = "event.stopped"
	case !wording.Has(key):
		key = "event.other"
	}
	return c.markup(key, "ref", place, "version", t.Version, "action", c.markup(actionKey(t.Action)),
		"until", t.Ends.UTC().Format(time.DateOnly), "command", inCode("/secret update "+t.Ref.String()))
}

// explanation says why, and what to do, to those who can do something.
func (c *composer) explanation(t store.Telling) wording.Key {
	switch {
	case t.Detail == store.DetailUnreached, t.Detail == store.DetailStuck:
		return detailKey(t.Event, t.Detail)
	case t.Event == audit.EventDenied && t.Audience == store.ToRequester:
		return "outcome.denied.next"
	case t.Event.Ends() && t.Event != audit.EventDenied, t.Event == audit.EventUnknown:
		return detailKey(t.Event, t.Detail)
	}
	return ""
}
