package slackapp

import (
	"cmp"
	"context"
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// refused is what stands in the place of a form that policy refused. The refusal is
// recorded; another attempt is another form.
func (c *composer) refused(sub store.Submission, d policy.Decision) slack.ModalViewRequest {
	c.production(sub.Ref.Environment)
	c.text("outcome.denied", "action", c.markup(actionKey(sub.Action)), "ref", inCode(sub.Ref.String()), "decision", c.decision(d))
	c.text("outcome.denied.next")
	c.buttons(c.verbButton(VerbWhy, sub.Ref))
	return c.modal(Verb(sub.Action), metadata{Env: sub.Ref.Environment, Name: sub.Ref.Name})
}

// working is what stands there while the change is applied.
func (c *composer) working(change audit.Change, cert *secret.Certificate) slack.ModalViewRequest {
	c.production(change.Ref.Environment)
	c.text("outcome.working", "action", c.markup(actionKey(change.Action)), "ref", inCode(change.Ref.String()))
	c.certificate(cert)
	c.note("outcome.working.close", "change", inCode(change.ID))
	return c.modal(Verb(change.Action), metadata{Env: change.Ref.Environment, Name: change.Ref.Name})
}

// waiting is what stands there while others are asked: for whom the change waits and
// until when, and a way to take it back. The requester reads it: it takes nothing of the
// card's shape, which would tell what the value equals.
func (a *App) waiting(ctx context.Context, c *composer, receipt store.Receipt) slack.ModalViewRequest {
	card := a.cardOf(ctx, receipt)
	c.production(card.Ref.Environment)
	c.text("outcome.waiting", "action", c.markup(actionKey(card.Action)), "ref", inCode(card.Ref.String()))
	c.stages(card)
	if !card.Expires.IsZero() {
		c.timing(card)
	}
	c.buttons(c.press(actionCancel, card, slack.StyleDefault))
	c.note("outcome.waiting.close", "change", inCode(card.Change))
	return c.modal(Verb(card.Action), metadata{Env: card.Ref.Environment, Name: card.Ref.Name})
}

// cardOf reads what a change waits for. Where it can't, the receipt tells less.
func (a *App) cardOf(ctx context.Context, receipt store.Receipt) store.Card {
	change := receipt.Change
	card := store.Card{Change: change.ID, Ref: change.Ref, Action: change.Action, State: change.State}
	for _, stage := range receipt.Stages {
		card.Stages = append(card.Stages, store.CardStage{Stage: stage})
	}
	if a.Waiting != nil {
		if read, err := a.Waiting.Card(ctx, change.ID); err == nil {
			card = read
		} else {
			a.Logger.Warn("card not read", "change", change.ID, "reason", err)
		}
	}
	if card.State == audit.EventRequested {
		card.State = audit.EventStaged // as it will be in a moment
	}
	return card
}

// certificate tells what may be told of a pem: whose it is and when it ends.
func (c *composer) certificate(cert *secret.Certificate) {
	if cert != nil {
		c.quote("outcome.certificate", cut(cert.Subject, descriptionShown))
		c.note("outcome.certificate.until", "until", moment(cert.Expires))
	}
}

// ended is how a change ended, and what to do next.
func (a *App) ended(ctx context.Context, v viewer, c *composer, change audit.Change) slack.ModalViewRequest {
	t := store.Telling{Event: change.State, Action: change.Action, Ref: change.Ref, Version: change.Version.String(),
		Card: a.emergencyOf(ctx, change)}
	c.production(change.Ref.Environment)
	c.text("outcome.headline", "what", c.outcome(t, inCode(change.Ref.String())))
	if word := a.detailOf(ctx, v, change); word != "" {
		c.text(word)
	}
	if t.Card != nil {
		c.toReview(*t.Card)
	}
	switch {
	case change.State == audit.EventApplied && change.Version != 0:
		a.readHint(c, change.Ref, change.Version)
		c.buttons(c.verbButton(VerbShow, change.Ref), c.verbButton(VerbHistory, change.Ref))
	case change.State == audit.EventApplied && change.Action == secret.Delete:
		c.buttons(c.verbButton(VerbRestore, change.Ref), c.verbButton(VerbHistory, change.Ref))
	default:
		c.buttons(c.verbButton(VerbShow, change.Ref), c.verbButton(VerbHistory, change.Ref))
	}
	c.note("outcome.change", "change", inCode(change.ID))
	return c.modal(Verb(change.Action), metadata{Env: change.Ref.Environment, Name: change.Ref.Name})
}

// emergencyOf returns the card of a change that nobody was waited for and that is still to
// be reviewed; nil for any other, and where it can't be read: a message says it, too.
func (a *App) emergencyOf(ctx context.Context, change audit.Change) *store.Card {
	if change.Pool == "" || a.Waiting == nil {
		return nil // no place is taken up: it was reviewed, or never needed to be
	}
	card, err := a.Waiting.Card(ctx, change.ID)
	if err != nil {
		a.Logger.Warn("card not read", "change", change.ID, "reason", err)
		return nil
	}
	if !card.Emergency {
		return nil
	}
	return &card
}

// detailOf finds the sentence for why a change ended as it did, in the record of its end.
func (a *App) detailOf(ctx context.Context, v viewer, change audit.Change) wording.Key {
	lines, err := a.Sights.History(ctx, v.Person, change.Ref, recentRecords)
	if err == nil {
		for _, l := range lines {
			if l.Change == change.ID && l.Event == change.State {
				_, word := splitDetail(l.Detail)
				return detailKey(change.State, word)
			}
		}
	}
	return detailKey(change.State, "")
}

// recentRecords is where the record of a change that has just ended is found.
const recentRecords = 50

// splitDetail reads a record's detail, such as "rollback to 3: raced": the action, and
// the word for what came of it.
func splitDetail(detail string) (action secret.Action, word string) {
	before, word, _ := strings.Cut(detail, ": ")
	name, _, _ := strings.Cut(before, " ")
	name, _, _ = strings.Cut(name, ",")
	return secret.Action(name), word
}

// detailKey is the sentence for a word of an outcome; "" where there is nothing to add.
func detailKey(state audit.Event, word string) wording.Key {
	key := wording.Key("detail." + word)
	switch {
	case state == audit.EventApplied && word == "":
		return ""
	case state == audit.EventApplied:
		key = wording.Key("detail.applied." + word)
	}
	if word != "" && wording.Has(key) {
		return key
	}
	if general := wording.Key("detail.of." + cmp.Or(state, audit.EventFailed)); wording.Has(general) {
		return general
	}
	return ""
}
