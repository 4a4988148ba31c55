package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

func TestSubmitStoresTheChangeAndItsRecord(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		c := change(1)
		c.Owner, c.LeaseUntil, c.Due = "replica-1", now.read().Add(time.Minute+time.Microsecond), now.read()
		c.Attempt, c.AttemptSeal, c.Version = []byte{0}, "s1:bb", 1<<40
		stored, fresh, err := l.Submit(t.Context(), c, requested(c))
		if err != nil || !fresh {
			t.Fatalf("fresh %t, %v", fresh, err)
		}
		found, err := l.Find(t.Context(), audit.Query{ID: c.ID})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]audit.Change{stored}, found); diff != "" {
			t.Errorf("what Submit returned is not what is stored (-returned +stored)\n%s", diff)
		}
		c.Created, c.LeaseUntil = now.read(), now.read().Add(time.Minute)
		if diff := cmp.Diff(c, stored); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		checkFirstRecord(t, l, c, now.read())
	})
}

func checkFirstRecord(t *testing.T, l *audit.Log, c audit.Change, at time.Time) {
	t.Helper()
	records, err := l.Records(t.Context(), 1, 10)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	got, want := records[0], requested(c)
	want.Seq, want.Time, want.ReasonHash, want.Hash = 1, at, got.ReasonHash, got.Hash
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(got.ReasonHash) != 32+1+64 || len(got.Hash) != 64 {
		t.Errorf("reason_hash %q, hash %q", got.ReasonHash, got.Hash)
	}
	whole(t, l, 1)
}

func TestSubmitOfOneKeyHasOneEffect(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		replicas := []*audit.Log{open(t, url), open(t, url)}
		var fresh atomic.Int64
		var ids sync.Map
		var racers sync.WaitGroup
		for n := range 50 {
			racers.Go(func() {
				c := change(n)
				c.Key = "V-one-click"
				stored, first, err := replicas[n%2].Submit(t.Context(), c, requested(c))
				if err != nil {
					t.Error(err)
				}
				if first {
					fresh.Add(1)
				}
				ids.Store(stored.ID, true)
			})
		}
		racers.Wait()
		if fresh.Load() != 1 {
			t.Errorf("%d submissions were fresh, want 1", fresh.Load())
		}
		different := 0
		ids.Range(func(any, any) bool { different++; return true })
		if different != 1 {
			t.Errorf("callers were told of %d changes, want 1", different)
		}
		whole(t, replicas[0], 1)
	})
}

func TestSubmitRefusesWhatCannotBeRecorded(t *testing.T) {
	l := open(t, sqliteURL(t))
	c := change(1)
	unknown, tab := requested(c), requested(c)
	unknown.Event, tab.Reason = "invented", "a\tb"
	for name, try := range map[string]struct {
		records []audit.Record
		code    audit.RecordCode
	}{
		"no record":           {nil, audit.RecordMissing},
		"an unknown event":    {[]audit.Record{unknown}, audit.RecordEvent},
		"a control character": {[]audit.Record{requested(c), tab}, audit.RecordControl},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := l.Submit(t.Context(), c, try.records...)
			if e, ok := errors.AsType[*audit.RecordError](err); !ok || e.Code != try.code {
				t.Errorf("got %v, want %s", err, try.code)
			}
		})
	}
	whole(t, l, 0)
}

func TestAFailingNeighbourSpoilsNobodysCommit(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		submit(t, l, 0)
		var writers sync.WaitGroup
		for n := range 40 {
			writers.Go(func() {
				c := change(n)
				if n%10 == 0 { // another key, but an id that is taken: the database refuses
					c.ID = change(0).ID
					c.Key = fmt.Sprintf("V-other-%d", n)
				}
				_, fresh, err := l.Submit(t.Context(), c, requested(c))
				if bad := n%10 == 0; errors.Is(err, audit.ErrUnavailable) != bad || fresh == bad {
					t.Errorf("submission %d: fresh %t, %v", n, fresh, err)
				}
				if err != nil && strings.Contains(err.Error(), c.ID) {
					t.Errorf("the error quotes what was written: %v", err)
				}
			})
		}
		writers.Wait()
		whole(t, l, 1+36)
	})
}

