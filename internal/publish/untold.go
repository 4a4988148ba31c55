package publish

import (
	"context"
	"sync"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// Untold returns what could not be posted to a person and still matters, by the present
// state of each change: it is shown where the person is next seen. It costs no query as
// long as everyone was reached.
func (n *Notifier) Untold(ctx context.Context, p secret.Person) ([]store.Telling, error) {
	if missed, err := n.unreached.has(ctx, p.User); err != nil || !missed {
		return nil, err
	}
	notices, err := n.Notices.Undelivered(ctx, p.User)
	if err != nil {
		return nil, err
	}
	var tellings []store.Telling
	for _, notice := range notices {
		c, ok, err := n.change(ctx, notice.Change)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			continue
		case !matters(notice, c):
			if err := n.forget(ctx, notice); err != nil {
				return nil, err
			}
			continue
		}
		if r, err := n.Request(c); err == nil {
			tellings = append(tellings, untold(notice, c, r))
		}
	}
	return tellings, nil
}

// matters reports whether a notice that failed is worth telling now. Who was to be asked is
// told only while the answer is waited for; who has a card needs no word on it.
func matters(n audit.Notice, c audit.Change) bool {
	switch name, to, _ := parseKind(n.Kind); {
	case name == kindHeld, to == store.ToReminded, to == store.ToOverdue:
		return false
	case name == kindWaiting, name == kindUnreached, name == kindStuck, to == store.ToApprovers, to == store.ToEscalated:
		return waits(c.State)
	case to == store.ToReviewers:
		return c.Pool != "" // its place is given back by the review
	}
	return true
}

func (n *Notifier) forget(ctx context.Context, notice audit.Notice) error {
	notice.State = audit.NoticeMoot
	return n.Notices.MarkNotice(ctx, notice)
}

func untold(n audit.Notice, c audit.Change, r store.Request) store.Telling {
	name, to, stage := parseKind(n.Kind)
	t := store.Telling{
		Recipient: n.Recipient, Audience: to, Stage: stage, Channel: n.Channel, TS: n.TS, Change: c.ID, Event: c.State,
		Action: r.Action, Ref: r.Ref(), Version: c.Version.String(), Recipe: string(r.Recipe), Ends: r.Remind.Ends, ActorID: r.Requester,
	}
	switch name {
	case kindUnreached:
		t.Detail = store.DetailUnreached
	case kindStuck:
		t.Detail = store.DetailStuck
	case kindReviewed:
		t.Event = audit.EventReviewed
	}
	return t
}

// Shown remembers that a person saw what Untold returned.
func (n *Notifier) Shown(ctx context.Context, t store.Telling) error {
	return n.Notices.MarkNotice(ctx, audit.Notice{
		Change: t.Change, Recipient: t.Recipient, Kind: kindOf(t),
		Channel: t.Channel, TS: t.TS, Event: t.Event, State: audit.NoticeShown,
	})
}

// unreached remembers for a moment who has something undelivered. What this process could
// not deliver it knows at once, and what another could not within knownFor.
type unreached struct {
	read  func(context.Context) ([]string, error)
	clock func() time.Time

	mu     sync.Mutex
	readAt time.Time
	who    map[string]bool
}

const knownFor = 2 * time.Second

// has reports whether a recipient may have something undelivered.
func (u *unreached) has(ctx context.Context, recipient string) (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := u.clock(); now.Sub(u.readAt) >= knownFor {
		all, err := u.read(ctx)
		if err != nil {
			return false, err
		}
		u.readAt, u.who = now, make(map[string]bool, len(all))
		for _, id := range all {
			u.who[id] = true
		}
	}
	return u.who[recipient], nil
}

func (u *unreached) add(recipient string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.who != nil {
		u.who[recipient] = true
	}
}
