package store

import (
	"context"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// ask finds out what an unanswered Add did. Versions are read by number from the base on;
// the keyed commitment alone tells ours from another's, since a checksum can be matched on
// purpose. Until the settling time is over the change is `unknown`, which the person is told.
func (s *Store) ask(ctx context.Context, w *work) outcome {
	for p := s.pause(); ; {
		settled := s.settled(w) // before looking: what is not there afterwards never will be
		answer := s.look(ctx, w)
		if answer.event == audit.EventApplied || settled && answer.event != "" {
			return answer
		}
		if err := s.unknown(ctx, w); err != nil {
			return s.left(w, err)
		}
		if !p.wait(ctx, 0) {
			return outcome{}
		}
	}
}

// settled reports whether an Add of this attempt can no longer appear.
func (s *Store) settled(w *work) bool {
	return s.clock().After(fromMS(w.attempt.Deadline).Add(s.settle))
}

// unknown records once that the answer is open, and keeps the lease.
func (s *Store) unknown(ctx context.Context, w *work) error {
	if w.change.State == audit.EventUnknown {
		return nil
	}
	return s.advance(ctx, w, audit.EventApplying, audit.EventUnknown, w.request.record(audit.EventUnknown))
}

// look reads the versions after the base, once. It answers applied (ours is there), raced
// (only others are), failed (none is), or nothing when Secret Manager gave no clear answer.
func (s *Store) look(ctx context.Context, w *work) outcome {
	o := outcome{event: audit.EventFailed, detail: DetailNotWritten, watch: true}
	for n := w.attempt.Base + 1; ; n++ {
		value, err := s.read(ctx, w.request.target(), n)
		ours := err == nil && s.matchesCommitment(w.request, value.Reveal())
		if ours {
			ours, err = s.unclaimed(ctx, w, n)
		}
		switch {
		case ours:
			defer value.Wipe()
			return s.added(w, n, value)
		case err == nil, kindOf(err) == Stale: // another's, or already disabled by hand
			value.Wipe()
			o = outcome{event: audit.EventRaced, detail: DetailRaced, watch: true}
		case kindOf(err) == NotFound:
			return o
		default:
			value.Wipe()
			return outcome{}
		}
	}
}

// unclaimed reports whether no other change made version n: whoever was told of a failure
// sends the same bytes again, and then they are the later change's. What came before the
// secret was made is about another one of that name.
func (s *Store) unclaimed(ctx context.Context, w *work, n secret.Version) (bool, error) {
	ref := w.request.Ref()
	applied, err := s.log.Find(ctx, audit.Query{Ref: &ref, States: []audit.Event{audit.EventApplied}})
	for _, c := range applied { // the newest first
		switch {
		case w.request.makes() && c.ID < w.change.ID:
			return true, nil
		case c.Version == n && c.ID != w.change.ID:
			return false, nil
		case c.Action == secret.Create:
			return true, nil
		}
	}
	return err == nil, err
}

// read is one Access under its own time limit.
func (s *Store) read(ctx context.Context, t Target, n secret.Version) (v secret.Value, err error) {
	err = s.within(ctx, func(ctx context.Context) error {
		v, err = s.versions.Access(ctx, t, n)
		return err
	})
	return v, err
}

// persistRead is read, repeated while its fault may pass.
func (s *Store) persistRead(ctx context.Context, t Target, n secret.Version) (v secret.Value, err error) {
	err = s.retry(ctx, func(ctx context.Context) error {
		v, err = s.read(ctx, t, n)
		return err
	})
	return v, err
}

// watchLate looks once more at a change that ended without its Add being answered. What
// appears late is still recorded. A forged row is watched no more: its outcome stands.
func (s *Store) watchLate(ctx context.Context, c audit.Change) {
	defer s.live.lock(c.Ref)()
	w := work{change: c}
	var err error
	if w.request, err = s.Request(c); err == nil {
		w.attempt, err = s.attemptOf(c)
	}
	if err != nil {
		s.watchAgain(ctx, c, time.Time{})
		return
	}
	if o := s.lookLate(ctx, &w); o.event == audit.EventApplied {
		o.detail = DetailLate
		s.finish(ctx, &w, o)
		return
	}
	next := s.clock().Add(watchEvery)
	if next.After(fromMS(w.attempt.Deadline).Add(watchFor)) {
		next = time.Time{}
	}
	s.watchAgain(ctx, c, next)
}

// lookLate is look, once no other change of the secret is open: the same bytes may be its.
func (s *Store) lookLate(ctx context.Context, w *work) outcome {
	ref := w.request.Ref()
	open, err := s.log.Find(ctx, audit.Query{Ref: &ref, States: []audit.Event{audit.EventApplying, audit.EventUnknown}, Limit: 1})
	if err != nil || len(open) > 0 {
		return outcome{}
	}
	return s.look(ctx, w)
}

// watchAgain sets when an ended change is looked at again; the zero time means never.
func (s *Store) watchAgain(ctx context.Context, c audit.Change, next time.Time) {
	step := audit.Step{ID: c.ID, From: []audit.Event{c.State}, To: c.State, Due: next}
	if _, err := s.step(ctx, step); err != nil {
		s.logger.Warn("late look not recorded", "change", c.ID, "reason", err)
	}
}
