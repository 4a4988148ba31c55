package store

import (
	"bytes"
	"context"
	"errors"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// work is one change in the hands of this process.
type work struct {
	change  audit.Change // the row as the log last returned it
	request Request      // made here or proven; begin reads it where there is none yet
	attempt attempt
	value   secret.Value // what was typed; zero for an action without bytes of its own
	// deciders are who agreed, as the column decided_by shows them.
	deciders string
}

// start applies a change of ours in the background, or stages it where others have to
// agree first. R is what c asks for, made here or proven. The channel closes when that is
// recorded, or has to be left to the next owner.
func (s *Store) start(c audit.Change, r Request, v secret.Value, release func()) <-chan struct{} {
	next := func() { s.apply(context.Background(), work{change: c, request: r, value: v}) }
	if c.State == audit.EventRequested && r.waits() {
		next = func() { s.stage(context.Background(), c, v) }
	}
	wait := s.live.rush.aside()
	return s.live.run(c.ID, func() {
		defer release()
		defer v.Wipe()
		wait()
		s.guard(c.ID, next)
	})
}

// asks reports whether others have to agree to a change.
func (s *Store) asks(c audit.Change) bool {
	r, err := s.Request(c)
	return err == nil && r.waits()
}

// guard is secret.Guard for the work on a change; "" for none.
func (s *Store) guard(id string, f func()) {
	secret.Guard(s.logger.With("change", id), "store", f)
}

// apply carries one requested change out and records its outcome.
func (s *Store) apply(ctx context.Context, w work) {
	ctx = WithChange(ctx, w.change.ID)
	defer s.live.lock(w.change.Ref)()
	defer func() { w.value.Wipe() }()
	o, begun := s.begin(ctx, &w)
	if begun {
		o = s.insist(ctx, &w, s.perform(ctx, &w))
	}
	s.finish(ctx, &w, o)
}

// begin makes the attempt durable. What is applied is what is stored, and what is stored is
// what was sealed: the row that the log returns bears the very bytes, and the very seal, of
// the one that was made or proven here. Unless it is begun, the outcome holds.
func (s *Store) begin(ctx context.Context, w *work) (o outcome, begun bool) {
	before := w.change
	takenUp := w.request.ID == "" // of whoever just asked for it, it is at hand
	if takenUp {
		var err error
		if w.request, err = s.Request(before); err != nil {
			return failed(DetailForged), false
		}
	}
	r := w.request
	switch now := s.clock(); {
	case now.Before(r.Due()):
		return failed(DetailForged), false // the row says that it is due, the seal says that it is not
	case !r.waits() && !r.later() && now.After(fromMS(r.CreatedMS).Add(s.give)),
		r.later() && now.After(r.Due().Add(repeatable)):
		return failed(DetailOverdue), false
	}
	if takenUp && !r.waits() && !r.Emergency && !r.Action.CarriesValue() {
		if o, ok := s.untried(ctx, w); !ok {
			return o, false
		}
	}
	from := audit.EventRequested
	if r.waits() {
		if !s.asked(ctx, w) {
			return outcome{}, false
		}
		if o, ok := s.agreed(ctx, w); !ok {
			return o, false
		}
		from = w.change.State
	}
	if r.Emergency {
		if o, ok := s.actsAlone(ctx, w); !ok {
			return o, false
		}
	}
	w.attempt = attempt{ID: r.ID, Base: r.Base, Deadline: s.deadline()}
	var err error
	if w.attempt.Prior, err = s.prior(ctx, r); err != nil {
		return s.unbegun(w, err), false
	}
	if err := s.advance(ctx, w, from, audit.EventApplying, w.applying()); err != nil {
		return s.left(w, err), false
	}
	if before.Seal != w.change.Seal || !bytes.Equal(before.Request, w.change.Request) || !r.fits(w.change) {
		return failed(DetailForged), false
	}
	return outcome{}, true
}

// applying is the record of an attempt.
func (w *work) applying() audit.Record {
	rec := w.request.record(audit.EventApplying)
	rec.Version, rec.DecidedBy = w.request.Base.String(), w.deciders
	rec.Detail += priorDetail(w.attempt.Prior)
	return rec
}

// unbegun is the outcome of a change whose prior versions could not be read.
func (s *Store) unbegun(w *work, err error) outcome {
	_, answered := errors.AsType[*CallError](err)
	switch {
	case errors.Is(err, ErrForged), errors.Is(err, errAdded):
		return failed(DetailVersions)
	case answered:
		return failedBy(err)
	}
	return s.left(w, err)
}

// left leaves a change that the log does not answer for to its next owner.
func (s *Store) left(w *work, err error) outcome {
	s.logger.Error("change left to the next owner", "change", w.change.ID, "reason", err)
	return outcome{}
}

// deadline is when the calls of an attempt that begins now are over (inTime).
func (s *Store) deadline() int64 { return s.clock().Add(3 * s.call).UnixMilli() }

// perform does what the request asks for. All but an Add may be done again.
func (s *Store) perform(ctx context.Context, w *work) outcome {
	switch w.request.Action {
	case secret.Create, secret.Update, secret.Rollback:
		return s.write(ctx, w)
	}
	if !s.matchesCommitment(w.request, nil) {
		return failed(DetailCommitment)
	}
	switch w.request.Action {
	case secret.Delete:
		return s.trash(ctx, w)
	case secret.Restore:
		return s.untrash(ctx, w)
	case secret.Remind:
		return s.remind(ctx, w)
	}
	return s.retire(ctx, w)
}

// advance moves the change on with its attempt, which stays this process's work.
func (s *Store) advance(ctx context.Context, w *work, from, to audit.Event, recs ...audit.Record) error {
	text, seal, err := s.sealAttempt(w.attempt)
	if err != nil {
		return err
	}
	row, err := s.step(ctx, audit.Step{
		ID: w.change.ID, From: []audit.Event{from}, To: to, Attempt: text, AttemptSeal: seal,
		LeaseUntil: s.clock().Add(s.lease), Records: recs,
	})
	if err == nil {
		w.change = row
	}
	return err
}

// step is one Advance, repeated while the log may take it a little later. Its states make
// the repeat of a step that was taken after all a no-op (audit.ErrMoved).
func (s *Store) step(ctx context.Context, step audit.Step) (row audit.Change, err error) {
	step.Owner = s.owner
	err = s.retry(ctx, func(ctx context.Context) error {
		row, err = s.log.Advance(ctx, step)
		return err
	})
	return row, err
}

// finish records the outcome. When the log can't take it, the change is left to its next
// owner, who finds the same answer in Secret Manager.
func (s *Store) finish(ctx context.Context, w *work, o outcome) {
	if o.event == "" {
		return
	}
	if _, err := s.end(ctx, w, o); err != nil {
		s.logger.Error("outcome not recorded", "change", w.change.ID, "outcome", o.event, "reason", err)
	}
}

// end records the outcome of a change that is still as it was judged. That frees what the
// change held: its place among the open ones, its key, and then the staged value. An
// emergency keeps its place until it is reviewed.
func (s *Store) end(ctx context.Context, w *work, o outcome) (audit.Change, error) {
	if err := s.plan(ctx, w.request, o); err != nil {
		return audit.Change{}, err
	}
	step := audit.Step{
		ID: w.change.ID, From: []audit.Event{w.change.State}, To: o.event,
		Version: o.version, Leave: !w.request.Emergency, Records: []audit.Record{w.result(o)},
	}
	if o.watch {
		step.Due = s.clock().Add(watchEvery)
	}
	c, err := s.step(ctx, step)
	if err == nil {
		s.clear(ctx, w.request)
	}
	return c, err
}

// watchEvery is how often an ended change is looked at for a late effect, watchFor for how long.
const (
	watchEvery = 10 * time.Minute
	watchFor   = time.Hour
)
