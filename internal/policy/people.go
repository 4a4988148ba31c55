package policy

import "slices"

// People is whom a part of a rule names. It belongs to the policy: read it, don't change it.
type People struct {
	// Anyone is every person Slack vouches for; the rest is empty then.
	Anyone bool
	// Users are ids: those named one by one, and the members of groups that list them.
	// Sorted, each once.
	Users []string
	// Groups are the names of groups, in the order of the file.
	Groups []string
	// Usergroups are those of Groups whose members Slack keeps.
	Usergroups []string
}

// Includes reports whether user is one of the people. What in says of groups is added to
// what the file lists; a group that is unknown there has no members (see Request.Groups).
func (p People) Includes(user string, in map[string]bool) bool {
	if p.Anyone {
		return true
	}
	if _, listed := slices.BinarySearch(p.Users, user); listed {
		return true
	}
	return slices.ContainsFunc(p.Groups, func(group string) bool { return in[group] })
}

// doubtful reports whether user may be one of the people for all that is known: one of
// the groups is unknown.
func (p People) doubtful(in map[string]bool) bool {
	return slices.ContainsFunc(p.Usergroups, func(group string) bool {
		_, known := in[group]
		return !known
	})
}

// covers reports whether everyone of b is surely in p. Both are of one policy.
func (p People) covers(b People) bool {
	if p.Anyone || b.Anyone {
		return p.Anyone
	}
	return subset(b.Users, p.Users) && subset(b.Usergroups, p.Usergroups)
}

// open reports whether people may be in p of whom the file says nothing.
func (p People) open() bool { return p.Anyone || len(p.Usergroups) > 0 }

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
