package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
)

// vote is a vote about the nth change by a person, and the step that it takes.
func vote(n int, person string, kind audit.VoteKind, to audit.Event) (audit.Vote, audit.Step) {
	c := change(n)
	v := audit.Vote{Change: c.ID, Person: "T0ACME/" + person, Kind: kind, Stage: 1, Body: []byte{0, '{', 0xff}, Seal: "s1:cc"}
	s := audit.Step{ID: c.ID, From: []audit.Event{audit.EventStaged}, Owner: "replica-1", To: to, Records: []audit.Record{requested(c)}}
	s.Records[0].Event = audit.EventApproved
	return v, s
}

func staged(c *audit.Change) { c.State = audit.EventStaged }

func TestAVoteAndItsStepAreOne(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		submit(t, l, 1, staged)
		v, step := vote(1, "U0BOB", audit.VoteApprove, audit.EventHeld)
		step.Due = now.read().Add(time.Minute)
		c, fresh, err := l.Vote(t.Context(), v, step)
		if err != nil || !fresh || c.State != audit.EventHeld || !c.Due.Equal(step.Due) {
			t.Fatalf("fresh %t, %v: %+v", fresh, err, c)
		}
		votes, err := l.Votes(t.Context(), v.Change)
		if err != nil {
			t.Fatal(err)
		}
		v.Created = now.read()
		if diff := cmp.Diff([]audit.Vote{v}, votes); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		whole(t, l, 2)
	})
}

func TestTheSamePersonsSecondVoteIsNone(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		submit(t, l, 1, staged)
		v, step := vote(1, "U0BOB", audit.VoteApprove, audit.EventStaged)
		for i, want := range []bool{true, false, false} {
			c, fresh, err := l.Vote(t.Context(), v, step)
			if err != nil || fresh != want || c.State != audit.EventStaged {
				t.Fatalf("vote %d: fresh %t, %v: %s", i, fresh, err, c.State)
			}
		}
		other, step := vote(1, "U0BOB", audit.VoteRefuse, audit.EventRefused)
		if _, fresh, err := l.Vote(t.Context(), other, step); err != nil || !fresh {
			t.Errorf("another kind of vote by the same person: fresh %t, %v", fresh, err)
		}
		if _, fresh, err := l.Vote(t.Context(), v, step); err != nil || fresh {
			t.Errorf("a vote repeated after the end: fresh %t, %v", fresh, err)
		}
		whole(t, l, 3)
	})
}

func TestAVoteThatComesTooLateIsNotKept(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		submit(t, l, 1, staged)
		_, ends := vote(1, "", audit.VoteRefuse, audit.EventRefused)
		if _, err := l.Advance(t.Context(), ends); err != nil {
			t.Fatal(err)
		}
		v, step := vote(1, "U0BOB", audit.VoteApprove, audit.EventStaged)
		_, _, err := l.Vote(t.Context(), v, step)
		votes, readErr := l.Votes(t.Context(), v.Change)
		if !errors.Is(err, audit.ErrMoved) || readErr != nil || len(votes) != 0 {
			t.Errorf("%v; %d votes (%v)", err, len(votes), readErr)
		}
		step.ID = change(2).ID
		if _, _, err := l.Vote(t.Context(), v, step); !errors.Is(err, audit.ErrMoved) {
			t.Errorf("a step of another change: %v", err)
		}
		whole(t, l, 2)
	})
}

func TestRacingVotesAllCountOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		replicas := []*audit.Log{open(t, url), open(t, url)}
		submit(t, replicas[0], 1, staged)
		var fresh atomic.Int64
		var racers sync.WaitGroup
		for n := range 40 {
			racers.Go(func() {
				v, step := vote(1, fmt.Sprintf("U0VOTER%d", n%10), audit.VoteApprove, audit.EventStaged)
				if _, first, err := replicas[n%2].Vote(t.Context(), v, step); err != nil {
					t.Error(err)
				} else if first {
					fresh.Add(1)
				}
			})
		}
		racers.Wait()
		votes, err := replicas[1].Votes(t.Context(), change(1).ID)
		if err != nil || len(votes) != 10 || fresh.Load() != 10 {
			t.Errorf("%d votes are kept, %d were fresh, %v", len(votes), fresh.Load(), err)
		}
		whole(t, replicas[0], 11)
	})
}

