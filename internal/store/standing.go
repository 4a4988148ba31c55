package store

import (
	"context"
	"errors"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// standing is what is true of a request now, by data that is fresh enough to act on.
type standing struct {
	requester []string   // all user ids of the requester, as known now or then
	members   [][]string // of each stage
	sure      []bool     // whether all members of the stage are known
}

// stands finds out whether the request may still be decided: its requester is there, and
// policy asks for the same. The detail says why it may not; errUnsure, that nobody can say.
func (s *Store) stands(ctx context.Context, r Request) (now standing, detail string, err error) {
	sub := r.submission()
	ids, here, err := s.present(ctx, sub.Person.User)
	switch {
	case err != nil:
		return standing{}, "", err
	case !here:
		return standing{}, DetailRequester, nil
	}
	m := s.memberships(ctx, policy.FreshToApply)
	t, _ := m.terms(sub, ids)
	env, known := m.rules.Environment(r.Environment)
	switch {
	case t.decision.Superseded:
		return standing{}, "", errUnsure
	case !known || env.Project != r.Project:
		return standing{}, DetailPolicy, nil
	case !t.agrees(r) && !m.complete():
		return standing{}, "", errUnsure
	case !t.agrees(r):
		return standing{}, DetailPolicy, nil
	}
	now.requester = union(ids, r.RequesterIDs)
	for _, stage := range t.decision.Approve {
		members, sure := m.members(stage.By)
		now.members, now.sure = append(now.members, members), append(now.sure, sure)
	}
	return now, "", nil
}

// may reports whether somebody with those ids may decide in a stage now. errUnsure means
// that Slack did not tell of one of its groups. The requester may not, under an id either
// that Slack did not tell of when they asked.
func (n standing) may(stage int, ids []string) (bool, error) {
	switch {
	case share(ids, n.requester):
		return false, nil
	case share(ids, n.members[stage]):
		return true, nil
	case !n.sure[stage]:
		return false, errUnsure
	}
	return false, nil
}

// recount counts the votes with the people as they are now: an approver who left since, or
// left the group, does not count.
func (s *Store) recount(ctx context.Context, r Request, ballots []ballot, now standing) (t tally, err error) {
	t = count(r, ballots, func(stage int, b ballot) bool {
		valid, doubt := s.valid(ctx, now, stage, b)
		err = errors.Join(err, doubt)
		return valid
	})
	if err != nil {
		return tally{}, errUnsure
	}
	return t, nil
}

func (s *Store) valid(ctx context.Context, now standing, stage int, b ballot) (bool, error) {
	person, _ := secret.ParsePerson(b.Person)
	ids, here, err := s.present(ctx, person.User)
	if err != nil || !here {
		return false, err
	}
	return now.may(stage, union(ids, b.IDs))
}
