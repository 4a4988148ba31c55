package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
)

func TestAFeedHasOneHolderAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		lease := func(owner string, until time.Duration, want bool, at int64) {
			t.Helper()
			watermark, held, err := l.Lease(t.Context(), "sheet", owner, now.read().Add(until))
			if err != nil || held != want || watermark != at {
				t.Errorf("%s: held %t at %d (%v), want %t at %d", owner, held, watermark, err, want, at)
			}
		}
		lease("a", time.Minute, true, 0)
		lease("b", time.Minute, false, 0)
		lease("a", time.Hour, true, 0)
		if err := l.Mark(t.Context(), "sheet", "a", 0, 5); err != nil {
			t.Error(err)
		}
		now.add(time.Hour)
		lease("b", time.Minute, true, 5)
		for name, err := range map[string]error{
			"by one who lost it":   l.Mark(t.Context(), "sheet", "a", 5, 6),
			"from another place":   l.Mark(t.Context(), "sheet", "b", 4, 6),
			"of a feed not leased": l.Mark(t.Context(), "other", "b", 0, 1),
		} {
			if !errors.Is(err, audit.ErrMoved) {
				t.Errorf("mark %s: got %v, want ErrMoved", name, err)
			}
		}
		lease("b", -time.Second, true, 5) // given back
		lease("a", time.Minute, true, 5)
	})
}

func TestAFreeFeedIsTakenOnceAndMarkedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		replicas := []*audit.Log{open(t, url), open(t, url)}
		var held, marked atomic.Int64
		var racers sync.WaitGroup
		for n := range 30 {
			racers.Go(func() {
				owner := fmt.Sprint("replica-", n)
				_, mine, err := replicas[n%2].Lease(t.Context(), "sheet", owner, time.Now().Add(time.Hour))
				if err != nil {
					t.Error(err)
				}
				if !mine {
					return
				}
				held.Add(1)
				for range 3 { // the same answer again must not count twice
					if replicas[n%2].Mark(t.Context(), "sheet", owner, 0, 500) == nil {
						marked.Add(1)
					}
				}
			})
		}
		racers.Wait()
		if held.Load() != 1 || marked.Load() != 1 {
			t.Errorf("held by %d and marked %d times, want once each", held.Load(), marked.Load())
		}
	})
}

func TestANoticeIsClaimedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		n := audit.Notice{Change: change(1).ID, Recipient: "U0ALICE", Kind: "applied"}
		var fresh atomic.Int64
		var racers sync.WaitGroup
		for range 20 {
			racers.Go(func() {
				have, first, err := l.ClaimNotice(t.Context(), n)
				if err != nil || have.State != audit.NoticeSending {
					t.Errorf("state %q, %v", have.State, err)
				}
				if first {
					fresh.Add(1)
				}
			})
		}
		racers.Wait()
		if fresh.Load() != 1 {
			t.Errorf("%d claims were fresh, want 1", fresh.Load())
		}
		n.Channel, n.TS, n.State, n.Event = "D0ALICE", "1763717400.000100", audit.NoticeSent, audit.EventApplied
		n.Seq = 12
		if err := l.MarkNotice(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		have, first, err := l.ClaimNotice(t.Context(), n)
		if diff := cmp.Diff(n, have); diff != "" || first || err != nil {
			t.Errorf("claimed again: fresh %t, %v (-want +got)\n%s", first, err, diff)
		}
		n.Kind = "failed"
		if err := l.MarkNotice(t.Context(), n); !errors.Is(err, audit.ErrMoved) {
			t.Errorf("a notice nobody claimed: got %v, want ErrMoved", err)
		}
	})
}

func TestUndeliveredAreTheFailedOnesOfOneRecipient(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		say := func(n int, recipient string, state audit.NoticeState) audit.Notice {
			t.Helper()
			notice := audit.Notice{Change: change(n).ID, Recipient: recipient, Kind: "applied", State: state}
			if _, _, err := l.ClaimNotice(t.Context(), notice); err != nil {
				t.Fatal(err)
			}
			if err := l.MarkNotice(t.Context(), notice); err != nil {
				t.Fatal(err)
			}
			return notice
		}
		second := say(2, "U0ALICE", audit.NoticeFailed)
		first := say(1, "U0ALICE", audit.NoticeFailed)
		say(3, "U0ALICE", audit.NoticeShown)
		say(4, "U0ALICE", audit.NoticeSent)
		say(5, "U0BOB", audit.NoticeFailed)
		got, err := l.Undelivered(t.Context(), "U0ALICE")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]audit.Notice{first, second}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		unreached, err := l.Unreached(t.Context())
		slices.Sort(unreached)
		if diff := cmp.Diff([]string{"U0ALICE", "U0BOB"}, unreached); diff != "" || err != nil {
			t.Errorf("unreached: %v (-want +got)\n%s", err, diff)
		}
	})
}

func TestNoticesAreThoseOfOneChange(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		claim := func(n int, recipient, kind string) audit.Notice {
			t.Helper()
			notice, _, err := l.ClaimNotice(t.Context(), audit.Notice{Change: change(n).ID, Recipient: recipient, Kind: kind, Seq: int64(n)})
			if err != nil {
				t.Fatal(err)
			}
			return notice
		}
		bob := claim(1, "U0BOB", "asked")
		alice := claim(1, "U0ALICE", "asked")
		again := claim(1, "U0ALICE", "reminded")
		claim(2, "U0ALICE", "asked")
		got, err := l.NoticesOf(t.Context(), change(1).ID)
		if diff := cmp.Diff([]audit.Notice{alice, again, bob}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	})
}

func TestTheWatermarkOfAFeedIsReadWithoutItsLease(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		check := func(want int64) {
			t.Helper()
			if got, err := l.Watermark(t.Context(), "sheet"); err != nil || got != want {
				t.Errorf("the watermark is %d (%v), want %d", got, err, want)
			}
		}
		check(0) // nobody followed it yet
		submit(t, l, 1)
		if _, _, err := l.Lease(t.Context(), "sheet", "one", time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := l.Mark(t.Context(), "sheet", "one", 0, 1); err != nil {
			t.Fatal(err)
		}
		check(1)
	})
}
