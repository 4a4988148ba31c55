package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// decision is one click, as porcupine sees it.
type decision struct {
	kind  audit.VoteKind // "" reads how the change ended
	voter int
}

// consent is what the answers must be explained by: one request that two people have to
// agree to, whose clicks come one after the other.
type consent struct {
	voted [3]bool
	end   audit.Event // "" while it waits
}

// next are the states that may follow an answer. That an agreed change is begun is no
// click: it may have happened before any.
func (c consent) next(d decision, answer string) (states []any) {
	agreed := c.agreed()
	if c.end == "" && agreed {
		applied := c
		applied.end = audit.EventApplied
		states = append(states, applied.next(d, answer)...)
	}
	open := c.end == ""
	switch {
	case answer == string(store.AnswerDecided) && (!open || agreed):
		return append(states, c)
	case answer == string(store.AnswerRepeated) && d.kind == audit.VoteApprove && c.voted[d.voter]:
		return append(states, c)
	case answer == "counts" && open && d.kind == audit.VoteApprove && !c.voted[d.voter]:
		c.voted[d.voter] = true
		return append(states, c)
	case answer == "counts" && open && d.kind == audit.VoteRefuse:
		c.end = audit.EventRefused
		return append(states, c)
	case answer == "counts" && open && d.kind == audit.VoteCancel:
		c.end = audit.EventCancelled
		return append(states, c)
	case d.kind == "" && (answer == string(c.end) || open && !agreed && answer == string(audit.EventStaged)):
		return append(states, c)
	}
	return states
}

func (c consent) agreed() bool {
	n := 0
	for _, voted := range c.voted {
		if voted {
			n++
		}
	}
	return n >= 2
}

var consents = porcupine.NondeterministicModel{
	Init:              func() []any { return []any{consent{}} },
	Step:              func(state, input, output any) []any { return state.(consent).next(input.(decision), output.(string)) },
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v: %v", input, output) },
}

// TestRacingDecisionsHaveOneOrder lets people click at the same time, on two replicas, and
// asks whether their answers, and what happened in the end, fit any order of the clicks.
func TestRacingDecisionsHaveOneOrder(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		replicas := []*store.Store{c.store, c.secondReplica()}
		for round := range 12 {
			ref := secret.Ref{Environment: "prod", Name: secret.Name(fmt.Sprintf("pay-race-%d", round))}
			id := c.ask(of(ref, create("correct horse battery")))
			history := c.race(id, replicas, round)
			for _, s := range replicas {
				s.Drain(t.Context())
			}
			state := c.change(id).State
			history = append(history, porcupine.Operation{Input: decision{}, Output: string(state), Call: 1 << 60, Return: 1<<60 + 1})
			if !porcupine.CheckOperations(consents.ToModel(), history) {
				t.Errorf("no order of the clicks explains %v", history)
			}
			c.outcome(id) // one at most
			if want := map[bool]int{true: 1}[state == audit.EventApplied]; c.versions(ref) != want {
				t.Errorf("%s, with %d versions", state, c.versions(ref))
			}
			if state == audit.EventStaged {
				c.cancel(id, carol, store.AnswerCancelled)
			}
		}
	})
}

// A vote reads the row first and the votes after it: in between, others may have agreed
// and thought better of it.
func TestAConsentThatMeetsAStopIsNone(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		id := c.ask(of(held, create("correct horse battery")))
		c.hooks.on("before Votes", func() {
			c.approve(id, bob, store.AnswerApproved)
			c.stop(id, erin, store.AnswerStopped)
		})
		c.approve(id, dave, store.AnswerDecided)
		c.is(id, "refused: stopped")
		c.unchanged(held, 0)
	})
}

// race lets everybody click at once. What comes along with the consents differs by round.
func (c *council) race(id string, replicas []*store.Store, round int) []porcupine.Operation {
	c.Helper()
	people := []secret.Person{bob, dave, erin}
	clicks := []decision{{audit.VoteApprove, 0}, {audit.VoteApprove, 1}, {audit.VoteApprove, 2}, {audit.VoteApprove, 0}}
	switch round % 3 {
	case 1:
		clicks = append(clicks, decision{audit.VoteRefuse, 2})
	case 2:
		clicks = append(clicks, decision{audit.VoteCancel, 0}, decision{audit.VoteRefuse, 1})
	}
	var clock atomic.Int64
	var history sync.Mutex
	var all sync.WaitGroup
	var operations []porcupine.Operation
	start := make(chan struct{})
	for n, click := range clicks {
		vote := c.vote(id, people[click.voter])
		vote.Reason = "racing"
		all.Go(func() {
			<-start
			called := clock.Add(1)
			answer, err := press(c.Context(), replicas[n%len(replicas)], click.kind, vote)
			returned := clock.Add(1)
			if err != nil {
				c.Error(err)
				return
			}
			history.Lock()
			defer history.Unlock()
			operations = append(operations, porcupine.Operation{ClientId: n, Input: click, Output: answer, Call: called, Return: returned})
		})
	}
	close(start)
	all.Wait()
	return operations
}