func TestTheKeyOfAStagedValueGoesWithTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		c := submit(t, l, 1)
		key := func() []byte {
			t.Helper()
			k, err := l.Key(t.Context(), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		if k := key(); k != nil {
			t.Errorf("a key before one was stored: %d bytes", len(k))
		}
		step := audit.Step{ID: c.ID, From: []audit.Event{audit.EventRequested}, To: audit.EventStaged, Key: []byte{1, 2, 3}}
		for _, next := range []audit.Event{audit.EventStaged, audit.EventApplying, audit.EventUnknown} {
			step.To = next
			if _, err := l.Advance(t.Context(), step); err != nil {
				t.Fatal(err)
			}
			if k := key(); !bytes.Equal(k, []byte{1, 2, 3}) {
				t.Errorf("%s: the key has %d bytes", next, len(k))
			}
			step.Key, step.From = nil, []audit.Event{next}
		}
		step.To = audit.EventApplied
		if _, err := l.Advance(t.Context(), step); err != nil {
			t.Fatal(err)
		}
		if k := key(); k != nil {
			t.Errorf("the key outlived the change: %d bytes", len(k))
		}
	})
}

func TestAPoolHoldsNoMoreThanItsPlaces(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		replicas := []*audit.Log{open(t, url), open(t, url)}
		try := func(n int) error {
			c := change(n)
			c.Pool, c.Places = "open/T0ACME/U0ALICE", 3
			_, _, err := replicas[n%2].Submit(t.Context(), c, requested(c))
			return err
		}
		var in, out atomic.Int64
		var racers sync.WaitGroup
		for n := range 20 {
			racers.Go(func() {
				switch err := try(n); {
				case err == nil:
					in.Add(1)
				case errors.Is(err, audit.ErrNoPlace):
					out.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		racers.Wait()
		if in.Load() != 3 || out.Load() != 17 {
			t.Errorf("%d are in, %d are not", in.Load(), out.Load())
		}
		inside, err := replicas[0].Find(t.Context(), audit.Query{States: []audit.Event{audit.EventRequested}})
		if err != nil || len(inside) != 3 || inside[0].Pool == "" {
			t.Fatalf("%d are found, %v", len(inside), err)
		}
		c := inside[0]
		if _, fresh, err := replicas[0].Submit(t.Context(), audit.Change{ID: "other", Key: c.Key, Pool: c.Pool, Places: 3}, requested(c)); err != nil || fresh {
			t.Errorf("the same key again: fresh %t, %v", fresh, err)
		}
		if _, err := replicas[0].Advance(t.Context(), audit.Step{ID: c.ID, From: []audit.Event{c.State}, To: audit.EventApplied, Leave: true}); err != nil {
			t.Fatal(err)
		}
		if err := try(30); err != nil {
			t.Errorf("after one left: %v", err)
		}
		whole(t, replicas[0], 4)
	})
}

// beforeVotes undoes the schema step that votes came with, and those after it.
var beforeVotes = []string{
	`DROP TABLE memo`, `ALTER TABLE notice DROP COLUMN seq`,
	`DROP TABLE vote`, `DROP TABLE staged_key`, `DROP INDEX change_pool`, `ALTER TABLE change DROP COLUMN pool`,
	`UPDATE schema_version SET version = 3`,
}

func TestTablesOfBeforeVotesAreExpanded(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		submit(t, l, 1, staged)
		l.Close()
		for _, statement := range beforeVotes {
			tamper(t, url, statement)
		}
		l = open(t, url)
		v, step := vote(1, "U0BOB", audit.VoteApprove, audit.EventStaged)
		step.Key = []byte{1}
		if _, fresh, err := l.Vote(t.Context(), v, step); err != nil || !fresh {
			t.Errorf("a vote about a change of before: fresh %t, %v", fresh, err)
		}
		whole(t, l, 2)
	})
}
