package publish

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// Journal is what the notifier reads of the log; *audit.Log is the real one.
type Journal interface {
	Feed
	Find(ctx context.Context, q audit.Query) ([]audit.Change, error)
}

// Notices remembers what was told to whom; *audit.Log is the real one.
type Notices interface {
	ClaimNotice(ctx context.Context, n audit.Notice) (have audit.Notice, fresh bool, err error)
	MarkNotice(ctx context.Context, n audit.Notice) error
	NoticesOf(ctx context.Context, change string) ([]audit.Notice, error)
	Undelivered(ctx context.Context, recipient string) ([]audit.Notice, error)
	Unreached(ctx context.Context) ([]string, error)
}

var _ interface {
	Journal
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

// NotifierOptions are the parts of a Notifier. Feed, Notices, Owner, Request, Channel and
// Post are required.
type NotifierOptions struct {
	Feed    Journal
	Notices Notices
	Owner   string // this process among its replicas
	// Request reads the sealed request of a change: who is to be told stands there.
	Request func(audit.Change) (store.Request, error)
	// Channel returns the channel of an environment, "" for none.
	Channel func(environment string) string
	// Post posts a telling, or updates the message that it names. Its errors are *PostError.
	Post func(ctx context.Context, t store.Telling) (Posted, error)

	// Card returns what is shown of a change that others decide about (store.Store.Card);
	// nil: nobody is asked for consent.
	Card func(ctx context.Context, change string) (store.Card, error)
	// Open returns what waits for people (store.Store.Open); nil: nobody is reminded.
	Open func(ctx context.Context) ([]store.Card, error)
	// Approvers returns where people are told: the channels of groups that have one, and
	// the ids of everyone else one by one. Of the latter it names those in of alone; a nil
	// of leaves nobody out. It must not wait for Slack for long. When it is nil or fails,
	// everyone whose id is known is told one by one.
	Approvers func(ctx context.Context, by store.People, of []string) (channels, users []string, err error)

	// Announce posts a sentence to a channel. Its errors are *PostError.
	Announce func(ctx context.Context, channel, text string) (Posted, error)
	// Alarms is the channel that is told when the sheet needs a person, and of every new
	// policy, "" for none. nil is as "".
	Alarms func() string

	Lease    time.Duration // 30 s when 0
	Patience time.Duration // how old a record may become before its notice is given up; 1 h when 0
	Clock    func() time.Time
	Logger   *slog.Logger
}

// Notifier follows the log and tells the people concerned: each of them once, in a
// message that is brought up to date in place as the change goes on.
type Notifier struct {
	NotifierOptions
	follower  follower
	flights   flights
	unreached unreached

	// Of the goroutine in Run alone:
	looked map[string]time.Time // :: change id -> when it was last looked at for messages that failed
}

const (
	feedNotices = "notices"
	// noticeBatch is how many records are told of at once, besides those that Slack puts off.
	noticeBatch = 32
	// noticeWindow is how many records are told of beyond the first that Slack puts off: as
	// many as the log keeps at hand.
	noticeWindow = 2048
)

// NewNotifier returns a Notifier; Run must run.
func NewNotifier(o NotifierOptions) *Notifier {
	o.Lease, o.Patience = cmp.Or(o.Lease, 30*time.Second), cmp.Or(o.Patience, time.Hour)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Alarms == nil {
		o.Alarms = func() string { return "" }
	}
	n := &Notifier{NotifierOptions: o, unreached: unreached{read: o.Notices.Unreached, clock: o.Clock}}
	n.follower = follower{
		feed: o.Feed, name: feedNotices, owner: o.Owner, limit: noticeWindow,
		lease: o.Lease, clock: o.Clock, logger: o.Logger, handle: n.handle, patrol: n.patrol, ground: n.ground,
	}
	return n
}

// Run follows the log until ctx ends.
func (n *Notifier) Run(ctx context.Context) {
	defer giveBack(ctx, n.Feed, feedNotices, n.Owner, n.Clock)
	defer n.ground()
	n.follower.run(ctx)
}

// inform tells of one record. Where more of the same change follow at once, the cards wait
// for the last of them.
func (n *Notifier) inform(ctx context.Context, r audit.Record, more bool) error {
	if r.Event == audit.EventPolicy {
		return n.news(ctx, r, r.Time.Add(n.Patience))
	}
	if r.Change == "" || r.Event == audit.EventRequested || r.Event == audit.EventDenied {
		return nil
	}
	if more && (r.Event == audit.EventApproved || r.Event == audit.EventApplying) {
		return nil // the cards alone show it, and whom to ask next the later record says
	}
	s, ok, err := n.subject(ctx, r)
	if err != nil || !ok {
		return err
	}
	until := r.Time.Add(n.Patience)
	newer := false // the requester has a newer message, which an older one may point to
	for _, m := range n.audience(ctx, s) {
		if more && m.have != nil {
			continue
		}
		if m.answered && newer {
			m.Detail = store.DetailAnswered
		}
		notice, err := n.tell(ctx, m, until)
		if err != nil {
			return err
		}
		newer = newer || m.Audience == store.ToRequester && m.have == nil && notice.State == audit.NoticeSent
	}
	return n.checkReached(ctx, s, until)
}
