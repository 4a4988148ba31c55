package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Details of outcomes: words of ours, shown in the sheet and told to people.
const (
	DetailLost       = "value_lost"       // the process that held the value ended before the write
	DetailForged     = "forged"           // the stored request does not bear our seal
	DetailCommitment = "not_as_approved"  // the bytes at hand are not those committed to
	DetailRaced      = "raced"            // someone else added a version first
	DetailMetadata   = "metadata_changed" // someone else changed labels or annotations first
	DetailNotWritten = "not_written"      // no version appeared within the time it could have
	DetailService    = "service_"         // + the kind of the last error
	DetailVersions   = "versions_changed" // the versions are no longer as the change expects
	DetailPanic      = "internal_fault"
	DetailParent     = "parent_not_applied"
)

// outcome is how an attempt ended.
type outcome struct {
	event   audit.Event
	version secret.Version
	detail  string
	value   secret.Value // the bytes written, for the fingerprint; zero for none
	watch   bool         // an effect may still appear late
}

func failed(detail string) outcome { return outcome{event: audit.EventFailed, detail: detail} }

func failedBy(err error) outcome { return failed(DetailService + string(kindOf(err))) }

// work is one change in the hands of this process.
type work struct {
	change  audit.Change // the row as the log last returned it
	request Request
	attempt attempt
	value   secret.Value // the bytes to write; zero when there are none, or not yet
}

// start applies a change of ours in the background. The channel closes when the outcome
// is recorded, or when it has to be left to the next owner.
func (s *Store) start(c audit.Change, v secret.Value, release func()) <-chan struct{} {
	done := make(chan struct{})
	s.live.work(c.ID, func() {
		defer close(done)
		defer release()
		defer v.Wipe()
		s.guard(c.ID, func() { s.apply(context.Background(), c, v) })
	})
	return done
}

// guard keeps a panic from killing the process, and keeps its text, which may quote
// anything, out of the log.
func (s *Store) guard(id string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.logger.Error("panic while applying", "change", id, "type", typeName(p), "frames", frames())
		}
	}()
	f()
}

// apply carries one requested change out and records its outcome.
func (s *Store) apply(ctx context.Context, c audit.Change, v secret.Value) {
	unlock := s.live.lock(c.Ref)
	defer unlock()
	w, err := s.begin(ctx, c, v)
	switch {
	case errors.Is(err, ErrForged):
		s.finish(ctx, w, failed(DetailForged))
	case err != nil:
		s.logger.Error("change not begun", "change", c.ID, "reason", err)
	default:
		s.finish(ctx, w, s.perform(ctx, w))
	}
}

// begin makes the attempt durable, then proves the seal of the row as the database now
// holds it: what is applied is what is stored, and what is stored is what was sealed.
func (s *Store) begin(ctx context.Context, c audit.Change, v secret.Value) (work, error) {
	r, err := s.Request(c)
	if err == nil && s.clock().Before(r.Due()) {
		err = ErrForged // the row says that it is due, the seal says that it is not
	}
	if err != nil {
		return work{change: c}, err
	}
	a := attempt{ID: r.ID, Base: r.Base, Deadline: s.clock().Add(3 * s.call).UnixMilli(), Sent: true}
	if r.Action == secret.Delete {
		if a.Prior, err = s.enabled(ctx, r.target()); err != nil {
			return work{change: c, request: r, attempt: a}, s.leave(ctx, c, r, err)
		}
	}
	rec := r.record(audit.EventApplying)
	rec.Version = r.Base.String()
	rec.Detail += priorDetail(a.Prior)
	row, err := s.advance(ctx, c.ID, []audit.Event{audit.EventRequested}, audit.EventApplying, a, rec)
	if err != nil {
		return work{}, err
	}
	stored, err := s.Request(row)
	return work{change: row, request: stored, attempt: a, value: v}, err
}

// leave ends a change that could not even be begun.
func (s *Store) leave(ctx context.Context, c audit.Change, r Request, err error) error {
	s.finish(ctx, work{change: c, request: r}, failedBy(err))
	return err
}

func (s *Store) perform(ctx context.Context, w work) outcome {
	switch w.request.Action {
	case secret.Create, secret.Update, secret.Rollback:
		return s.write(ctx, w)
	case secret.Delete:
		return s.trash(ctx, w)
	case secret.Restore:
		return s.untrash(ctx, w)
	default:
		return s.retire(ctx, w)
	}
}

// advance moves the change on, with its attempt and at most one record.
func (s *Store) advance(ctx context.Context, id string, from []audit.Event, to audit.Event, a attempt, recs ...audit.Record) (audit.Change, error) {
	text, seal, err := s.sealAttempt(a)
	if err != nil {
		return audit.Change{}, err
	}
	return s.log.Advance(ctx, audit.Step{
		ID: id, From: from, To: to, Owner: s.owner, Attempt: text, AttemptSeal: seal,
		LeaseUntil: s.clock().Add(s.lease), Records: recs,
	})
}

// finish records the outcome. When the log can't take it, the change is left to its next
// owner, who finds the same answer in Secret Manager.
func (s *Store) finish(ctx context.Context, w work, o outcome) {
	if o.event == "" {
		return
	}
	if o.event == audit.EventApplied {
		if err := s.retry(ctx, func(ctx context.Context) error { return s.planRetirement(ctx, w.request) }); err != nil {
			return
		}
	}
	step := audit.Step{
		ID: w.change.ID, From: []audit.Event{w.change.State, audit.EventUnknown}, To: o.event, Owner: s.owner,
		Version: o.version, Records: []audit.Record{s.result(w, o)},
	}
	if o.watch {
		step.Due = s.clock().Add(watchEvery)
	}
	err := s.retry(ctx, func(ctx context.Context) error {
		_, err := s.log.Advance(ctx, step)
		return err
	})
	if err != nil {
		s.logger.Error("outcome not recorded", "change", w.change.ID, "outcome", o.event, "reason", err)
	}
}

// result makes the record of an outcome.
func (s *Store) result(w work, o outcome) audit.Record {
	r := w.request
	if r.ID == "" { // the request is forged: say only what the row's own columns claim
		r = Request{ID: w.change.ID, Action: w.change.Action, Environment: w.change.Ref.Environment, Name: w.change.Ref.Name}
	}
	rec := r.record(o.event)
	rec.Version = o.version.String()
	if o.event == audit.EventApplied && o.value.Len() > 0 {
		rec.Fingerprint = s.fingerprint(r.Ref(), o.value.Reveal())
		rec.Bytes = audit.ShownBytes(o.value.Len())
	}
	if o.detail != "" {
		rec.Detail += ": " + o.detail
	}
	return rec
}

func priorDetail(prior []secret.Version) string {
	text := ""
	for _, n := range prior {
		text += " " + strconv.FormatInt(int64(n), 10)
	}
	if text == "" {
		return ""
	}
	return ", enabled before:" + text
}

// watchEvery is how often an ended change is looked at for a late effect, watchFor for how long.
const (
	watchEvery = 10 * time.Minute
	watchFor   = time.Hour
)
