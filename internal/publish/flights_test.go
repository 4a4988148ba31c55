package publish

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// begin runs something until it is stopped, and is over.
func begin(t *testing.T, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		run(ctx)
	}()
	return func() { cancel(); <-over }
}

// done is how far the watermark came.
func (m *memory) done() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mark
}

// twoChanges runs a notifier over the ends of two changes, whose messages are posted by
// post, until it has nothing more to do for an hour.
func twoChanges(t *testing.T, post func(context.Context, store.Telling) (Posted, error)) *memory {
	t.Helper()
	m := newMemory()
	n := notifier(m, new(slackFake))
	m.changes = []audit.Change{{ID: "c1", State: audit.EventApplied}, {ID: "c2", State: audit.EventApplied}}
	n.Post = post
	m.add(audit.Record{Event: audit.EventFailed, Change: "c1"}, audit.Record{Event: audit.EventFailed, Change: "c2"})
	stop := begin(t, n.Run)
	time.Sleep(2 * time.Hour)
	stop()
	return m
}

func TestNobodyWaitsUntilOthersAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := make(chan struct{})
		m := twoChanges(t, func(ctx context.Context, told store.Telling) (Posted, error) {
			if told.Change == "c2" {
				close(second)
			}
			select {
			case <-second:
			case <-ctx.Done():
			}
			return Posted{Channel: "D0", TS: "1"}, nil
		})
		if m.mark != 2 {
			t.Errorf("%d of 2 records are told of: the second change waits for the first", m.mark)
		}
	})
}

// TestAPanicHoldsUpNothingElse: one change can't be told of for a while; the other is, and
// it is told of once.
func TestAPanicHoldsUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var posts []string
		m := twoChanges(t, func(_ context.Context, told store.Telling) (Posted, error) {
			mu.Lock()
			defer mu.Unlock()
			if posts = append(posts, told.Change); told.Change == "c1" && !slices.Contains(posts[:len(posts)-1], "c1") {
				panic("a fault of the adapter")
			}
			return Posted{Channel: "D0", TS: "1"}, nil
		})
		if told := strings.Join(posts, " "); m.mark != 2 || strings.Count(told, "c2") != 1 {
			t.Errorf("posts %q, %d of 2 records done", told, m.mark)
		}
	})
}

// trippingFeed panics when a lease is renewed during work, once.
type trippingFeed struct {
	*memory
	tripped bool
}

func (f *trippingFeed) Lease(ctx context.Context, feed, owner string, until time.Time) (int64, bool, error) {
	if !f.tripped && f.until.After(time.Now()) {
		f.tripped = true
		panic("a fault of the driver")
	}
	return f.memory.Lease(ctx, feed, owner, until)
}

// TestAPanicBesideTheWorkStopsItAlone: nobody renews the lease any more, so the work is
// given up, and taken up anew.
func TestAPanicBesideTheWorkStopsItAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		feed := &trippingFeed{memory: m}
		f := follower{feed: feed, name: "test", owner: "this", limit: 1, lease: 30 * time.Second, clock: time.Now, logger: slog.New(slog.DiscardHandler)}
		stopped := 0
		f.handle = func(ctx context.Context, records []audit.Record) (int, error) {
			if !wait(ctx, 5*time.Minute) {
				stopped++
				return 0, ctx.Err()
			}
			return len(records), nil
		}
		m.add(line(audit.EventFailed))
		stop := begin(t, f.run)
		time.Sleep(10 * time.Minute)
		stop()
		if !feed.tripped || stopped != 1 || m.mark != 1 {
			t.Errorf("panicked: %t, stopped %d times, %d of 1 records are done", feed.tripped, stopped, m.mark)
		}
	})
}

