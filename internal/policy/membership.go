package policy

import (
	"slices"
	"time"
)

// Group is a group of the file. Its members are listed there, or kept by Slack.
type Group struct {
	Name string
	// Members are the ids the file lists; none if Slack keeps them.
	Members []string
	// Usergroup is the id of Slack's usergroup, "" if the file lists the members.
	Usergroup string
	// Editable says that the file trusts a usergroup that any member of the workspace may edit.
	Editable bool
	// Channel is where the group is asked and told; "" means one by one.
	Channel string
}

// Usergroup is what was read from Slack about one usergroup. A disabled one is not one.
type Usergroup struct {
	ID string
	// Locked: only admins edit its members (slack-go: UserGroup.IsMembershipLocked).
	Locked bool
	// IDP: an identity provider keeps it (slack-go: UserGroup.IsIDPGroup).
	IDP     bool
	Members []string // user ids
	ReadAt  time.Time
}

// How old the members of a usergroup may be when something is decided by them.
const (
	FreshToDecide = 15 * time.Minute
	FreshToApply  = time.Minute
)

// Doubt is why a usergroup gives nobody any authority.
type Doubt string

// The doubts. "" is none.
const (
	DoubtMissing  Doubt = "missing"  // Slack told nothing of a usergroup with the group's id
	DoubtEditable Doubt = "editable" // any member may edit it, and the file does not trust that
	DoubtStale    Doubt = "stale"    // read too long ago, or at no time that can be
)

// Judge says why u can't tell at now who is in g; "" if it can. Its members must have been
// read within that time.
func (g Group) Judge(u Usergroup, now time.Time, within time.Duration) Doubt {
	age := now.Sub(u.ReadAt)
	switch {
	case g.Usergroup == "" || u.ID != g.Usergroup:
		return DoubtMissing
	case !u.Locked && !u.IDP && !g.Editable:
		return DoubtEditable
	case u.ReadAt.IsZero() || age < 0 || age > within:
		return DoubtStale
	}
	return ""
}

// Membership makes the Groups of a Request out of what was read from Slack :: id of the
// usergroup -> usergroup. Groups in doubt are left out, and so unknown.
func (p *Policy) Membership(user string, read map[string]Usergroup, now time.Time, within time.Duration) map[string]bool {
	in := make(map[string]bool)
	for _, g := range p.groups {
		if u := read[g.Usergroup]; g.Usergroup != "" && g.Judge(u, now, within) == "" {
			in[g.Name] = slices.Contains(u.Members, user)
		}
	}
	return in
}

// Groups returns every group, in the order of the file.
func (p *Policy) Groups() []Group { return slices.Clone(p.groups) }

// Group returns the group of that name, and whether there is one.
func (p *Policy) Group(name string) (Group, bool) {
	i := slices.IndexFunc(p.groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		return Group{}, false
	}
	return p.groups[i], true
}
