package audit

import "context"

// Notice is one thing told to one recipient about one change. Change, Recipient and Kind
// together are unique, so that nothing is told twice.
type Notice struct {
	Change string
	// Recipient is the id of a user or channel.
	Recipient string
	// Kind is the notifier's own word for what is told.
	Kind string
	// Channel and TS name the posted message, once it is.
	Channel, TS string
	// Event is what of the change it tells, or told last.
	Event Event
	State NoticeState
}

// NoticeState is how far a notice came.
type NoticeState string

// The states of a notice.
const (
	// NoticeSending may have been posted: nobody knows until it is marked.
	NoticeSending NoticeState = "sending"
	NoticeSent    NoticeState = "sent"
	// NoticeFailed was surely not posted.
	NoticeFailed NoticeState = "failed"
	// NoticeShown failed and was shown in another place since.
	NoticeShown NoticeState = "shown"
)

// ClaimNotice writes n as NoticeSending unless it exists; have is what is stored.
func (l *Log) ClaimNotice(ctx context.Context, n Notice) (have Notice, fresh bool, err error) {
	n.State = NoticeSending
	got, err := write(ctx, l, func(b *batch) (claimed[Notice], error) {
		inserted, err := b.exec(insertNotice, n.Change, n.Recipient, n.Kind, n.Channel, n.TS, string(n.State), string(n.Event))
		if err != nil {
			return claimed[Notice]{}, err
		}
		have, err := scanNotice(b.row(readNotice, n.Change, n.Recipient, n.Kind))
		return claimed[Notice]{have, inserted == 1}, err
	})
	return got.row, got.fresh, err
}

// MarkNotice stores the Channel, TS, State and Event of a notice that was claimed, else ErrMoved.
func (l *Log) MarkNotice(ctx context.Context, n Notice) error {
	_, err := write(ctx, l, func(b *batch) (struct{}, error) {
		return struct{}{}, one(b.exec(markNotice, n.Change, n.Recipient, n.Kind, n.Channel, n.TS, string(n.State), string(n.Event)))
	})
	return err
}

// Undelivered returns at most 100 failed notices of a recipient, oldest change first.
func (l *Log) Undelivered(ctx context.Context, recipient string) ([]Notice, error) {
	rows, err := l.read.QueryContext(ctx, readFailed, recipient)
	return reading(ctx, l, rows, err, scanNotice)
}

func scanNotice(row scanner) (Notice, error) {
	var n Notice
	err := row.Scan(&n.Change, &n.Recipient, &n.Kind, &n.Channel, &n.TS, &n.State, &n.Event)
	return n, err
}
