package store

import (
	"context"
	"slices"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// claimAtOnce is how many changes one round takes over.
const claimAtOnce = 64

// Run keeps the leases of this process and takes over what earlier or silent owners left,
// what has become due, and what may still show a late effect. It returns when ctx ends.
func (s *Store) Run(ctx context.Context) {
	s.live.running.Go(func() { s.guard("", func() { s.keepLedger(ctx) }) })
	tick := time.NewTicker(s.lease / 3)
	defer tick.Stop()
	for {
		s.guard("", func() { s.round(ctx) })
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round renews the leases of what is worked on, and takes over what is free. A change that
// this process works on is left alone even when its lease ran out.
func (s *Store) round(ctx context.Context) {
	until := s.clock().Add(s.lease)
	working := s.live.working()
	if err := s.log.Renew(ctx, s.owner, until, working); err != nil {
		s.logger.Warn("leases not renewed", "reason", err)
	}
	left, err := s.log.Claim(ctx, s.owner, until, claimAtOnce)
	if err != nil {
		s.logger.Warn("nothing taken over", "reason", err)
		return
	}
	for _, c := range left {
		if !slices.Contains(working, c.ID) {
			s.live.run(c.ID, func() { s.guard(c.ID, func() { s.resume(context.WithoutCancel(ctx), c) }) })
		}
	}
	s.patrolling(ctx)
}

// Drain waits until the changes at hand have their outcome, or ctx ends; what is left then
// is taken over by the next owner.
func (s *Store) Drain(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.live.running.Wait()
	}()
	select {
	case <-ctx.Done():
	case <-done:
	}
}

// resume is the crash table of internal/README.md: what the next owner does with what it finds.
func (s *Store) resume(ctx context.Context, c audit.Change) {
	ctx = WithChange(ctx, c.ID)
	switch {
	case c.State.Ends():
		s.watchLate(ctx, c)
	case c.State == audit.EventStaged:
		s.reconsider(ctx, c)
	case c.State == audit.EventHeld:
		s.apply(ctx, work{change: c})
	case c.State == audit.EventRequested && c.Action.CarriesValue():
		s.lost(ctx, c)
	case c.State == audit.EventRequested && s.asks(c): // it brings no bytes of its own
		s.stage(ctx, c, secret.Value{})
	case c.State == audit.EventRequested:
		s.apply(ctx, work{change: c})
	default:
		s.conclude(ctx, c)
	}
}

// lost ends a request whose value went with the process that held it.
func (s *Store) lost(ctx context.Context, c audit.Change) {
	w := work{change: c}
	o := failed(DetailLost)
	var err error
	if w.request, err = s.Request(c); err != nil {
		o = failed(DetailForged)
	}
	s.finish(ctx, &w, o)
}

// conclude finishes an attempt of an earlier owner: an Add is asked about, never repeated;
// everything else can be done again.
func (s *Store) conclude(ctx context.Context, c audit.Change) {
	defer s.live.lock(c.Ref)()
	w := work{change: c}
	var err error
	if w.request, err = s.Request(c); err == nil {
		w.attempt, err = s.attemptOf(c)
	}
	var o outcome
	switch r := w.request; {
	case err != nil:
		o = failed(DetailForged)
	case r.Action.CarriesValue() || r.Action == secret.Rollback:
		w.deciders = s.deciders(ctx, w.request)
		o = s.insist(ctx, &w, s.ask(ctx, &w))
	default:
		o = s.redo(ctx, &w)
	}
	s.finish(ctx, &w, o)
	w.value.Wipe()
}

// redo performs what may be done again. Whoever can write the database can set back the
// row of an attempt that has ended, but not the log.
func (s *Store) redo(ctx context.Context, w *work) outcome {
	switch ended, err := s.ended(ctx, w.request); {
	case err != nil:
		return s.left(w, err)
	case s.clock().After(fromMS(w.attempt.Deadline).Add(repeatable)):
		return failed(DetailOverdue)
	case ended:
		return failed(DetailForged)
	}
	w.deciders = s.deciders(ctx, w.request)
	return s.perform(ctx, w)
}

// deciders are who agreed to a change that an earlier owner began; "" where that can't be
// read, since it is proven already and only shown.
func (s *Store) deciders(ctx context.Context, r Request) string {
	if !r.waits() {
		return ""
	}
	ballots, err := s.ballots(ctx, r)
	if err != nil {
		return ""
	}
	return count(r, ballots, nil).deciders()
}
