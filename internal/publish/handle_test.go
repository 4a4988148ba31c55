package publish

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// twoChanges runs a notifier over the ends of two changes, whose messages are posted by
// post, until it has nothing more to do for an hour.
func twoChanges(t *testing.T, guard func(func()) bool, post func(context.Context, store.Telling) (Posted, error)) *memory {
	t.Helper()
	m := newMemory()
	n := notifier(m, new(slackFake))
	m.changes = []audit.Change{{ID: "c1", State: audit.EventApplied}, {ID: "c2", State: audit.EventApplied}}
	n.Post = post
	if guard != nil {
		n.Guard = guard
	}
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
		m := twoChanges(t, nil, func(ctx context.Context, told store.Telling) (Posted, error) {
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
		m := twoChanges(t, func(f func()) (panicked bool) {
			defer func() { panicked = recover() != nil }()
			f()
			return false
		}, func(_ context.Context, told store.Telling) (Posted, error) {
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
