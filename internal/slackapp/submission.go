package slackapp

import (
	"context"
	"errors"
	"iter"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// submitWithin is how long the store may take to make a request durable; Slack gets its
// answer after that and within 3 s.
const submitWithin = 2500 * time.Millisecond

// submit answers a submitted form. Whatever is wrong with it is told on its fields and
// nothing has happened then; else the request is recorded, refused or on its way.
func (a *App) submit(ctx context.Context, r Request) Response {
	ctx, cancel := context.WithTimeout(ctx, submitWithin)
	defer cancel()
	v, c, refusal := a.meet(ctx, r.UserID)
	if refusal != nil {
		return on(r.View, c.say.Say(refusal.Key()))
	}
	verb := verbOf(r.View)
	if verb.action() == "" {
		return c.replace(c.notice(VerbStart, "modal.stale_form"))
	}
	f := readForm(verb, r.View)
	sub, faults := f.submission(v)
	faults = append(faults, a.ownerFaults(ctx, sub.Owner)...)
	if len(faults) > 0 {
		sub.Value.Wipe()
		return Response{Errors: c.faults(r.View, faults)}
	}
	return a.send(ctx, v, c, r.View, sub, f.certificate)
}

// ownerFaults is what is wrong with who is to answer for a secret: they are told of it, so
// that only who may use the app can be chosen.
func (a *App) ownerFaults(ctx context.Context, owner string) []secret.Fault {
	if owner == "" {
		return nil
	}
	_, err := a.People.Check(ctx, owner)
	switch refusal, ok := errors.AsType[*PersonError](err); {
	case !ok:
		return nil
	case refusal.Passing:
		return []secret.Fault{{Field: secret.FieldOwner, Code: CodeUnknownPerson}}
	}
	return []secret.Fault{{Field: secret.FieldOwner, Code: CodeNoMember}}
}

// send hands the request to the store, whose the value is from then on.
func (a *App) send(ctx context.Context, v viewer, c *composer, view *ViewState, sub store.Submission, cert *secret.Certificate) Response {
	receipt, faults, err := a.Changes.Submit(ctx, sub)
	switch {
	case errors.Is(err, audit.ErrUnknown):
		return on(view, c.say.Say("form.error.unknown"))
	case err != nil:
		a.Logger.Error("request not recorded", "action", sub.Action, "reason", err)
		return on(view, c.say.Say("form.error.not_recorded"))
	case len(faults) > 0:
		return Response{Errors: c.faults(view, faults)}
	case receipt.Denied != nil:
		return c.replace(c.refused(sub, *receipt.Denied))
	case receipt.Change.State.Ends():
		return c.replace(a.ended(ctx, v, c, receipt.Change))
	}
	a.follow(v, view.ID, receipt, cert)
	if len(receipt.Stages) > 0 || waits(receipt.Change) {
		return c.replace(a.waiting(ctx, c, receipt))
	}
	return c.replace(c.working(receipt.Change, cert))
}

// waits reports whether people are asked about a change, so that nobody knows when it ends.
func waits(change audit.Change) bool {
	return change.State == audit.EventStaged || change.State == audit.EventHeld
}

// follow shows in the view what becomes of the change, if that is still open. A view that
// can't be followed says already that a message will come.
func (a *App) follow(v viewer, view string, receipt store.Receipt, cert *secret.Certificate) {
	place := a.work.reserve()
	if place == nil {
		return
	}
	place.start("outcome", outcomeWithin, func(ctx context.Context) {
		if pause(ctx, answerTravels) != nil {
			return
		}
		for change := range a.news(ctx, receipt) {
			c := &composer{say: v.say}
			if waits(change) {
				receipt.Change = change
				a.update(ctx, view, a.waiting(ctx, c, receipt))
				return // from here on messages tell
			}
			c.certificate(cert)
			a.update(ctx, view, a.ended(ctx, v, c, change))
		}
	})
}

// Times of waiting for an outcome.
const (
	// outcomeWithin is longer than the store retries (law 10) and looks for a lost write.
	outcomeWithin = 9 * time.Minute
	// answerTravels is how long the answer to a submission is on its way: an outcome that
	// overtook it would be covered by it.
	answerTravels = 500 * time.Millisecond
	askFirst      = time.Second
	askLast       = 15 * time.Second
)

// news yields the change when it turns out that its outcome is not known yet, when people
// are asked about it, and when it has ended. The store tells at once about the end of a change that this process works
// on; for all else it is asked now and then.
func (a *App) news(ctx context.Context, receipt store.Receipt) iter.Seq[audit.Change] {
	return func(yield func(audit.Change) bool) {
		done, uncertain := receipt.Done, false
		for wait := askFirst; ; wait = min(2*wait, askLast) {
			select {
			case <-done:
				done = nil // blocks from now on: what is left is to ask
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
			now, found, err := a.Changes.Outcome(ctx, receipt.Change.Key)
			switch {
			case err != nil || !found:
			case now.State.Ends(), waits(now):
				yield(now)
				return
			case now.State == audit.EventUnknown && !uncertain:
				uncertain = true
				if !yield(now) {
					return
				}
			}
		}
	}
}
