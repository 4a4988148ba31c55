package store

import (
	"context"

	"secretstore/internal/audit"
)

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
