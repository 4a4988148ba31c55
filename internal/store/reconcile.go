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
func (s *Store) ask(ctx context.Context, w work) outcome {
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		answer := s.look(ctx, w)
		if answer.event == audit.EventApplied || s.settled(w) && answer.event != "" {
			return answer
		}
		if err := s.unknown(ctx, &w); err != nil {
			return outcome{}
		}
		if !sleep(ctx, wait) {
			return outcome{}
		}
	}
}

// settled reports whether an Add of this attempt can no longer appear.
func (s *Store) settled(w work) bool {
	return s.clock().After(fromMS(w.attempt.Deadline).Add(s.settle))
}

// unknown records once that the answer is open, and keeps the lease.
func (s *Store) unknown(ctx context.Context, w *work) error {
	if w.change.State == audit.EventUnknown {
		return nil
	}
	row, err := s.advance(ctx, w.change.ID, []audit.Event{audit.EventApplying}, audit.EventUnknown, w.attempt, w.request.record(audit.EventUnknown))
	if err == nil {
		w.change = row
	}
	return err
}

// look reads the versions after the base, once. It answers applied (ours is there), raced
// (only others are), failed (none is), or nothing when Secret Manager gave no clear answer.
func (s *Store) look(ctx context.Context, w work) outcome {
	o := outcome{event: audit.EventFailed, detail: DetailNotWritten, watch: true}
	for n := w.attempt.Base + 1; ; n++ {
		value, err := s.read(ctx, w.request.target(), n)
		switch {
		case err == nil && s.commits(w.request, value.Reveal()):
			return s.found(w, n, value)
		case err == nil, kindOf(err) == Stale: // another's, or already disabled by hand
			o = outcome{event: audit.EventRaced, detail: DetailRaced, watch: true}
		case kindOf(err) == NotFound:
			return o
		default:
			return outcome{}
		}
	}
}

// found is applied, with a word about others who added versions before ours.
func (s *Store) found(w work, n secret.Version, value secret.Value) outcome {
	w.value = value
	return s.added(w, n)
}

// read is one Access under its own time limit.
func (s *Store) read(ctx context.Context, t Target, n secret.Version) (v secret.Value, err error) {
	err = s.within(ctx, func(ctx context.Context) error {
		v, err = s.versions.Access(ctx, t, n)
		return err
	})
	return v, err
}

// watchLate looks once more at a change that ended without its Add being answered. What
// appears late is still recorded.
func (s *Store) watchLate(ctx context.Context, c audit.Change) {
	r, err := s.Request(c)
	if err != nil {
		s.unwatch(ctx, c, time.Time{})
		return
	}
	a, err := s.attemptOf(c)
	w := work{change: c, request: r, attempt: a}
	if err == nil {
		if o := s.look(ctx, w); o.event == audit.EventApplied {
			o.detail = "late"
			s.finish(ctx, w, o)
			return
		}
	}
	next := s.clock().Add(watchEvery)
	if err != nil || next.After(c.Created.Add(watchFor)) {
		next = time.Time{}
	}
	s.unwatch(ctx, c, next)
}

// unwatch sets when an ended change is looked at again; the zero time means never.
func (s *Store) unwatch(ctx context.Context, c audit.Change, next time.Time) {
	step := audit.Step{ID: c.ID, From: []audit.Event{c.State}, To: c.State, Owner: s.owner, Version: c.Version, Due: next}
	if _, err := s.log.Advance(ctx, step); err != nil {
		s.logger.Warn("late look not recorded", "change", c.ID, "reason", err)
	}
}
