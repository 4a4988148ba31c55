package store

import (
	"context"
	"errors"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// goOn takes a change that enough people agreed to one step further: into its hold, or to
// be applied, where everything is proven once more.
func (s *Store) goOn(ctx context.Context, c audit.Change, r Request, t tally) (audit.Change, <-chan struct{}, error) {
	until := t.since().Add(r.Hold())
	if !s.clock().Before(until) {
		return c, s.start(c, r, secret.Value{}, func() {}), nil
	}
	rec := r.record(audit.EventHeld)
	rec.DecidedBy = t.deciders()
	rec.Detail += ": until " + until.UTC().Format(time.RFC3339)
	held, err := s.step(ctx, audit.Step{
		ID: r.ID, From: []audit.Event{audit.EventStaged}, To: audit.EventHeld, Due: until, Records: []audit.Record{rec},
	})
	if errors.Is(err, audit.ErrMoved) {
		held, _, err = s.byID(ctx, r.ID) // another vote, counted at the same time, was faster
	}
	return held, nil, err
}

// asked reads the row again, now that no other worker here is at the same secret: a vote
// counted at the same time may have got further already.
func (s *Store) asked(ctx context.Context, w *work) bool {
	c, ok, err := s.byID(ctx, w.change.ID)
	if err != nil || !ok {
		s.left(w, err)
		return false
	}
	w.change = c
	return c.State == audit.EventStaged || c.State == audit.EventHeld
}

// reconsider counts the votes of a waiting change whose time has come: to go on where a
// process ended between the last vote and its effect, to end it when its time is over, or
// to let it wait.
func (s *Store) reconsider(ctx context.Context, c audit.Change) {
	w := work{change: c}
	var err error
	var ballots []ballot
	if w.request, err = s.Request(c); err == nil {
		ballots, err = s.ballots(ctx, w.request)
	}
	switch t := count(w.request, ballots, nil); {
	case errors.Is(err, ErrForged):
		s.finish(ctx, &w, failed(DetailForged))
	case err != nil:
		s.left(&w, err)
	case t.against != nil: // the row says that it waits, the vote that it has ended
		s.finish(ctx, &w, failed(DetailForged))
	case t.met():
		s.resumeAgreed(ctx, &w, ballots)
	default:
		s.expireOrWait(ctx, &w)
	}
}

// resumeAgreed goes on if the votes still count with the people as they are now; if not,
// others may still agree.
func (s *Store) resumeAgreed(ctx context.Context, w *work, ballots []ballot) {
	now, detail, err := s.stands(ctx, w.request)
	if detail != "" {
		s.finish(ctx, w, voided(detail))
		return
	}
	var t tally
	if err == nil {
		t, err = s.recount(ctx, w.request, ballots, now)
	}
	switch {
	case err == nil && t.met():
		if _, _, err = s.goOn(ctx, w.change, w.request, t); err != nil {
			s.left(w, err)
		}
	case err != nil && s.clock().Before(w.request.Expires()):
		s.left(w, err) // nobody has to vote any more: it goes on as soon as somebody can say
	default:
		s.expireOrWait(ctx, w)
	}
}

func (s *Store) expireOrWait(ctx context.Context, w *work) {
	if !s.clock().Before(w.request.Expires()) {
		s.finish(ctx, w, outcome{event: audit.EventExpired, detail: DetailUnanswered})
		return
	}
	_, err := s.step(ctx, audit.Step{
		ID: w.change.ID, From: []audit.Event{audit.EventStaged}, To: audit.EventStaged, Due: w.request.Expires(),
	})
	if err != nil {
		s.left(w, err)
	}
}

// insist applies an agreed change once more when the first attempt certainly left nothing
// behind: the people's consent must not be lost to a lost answer, and the staged value is
// still there (the crash table).
func (s *Store) insist(ctx context.Context, w *work, o outcome) outcome {
	if !w.request.waits() || o.event != audit.EventFailed || o.detail != DetailNotWritten {
		return o
	}
	w.value.Wipe()
	if o, ok := s.agreed(ctx, w); !ok {
		return o
	}
	w.attempt.Deadline = s.deadline()
	if err := s.advance(ctx, w, w.change.State, audit.EventApplying, w.applying()); err != nil {
		return s.left(w, err)
	}
	return s.perform(ctx, w)
}
