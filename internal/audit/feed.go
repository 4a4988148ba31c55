package audit

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// lease is what Lease found.
type lease struct {
	watermark int64
	held      bool
}

// Lease takes or renews the lease of a feed and returns how far the feed came; held is
// false when someone else has it. An until in the past gives the lease back.
func (l *Log) Lease(ctx context.Context, feed, owner string, until time.Time) (watermark int64, held bool, err error) {
	got, err := write(ctx, l, func(b *batch) (lease, error) {
		if _, err := b.exec(insertFeed, feed); err != nil {
			return lease{}, err
		}
		n, err := b.exec(leaseFeed, feed, owner, toMS(until), toMS(b.now))
		if err != nil {
			return lease{}, err
		}
		got := lease{held: n == 1}
		return got, b.row(readFeed, feed).Scan(&got.watermark)
	})
	return got.watermark, got.held, err
}

// Watermark returns how far a feed came, 0 for one that nobody followed yet.
func (l *Log) Watermark(ctx context.Context, feed string) (int64, error) {
	var mark int64
	err := l.read.QueryRowContext(ctx, readFeed, feed).Scan(&mark)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return mark, l.readError(ctx, err)
}

// Mark moves the feed's watermark; ErrMoved when it is not at from or owner has lost the feed.
func (l *Log) Mark(ctx context.Context, feed, owner string, from, to int64) error {
	_, err := write(ctx, l, func(b *batch) (struct{}, error) {
		return struct{}{}, one(b.exec(markFeed, feed, owner, from, to))
	})
	return err
}

// one makes an update that met no row ErrMoved.
func one(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrMoved
	}
	return err
}
