package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"secretstore/internal/audit"
)

// ballot is one vote as it is sealed: bound to everything that the change will do, so that
// it counts for no other change and for no other bytes.
type ballot struct {
	Change     string         `json:"change"`
	Commitment string         `json:"commitment"`
	Kind       audit.VoteKind `json:"kind"`
	Stage      int            `json:"stage"`
	Person     string         `json:"person"`
	Name       string         `json:"name"` // as shown, never compared
	IDs        []string       `json:"ids"`  // all user ids of the person
	Reason     string         `json:"reason,omitempty"`
	Key        string         `json:"key"`
	Outcome    ReviewOutcome  `json:"outcome,omitempty"`
	AtMS       int64          `json:"at_ms"`
}

const purposeVote = "secretstore vote v1"

func (b ballot) at() time.Time { return fromMS(b.AtMS) }

func (s *Store) sealBallot(b ballot) (audit.Vote, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return audit.Vote{}, err // unreachable: the fields are plain
	}
	return audit.Vote{
		Change: b.Change, Person: b.Person, Kind: b.Kind, Stage: b.Stage,
		Body: text, Seal: s.seal.mac(purposeVote, sha256.Size, text), Created: b.at(),
	}, nil
}

// ballots reads the votes about a request, the oldest first. A single one that is not ours,
// or not about this very request, is ErrForged: who wrote one vote may have removed another.
func (s *Store) ballots(ctx context.Context, r Request) ([]ballot, error) {
	votes, err := s.votes(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return s.proven(r, votes)
}

func (s *Store) proven(r Request, votes []audit.Vote) (all []ballot, err error) {
	all = make([]ballot, len(votes))
	for i, v := range votes {
		if all[i], err = s.ballot(r, v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Store) votes(ctx context.Context, changes ...string) (votes []audit.Vote, err error) {
	err = s.retry(ctx, func(ctx context.Context) error {
		votes, err = s.box.Votes(ctx, changes...)
		return err
	})
	return votes, err
}

func (s *Store) ballot(r Request, v audit.Vote) (ballot, error) {
	var b ballot
	if !s.seal.proves(v.Seal, purposeVote, sha256.Size, v.Body) || json.Unmarshal(v.Body, &b) != nil {
		return ballot{}, ErrForged
	}
	if b.Change != r.ID || b.Commitment != r.Commitment || b.Change != v.Change || b.Person != v.Person || b.Kind != v.Kind {
		return ballot{}, ErrForged
	}
	return b, nil
}
