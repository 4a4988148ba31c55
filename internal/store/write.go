package store

import (
	"context"
	"errors"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// write adds the version that a create, an update or a rollback asks for: at most one
// metadata write, then one Add.
func (s *Store) write(ctx context.Context, w work) outcome {
	if w.request.Action == secret.Rollback {
		value, err := s.access(ctx, w.request.target(), w.request.Source)
		if err != nil {
			return failedBy(err)
		}
		w.value = value
		defer value.Wipe()
	}
	if !s.commits(w.request, w.value.Reveal()) {
		return failed(DetailCommitment)
	}
	if o := s.metadata(ctx, w); o.event != "" {
		return o
	}
	if o := s.unraced(ctx, w); o.event != "" {
		return o
	}
	return s.add(ctx, w)
}

// access reads the bytes of one version, as often as passing faults need.
func (s *Store) access(ctx context.Context, t Target, n secret.Version) (v secret.Value, err error) {
	ctx = WithChange(ctx, ChangeOf(ctx))
	err = s.persist(ctx, func(ctx context.Context) error {
		v, err = s.versions.Access(ctx, t, n)
		return err
	})
	return v, err
}

// unraced confirms once more that nobody added a version since the base. Secret Manager
// offers no precondition on adding, so that the gap between here and the Add remains; what
// slips through it is found afterwards and told.
func (s *Store) unraced(ctx context.Context, w work) outcome {
	free := false
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		free, err = s.free(ctx, w.request.target(), w.attempt.Base+1)
		return err
	})
	switch {
	case err != nil:
		return failedBy(err)
	case !free:
		return outcome{event: audit.EventRaced, detail: DetailRaced}
	}
	return outcome{}
}

// metadata creates the secret or sets its labels and annotations. The zero outcome means
// that it is done.
func (s *Store) metadata(ctx context.Context, w work) outcome {
	r := w.request
	patch := Patch{Labels: r.Labels, Annotations: r.Annotations, Etag: r.Etag}
	created := false
	err := s.persist(WithChange(ctx, r.ID), func(ctx context.Context) (err error) {
		if r.Action == secret.Create && r.Etag == "" && !created {
			_, err = s.secrets.Create(ctx, r.target(), patch)
			created = err == nil
			return err
		}
		_, err = s.secrets.Update(ctx, r.target(), patch)
		return err
	})
	return s.unlessMarked(ctx, r, err)
}

// unlessMarked forgives an error of a metadata write whose effect is there all the same:
// an earlier, unanswered attempt of this very change made it.
func (s *Store) unlessMarked(ctx context.Context, r Request, err error) outcome {
	if err == nil {
		return outcome{}
	}
	if k := kindOf(err); k != Stale && k != Exists {
		return failedBy(err)
	}
	var now found
	if err := s.retry(ctx, func(ctx context.Context) (err error) {
		now, err = s.get(ctx, r.target())
		return err
	}); err != nil {
		return failedBy(err)
	}
	if now.secret.Annotations[NoteOp] == r.ID {
		return outcome{}
	}
	return outcome{event: audit.EventRaced, detail: DetailMetadata}
}

// add sends the bytes. Only an Add that certainly had no effect (Busy) is sent again;
// where the answer was lost, Secret Manager is asked by number instead.
func (s *Store) add(ctx context.Context, w work) outcome {
	giveUp := s.clock().Add(s.give)
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		call, cancel := context.WithDeadline(WithChange(ctx, w.request.ID), fromMS(w.attempt.Deadline))
		n, err := s.versions.Add(call, w.request.target(), w.value)
		cancel()
		switch e, _ := errors.AsType[*CallError](err); {
		case err == nil:
			return s.added(w, n)
		case e == nil || e.Effect():
			return s.ask(ctx, w)
		case e.Kind != Busy || s.clock().After(giveUp):
			return failedBy(err)
		default:
			wait = max(wait, e.RetryAfter)
		}
		if !sleep(ctx, wait) {
			return outcome{}
		}
		if err := s.prolong(ctx, &w); err != nil {
			return outcome{}
		}
	}
}

// added is the outcome of an answered Add.
func (s *Store) added(w work, n secret.Version) outcome {
	s.names.Note(w.request.Project, Secret{Target: w.request.target(), Labels: w.request.Labels, Annotations: w.request.Annotations})
	o := outcome{event: audit.EventApplied, version: n, value: w.value}
	if n != w.attempt.Base+1 {
		o.detail = DetailRaced // ours is the newest, but someone else added one in between
	}
	return o
}

// prolong records a later deadline before the next Add is sent.
func (s *Store) prolong(ctx context.Context, w *work) error {
	w.attempt.Deadline = s.clock().Add(s.call).UnixMilli()
	row, err := s.advance(ctx, w.change.ID, []audit.Event{w.change.State}, w.change.State, w.attempt)
	if err == nil {
		w.change = row
	}
	return err
}

// sleep waits; false means that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
