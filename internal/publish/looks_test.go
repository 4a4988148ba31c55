package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// slowReminders runs a notifier that reminds of c1 to c100, at a time when Slack takes long
// for each reminder, and returns what was told, in order.
func slowReminders(t *testing.T, takes time.Duration, test func(*memory)) (posts []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := notifier(m, new(slackFake))
		m.changes = []audit.Change{{ID: "c0", State: audit.EventFailed}}
		for i := range 100 {
			m.changes = append(m.changes, audit.Change{ID: fmt.Sprintf("c%d", i+1), State: audit.EventFailed})
		}
		n.Open = func(context.Context) ([]store.Card, error) { return m.open(), nil }
		var mu sync.Mutex
		n.Post = func(ctx context.Context, told store.Telling) (Posted, error) {
			switch {
			case told.Audience == store.ToApprovers: // all of it was told before
				return Posted{Channel: "D0", TS: "1"}, nil
			case told.Audience == store.ToReminded && !wait(ctx, takes), ctx.Err() != nil:
				return Posted{}, &PostError{Kind: PostLater}
			}
			mu.Lock()
			defer mu.Unlock()
			posts = append(posts, told.Change+" "+string(told.Audience))
			return Posted{Channel: "D0", TS: "1"}, nil
		}
		stop := begin(t, n.Run)
		defer stop()
		synctest.Wait()
		test(m)
	})
	return posts
}

// open are the changes but the first that no record has ended: each waits for a person who
// has been silent for long.
func (m *memory) open() (open []store.Card) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.changes[1:] {
		if slices.ContainsFunc(m.records, func(r audit.Record) bool { return r.Change == c.ID }) {
			continue
		}
		open = append(open, store.Card{
			Change: c.ID, State: audit.EventStaged, Created: time.Now().Add(-2 * time.Hour),
			Stages: []store.CardStage{{Stage: store.Stage{Count: 1, Members: []string{"U0BOB"}, RemindMS: time.Hour.Milliseconds()}}},
		})
	}
	return open
}

// endAll ends every change but the first, and says something of it before.
func (m *memory) endAll() {
	for _, e := range []audit.Event{audit.EventUnknown, audit.EventFailed} {
		for i := range 100 {
			m.add(audit.Record{Event: e, Change: fmt.Sprintf("c%d", i+1)})
		}
	}
}

func TestSlowRemindersHoldUpNobodyElse(t *testing.T) {
	posts := slowReminders(t, time.Minute, func(m *memory) {
		m.add(audit.Record{Event: audit.EventFailed, Change: "c0"})
		time.Sleep(5 * time.Second)
	})
	if !slices.Equal(posts, []string{"c0 requester"}) {
		t.Errorf("within five seconds was told %q", posts)
	}
}

// TestAReminderNeverFollowsTheEndOfItsChange: one that has begun is waited for, so that it
// is brought up to date; one that has not gives way.
func TestAReminderNeverFollowsTheEndOfItsChange(t *testing.T) {
	for _, test := range []struct {
		after           time.Duration
		reminders, ends int
	}{
		{5 * time.Second, lookBatch, 2 * (100 - lookBatch)},
		{10 * time.Minute, 2 * lookBatch, 2 * 100},
	} {
		posts := slowReminders(t, time.Minute, func(m *memory) {
			time.Sleep(90 * time.Second) // lookBatch are reminded, and as many are being reminded
			m.endAll()
			time.Sleep(test.after)
		})
		reminders := 0
		for i, post := range posts {
			if change, ok := strings.CutSuffix(post, " reminded"); ok {
				reminders++
				if slices.Contains(posts[:i], change+" requester") {
					t.Errorf("%s is reminded of after its end", change)
				}
			}
		}
		if ends := len(posts) - reminders; reminders != test.reminders || ends != test.ends {
			t.Errorf("after %s: %d reminders, %d of %d other messages", test.after, reminders, ends, test.ends)
		}
	}
}
