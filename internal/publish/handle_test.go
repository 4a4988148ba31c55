package publish

import (
	"context"
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

// twoChanges runs a notifier over the ends of two changes, whose messages are posted by
// post, until it has nothing more to do for an hour.
func twoChanges(t *testing.T, post func(context.Context, store.Telling) (Posted, error)) *memory {
	t.Helper()
	m := newMemory()
	n := notifier(m, new(slackFake))
	m.changes = []audit.Change{{ID: "c1", State: audit.EventApplied}, {ID: "c2", State: audit.EventApplied}}
	n.Post = post
	m.add(audit.Record{Event: audit.EventFailed, Change: "c1"}, audit.Record{Event: audit.EventFailed, Change: "c2"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go n.Run(ctx)
	time.Sleep(2 * time.Hour)
	synctest.Wait()
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
	tripped atomic.Bool
	working atomic.Bool
}

func (f *trippingFeed) Lease(ctx context.Context, feed, owner string, until time.Time) (int64, bool, error) {
	if f.working.Load() && !f.tripped.Swap(true) {
		panic("a fault of the driver")
	}
	return f.memory.Lease(ctx, feed, owner, until)
}

// TestAPanicBesideTheWorkStopsItAlone: the lease is renewed no more, so the work is given up
// and taken up anew.
func TestAPanicBesideTheWorkStopsItAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		feed := &trippingFeed{memory: m}
		n := notifier(m, new(slackFake))
		n.follower.feed = feed
		n.Post = func(ctx context.Context, _ store.Telling) (Posted, error) {
			feed.working.Store(true)
			defer feed.working.Store(false)
			if !wait(ctx, time.Minute) {
				return Posted{}, &PostError{Kind: PostLater}
			}
			return Posted{Channel: "D0", TS: "1"}, nil
		}
		m.add(line(audit.EventFailed))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go n.Run(ctx)
		time.Sleep(10 * time.Minute)
		if !feed.tripped.Load() || m.mark != 1 {
			t.Errorf("panicked: %t, %d of 1 records are told of", feed.tripped.Load(), m.mark)
		}
	})
}