func TestAdvanceChangesOnlyWhatTheStepNames(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		c := submit(t, l, 1, owned("replica-1", now.read().Add(time.Minute)))
		step := audit.Step{
			ID: c.ID, From: []audit.Event{audit.EventStaged, audit.EventRequested}, Owner: "replica-1",
			To: audit.EventApplying, Attempt: []byte("base"), AttemptSeal: "s1:cc",
			LeaseUntil: now.read().Add(time.Hour), Records: []audit.Record{{Event: audit.EventApplying, Change: c.ID}},
		}
		want := c
		want.State, want.Attempt, want.AttemptSeal, want.LeaseUntil = step.To, step.Attempt, step.AttemptSeal, step.LeaseUntil
		checkStep(t, l, step, want)

		step.From, step.To, step.Attempt, step.AttemptSeal = []audit.Event{audit.EventApplying}, audit.EventApplied, nil, ""
		step.Version, step.LeaseUntil, step.Due = 7, time.Time{}, now.read().Add(time.Hour)
		want.State, want.Version, want.LeaseUntil, want.Due = step.To, 7, time.Time{}, step.Due
		checkStep(t, l, step, want)

		step.From, step.Version = []audit.Event{audit.EventApplied}, 0
		checkStep(t, l, step, want)
		whole(t, l, 4)
	})
}

func checkStep(t *testing.T, l *audit.Log, s audit.Step, want audit.Change) {
	t.Helper()
	got, err := l.Advance(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAdvanceIsRefusedOnceTheChangeHasMoved(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		c := submit(t, l, 1, owned("replica-1", now.read().Add(time.Minute)))
		step := audit.Step{ID: c.ID, From: []audit.Event{audit.EventRequested}, Owner: "replica-1", To: audit.EventApplying,
			LeaseUntil: c.LeaseUntil, Records: []audit.Record{{Event: audit.EventApplying}}}
		for name, edit := range map[string]func(*audit.Step){
			"another state":       func(s *audit.Step) { s.From = []audit.Event{audit.EventStaged} },
			"no state at all":     func(s *audit.Step) { s.From = nil },
			"a live owner's":      func(s *audit.Step) { s.Owner = "replica-2" },
			"no change of its id": func(s *audit.Step) { s.ID = "none" },
		} {
			s := step
			edit(&s)
			if _, err := l.Advance(t.Context(), s); !errors.Is(err, audit.ErrMoved) {
				t.Errorf("%s: got %v, want ErrMoved", name, err)
			}
		}
		whole(t, l, 1)

		now.add(time.Minute) // the lease has expired: anyone may go on
		step.Owner = "replica-2"
		if got, err := l.Advance(t.Context(), step); err != nil || got.Owner != "replica-2" {
			t.Errorf("after the lease: owner %q, %v", got.Owner, err)
		}
	})
}

func TestAdvanceByFiftyHasOneWinner(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		replicas := []*audit.Log{open(t, url), open(t, url)}
		for round := range 4 {
			c := submit(t, replicas[0], round)
			var won atomic.Int64
			var racers sync.WaitGroup
			for n := range 50 {
				racers.Go(func() {
					_, err := replicas[n%2].Advance(t.Context(), audit.Step{
						ID: c.ID, From: []audit.Event{audit.EventRequested}, Owner: fmt.Sprint("racer-", n), To: audit.EventCancelled,
						Records: []audit.Record{{Event: audit.EventCancelled, Change: c.ID}},
					})
					switch {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, audit.ErrMoved):
						t.Error(err)
					}
				})
			}
			racers.Wait()
			if won.Load() != 1 {
				t.Errorf("round %d: %d winners", round, won.Load())
			}
		}
		whole(t, replicas[1], 8)
	})
}

