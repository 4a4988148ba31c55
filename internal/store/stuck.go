package store

import (
	"context"
	"slices"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
)

// A request is stuck when too few of those who were asked are left. It does not end by that:
// people come back, into a group that was edited by mistake as well, and what they agreed to
// is still what was asked for. But whoever waits for it is told.

// stuck reports whether the request can't be met by those who may decide now. errUnsure
// means that nobody can say.
func (s *Store) stuck(ctx context.Context, c audit.Change, r Request, now standing) (bool, error) {
	if c.State != audit.EventStaged {
		return false, nil
	}
	ballots, err := s.ballots(ctx, r)
	if err != nil {
		return false, err
	}
	t, err := s.recount(ctx, r, ballots, now)
	if err != nil {
		return false, err
	}
	but := slices.Clone(now.requester)
	for _, counted := range t.counted {
		for _, b := range counted {
			but = append(but, b.IDs...)
		}
	}
	left := slices.Clone(t.stages)
	for i := range left {
		if !now.sure[i] {
			return false, errUnsure
		}
		gone := func(id string) bool {
			return slices.Contains(but, id) || !slices.Contains(now.members[i], id) || s.hasLeft(ctx, left[i].By, id)
		}
		left[i].Members = slices.DeleteFunc(slices.Clone(left[i].Members), gone)
		left[i].Count = max(0, left[i].Count-len(t.counted[i]))
	}
	return !reachable(left), nil
}

// hasLeft reports whether somebody is gone whom the policy names: Slack takes those who are
// out of its groups itself. Who can't be asked about is taken to be there.
func (s *Store) hasLeft(ctx context.Context, by People, id string) bool {
	if !slices.Contains(by.Users, id) {
		return false
	}
	who, err := s.crowd.Person(ctx, id, policy.FreshToDecide)
	return err == nil && !who.Present
}

// noteStuck remembers which changes a patrol found stuck.
func (l *live) noteStuck(changes map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stuck = changes
}

func (l *live) isStuck(change string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stuck[change]
}