// TestWhatSlackPutsOffHoldsUpItsOwnChangeAlone: however many records follow, for however
// long; and the change's own later records wait for it.
func TestWhatSlackPutsOffHoldsUpItsOwnChangeAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := notifier(m, new(slackFake))
		const changes = 1000
		var mu sync.Mutex
		var posts []string
		put := 0
		n.Post = func(_ context.Context, told store.Telling) (Posted, error) {
			mu.Lock()
			defer mu.Unlock()
			if told.Change == "c0" && put < 1 {
				put++
				return Posted{}, &PostError{Kind: PostLater, RetryAfter: 50 * time.Minute}
			}
			posts = append(posts, told.Change+" "+string(told.Event))
			return Posted{Channel: "D0", TS: "1"}, nil
		}
		m.changes = nil
		for i := range changes {
			m.changes = append(m.changes, audit.Change{ID: fmt.Sprintf("c%d", i), State: audit.EventApplied})
		}
		stop := begin(t, n.Run)
		m.add(audit.Record{Event: audit.EventUnknown, Change: "c0"})
		time.Sleep(5 * time.Second)
		m.add(audit.Record{Event: audit.EventFailed, Change: "c0"})
		for i := 1; i < changes; i++ {
			m.add(audit.Record{Event: audit.EventFailed, Change: fmt.Sprintf("c%d", i)})
			if i == changes/2 {
				time.Sleep(time.Minute)
			}
		}
		time.Sleep(time.Minute)
		mu.Lock()
		if len(posts) != changes-1 || m.done() != 0 {
			t.Errorf("%d of %d other changes were told of, the watermark is %d", len(posts), changes-1, m.done())
		}
		mu.Unlock()
		time.Sleep(time.Hour)
		stop()
		if m.mark != changes+1 {
			t.Errorf("%d of %d records are done", m.mark, changes+1)
		}
		if last := posts[len(posts)-2:]; !slices.Equal(last, []string{"c0 unknown", "c0 failed"}) {
			t.Errorf("of what was put off: %q", last)
		}
	})
}

// TestManyAreToldOfAtOnceAndNotAll: noticeBatch of them, and as many again while Slack does
// not answer for those.
func TestManyAreToldOfAtOnceAndNotAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := notifier(m, new(slackFake))
		m.changes = nil
		for i := range 2*noticeBatch + 1 {
			change := fmt.Sprintf("c%d", i)
			m.changes = append(m.changes, audit.Change{ID: change, State: audit.EventFailed})
			m.add(audit.Record{Event: audit.EventFailed, Change: change})
		}
		var begun atomic.Int32
		n.Post = func(ctx context.Context, _ store.Telling) (Posted, error) {
			begun.Add(1)
			<-ctx.Done()
			return Posted{}, &PostError{Kind: PostLater}
		}
		stop := begin(t, n.Run)
		defer stop()
		time.Sleep(patient / 2)
		for _, want := range []int{noticeBatch, 2 * noticeBatch, 2*noticeBatch + 1} {
			if got := int(begun.Load()); got != want {
				t.Errorf("%d are told of, want %d", got, want)
			}
			time.Sleep(patient)
		}
	})
}

// TestWhoTakesOverTellsWhatWasPutOff: once, and nothing of what was told beyond it.
func TestWhoTakesOverTellsWhatWasPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var mu sync.Mutex
		posts := make(map[string]int)
		later := true
		start := func(owner string) (stop func()) {
			n := notifier(m, new(slackFake))
			m.changes = []audit.Change{{ID: "c0", State: audit.EventFailed}, {ID: "c1", State: audit.EventFailed}}
			n.follower.owner = owner
			n.Post = func(_ context.Context, told store.Telling) (Posted, error) {
				mu.Lock()
				defer mu.Unlock()
				if later && told.Change == "c0" {
					return Posted{}, &PostError{Kind: PostLater, RetryAfter: 50 * time.Minute}
				}
				posts[told.Change]++
				return Posted{Channel: "D0", TS: "1"}, nil
			}
			return begin(t, n.Run)
		}
		stop := start("first")
		m.add(audit.Record{Event: audit.EventFailed, Change: "c0"}, audit.Record{Event: audit.EventFailed, Change: "c1"})
		time.Sleep(time.Minute)
		stop()
		mu.Lock()
		later = false
		mu.Unlock()
		stop = start("second")
		time.Sleep(2 * time.Minute)
		stop()
		if posts["c0"] != 1 || posts["c1"] != 1 || m.mark != 2 {
			t.Errorf("told %v, %d of 2 records are done", posts, m.mark)
		}
	})
}

