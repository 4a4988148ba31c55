package store

import (
	"context"
	"slices"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
)

// ReviewOutcome is what a reviewer found.
type ReviewOutcome string

// The outcomes of a review.
const (
	ReviewJustified    ReviewOutcome = "justified"
	ReviewNotJustified ReviewOutcome = "not_justified"
)

// Review records what a reviewer found about an emergency, which makes room for another.
// The reviewer is never the one who acted. Reason says why; it is required.
func (s *Store) Review(ctx context.Context, v Vote, found ReviewOutcome) (Verdict, error) {
	if v.Reason == "" || found != ReviewJustified && found != ReviewNotJustified {
		return s.answer(ctx, v, AnswerNoReason)
	}
	return s.decided(ctx, v, func(s *Store, ctx context.Context, d *deliberation) (Answer, error) {
		return s.review(ctx, d, found)
	})
}

func (s *Store) review(ctx context.Context, d *deliberation, found ReviewOutcome) (Answer, error) {
	state := d.verdict.Change.State
	isReview := func(b ballot) bool { return b.Kind == audit.VoteReview }
	switch {
	case !d.request.Emergency:
		return AnswerMissing, nil
	case s.acted(ctx, d):
		return AnswerOwn, nil
	case d.repeated(audit.VoteReview):
		return AnswerRepeated, nil
	case slices.ContainsFunc(d.ballots, isReview):
		return AnswerDecided, nil
	case !state.Ends():
		return AnswerPreparing, nil
	case !s.reviews(ctx, d.request.ReviewBy, d.ids):
		return AnswerNotYours, nil
	}
	b := s.newBallot(d, audit.VoteReview, 0)
	b.Outcome = found
	repeated, err := s.cast(ctx, d, b, audit.Step{
		From: []audit.Event{state}, To: state, Due: d.verdict.Change.Due, Leave: true,
		Records: []audit.Record{d.record(audit.EventReviewed, string(found))},
	})
	switch {
	case err != nil:
		return "", err
	case repeated:
		return AnswerRepeated, nil
	}
	return AnswerReviewed, nil
}

// acted reports whether the reviewer is who acted, under an id either that Slack tells of
// only now.
func (s *Store) acted(ctx context.Context, d *deliberation) bool {
	return d.own() || share(d.ids, s.ids(ctx, d.request.submission().Person))
}

// reviews reports whether somebody with those ids may review: they are one of the people
// the rule named, or in one of its groups now. Reviewers may have joined since: an
// emergency that nobody could review any more would close the way for everyone.
func (s *Store) reviews(ctx context.Context, by People, ids []string) bool {
	if share(ids, by.Users) {
		return true
	}
	in := s.memberships(ctx, policy.FreshToApply).of(ids...)
	return slices.ContainsFunc(by.Groups, func(group string) bool { return in[group] })
}
