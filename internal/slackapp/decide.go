package slackapp

import (
	"cmp"
	"context"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// Decisions is what judges what people press on a card; *store.Store is the real one.
// Whatever a message shows, and to whom, every vote is judged there anew.
type Decisions interface {
	Approve(ctx context.Context, v store.Vote) (store.Verdict, error)
	Refuse(ctx context.Context, v store.Vote) (store.Verdict, error)
	Stop(ctx context.Context, v store.Vote) (store.Verdict, error)
	Cancel(ctx context.Context, v store.Vote) (store.Verdict, error)
	Review(ctx context.Context, v store.Vote, found store.ReviewOutcome) (store.Verdict, error)
}

// The buttons of a card. Cards that were posted long ago depend on these ids. Each bears the change's id.
const (
	actionApprove = "approve"
	actionRefuse  = "refuse"
	actionCancel  = "cancel"
	actionStop    = "stop"
	actionReview  = "review"
)

var decisions = []string{actionApprove, actionRefuse, actionCancel, actionStop, actionReview}

// decideWithin is how long a vote may take to be judged. The store asks again for twice
// the limit of a call where another process is at the same change.
const decideWithin = 30 * time.Second

// decide takes a vote, or opens the form for the reason that it needs. No limit of
// look-ups holds for it: who is asked to decide must be able to.
func (a *App) decide(ctx context.Context, r Request, action string) {
	change, ok := parseChange(r.Action.Value)
	switch {
	case !ok:
		a.answer(ctx, r, &composer{say: a.language(r.UserID)}, "answer.missing")
	case action == actionApprove:
		a.take(ctx, r, action, change, a.Decisions.Approve)
	case action == actionCancel:
		a.take(ctx, r, action, change, a.Decisions.Cancel)
	default:
		a.goTo(ctx, r, page{verb: Verb(action), change: change})
	}
}

// take has a vote judged after Slack got its answer, and tells the person what came of it.
// The card itself is brought up to date by whoever follows the log.
func (a *App) take(ctx context.Context, r Request, action, change string, judge func(context.Context, store.Vote) (store.Verdict, error)) {
	place := a.work.reserve()
	if place == nil {
		a.answer(ctx, r, &composer{say: a.language(r.UserID)}, "decide.busy")
		return
	}
	place.start("decision", decideWithin+pageWithin, func(ctx context.Context) {
		v, c, refusal := a.meet(ctx, r.UserID)
		if refusal != nil {
			a.answer(ctx, r, c, refusal.Key())
			return
		}
		judging, cancel := context.WithTimeout(ctx, decideWithin)
		defer cancel()
		// The trigger tells one click from another: nobody presses twice under one.
		found, err := judge(judging, vote(v, change, r.TriggerID))
		if err != nil {
			a.Logger.Error("vote not judged", "action", action, "change", change, "reason", err)
			a.answer(ctx, r, c, "decide.unknown")
			return
		}
		a.show(ctx, r, c, c.verdict(action, found))
	})
}

// vote is what a person decides. Click is unique to the press, or to the form that was
// opened by it, so that with change and person, and the stage that the store finds open,
// no two votes bear one key.
func vote(v viewer, change, click string) store.Vote {
	return store.Vote{Change: change, Person: v.Person, PersonName: v.Name, Key: change + "/" + v.Person.String() + "/" + click}
}

func (a *App) answer(ctx context.Context, r Request, c *composer, key wording.Key) {
	a.show(ctx, r, c, c.markup(key))
}

// show tells the person alone what became of their click: beside the message, or in the
// modal, where the button stands.
func (a *App) show(ctx context.Context, r Request, c *composer, text markup) {
	if r.View != nil {
		c.paragraph(text)
		a.update(ctx, r.View.ID, c.modal(VerbStart, metadata{}))
		return
	}
	if err := a.Screen.Respond(ctx, r.ResponseURL, Reply{Text: string(text)}); err != nil {
		a.Logger.Warn("answer to a click not shown", "reason", err)
	}
}

// verdict is the truthful sentence for what became of a vote: the one for this button, or
// for this state of the change, where there is one.
func (c *composer) verdict(action string, v store.Verdict) markup {
	key := wording.Key("answer." + v.Done)
	variants := []string{action, string(v.Change.State)}
	if v.Waiting.Count == 0 {
		variants = append(variants, "unnamed")
	}
	for _, variant := range variants {
		if special := key + "." + wording.Key(variant); wording.Has(special) {
			key = special
			break
		}
	}
	place := inCode(v.Change.Ref.String())
	return c.markup(key, "ref", place, "action", c.markup(actionKey(v.Change.Action)),
		"who", c.quorum(v.Waiting), "until", moment(v.Change.Due),
		"what", c.headline(store.Telling{Event: cmp.Or(v.Change.State, audit.EventFailed), Action: v.Change.Action,
			Ref: v.Change.Ref, Version: v.Change.Version.String()}, place))
}
