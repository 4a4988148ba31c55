package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"secretstore/internal/audit"
)

// Approve adds one person's consent. The last one that is needed lets the change be
// applied, or begins its hold.
//
// Every check is made here, whatever a message showed when it was clicked. An error means
// that it is not known whether the vote counted; the same vote again gives the answer.
func (s *Store) Approve(ctx context.Context, v Vote) (Verdict, error) {
	return s.decided(ctx, v, (*Store).approve)
}

// Refuse ends a change that waits for consent; anyone who may decide in one of its stages
// may refuse it, with a reason.
func (s *Store) Refuse(ctx context.Context, v Vote) (Verdict, error) {
	if v.Reason == "" {
		return s.answer(ctx, v, AnswerNoReason)
	}
	return s.decided(ctx, v, func(s *Store, ctx context.Context, d *deliberation) (Answer, error) {
		return s.object(ctx, d, audit.VoteRefuse, audit.EventStaged, AnswerRefused, "")
	})
}

// Stop ends an approved change during its hold; anyone who could decide may.
func (s *Store) Stop(ctx context.Context, v Vote) (Verdict, error) {
	return s.decided(ctx, v, func(s *Store, ctx context.Context, d *deliberation) (Answer, error) {
		return s.object(ctx, d, audit.VoteStop, audit.EventHeld, AnswerStopped, DetailStopped)
	})
}

// Cancel ends a change at the requester's own wish, before it is applied.
func (s *Store) Cancel(ctx context.Context, v Vote) (Verdict, error) {
	return s.decided(ctx, v, (*Store).cancel)
}

// deliberation is one vote under way.
type deliberation struct {
	vote    Vote
	ids     []string // of the voter
	verdict Verdict
	request Request
	ballots []ballot
}

// decided reads what the vote is about, and lets turn judge it. Where the change moved
// meanwhile, everything is read and judged anew.
func (s *Store) decided(ctx context.Context, v Vote, turn func(*Store, context.Context, *deliberation) (Answer, error)) (Verdict, error) {
	ctx = WithChange(ctx, v.Change)
	p := &pause{s.call / 1000, s.call / 10}
	for range mostTurns {
		d, answer, err := s.deliberate(ctx, v)
		if answer == "" && err == nil {
			answer, err = turn(s, ctx, d)
		}
		if errors.Is(err, errUnsure) {
			answer, err = AnswerUnsure, nil
		}
		if !errors.Is(err, audit.ErrMoved) {
			d.verdict.Done = answer
			return d.verdict, err
		}
		if !p.wait(ctx, 0) {
			break
		}
	}
	return s.answer(ctx, v, AnswerUnsure) // another process holds it just now
}

// mostTurns is how often a vote is judged again. The waits between add up to twice the
// limit of a call, in which whoever else is at the change is done with it.
const mostTurns = 30

// deliberate reads the change, proves its seals and those of its votes, and finds out who
// the voter is. An answer other than "" is final.
func (s *Store) deliberate(ctx context.Context, v Vote) (*deliberation, Answer, error) {
	d := &deliberation{vote: v}
	c, ok, err := s.byID(ctx, v.Change)
	if err != nil || !ok {
		return d, AnswerMissing, err
	}
	d.verdict.Change = c
	if d.request, err = s.Request(c); err == nil {
		d.ballots, err = s.ballots(ctx, d.request)
	}
	switch {
	case errors.Is(err, ErrForged):
		return d, AnswerForged, nil
	case err != nil:
		return d, "", err
	case len(d.request.Stages) == 0:
		return d, AnswerMissing, nil
	}
	d.verdict.Waiting = d.waiting()
	ids, here, err := s.present(ctx, v.Person.User)
	switch {
	case err != nil:
		return d, "", err
	case !here:
		return d, AnswerNotYours, nil
	}
	d.ids = ids
	return d, "", nil
}

// waiting is the stage that is asked now; none when the change is past asking.
func (d *deliberation) waiting() Stage {
	if d.verdict.Change.State != audit.EventStaged {
		return Stage{}
	}
	return count(d.request, d.ballots, nil).waiting()
}

// own reports whether the voter asked for the change.
func (d *deliberation) own() bool { return share(d.ids, d.request.RequesterIDs) }

