package store

import (
	"context"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// claimAtOnce is how many changes one round takes over.
const claimAtOnce = 64

// Run keeps the leases of this process and takes over what earlier or silent owners left,
// what has become due, and what may still show a late effect. It returns when ctx ends.
func (s *Store) Run(ctx context.Context) {
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

func (s *Store) round(ctx context.Context) {
	until := s.clock().Add(s.lease)
	if err := s.log.Renew(ctx, s.owner, until, s.live.working()); err != nil {
		s.logger.Warn("leases not renewed", "reason", err)
	}
	left, err := s.log.Claim(ctx, s.owner, until, claimAtOnce)
	if err != nil {
		s.logger.Warn("nothing taken over", "reason", err)
		return
	}
	for _, c := range left {
		s.live.work(c.ID, func() { s.guard(c.ID, func() { s.resume(context.WithoutCancel(ctx), c) }) })
	}
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

// resume is the crash table of design.md, section 6: what the next owner does with what it finds.
func (s *Store) resume(ctx context.Context, c audit.Change) {
	switch {
	case c.State.Ends():
		s.watchLate(ctx, c)
	case c.State == audit.EventRequested && c.Action.CarriesValue():
		s.lost(ctx, c)
	case c.State == audit.EventRequested:
		s.apply(ctx, c, secret.Value{})
	default:
		s.conclude(ctx, c)
	}
}

// lost ends a request whose value went with the process that held it.
func (s *Store) lost(ctx context.Context, c audit.Change) {
	r, err := s.Request(c)
	if err != nil {
		s.finish(ctx, work{change: c}, failed(DetailForged))
		return
	}
	s.finish(ctx, work{change: c, request: r}, failed(DetailLost))
}

// conclude finishes an attempt of an earlier owner: an Add is asked about, never repeated;
// everything else can be done again.
func (s *Store) conclude(ctx context.Context, c audit.Change) {
	unlock := s.live.lock(c.Ref)
	defer unlock()
	r, err := s.Request(c)
	if err != nil {
		s.finish(ctx, work{change: c}, failed(DetailForged))
		return
	}
	a, err := s.attemptOf(c)
	w := work{change: c, request: r, attempt: a}
	switch {
	case err != nil:
		s.finish(ctx, w, failed(DetailForged))
	case r.Action.CarriesValue() || r.Action == secret.Rollback:
		s.finish(ctx, w, s.ask(ctx, w))
	default:
		s.finish(ctx, w, s.perform(ctx, w))
	}
}
