package publish

import (
	"context"
	"strings"
	"sync"
	"time"

	"secretstore/internal/wording"
)

// Status is how a publisher stands, for metrics.
type Status struct {
	Leading   bool      // this replica holds the lease
	Published int64     // the last record known to be in the sheet, by whichever replica
	Batches   int64     // batches that this replica brought to the sheet
	LastWrite time.Time // of the newest of them; zero before the first
	Parked    *Parked   // nil: not parked. Only the leading replica knows.
}

// Status returns how the publisher stands.
func (p *Publisher) Status() Status { return p.status.copy() }

// Parked returns where the publisher stands still; false when it does not.
func (p *Publisher) Parked() (Parked, bool) {
	if parked := p.status.copy().Parked; parked != nil {
		return *parked, true
	}
	return Parked{}, false
}

// Lag is the number of records that are not known to be in the sheet.
func (p *Publisher) Lag(ctx context.Context) (int64, error) {
	size, err := p.Log.Size(ctx)
	return max(0, size-p.status.copy().Published), err
}

// park notes where the publisher stands, tells a person when that is news, and returns
// when to look again.
func (p *Publisher) park(ctx context.Context, where Parked) time.Duration {
	if p.status.park(where) {
		p.alarmed = false
		p.Logger.Error("sheet publisher parked: it needs a person", "reason", where.Reason, "record", where.Seq,
			"spreadsheet", where.Spreadsheet, "tab", where.Tab, "row", where.Row,
			"do", strings.TrimPrefix(where.Sentence(wording.English()), ":rotating_light: "))
	}
	if p.Alarm != nil && !p.alarmed {
		err := p.Alarm(ctx, where)
		p.alarmed = err == nil
		if err != nil {
			p.Logger.Warn("nobody could be told that the sheet needs a person", "reason", err)
		}
	}
	return checkEvery
}

// status is Status under a lock.
type status struct {
	mu  sync.Mutex
	now Status
}

func (s *status) copy() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// park reports whether the place is another than before.
func (s *status) park(where Parked) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news = s.now.Parked == nil || *s.now.Parked != where
	s.now.Parked = &where
	return news
}

// vouched ends the park of a log that nobody vouched for.
func (s *status) vouched() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.Parked != nil && s.now.Parked.Reason == ParkRestored {
		s.now.Parked = nil
	}
}

func (s *status) wrote(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Parked = nil
	s.now.Batches++
	s.now.LastWrite = at
}

func (s *status) leading(held bool, mark int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Leading = held
	s.now.Published = mark
	if !held {
		s.now.Parked = nil
	}
}

// tap notes how far the feed came as the follower learns it.
type tap struct {
	Feed
	status *status
}

func (t tap) Lease(ctx context.Context, feed, owner string, until time.Time) (int64, bool, error) {
	mark, held, err := t.Feed.Lease(ctx, feed, owner, until)
	if err == nil {
		t.status.leading(held, mark)
	}
	return mark, held, err
}

func (t tap) Mark(ctx context.Context, feed, owner string, from, to int64) error {
	err := t.Feed.Mark(ctx, feed, owner, from, to)
	if err == nil {
		t.status.leading(true, to)
	}
	return err
}
