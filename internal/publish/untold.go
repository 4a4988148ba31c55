package publish

import (
	"context"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// Untold returns what could not be posted to a person, by the present state of each
// change: it is shown where the person is next seen.
func (n *Notifier) Untold(ctx context.Context, p secret.Person) ([]store.Telling, error) {
	notices, err := n.Notices.Undelivered(ctx, p.User)
	if err != nil {
		return nil, err
	}
	var tellings []store.Telling
	for _, notice := range notices {
		changes, err := n.Notices.Find(ctx, audit.Query{ID: notice.Change, Limit: 1})
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			if r, err := n.Request(c); err == nil {
				tellings = append(tellings, untold(notice, c, r))
			}
		}
	}
	return tellings, nil
}

func untold(notice audit.Notice, c audit.Change, r store.Request) store.Telling {
	return store.Telling{
		Recipient: notice.Recipient, Audience: store.Audience(notice.Kind), Channel: notice.Channel, TS: notice.TS, Change: c.ID, Event: c.State,
		Action: r.Action, Ref: r.Ref(), Version: c.Version.String(), Recipe: string(r.Recipe), ActorID: r.Requester,
	}
}

// Shown remembers that a person saw what Untold returned.
func (n *Notifier) Shown(ctx context.Context, t store.Telling) error {
	return n.Notices.MarkNotice(ctx, audit.Notice{
		Change: t.Change, Recipient: t.Recipient, Kind: string(t.Audience),
		Channel: t.Channel, TS: t.TS, Event: t.Event, State: audit.NoticeShown,
	})
}
