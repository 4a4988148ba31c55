package store

import (
	"context"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Round is one round of Run and waits for all that is worked on.
func (s *Store) Round(ctx context.Context) {
	s.round(ctx)
	s.Drain(ctx)
}

// Claim is one round of Run that waits for nothing.
func (s *Store) Claim(ctx context.Context) { s.round(ctx) }

// Reseal is what somebody could write who has the key that the database lacks: the
// request with one thing changed.
func (s *Store) Reseal(r Request, change func(*Request)) (text []byte, seal string) {
	change(&r)
	row, err := s.row(r, audit.EventStaged)
	if err != nil {
		panic(err)
	}
	return row.Request, row.Seal
}

// Recommit makes the commitment that fits the request as it is changed.
func (s *Store) Recommit(r *Request, value []byte) { r.Commitment = s.commitment(*r, value) }

// SealedVote is a vote that passed no guard but bears the seal.
func (s *Store) SealedVote(r Request, p secret.Person, kind audit.VoteKind, stage int) audit.Vote {
	v, err := s.sealBallot(ballot{
		Change: r.ID, Commitment: r.Commitment, Kind: kind, Stage: stage,
		Person: p.String(), IDs: []string{p.User}, AtMS: s.clock().UnixMilli(),
	})
	if err != nil {
		panic(err)
	}
	return v
}

// Met reports whether Bob's votes in a stage are all that is needed.
func Met(stages []Stage, stage int, kinds ...audit.VoteKind) bool {
	var ballots []ballot
	for _, kind := range kinds {
		ballots = append(ballots, ballot{Kind: kind, Stage: stage, IDs: []string{"U0BOB"}})
	}
	return count(Request{Stages: stages}, ballots, nil).met()
}