func TestClaimTakesOnlyWhatNobodyWorksOn(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		at := now.read()
		submit(t, l, 1, owned("other", at.Add(time.Second)))
		submit(t, l, 2, owned("other", at))
		submit(t, l, 3, func(c *audit.Change) { c.Due = at.Add(time.Second) })
		submit(t, l, 4, func(c *audit.Change) { c.Due = at })
		submit(t, l, 5, ended(audit.EventDenied, time.Time{}))
		submit(t, l, 6, ended(audit.EventFailed, at.Add(time.Second)))
		submit(t, l, 7, ended(audit.EventFailed, at))

		claim(t, l, at.Add(time.Minute), 10, 2, 4, 7)
		claim(t, l, at.Add(time.Minute), 10)
		now.add(time.Second)
		claim(t, l, at.Add(time.Minute), 2, 1, 3)
		claim(t, l, at.Add(time.Minute), 2, 6)
		now.add(time.Hour) // our own leases have expired as well
		claim(t, l, now.read().Add(time.Minute), 10, 1, 2, 3, 4, 6, 7)
	})
}

// claim claims for "me" and expects the changes of these numbers.
func claim(t *testing.T, l *audit.Log, until time.Time, limit int, want ...int) {
	t.Helper()
	claimed, err := l.Claim(t.Context(), "me", until, limit)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]bool)
	for _, c := range claimed {
		got[c.ID] = true
		if c.Owner != "me" || !c.LeaseUntil.Equal(until) {
			t.Errorf("claimed for %q until %v", c.Owner, c.LeaseUntil)
		}
	}
	wanted := make(map[string]bool)
	for _, n := range want {
		wanted[change(n).ID] = true
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("claimed (-want +got)\n%s", diff)
	}
}

func owned(owner string, until time.Time) func(*audit.Change) {
	return func(c *audit.Change) { c.Owner, c.LeaseUntil = owner, until }
}

func ended(state audit.Event, due time.Time) func(*audit.Change) {
	return func(c *audit.Change) { c.State, c.Due = state, due }
}

func TestFindSelectsNewestFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		bob := secret.Person{Scope: "T0ACME", User: "U0BOB"}
		elsewhere := secret.Ref{Environment: "dev", Name: key.Name}
		submit(t, l, 1)
		now.add(time.Second)
		submit(t, l, 2, func(c *audit.Change) { c.Requester = bob })
		now.add(time.Second)
		submit(t, l, 3, func(c *audit.Change) { c.Ref = elsewhere })
		submit(t, l, 4, ended(audit.EventDenied, time.Time{}))
		for name, c := range map[string]struct {
			query audit.Query
			want  []int
		}{
			"everything":        {audit.Query{}, []int{4, 3, 2, 1}},
			"the newest two":    {audit.Query{Limit: 2}, []int{4, 3}},
			"by id":             {audit.Query{ID: change(2).ID}, []int{2}},
			"by key":            {audit.Query{Key: change(3).Key}, []int{3}},
			"by secret":         {audit.Query{Ref: &elsewhere}, []int{3}},
			"by requester":      {audit.Query{Requester: bob}, []int{2}},
			"by states":         {audit.Query{States: []audit.Event{audit.EventDenied, audit.EventApplied}}, []int{4}},
			"everything agrees": {audit.Query{Ref: &key, Requester: alice, States: []audit.Event{audit.EventRequested}}, []int{1}},
			"nothing matches":   {audit.Query{ID: "' OR 1=1 --"}, nil},
		} {
			found, err := l.Find(t.Context(), c.query)
			if err != nil {
				t.Fatal(err)
			}
			var got, want []string
			for _, f := range found {
				got = append(got, f.ID)
			}
			for _, n := range c.want {
				want = append(want, change(n).ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
			}
		}
	})
}

func TestRenewProlongsOnlyTheOwnersLeases(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		until := now.read().Add(time.Minute)
		mine, idle := submit(t, l, 1, owned("me", until)), submit(t, l, 2, owned("me", until))
		other := submit(t, l, 3, owned("other", until))
		longer := until.Add(time.Hour)
		if err := l.Renew(t.Context(), "me", longer, []string{mine.ID, other.ID}); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]time.Time{mine.ID: longer, idle.ID: until, other.ID: until} {
			found, err := l.Find(t.Context(), audit.Query{ID: id})
			if err != nil || !found[0].LeaseUntil.Equal(want) {
				t.Errorf("%s: leased until %v (%v), want %v", id, found[0].LeaseUntil, err, want)
			}
		}
	})
}