func press(ctx context.Context, s *store.Store, kind audit.VoteKind, vote store.Vote) (string, error) {
	var v store.Verdict
	var err error
	switch kind {
	case audit.VoteApprove:
		v, err = s.Approve(ctx, vote)
	case audit.VoteRefuse:
		v, err = s.Refuse(ctx, vote)
	default:
		vote.Person = carol
		v, err = s.Cancel(ctx, vote)
	}
	if v.Done.Counts() {
		return "counts", err
	}
	return string(v.Done), err
}

// secondReplica is another process with a connection of its own.
func (c *council) secondReplica() *store.Store {
	c.Helper()
	log, err := audit.Open(c.Context(), audit.Options{URL: c.url, Ephemeral: true, Clock: c.clock.now})
	must(c.T, err)
	c.Cleanup(func() { _ = log.Close() })
	return c.replica("second", func(o *store.Options) { o.Log, o.Ballots, o.Past = log, log, log })
}

// Somebody refuses while another's consent is on its way into the log.
func TestAConsentThatMeetsARefusalIsNone(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(one, create("correct horse battery")))
		c.hooks.on("before Vote approve", func() { c.refuse(id, dave, store.AnswerRefused) })
		c.approve(id, bob, store.AnswerDecided)
		c.is(id, "refused")
		c.unchanged(one, 0)
		if n := len(c.votes(id)); n != 1 {
			t.Errorf("%d votes are kept", n)
		}
	})
}

// Many people, many clicks each: one version, and a truthful answer to everyone.
func TestManyRacingApproversHaveOneEffect(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		people := make([]secret.Person, 16)
		for n := range people {
			people[n] = secret.Person{Scope: "T0TEAM", User: fmt.Sprintf("U0P%02d", n)}
			c.crowd.be(func(crowd *crowd) { crowd.group = append(crowd.group, people[n].User) })
		}
		id := c.ask(of(pay, create("correct horse battery")))
		replicas := []*store.Store{c.store, c.secondReplica()}
		var counted atomic.Int64
		var all sync.WaitGroup
		for n := range 48 {
			vote := c.vote(id, people[n%len(people)])
			all.Go(func() {
				v, err := replicas[n%2].Approve(t.Context(), vote)
				switch {
				case err != nil:
					t.Error(err)
				case v.Done.Counts():
					counted.Add(1)
				case v.Done != store.AnswerDecided && v.Done != store.AnswerRepeated:
					t.Errorf("the answer is %q", v.Done)
				}
				if v.Ended != nil {
					<-v.Ended
				}
			})
		}
		all.Wait()
		c.is(id, "applied")
		c.unchanged(pay, 1)
		if got := int64(len(c.votes(id))); got != counted.Load() || got < 2 {
			t.Errorf("%d votes are kept, %d were told that they count", got, counted.Load())
		}
	})
}

// A click and the end of the request's time, or of its hold, at the same moment.
func TestClicksRaceWithTheClock(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		second := c.secondReplica()
		for round := range 8 {
			ref := secret.Ref{Environment: "prod", Name: secret.Name(fmt.Sprintf("held-race-%d", round))}
			id := c.ask(of(ref, create("correct horse battery")))
			c.approve(id, bob, store.AnswerApproved)
			c.clock.skip(10 * time.Minute)
			var all sync.WaitGroup
			var stopped atomic.Bool
			vote := c.vote(id, erin)
			all.Go(func() { second.Round(t.Context()) })
			all.Go(func() {
				v, err := c.store.Stop(t.Context(), vote)
				if err != nil {
					t.Error(err)
				}
				stopped.Store(v.Done == store.AnswerStopped)
			})
			all.Wait()
			c.takeOver()
			want, versions := "applied", 1
			if stopped.Load() {
				want, versions = "refused: stopped", 0
			}
			c.is(id, want)
			c.unchanged(ref, versions)
		}
	})
}
