package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// Standing is what Slack says of one user.
type Standing struct {
	// Present: may act here at all, being active, no bot, no guest and of this workspace.
	Present bool
	// IDs are all user ids of the same person: on Enterprise Grid the workspace's and the
	// organisation's. The one that was asked for is among them.
	IDs []string
}

// Crowd says who is who and who belongs where, by Slack's word.
type Crowd interface {
	// Known returns the usergroups as they were last read, by id, without asking Slack.
	Known() map[string]policy.Usergroup
	// KnownIDs are the IDs of a user's Standing as Slack told of it last, none where it did
	// not lately, without asking Slack.
	KnownIDs(user string) []string
	// Usergroups returns the usergroups by id, read anew where that was longer ago than
	// within. What can't be read now comes as it was last read: policy sees how old it is.
	Usergroups(ctx context.Context, within time.Duration) map[string]policy.Usergroup
	// Person tells of a user by data no older than within, or gives an error.
	Person(ctx context.Context, user string, within time.Duration) (Standing, error)
}

// errUnsure means that nobody can say just now whether somebody may decide: Slack does not
// answer, or a newer policy is in force elsewhere. Nothing is decided, and nothing is voided.
var errUnsure = errors.New("store: not known just now")

// nobody is the Crowd of a store without one: no usergroup has members, and nobody may decide.
type nobody struct{}

func (nobody) Known() map[string]policy.Usergroup { return nil }

func (nobody) KnownIDs(string) []string { return nil }

func (nobody) Usergroups(context.Context, time.Duration) map[string]policy.Usergroup { return nil }

func (nobody) Person(context.Context, string, time.Duration) (Standing, error) {
	return Standing{}, errUnsure
}

// ids are all user ids of a person who asks for a change. When Slack does not answer it is
// the one they came with: whoever decides is asked for anew, under all of theirs.
func (s *Store) ids(ctx context.Context, p secret.Person) []string {
	who, err := s.crowd.Person(ctx, p.User, policy.FreshToDecide)
	if err != nil {
		return []string{p.User}
	}
	return union(who.IDs, []string{p.User})
}

// present returns all ids of somebody who is about to decide or has decided, by data that
// is fresh enough to act on; here is false for somebody who left.
func (s *Store) present(ctx context.Context, user string) (ids []string, here bool, err error) {
	who, err := s.crowd.Person(ctx, user, policy.FreshToApply)
	if err != nil {
		return nil, false, errUnsure
	}
	return union(who.IDs, []string{user}), who.Present, nil
}

// memberships are the usergroups as they were read, held against one policy.
type memberships struct {
	rules  *policy.Policy
	read   map[string]policy.Usergroup // :: id -> usergroup
	now    time.Time
	within time.Duration
}

func (s *Store) memberships(ctx context.Context, within time.Duration) memberships {
	return memberships{s.policy(), s.crowd.Usergroups(ctx, within), s.clock(), within}
}

// of says in which groups a person is, under any of their ids.
func (m memberships) of(ids ...string) map[string]bool {
	in := make(map[string]bool)
	for _, id := range ids {
		for group, is := range m.rules.Membership(id, m.read, m.now, m.within) {
			in[group] = in[group] || is
		}
	}
	return in
}

// members lists the ids of who; sure is false when Slack did not tell of one of the groups.
func (m memberships) members(who policy.People) (ids []string, sure bool) {
	ids, sure = slices.Clone(who.Users), true
	for _, name := range who.Usergroups {
		g, _ := m.rules.Group(name)
		u := m.read[g.Usergroup]
		switch g.Judge(u, m.now, m.within) {
		case "":
			ids = append(ids, u.Members...)
		case policy.DoubtMissing, policy.DoubtStale:
			sure = false
		}
	}
	return union(ids), sure
}

// complete reports whether Slack told of every group of the policy.
func (m memberships) complete() bool {
	var all policy.People
	for _, g := range m.rules.Groups() {
		if g.Usergroup != "" {
			all.Usergroups = append(all.Usergroups, g.Name)
		}
	}
	_, sure := m.members(all)
	return sure
}

// union is the ids of all lists, sorted, each once.
func union(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// share reports whether two lists have an id in common.
func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}

// without is the ids of a that are not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}
