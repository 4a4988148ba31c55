package publish

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// Notices remembers what was told to whom; *audit.Log is the real one.
type Notices interface {
	Find(ctx context.Context, q audit.Query) ([]audit.Change, error)
	ClaimNotice(ctx context.Context, n audit.Notice) (have audit.Notice, fresh bool, err error)
	MarkNotice(ctx context.Context, n audit.Notice) error
	Undelivered(ctx context.Context, recipient string) ([]audit.Notice, error)
}

var _ interface {
	Feed
	Notices
} = (*audit.Log)(nil)

// Posted is the address of a message.
type Posted struct{ Channel, TS string }

// PostError is why a message could not be posted or updated, without Slack's own text.
type PostError struct {
	Kind       PostErrorKind
	RetryAfter time.Duration // 0: none was named
}

// PostErrorKind is what one may conclude from a PostError.
type PostErrorKind string

// The kinds of a PostError.
const (
	PostLater   PostErrorKind = "later"   // not posted; it may work in a while
	PostNever   PostErrorKind = "never"   // not posted, and it won't be
	PostUnknown PostErrorKind = "unknown" // it may be there: posting again could tell twice
)

func (e *PostError) Error() string { return "publish: message not posted: " + string(e.Kind) }

// NotifierOptions are the parts of a Notifier; all but the times, Clock and Logger are required.
type NotifierOptions struct {
	Feed    Feed
	Notices Notices
	Owner   string // this process among its replicas
	// Request reads the sealed request of a change: who is to be told stands there.
	Request func(audit.Change) (store.Request, error)
	// Channel returns the channel of an environment, "" for none.
	Channel func(environment string) string
	// Post posts a telling, or updates the message that it names. Its errors are *PostError.
	Post     func(ctx context.Context, t store.Telling) (Posted, error)
	Lease    time.Duration // 30 s when 0
	Patience time.Duration // how old a record may become before its notice is given up; 1 h when 0
	Clock    func() time.Time
	Logger   *slog.Logger
}

// Notifier follows the log and tells the people concerned: each of them once, in a
// message that is brought up to date in place as the change goes on.
type Notifier struct {
	NotifierOptions
	follower follower
}

const (
	feedNotices = "notices"
	noticeBatch = 32
)

// NewNotifier returns a Notifier; Run must run.
func NewNotifier(o NotifierOptions) *Notifier {
	o.Lease, o.Patience = cmp.Or(o.Lease, 30*time.Second), cmp.Or(o.Patience, time.Hour)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Clock == nil {
		o.Clock = time.Now
	}
	n := &Notifier{NotifierOptions: o}
	n.follower = follower{
		feed: o.Feed, name: feedNotices, owner: o.Owner, limit: noticeBatch,
		lease: o.Lease, clock: o.Clock, logger: o.Logger, handle: n.handle,
	}
	return n
}

// Run follows the log until ctx ends.
func (n *Notifier) Run(ctx context.Context) { n.follower.run(ctx) }

// handle tells of records in their order.
func (n *Notifier) handle(ctx context.Context, records []audit.Record) (done int, err error) {
	for i, r := range records {
		tellings, err := n.audience(ctx, r)
		if err != nil {
			return i, err
		}
		for _, t := range tellings {
			if err := n.tell(ctx, r, t); err != nil {
				return i, err
			}
		}
	}
	return len(records), nil
}

// tell posts one telling at most once. An error means that the log could not be written,
// or that ctx ended: the record is handled again.
func (n *Notifier) tell(ctx context.Context, r audit.Record, t store.Telling) error {
	notice := audit.Notice{Change: t.Change, Recipient: t.Recipient, Kind: string(t.Audience)}
	have, fresh, err := n.Notices.ClaimNotice(ctx, notice)
	if err != nil {
		return err
	}
	if !fresh && have.TS == "" && have.State == audit.NoticeSending {
		return nil // posted with an unknown answer: not again
	}
	t.Channel, t.TS = have.Channel, have.TS
	posted, err := n.post(ctx, r, t)
	if ctx.Err() != nil && err != nil {
		return ctx.Err()
	}
	return n.Notices.MarkNotice(ctx, concluded(have, posted, err))
}

// concluded is the notice after an attempt to post it.
func concluded(n audit.Notice, p Posted, err error) audit.Notice {
	switch e, _ := err.(*PostError); {
	case err == nil:
		n.Channel, n.TS, n.State = p.Channel, p.TS, audit.NoticeSent
	case n.TS != "":
		n.State = audit.NoticeSent // the message stands, if with older words
	case e != nil && e.Kind != PostUnknown:
		n.State = audit.NoticeFailed
	default:
		n.State = audit.NoticeSending
	}
	return n
}

// post tries while it may work in a while and the record is not too old. A requester who
// can't be reached directly is told in the environment's channel.
func (n *Notifier) post(ctx context.Context, r audit.Record, t store.Telling) (Posted, error) {
	for delay := time.Second; ; delay = min(2*delay, time.Minute) {
		posted, err := n.Post(ctx, t)
		e, _ := err.(*PostError)
		switch {
		case err == nil:
			return posted, nil
		case e == nil || e.Kind == PostUnknown:
			return Posted{}, err
		case e.Kind == PostNever:
			return n.divert(ctx, t, err)
		case n.Clock().Sub(r.Time) > n.Patience:
			return Posted{}, err
		}
		if !wait(ctx, max(delay, e.RetryAfter)) {
			return Posted{}, ctx.Err()
		}
	}
}

// divert posts a requester's notice to the environment's channel, when there is one.
func (n *Notifier) divert(ctx context.Context, t store.Telling, cause error) (Posted, error) {
	channel := n.Channel(string(t.Ref.Environment))
	if t.Audience != store.ToRequester || channel == "" || t.TS != "" {
		return Posted{}, cause
	}
	t.Recipient = channel
	return n.Post(ctx, t)
}