// repeated reports whether the voter said so before, under whatever id.
func (d *deliberation) repeated(kind audit.VoteKind) bool {
	return slices.ContainsFunc(d.ballots, func(b ballot) bool { return b.Kind == kind && share(b.IDs, d.ids) })
}

// past answers for a change that is in none of the states, "" for one that is.
func (d *deliberation) past(states ...audit.Event) Answer {
	switch state := d.verdict.Change.State; {
	case slices.Contains(states, state):
		return ""
	case state == audit.EventExpired:
		return AnswerExpired
	case state == audit.EventVoided:
		return AnswerVoided
	case state == audit.EventRequested:
		return AnswerPreparing
	}
	return AnswerDecided
}

// ballot is the vote as it will be sealed.
func (s *Store) newBallot(d *deliberation, kind audit.VoteKind, stage int) ballot {
	return ballot{
		Change: d.request.ID, Commitment: d.request.Commitment, Kind: kind, Stage: stage,
		Person: d.vote.Person.String(), Name: d.vote.PersonName, IDs: d.ids,
		Reason: d.vote.Reason, Key: d.vote.Key, AtMS: s.clock().UnixMilli(),
	}
}

// cast writes the vote and its step; repeated means that the person voted so before.
func (s *Store) cast(ctx context.Context, d *deliberation, b ballot, step audit.Step) (repeated bool, err error) {
	v, err := s.sealBallot(b)
	if err != nil {
		return false, err
	}
	step.ID, step.Owner = d.request.ID, s.owner
	var fresh bool
	err = s.retry(ctx, func(ctx context.Context) error {
		c, first, err := s.box.Vote(ctx, v, step)
		if err == nil {
			d.verdict.Change, fresh = c, first
		}
		return err
	})
	if err != nil {
		return false, err
	}
	if d.ballots, err = s.ballots(ctx, d.request); err != nil {
		return false, err
	}
	d.verdict.Waiting = d.waiting()
	return !fresh, nil
}

// record is the line that says that somebody decided. The requester stays the actor of
// their change; who decided, and why, has columns of its own.
func (d *deliberation) record(e audit.Event, detail string) audit.Record {
	rec := d.request.record(e)
	rec.DecidedBy = d.vote.Person.String()
	if e != audit.EventApproved {
		rec.Reason = d.vote.Reason
	}
	if detail != "" {
		rec.Detail += ": " + detail
	}
	return rec
}

// approve judges a consent.
func (s *Store) approve(ctx context.Context, d *deliberation) (Answer, error) {
	if answer := d.unasked(s.clock()); answer != "" {
		if answer == AnswerExpired {
			return s.expired(ctx, d)
		}
		return answer, nil
	}
	now, detail, err := s.stands(ctx, d.request)
	switch {
	case err != nil:
		return "", err
	case detail != "":
		return s.void(ctx, d, detail)
	}
	t, err := s.recount(ctx, d.request, d.ballots, now)
	if err != nil {
		return "", err
	}
	if t.met() {
		_, err := s.proceed(ctx, d, t) // whoever completed it ended before it went on
		return AnswerDecided, err
	}
	if answer, err := d.mayApprove(now, t.open()); answer != "" || err != nil {
		return answer, err
	}
	before := t.open()
	repeated, err := s.cast(ctx, d, s.newBallot(d, audit.VoteApprove, before), audit.Step{
		From: []audit.Event{audit.EventStaged}, To: audit.EventStaged,
		// Should this process end before it counts, another counts soon.
		Due: s.clock().Add(s.lease), Records: []audit.Record{d.record(audit.EventApproved, "")},
	})
	switch {
	case err != nil:
		return "", err
	case repeated:
		return AnswerRepeated, nil
	}
	if t, err = s.recount(ctx, d.request, d.ballots, now); err != nil {
		return AnswerCounted, nil // it is kept, and counted again later
	}
	switch {
	case t.met():
		return s.proceed(ctx, d, t)
	case t.open() > before:
		return AnswerStageMet, nil
	}
	return AnswerCounted, nil
}

// unasked answers for a change that asks for no consent, or not this person's.
func (d *deliberation) unasked(now time.Time) Answer {
	switch past := d.past(audit.EventStaged); {
	case past != "":
		return past
	case d.own():
		return AnswerOwn
	case d.repeated(audit.VoteApprove):
		return AnswerRepeated
	case !now.Before(d.request.Expires()):
		return AnswerExpired
	}
	return ""
}

