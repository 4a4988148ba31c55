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

// tell posts each event of a telling at most once. An error means that the log could not
// be written, or that ctx ended: the record is handled again.
func (n *Notifier) tell(ctx context.Context, r audit.Record, t store.Telling) error {
	notice := audit.Notice{Change: t.Change, Recipient: t.Recipient, Kind: string(t.Audience), Event: t.Event}
	have, fresh, err := n.Notices.ClaimNotice(ctx, notice)
	if err != nil || !fresh && settled(have, t.Event) {
		return err
	}
	t.Channel, t.TS = have.Channel, have.TS
	notice = have
	for delay := time.Second; ; delay = min(2*delay, time.Minute) {
		notice.Event, notice.State = t.Event, audit.NoticeSending
		if notice != have {
			if err := n.Notices.MarkNotice(ctx, notice); err != nil {
				return err
			}
		}
		posted, cause := n.post(ctx, t)
		notice = concluded(notice, posted, cause)
		if err := n.keep(ctx, notice); err != nil {
			return err
		}
		have = notice
		if n.Clock().Sub(r.Time) > n.Patience || !passing(cause, t) {
			return nil
		}
		if !wait(ctx, max(delay, retryAfter(cause))) {
			return ctx.Err()
		}
	}
}

// settled reports whether there is nothing to do for an event: it was told, or may have
// been, or the end of the change was.
func settled(have audit.Notice, e audit.Event) bool {
	if have.Event != e {
		return have.Event.Ends() && !e.Ends()
	}
	return have.State == audit.NoticeSent || have.TS == "" && have.State != audit.NoticeFailed
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
	return n.Notices.MarkNotice(ctx, notice)
}

// passing reports whether a post is to be tried again: it was not made, or it was an
// update, which may be made twice.
func passing(err error, t store.Telling) bool {
	return err != nil && (kind(err) == PostLater || kind(err) == PostUnknown && t.TS != "")
}

func kind(err error) PostErrorKind {
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
// environment's channel, when there is one.
func (n *Notifier) post(ctx context.Context, t store.Telling) (Posted, error) {
	posted, err := n.Post(ctx, t)
	channel := n.Channel(string(t.Ref.Environment))
	if err == nil || kind(err) != PostNever || t.Audience != store.ToRequester || channel == "" || t.TS != "" {
		return posted, err
	}
	t.Recipient = channel
	return n.Post(ctx, t)
}
