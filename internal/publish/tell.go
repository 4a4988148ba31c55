package publish

import (
	"context"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// tell posts or updates one message, and tries again until then where that is sure to
// tell nothing twice. It returns what became of it. An error means that the log could not be
// written, or that ctx ended.
func (n *Notifier) tell(ctx context.Context, m message, until time.Time) (audit.Notice, error) {
	have, todo, err := n.claim(ctx, m)
	if err != nil || !todo {
		return have, err
	}
	for try, delay := 1, time.Second; ; try, delay = try+1, min(2*delay, time.Minute) {
		cause, err := n.send(ctx, &have, m)
		if err != nil || !again(cause, have, m, try) || n.Clock().After(until) {
			return have, err
		}
		if !wait(ctx, max(delay, retryAfter(cause))) {
			return have, ctx.Err()
		}
		m.have = nil // someone else may have told it meanwhile
		if have, todo, err = n.claim(ctx, m); err != nil || !todo {
			return have, err
		}
	}
}

// claim returns what is remembered of a message, and whether there is anything to do.
func (n *Notifier) claim(ctx context.Context, m message) (have audit.Notice, todo bool, err error) {
	if m.have != nil {
		return *m.have, !settled(*m.have, m), nil
	}
	have, fresh, err := n.Notices.ClaimNotice(ctx, audit.Notice{
		Change: m.Change, Recipient: m.Recipient, Kind: m.kind, Event: m.Event, Seq: m.seq,
	})
	return have, fresh || !settled(have, m), err
}

// settled reports whether there is nothing to do: this or a later record was told of, or
// may have been. Only a request for approval is posted again in that case.
func settled(have audit.Notice, m message) bool {
	sameThing := have.Seq == m.seq || have.Seq == 0 && have.Event == m.Event
	switch {
	case have.Seq > m.seq:
		return true
	case !sameThing:
		return false
	case have.State == audit.NoticeSending:
		return have.TS == "" && m.Audience != store.ToApprovers
	}
	return have.State != audit.NoticeFailed
}

// send makes one attempt and remembers what became of it; cause is why it failed. Before
// a message is posted it is noted that it may be; an update may be made twice.
func (n *Notifier) send(ctx context.Context, have *audit.Notice, m message) (cause, err error) {
	m.Channel, m.TS = have.Channel, have.TS
	next := *have
	next.Event, next.Seq = m.Event, m.seq
	if m.TS == "" {
		next.State = audit.NoticeSending
	}
	if next != *have && m.TS == "" {
		if err := n.Notices.MarkNotice(ctx, next); err != nil {
			return nil, err
		}
	}
	posted, cause := n.post(ctx, m)
	*have = concluded(next, posted, cause)
	return cause, n.keep(ctx, *have)
}

// concluded is the notice after an attempt to post it. What was surely not posted is
// marked so at once, for whoever comes next; so is an update in place that may be made
// again.
func concluded(n audit.Notice, p Posted, err error) audit.Notice {
	switch {
	case err == nil:
		n.Channel, n.TS, n.State = p.Channel, p.TS, audit.NoticeSent
	case n.TS != "" || kind(err) != PostUnknown:
		n.State = audit.NoticeFailed
	}
	return n
}

// keepWithin bounds how long a stop is held up to note what became of a post.
const keepWithin = 5 * time.Second

// keep marks a notice though ctx may have ended: what was posted must be known to be.
func (n *Notifier) keep(ctx context.Context, notice audit.Notice) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer cancel()
	err := n.Notices.MarkNotice(ctx, notice)
	if err == nil && notice.State == audit.NoticeFailed {
		n.unreached.add(notice.Recipient)
	}
	return err
}

// mostCopies is how many messages may ask the same recipient for the same approval, where
// Slack never says whether it took one.
const mostCopies = 3

// again reports whether to try once more: nothing was posted, an update may be made twice,
// and a request for approval must arrive.
func again(cause error, have audit.Notice, m message, try int) bool {
	switch kind(cause) {
	case PostLater:
		return true
	case PostUnknown:
		return have.TS != "" || m.Audience == store.ToApprovers && try < mostCopies
	}
	return false
}

// kind is "" where there is no error.
func kind(err error) PostErrorKind {
	if err == nil {
		return ""
	}
	if e, ok := err.(*PostError); ok {
		return e.Kind
	}
	return PostUnknown
}

func retryAfter(err error) time.Duration {
	if e, ok := err.(*PostError); ok {
		return e.RetryAfter
	}
	return 0
}

// post makes one attempt. A requester who can't be reached directly is told in the
// environment's channel, when there is one, of everything but that they wait.
func (n *Notifier) post(ctx context.Context, m message) (Posted, error) {
	posted, err := n.Post(ctx, m.Telling)
	channel := n.Channel(string(m.Ref.Environment))
	if kind(err) != PostNever || m.Audience != store.ToRequester || m.kind == kindWaiting || channel == "" || m.TS != "" {
		return posted, err
	}
	m.Recipient = channel
	return n.Post(ctx, m.Telling)
}
