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
func (s *Store) write(ctx context.Context, w *work) outcome {
	if w.request.Action == secret.Rollback {
		value, err := s.persistRead(ctx, w.request.target(), w.request.Source)
		if err != nil {
			return failedBy(err)
		}
		defer value.Wipe()
		w.value = value
	}
	if !s.matchesCommitment(w.request, w.value.Reveal()) {
		return failed(DetailCommitment)
	}
	// The base is confirmed twice: before the metadata, so that a change which lost leaves
	// none behind, and right before the Add. A secret that is not there has no versions.
	steps := []func(context.Context, *work) outcome{s.unraced, s.metadata, s.unraced}
	if w.request.makes() {
		steps = steps[1:]
	}
	for _, step := range steps {
		if o := step(ctx, w); o.event != "" {
			return o
		}
	}
	return s.add(ctx, w)
}

// makes reports whether the secret itself is to be made, which Secret Manager refuses where
// somebody else was faster.
func (r Request) makes() bool { return r.Action == secret.Create && r.Etag == "" }

// unraced confirms once more that nobody added a version since the base. Secret Manager
// offers no precondition on adding, so that the gap between here and the Add remains; what
// slips through it is found afterwards and told.
func (s *Store) unraced(ctx context.Context, w *work) outcome {
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
// that it is done. No Add was sent yet, so that whatever goes wrong here is a failure.
func (s *Store) metadata(ctx context.Context, w *work) outcome {
	r := w.request
	patch := Patch{Labels: r.Labels, Annotations: r.Annotations, Etag: r.Etag}
	write := s.secrets.Update
	if r.makes() {
		write = s.secrets.Create
	}
	err := s.persist(ctx, func(ctx context.Context) error {
		_, err := write(ctx, r.target(), patch)
		return err
	})
	o, err := s.unlessMarked(ctx, r, nil, err)
	if err != nil {
		return failedBy(err)
	}
	return o
}

// unlessMarked forgives an error of a metadata write whose effect is there all the same:
// an earlier, unanswered attempt of this very change made it. Expires is as in Patch.
func (s *Store) unlessMarked(ctx context.Context, r Request, expires *time.Time, err error) (outcome, error) {
	if err == nil || kindOf(err) != Stale && kindOf(err) != Exists {
		return outcome{}, err
	}
	var now Secret
	if err := s.retry(ctx, func(ctx context.Context) (err error) {
		now, _, err = s.get(ctx, r.target())
		return err
	}); err != nil {
		return outcome{}, err
	}
	if now.Annotations[NoteOp] == r.ID && (expires == nil || expires.IsZero() == now.Expires.IsZero()) {
		return outcome{}, nil
	}
	return outcome{event: audit.EventRaced, detail: DetailMetadata}, nil
}

// add sends the bytes. Only an Add that certainly had no effect (Busy) is sent again;
// where the answer was lost, Secret Manager is asked by number instead.
func (s *Store) add(ctx context.Context, w *work) outcome {
	giveUp := s.clock().Add(s.give)
	for p := s.pause(); ; {
		n, err := s.addOnce(ctx, w)
		switch e, known := errors.AsType[*CallError](err); {
		case err == nil:
			return s.added(w, n, w.value)
		case !known || e.Effect():
			return s.ask(ctx, w)
		case e.Kind != Busy || s.clock().Add(e.RetryAfter).After(giveUp):
			return failedBy(err)
		default:
			if !p.wait(ctx, e.RetryAfter) {
				return outcome{}
			}
		}
	}
}

// addOnce sends one Add. That it is over by the attempt's deadline is durable before it leaves.
func (s *Store) addOnce(ctx context.Context, w *work) (n secret.Version, err error) {
	if err := s.inTime(ctx, w); err != nil {
		return 0, &CallError{Op: "AddSecretVersion", Kind: Ambiguous} // it may be the next owner's by now
	}
	err = s.within(ctx, func(ctx context.Context) error {
		n, err = s.versions.Add(ctx, w.request.target(), w.value)
		return err
	})
	return n, err
}

// inTime lets a call begin that is over by the attempt's deadline, which it puts off where
// there is less time left. An error means that the change may be another's by now: this
// process slept, and what it was about to do may be done, and taken back since.
func (s *Store) inTime(ctx context.Context, w *work) error {
	if !s.clock().Add(s.call).After(fromMS(w.attempt.Deadline)) {
		return nil
	}
	w.attempt.Deadline = s.deadline()
	return s.advance(ctx, w, w.change.State, w.change.State)
}

// added is applied: version n holds the bytes.
func (s *Store) added(w *work, n secret.Version, v secret.Value) outcome {
	r := w.request
	s.names.Note(r.Project, Secret{Target: r.target(), Labels: r.Labels, Annotations: r.Annotations})
	o := outcome{event: audit.EventApplied, version: n, written: s.written(r.Ref(), v)}
	if n != w.attempt.Base+1 {
		o.detail = DetailRaced // ours is the newest, but someone else added one in between
	}
	return o
}
