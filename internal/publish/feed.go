package publish

import (
	"context"
	"log/slog"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Feed is a follower's way through the log; *audit.Log is the real one.
type Feed interface {
	Follow(ctx context.Context, from int64, limit int) ([]audit.Record, error)
	Wait(ctx context.Context, after int64) error
	Lease(ctx context.Context, feed, owner string, until time.Time) (watermark int64, held bool, err error)
	Mark(ctx context.Context, feed, owner string, from, to int64) error
}

// follower brings one feed forward: it keeps the feed's lease, reads what follows the
// watermark, hands it on in order and moves the watermark. Of several replicas one holds
// the lease; the others wait for it to fall silent.
type follower struct {
	feed   Feed
	name   string
	owner  string
	limit  int // records handed on at once
	lease  time.Duration
	clock  func() time.Time
	logger *slog.Logger
	// handle deals with records and returns how many of the first of them are done with.
	// An error ends the round; what was done is marked all the same.
	handle func(ctx context.Context, records []audit.Record) (done int, err error)
	// patrol, if not nil, does now and then what no record asks for, between two batches.
	patrol func(ctx context.Context)
	// patrolled is when it did so last.
	patrolled time.Time
	// ground, if not nil, stops what handle left under way: someone else has the lease.
	ground func()

	mark  int64     // the watermark, known until renew
	renew time.Time // when the lease is renewed, long before it ends
}

// patrolEvery is how often a follower patrols, unless a batch takes longer.
const patrolEvery = 30 * time.Second

// pause is how long a follower waits after a fault, or for another's lease to expire.
const pause = time.Second

// run follows until ctx ends.
func (f *follower) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := f.round(ctx); err != nil && ctx.Err() == nil {
			f.renew = time.Time{} // someone else may be at it
			f.logger.Warn("feed held up", "feed", f.name, "reason", err)
			wait(ctx, pause)
		}
	}
}

// round waits for records after the watermark and deals with one batch of them.
func (f *follower) round(ctx context.Context) error {
	held, err := f.hold(ctx)
	if err != nil {
		return err
	}
	if !held {
		if f.ground != nil {
			f.ground()
		}
		wait(ctx, pause)
		return nil
	}
	if now := f.clock(); f.patrol != nil && now.Sub(f.patrolled) >= patrolEvery {
		f.patrolled = now
		if !f.working(ctx, f.patrol) {
			f.renew = time.Time{}
			return nil
		}
	}
	records, err := f.feed.Follow(ctx, f.mark+1, f.limit)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return f.idle(ctx)
	}
	done := 0
	f.working(ctx, func(ctx context.Context) { done, err = f.handle(ctx, records) })
	if done > 0 {
		next := f.mark + int64(done)
		if err := f.feed.Mark(ctx, f.name, f.owner, f.mark, next); err != nil {
			return err
		}
		f.mark = next
	}
	return err
}

// hold makes sure of the lease, of which half is left at the least, and of the watermark.
// Every write that it saves is one less for people's requests to wait for.
func (f *follower) hold(ctx context.Context) (held bool, err error) {
	now := f.clock()
	if now.Before(f.renew) {
		return true, nil
	}
	f.mark, held, err = f.feed.Lease(ctx, f.name, f.owner, now.Add(f.lease))
	if err == nil && held {
		f.renew = now.Add(f.lease / 2)
	}
	return held, err
}

// idle waits for the next record, for no longer than until the lease is renewed or a patrol
// is due.
func (f *follower) idle(ctx context.Context) error {
	until := f.renew
	if patrol := f.patrolled.Add(patrolEvery); f.patrol != nil && patrol.Before(until) {
		until = patrol
	}
	ctx, cancel := context.WithTimeout(ctx, until.Sub(f.clock()))
	defer cancel()
	if err := f.feed.Wait(ctx, f.mark); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// working does the work and renews the lease meanwhile. When the lease is lost the work is
// stopped, and kept is false: someone else is at it.
func (f *follower) working(ctx context.Context, work func(context.Context)) (kept bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		if secret.Guard(f.logger, "publish: lease of "+f.name, func() { f.keep(ctx, cancel) }) {
			cancel() // nobody renews it any more
		}
	}()
	work(ctx)
	return ctx.Err() == nil
}

// keep renews the lease until ctx ends, and tells when someone else has it.
func (f *follower) keep(ctx context.Context, lost func()) {
	for wait(ctx, f.lease/3) {
		_, held, err := f.feed.Lease(ctx, f.name, f.owner, f.clock().Add(f.lease))
		if err == nil && !held {
			lost()
		}
	}
}

// giveBack ends a feed's lease, so that whoever comes next has not to wait for its end.
// Whether it worked does not matter: the lease expires by itself.
func giveBack(ctx context.Context, feed Feed, name, owner string, clock func() time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	feed.Lease(ctx, name, owner, clock().Add(-time.Second))
}

// wait sleeps; false means that ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
