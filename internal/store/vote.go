package store

import (
	"context"
	"errors"
	"slices"

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
	return s.decided(ctx, v, ending{audit.VoteRefuse, []audit.Event{audit.EventStaged}, audit.EventRefused, AnswerRefused, ""}.object)
}

// Stop ends an approved change during its hold; anyone who could decide may.
func (s *Store) Stop(ctx context.Context, v Vote) (Verdict, error) {
	return s.decided(ctx, v, ending{audit.VoteStop, []audit.Event{audit.EventHeld}, audit.EventRefused, AnswerStopped, DetailStopped}.object)
}

// Cancel ends a change at the requester's own wish, before it is applied.
func (s *Store) Cancel(ctx context.Context, v Vote) (Verdict, error) {
	during := []audit.Event{audit.EventStaged, audit.EventHeld}
	return s.decided(ctx, v, ending{audit.VoteCancel, during, audit.EventCancelled, AnswerCancelled, ""}.cancel)
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

// cast writes the vote and its step; repeated means that another click of the person said
// so before.
func (s *Store) cast(ctx context.Context, d *deliberation, b ballot, step audit.Step) (repeated bool, err error) {
	v, err := s.sealBallot(b)
	if err != nil {
		return false, err
	}
	step.ID, step.Owner = d.request.ID, s.owner
	err = s.retry(ctx, func(ctx context.Context) error {
		c, _, err := s.box.Vote(ctx, v, step)
		if err == nil {
			d.verdict.Change = c
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
	return !d.kept(b), nil
}

// kept reports whether this very click is what was written: where the answer of the
// database was lost, the same vote is sent again and meets itself.
func (d *deliberation) kept(b ballot) bool {
	return slices.ContainsFunc(d.ballots, func(k ballot) bool {
		return k.Kind == b.Kind && k.Person == b.Person && k.Key == b.Key && k.AtMS == b.AtMS
	})
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

// answer is an answer that was not judged.
func (s *Store) answer(ctx context.Context, v Vote, answer Answer) (Verdict, error) {
	c, ok, err := s.byID(ctx, v.Change)
	if err != nil || !ok {
		return Verdict{Done: AnswerMissing}, err
	}
	return Verdict{Change: c, Done: answer}, nil
}
