package store

import (
	"context"

	"secretstore/internal/audit"
)

// ending is what a vote that ends a change does to it.
type ending struct {
	kind   audit.VoteKind
	during []audit.Event // the states in which it may
	to     audit.Event
	answer Answer
	detail string
}

// object judges a refusal, or a stop, by somebody who may decide in any stage.
func (e ending) object(s *Store, ctx context.Context, d *deliberation) (Answer, error) {
	switch past := d.past(e.during...); {
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
			return s.close(ctx, d, e, stage)
		}
	}
	return AnswerNotYours, nil
}

// cancel judges the requester's own wish.
func (e ending) cancel(s *Store, ctx context.Context, d *deliberation) (Answer, error) {
	switch past := d.past(e.during...); {
	case !d.own():
		return AnswerNotYours, nil
	case past != "":
		return past, nil
	}
	return s.close(ctx, d, e, 0)
}

// close casts a vote that ends the change, and deletes what was staged for it.
func (s *Store) close(ctx context.Context, d *deliberation, e ending, stage int) (Answer, error) {
	repeated, err := s.cast(ctx, d, s.newBallot(d, e.kind, stage), audit.Step{
		From: e.during, To: e.to, Leave: true, Records: []audit.Record{d.record(e.to, e.detail)},
	})
	switch {
	case err != nil:
		return "", err
	case repeated:
		return AnswerRepeated, nil
	}
	s.clear(ctx, d.request)
	return e.answer, nil
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
