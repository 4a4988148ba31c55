package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/store"
)

// A patrol that read the row before the change went on sees what the change itself did.
func TestAPatrolVoidsNothingThatWentOnMeanwhile(t *testing.T) {
	c := newCouncil(t)
	first := c.ask(of(one, create("the one before")))
	c.approve(first, bob, store.AnswerApproved)
	id := c.ask(of(one, update(1, "the approved one")))
	c.hooks.on("before Get", func() { // of the patrol
		c.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Cut, Times: 1})
		c.hooks.on("before Add", func() {
			c.manager.Faults().Add(faults.Fault{Method: "AccessSecretVersion", Kind: faults.Refuse})
		})
		_, err := c.store.Approve(t.Context(), c.vote(id, bob))
		must(t, err)
		c.awaits(id, audit.EventUnknown)
	})
	patrol := c.replica("first", func(o *store.Options) { o.Patrol = 1 })
	patrol.Round(t.Context())
	c.is(id, "unknown")
	c.manager.Faults().Clear()
	c.store.Drain(t.Context())
	c.is(id, "applied")
}

// renewals counts how often leases were renewed.
type renewals struct {
	store.Log
	n atomic.Int64
}

func (r *renewals) Renew(ctx context.Context, owner string, until time.Time, ids []string) error {
	r.n.Add(1)
	return r.Log.Renew(ctx, owner, until, ids)
}

func TestLeasesAreRenewedWhileAPatrolWaits(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(one, create("waits for a patrol")))
	count := &renewals{Log: c.options.Log}
	s := c.replica("patrol", func(o *store.Options) { o.Patrol, o.Lease, o.Log = 1, 30*time.Millisecond, count })
	looked := make(chan struct{})
	c.hooks.on("before Get", func() {
		defer close(looked)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for before := count.n.Load(); count.n.Load() < before+3; {
			if ctx.Err() != nil {
				t.Error("no lease was renewed while a patrol waited for Secret Manager")
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.Run(ctx)
	}()
	<-looked
	stop()
	<-over
	s.Drain(t.Context())
	c.is(id, "staged")
}
