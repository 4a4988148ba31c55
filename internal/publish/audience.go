package publish

import (
	"context"
	"errors"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// subject is a record and the change it belongs to.
type subject struct {
	record    audit.Record
	change    audit.Change
	request   store.Request
	requester string         // user id
	card      *store.Card    // nil: the change never waited for people
	notices   []audit.Notice // what was told of it so far; read where there is a card
}

// subject reads the change of a record; not ok: nobody is to be told.
func (n *Notifier) subject(ctx context.Context, r audit.Record) (s subject, ok bool, err error) {
	s.record = r
	if s.change, ok, err = n.change(ctx, r.Change); err != nil || !ok {
		return s, false, err
	}
	if s.request, err = n.Request(s.change); err != nil {
		n.Logger.Error("a change with a forged request is told to nobody", "change", r.Change)
		return s, false, nil
	}
	person, _ := secret.ParsePerson(s.request.Requester)
	s.requester = person.User
	if len(s.request.Stages) > 0 {
		if s.card, err = n.card(ctx, r.Change); err == nil && s.card != nil {
			s.notices, err = n.Notices.NoticesOf(ctx, r.Change)
		}
	}
	return s, err == nil, err
}

// change finds a change by its id.
func (n *Notifier) change(ctx context.Context, id string) (c audit.Change, ok bool, err error) {
	found, err := n.Feed.Find(ctx, audit.Query{ID: id, Limit: 1})
	if err != nil || len(found) == 0 {
		return audit.Change{}, false, err
	}
	return found[0], true, nil
}

// card returns the card of a change, nil for none. Of a change with forged votes nothing is
// shown to those who decide; how it ends is still told.
func (n *Notifier) card(ctx context.Context, change string) (*store.Card, error) {
	if n.Card == nil {
		return nil, nil
	}
	card, err := n.Card(ctx, change)
	switch {
	case errors.Is(err, store.ErrForged):
		n.Logger.Error("a change with forged votes is shown to nobody", "change", change)
		return nil, nil
	case errors.Is(err, store.ErrHidden):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &card, nil
}

// audience decides who is told of a record. The requester hears of every turn that is not
// seen on the form; owners and channels hear of what was applied; those who decide see
// their messages change. Nobody gets two new messages.
func (n *Notifier) audience(ctx context.Context, s subject) []message {
	a := audience{base: telling(s), seq: s.record.Seq, told: make(map[string]bool)}
	n.toRequester(&a, s) // first: an update notifies nobody, and the requester has to hear
	if s.card != nil {
		for _, notice := range s.notices {
			if isCard(notice) {
				a.update(notice)
			}
		}
		n.toDeciders(ctx, &a, s)
	}
	if s.record.Event == audit.EventApplied {
		a.add(s.request.Owner, store.ToOwner, 0)
		a.addAll(s.request.Notify, store.ToChannel, 0)
		a.add(n.Channel(string(s.request.Environment)), store.ToChannel, 0)
	}
	return a.messages
}

// toRequester adds the requester, who needs no news of what they did themselves when a
// message of theirs shows it, nor of a reminder that nobody needs any more. What said that
// it waits points on from then on: the same outcome twice reads like two.
func (n *Notifier) toRequester(a *audience, s subject) {
	hears := false
	switch e := s.record.Event; {
	case e == audit.EventStaged:
		hears = s.card != nil && waits(s.card.State)
	case e == audit.EventCancelled:
		hears = s.request.Action != secret.Remind && !s.has(kindWaiting, s.requester)
	default:
		hears = e.Ends() || e == audit.EventUnknown || e == audit.EventReviewed
	}
	if hears {
		a.add(s.requester, store.ToRequester, 0)
		a.answered = !waits(s.record.Event)
	}
}

// has reports whether a message of that kind stands with the recipient.
func (s subject) has(kind, recipient string) bool {
	for _, n := range s.notices {
		if n.Kind == kind && n.Recipient == recipient && n.TS != "" {
			return true
		}
	}
	return false
}

// isCard reports whether a notice stands somewhere as a message that shows how the change
// stands, not how it ended.
func isCard(n audit.Notice) bool {
	if n.TS == "" {
		return false
	}
	name, to, _ := parseKind(n.Kind)
	return name == kindWaiting || name == kindUnreached || name == kindStuck || to != store.ToRequester && to != store.ToOwner && to != store.ToChannel
}
