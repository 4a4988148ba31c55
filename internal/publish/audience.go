package publish

import (
	"context"
	"strings"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// audience decides who is told of a record, each recipient once. The requester hears of
// every turn that is not seen on the form; owners and channels hear of what was applied.
func (n *Notifier) audience(ctx context.Context, r audit.Record) ([]store.Telling, error) {
	toRequester := r.Event == audit.EventUnknown || r.Event.Ends() && r.Event != audit.EventDenied
	if !toRequester || r.Change == "" {
		return nil, nil
	}
	changes, err := n.Notices.Find(ctx, audit.Query{ID: r.Change, Limit: 1})
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	request, err := n.Request(changes[0])
	if err != nil {
		n.Logger.Error("a change with a forged request is told to nobody", "change", r.Change)
		return nil, nil
	}
	a := audience{told: make(map[string]bool), base: telling(r, request)}
	person, _ := secret.ParsePerson(request.Requester)
	a.add(person.User, store.ToRequester)
	if r.Event == audit.EventApplied {
		a.add(request.Owner, store.ToOwner)
		for _, id := range request.Notify {
			a.add(id, store.ToChannel)
		}
		a.add(n.Channel(string(request.Environment)), store.ToChannel)
	}
	return a.tellings, nil
}

// audience collects tellings, at most one for each recipient.
type audience struct {
	base     store.Telling
	told     map[string]bool
	tellings []store.Telling
}

func (a *audience) add(recipient string, as store.Audience) {
	if recipient == "" || a.told[recipient] {
		return
	}
	a.told[recipient] = true
	t := a.base
	t.Recipient, t.Audience = recipient, as
	a.tellings = append(a.tellings, t)
}

// telling is what a record says, without a recipient.
func telling(r audit.Record, request store.Request) store.Telling {
	_, detail, _ := strings.Cut(r.Detail, ": ")
	return store.Telling{
		Change: r.Change, Event: r.Event, Action: request.Action, Ref: request.Ref(),
		Version: r.Version, Recipe: r.Recipe, Bytes: r.Bytes, Detail: detail,
		Reason: request.Reason, ActorID: request.Requester,
	}
}
