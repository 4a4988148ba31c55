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
	// Event is what of the change it tells, or told last, and Seq the number of the record
	// that said so; 0 where none did.
	Event Event
	Seq   int64
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
	// NoticeMoot failed, and by now there is no use in telling it.
	NoticeMoot NoticeState = "moot"
)

// ClaimNotice writes n as NoticeSending unless it exists; have is what is stored.
func (l *Log) ClaimNotice(ctx context.Context, n Notice) (have Notice, fresh bool, err error) {
	n.State = NoticeSending
	got, err := write(ctx, l, func(b *batch) (claimed[Notice], error) {
		inserted, err := b.exec(insertNotice, n.row()...)
		if err != nil {
			return claimed[Notice]{}, err
		}
		have, err := scanNotice(b.row(readNotice, n.Change, n.Recipient, n.Kind))
		return claimed[Notice]{have, inserted == 1}, err
	})
	return got.row, got.fresh, err
}

// MarkNotice stores everything else of a notice that was claimed by its Change, Recipient
// and Kind, else ErrMoved.
func (l *Log) MarkNotice(ctx context.Context, n Notice) error {
	_, err := write(ctx, l, func(b *batch) (struct{}, error) {
		return struct{}{}, one(b.exec(markNotice, n.row()...))
	})
	return err
}

// NoticesOf returns every notice about one change.
func (l *Log) NoticesOf(ctx context.Context, change string) ([]Notice, error) {
	rows, err := l.read.QueryContext(ctx, readNotices, change)
	return reading(ctx, l, rows, err, scanNotice)
}

// Undelivered returns at most 100 failed notices of a recipient, oldest change first.
func (l *Log) Undelivered(ctx context.Context, recipient string) ([]Notice, error) {
	rows, err := l.read.QueryContext(ctx, readFailed, recipient)
	return reading(ctx, l, rows, err, scanNotice)
}

// Unreached returns everyone who has a failed notice, in no order.
func (l *Log) Unreached(ctx context.Context) ([]string, error) {
	rows, err := l.read.QueryContext(ctx, readUnreached)
	return reading(ctx, l, rows, err, func(row scanner) (recipient string, err error) {
		return recipient, row.Scan(&recipient)
	})
}

// row is n in the order of noticeColumns.
func (n Notice) row() []any {
	return []any{n.Change, n.Recipient, n.Kind, n.Channel, n.TS, string(n.State), string(n.Event), n.Seq}
}

func scanNotice(row scanner) (Notice, error) {
	var n Notice
	err := row.Scan(&n.Change, &n.Recipient, &n.Kind, &n.Channel, &n.TS, &n.State, &n.Event, &n.Seq)
	return n, err
}
