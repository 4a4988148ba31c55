package store

import (
	"context"

	"secretstore/internal/audit"
)

// approve judges a consent.
func (s *Store) approve(ctx context.Context, d *deliberation) (Answer, error) {
	switch answer := d.unasked(); {
	case answer != "":
		return answer, nil
	case !s.clock().Before(d.request.Expires()):
		return s.expired(ctx, d)
	}
	now, detail, err := s.stands(ctx, d.request)
	switch {
	case err != nil:
		return "", err
	case detail != "":
		return s.void(ctx, d, detail)
	}
	t, err := s.recount(ctx, d.request, d.ballots, now)
	switch {
	case err != nil:
		return "", err
	case t.met(): // whoever completed it ended before it went on
		_, err := s.proceed(ctx, d, t)
		return AnswerDecided, err
	case t.open() == len(t.stages): // somebody objected since the row was read: it says so by now
		return "", audit.ErrMoved
	}
	if answer, err := d.mayApprove(now, t.open()); answer != "" || err != nil {
		return answer, err
	}
	return s.agree(ctx, d, now, t.open())
}

// agree casts a consent in the stage that is asked now, and goes on if it was the last
// that was needed.
func (s *Store) agree(ctx context.Context, d *deliberation, now standing, stage int) (Answer, error) {
	b := s.newBallot(d, audit.VoteApprove, stage)
	if !b.at().Before(d.request.Expires()) { // Slack took long to say who they are
		return s.expired(ctx, d)
	}
	repeated, err := s.cast(ctx, d, b, audit.Step{
		From: []audit.Event{audit.EventStaged}, To: audit.EventStaged,
		Due:     s.clock().Add(s.lease), // should this process end now, another counts soon
		Records: []audit.Record{d.record(audit.EventApproved, "")},
	})
	switch {
	case err != nil:
		return "", err
	case repeated:
		return AnswerRepeated, nil
	}
	t, err := s.recount(ctx, d.request, d.ballots, now)
	switch {
	case err != nil: // it is kept, and counted again later
		return AnswerCounted, nil
	case t.met():
		return s.proceed(ctx, d, t)
	case t.open() > stage:
		return AnswerStageMet, nil
	}
	return AnswerCounted, nil
}

// unasked answers for a change that asks for no consent, or not this person's.
func (d *deliberation) unasked() Answer {
	switch past := d.past(audit.EventStaged); {
	case past != "":
		return past
	case d.own():
		return AnswerOwn
	case d.repeated(audit.VoteApprove):
		return AnswerRepeated
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

// proceed goes on with a change that everyone agreed to who has to: it is held, or applied.
func (s *Store) proceed(ctx context.Context, d *deliberation, t tally) (Answer, error) {
	c, ended, err := s.goOn(ctx, d.verdict.Change, d.request, t)
	if err != nil {
		return AnswerCounted, nil // it is kept; whoever patrols goes on
	}
	d.verdict.Change, d.verdict.Ended, d.verdict.Waiting = c, ended, Stage{}
	return AnswerApproved, nil
}