// TestWhoLostTheLeaseTellsNothingMore: what it waits with is the next owner's.
func TestWhoLostTheLeaseTellsNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := notifier(m, new(slackFake))
		tries := 0
		n.Post = func(context.Context, store.Telling) (Posted, error) {
			tries++
			return Posted{}, &PostError{Kind: PostLater, RetryAfter: 10 * time.Minute}
		}
		stop := begin(t, n.Run)
		m.add(audit.Record{Event: audit.EventFailed, Change: "c1"})
		time.Sleep(time.Minute)
		m.mu.Lock()
		m.owner, m.until = "other", time.Now().Add(24*time.Hour)
		m.mu.Unlock()
		time.Sleep(time.Hour)
		stop()
		if tries != 1 {
			t.Errorf("%d tries", tries)
		}
	})
}

// haltingLog fails to remember the first notice after a while, and is then slow to be read.
type haltingLog struct {
	*memory
	failed bool
	slow   time.Duration
}

func (l *haltingLog) ClaimNotice(ctx context.Context, n audit.Notice) (audit.Notice, bool, error) {
	if !l.failed {
		l.failed = true
		time.Sleep(patient + 50*time.Millisecond)
		return n, false, audit.ErrUnavailable
	}
	return l.memory.ClaimNotice(ctx, n)
}

func (l *haltingLog) Follow(ctx context.Context, from int64, limit int) ([]audit.Record, error) {
	time.Sleep(l.slow)
	return l.memory.Follow(ctx, from, limit)
}

// TestWhatFailedIsToldBeforeWhatFollowsIt: also where the record that follows is read in
// the moment in which the earlier one fails.
func TestWhatFailedIsToldBeforeWhatFollowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var posts []string
		n := notifier(m, new(slackFake))
		l := &haltingLog{memory: m, slow: 100 * time.Millisecond}
		n.follower.feed, n.Notices = l, l
		n.Post = func(_ context.Context, told store.Telling) (Posted, error) {
			posts = append(posts, string(told.Event))
			return Posted{Channel: "D0", TS: "1"}, nil
		}
		m.add(line(audit.EventUnknown))
		stop := begin(t, n.Run)
		time.Sleep(500 * time.Millisecond)
		m.add(line(audit.EventFailed))
		time.Sleep(time.Hour)
		stop()
		if !slices.Equal(posts, []string{"unknown", "failed"}) || m.mark != 2 {
			t.Errorf("told of %q, %d of 2 records done", posts, m.mark)
		}
	})
}

// TestWhoLostTheLeaseOnPatrolTellsNothing: a patrol may take longer than a lease lasts.
func TestWhoLostTheLeaseOnPatrolTellsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		told := 0
		f := follower{feed: m, name: "test", owner: "this", limit: 1, lease: 30 * time.Second, clock: time.Now, logger: slog.New(slog.DiscardHandler)}
		f.patrol = func(ctx context.Context) {
			m.mu.Lock()
			m.owner, m.until = "other", time.Now().Add(24*time.Hour)
			m.mu.Unlock()
			wait(ctx, time.Minute)
		}
		f.handle = func(_ context.Context, records []audit.Record) (int, error) {
			told++
			return len(records), nil
		}
		m.add(line(audit.EventFailed))
		stop := begin(t, f.run)
		time.Sleep(time.Hour)
		stop()
		if told != 0 {
			t.Errorf("told of %d records that are another's", told)
		}
	})
}
