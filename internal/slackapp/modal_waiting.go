package slackapp

import (
	"context"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// Waiting is what waits for people; *store.Store is the real one.
type Waiting interface {
	Pending(ctx context.Context, p secret.Person) (store.Pending, error)
	Card(ctx context.Context, change string) (store.Card, error)
}

// waitingShown is how many changes of each kind are listed.
const waitingShown = 5

// actionCard opens the card of a change in the modal.
const actionCard = "card"

// pending is what waits for the person, and what the person waits for; ok is false where
// nothing does, or where that could not be read, which is said.
func (a *App) pending(ctx context.Context, v viewer, c *composer) (p store.Pending, ok bool) {
	if a.Waiting == nil {
		return p, false
	}
	p, err := a.Waiting.Pending(ctx, v.Person)
	if err != nil {
		a.Logger.Warn("what waits was not read", "reason", err)
		c.note("modal.waiting.unread")
		return p, false
	}
	return p, len(p.Mine)+len(p.ToDecide)+len(p.ToReview) > 0
}

// waitingCounts tells how many changes wait, and goes to where they are listed.
func (a *App) waitingCounts(ctx context.Context, v viewer, c *composer) {
	if p, any := a.pending(ctx, v, c); any {
		line := c.rich("modal.waiting.counts", "yours", len(p.ToDecide)+len(p.ToReview), "mine", len(p.Mine))
		c.add(slack.NewSectionBlock(line, nil, slack.NewAccessory(c.verbButton(VerbStart, secret.Ref{}))))
	}
}

// waitingLists names what waits. Nobody decides here by a line: what is judged is judged
// on its card.
func (a *App) waitingLists(ctx context.Context, v viewer, c *composer) {
	p, _ := a.pending(ctx, v, c)
	open := func(card store.Card) *slack.ButtonBlockElement {
		return c.button(actionCard, card.Change, "button.open")
	}
	c.waitingList("modal.waiting.decide", p.ToDecide, open)
	c.waitingList("modal.waiting.review", p.ToReview, open)
	c.waitingList("modal.waiting.mine", p.Mine, func(card store.Card) *slack.ButtonBlockElement {
		if card.Emergency {
			return nil // it was done: nothing can be taken back
		}
		return c.press(actionCancel, card, slack.StyleDefault)
	})
}

// waitingList is the newest of one kind and how many there are.
func (c *composer) waitingList(title wording.Key, cards []store.Card, button func(store.Card) *slack.ButtonBlockElement) {
	if len(cards) == 0 {
		return
	}
	c.text(title, "count", len(cards))
	for _, card := range cards[:min(len(cards), waitingShown)] {
		key, until := waitingLine(card)
		block := slack.NewSectionBlock(c.rich(key, "action", c.markup(actionKey(card.Action)), "ref", c.place(card.Ref),
			"who", mention(card.Requester.User), "time", moment(until)), nil, nil)
		if b := button(card); b != nil {
			block.Accessory = slack.NewAccessory(b)
		}
		c.add(block)
	}
	if more := len(cards) - waitingShown; more > 0 {
		c.note("modal.waiting.more", "count", strconv.Itoa(more))
	}
}

// waitingLine is how a change is named that waits, and until when it does.
func waitingLine(card store.Card) (wording.Key, time.Time) {
	switch {
	case card.Emergency:
		return "modal.waiting.emergency", card.ReviewDue
	case card.State == audit.EventHeld:
		return "modal.waiting.held", card.HeldUntil
	}
	return "modal.waiting.staged", card.Expires
}

// cardPage shows the whole card to whoever may decide about the change, or review it, now.
// Others are told what they would be told of a change that is not there.
func (a *App) cardPage(ctx context.Context, v viewer, c *composer, change string) slack.ModalViewRequest {
	p, _ := a.pending(ctx, v, c)
	for audience, cards := range map[store.Audience][]store.Card{store.ToApprovers: p.ToDecide, store.ToReviewers: p.ToReview} {
		for _, card := range cards {
			if card.Change == change {
				c.wholeCard(store.Telling{Change: change, Event: card.State, Action: card.Action, Ref: card.Ref,
					Audience: audience, Recipient: v.Person.User, Card: &card, Stage: card.Open})
				return c.modal(VerbStart, metadata{})
			}
		}
	}
	return c.notice(VerbStart, "answer.missing")
}