// mayApprove answers for a person who may not decide in the stage that is asked now.
func (d *deliberation) mayApprove(now standing, open int) (Answer, error) {
	member, err := d.member(now, open)
	if member || err != nil {
		return "", err
	}
	for later := open + 1; later < len(d.request.Stages); later++ {
		if member, err := d.member(now, later); member || err != nil {
			return AnswerNotYet, err
		}
	}
	return AnswerNotYours, nil
}

// member reports whether the voter could decide in a stage when it was asked for, and can now.
func (d *deliberation) member(now standing, stage int) (bool, error) {
	if !share(d.ids, d.request.Stages[stage].Members) {
		return false, nil
	}
	return now.may(stage, d.ids)
}

// object judges a vote that ends the change: a refusal, or a stop during its hold.
func (s *Store) object(ctx context.Context, d *deliberation, kind audit.VoteKind, during audit.Event, done Answer, detail string) (Answer, error) {
	switch past := d.past(during); {
	case past != "":
		return past, nil
	case d.own():
		return AnswerOwn, nil
	}
	now, gone, err := s.stands(ctx, d.request)
	switch {
	case err != nil:
		return "", err
	case gone != "":
		return s.void(ctx, d, gone)
	}
	for stage := range d.request.Stages {
		member, err := d.member(now, stage)
		if err != nil {
			return "", err
		}
		if member {
			return s.closes(ctx, d, kind, stage, audit.EventRefused, done, detail, during)
		}
	}
	return AnswerNotYours, nil
}

// cancel judges the requester's own wish.
func (s *Store) cancel(ctx context.Context, d *deliberation) (Answer, error) {
	switch past := d.past(audit.EventStaged, audit.EventHeld); {
	case !d.own():
		return AnswerNotYours, nil
	case past != "":
		return past, nil
	}
	return s.closes(ctx, d, audit.VoteCancel, 0, audit.EventCancelled, AnswerCancelled, "", audit.EventStaged, audit.EventHeld)
}

// closes casts a vote that ends the change, and deletes what was staged for it.
func (s *Store) closes(ctx context.Context, d *deliberation, kind audit.VoteKind, stage int, end audit.Event, done Answer, detail string, from ...audit.Event) (Answer, error) {
	repeated, err := s.cast(ctx, d, s.newBallot(d, kind, stage), audit.Step{
		From: from, To: end, Leave: true, Records: []audit.Record{d.record(end, detail)},
	})
	switch {
	case err != nil:
		return "", err
	case repeated:
		return AnswerRepeated, nil
	}
	s.clear(ctx, d.request)
	return done, nil
}

// void ends a change that is no longer what was asked for.
func (s *Store) void(ctx context.Context, d *deliberation, detail string) (Answer, error) {
	return AnswerVoided, s.endNow(ctx, d, voided(detail))
}

// expired ends a change whose time is over.
func (s *Store) expired(ctx context.Context, d *deliberation) (Answer, error) {
	return AnswerExpired, s.endNow(ctx, d, outcome{event: audit.EventExpired, detail: DetailUnanswered})
}

func (s *Store) endNow(ctx context.Context, d *deliberation, o outcome) error {
	w := work{change: d.verdict.Change, request: d.request}
	c, err := s.end(ctx, &w, o)
	if err == nil {
		d.verdict.Change, d.verdict.Waiting = c, Stage{}
	}
	return err
}

// answer is an answer that was not judged.
func (s *Store) answer(ctx context.Context, v Vote, answer Answer) (Verdict, error) {
	c, ok, err := s.byID(ctx, v.Change)
	if err != nil || !ok {
		return Verdict{Done: AnswerMissing}, err
	}
	return Verdict{Change: c, Done: answer}, nil
}

// proceed goes on with a change that everyone agreed to who has to: it is held, or applied.
func (s *Store) proceed(ctx context.Context, d *deliberation, t tally) (Answer, error) {
	c, ended, err := s.goOn(ctx, d.verdict.Change, d.request, t)
	if err != nil {
		return AnswerCounted, nil // it is kept; whoever patrols goes on
	}
	d.verdict.Change, d.verdict.Ended, d.verdict.Waiting = c, ended, Stage{}
	return AnswerApproved, nil
}
