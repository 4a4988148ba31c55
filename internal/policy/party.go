package policy

import (
	"cmp"
	"slices"
)

// party is a person or a usergroup by what it really is, whatever a file calls it.
type party struct {
	anyone    bool
	user      string
	usergroup string
	editable  bool
	name      string // of the group, in its own file
}

// parties takes people apart.
func (p *Policy) parties(of People) []party {
	if of.Anyone {
		return []party{{anyone: true}}
	}
	var all []party
	for _, user := range of.Users {
		all = append(all, party{user: user})
	}
	for _, name := range of.Usergroups {
		g, _ := p.Group(name)
		all = append(all, party{usergroup: g.Usergroup, editable: g.Editable, name: name})
	}
	return all
}

// among leaves those of people that may be p: of a person who is not listed, usergroups.
func (p party) among(people People) People {
	if p.user == "" || people.Includes(p.user, nil) {
		return people
	}
	return People{Usergroups: people.Usergroups}
}

// mayBeIn reports whether some of the party may be among people.
func (p party) mayBeIn(people People) bool {
	return p.user == "" || people.open() || people.Includes(p.user, nil)
}

// surely reports whether all of one party are among people of p.
func (p *Policy) surely(people People, one party) bool {
	switch {
	case people.Anyone || one.anyone:
		return people.Anyone
	case one.user != "":
		return people.Includes(one.user, nil)
	}
	return slices.ContainsFunc(people.Usergroups, func(name string) bool {
		g, _ := p.Group(name)
		return g.Usergroup == one.usergroup && (g.Editable || !one.editable)
	})
}

// includesAll reports whether everyone of some, by the policy q, is surely in all, by p.
func includesAll(p *Policy, all People, q *Policy, some People) bool {
	return !slices.ContainsFunc(q.parties(some), func(one party) bool { return !p.surely(all, one) })
}

// shown names parties that are among people: a group by its name where all of it is there.
func (p *Policy) shown(people People, some []party) []string {
	if people.Anyone {
		return []string{anyone}
	}
	left := make(map[string]bool) // :: user id or name of a usergroup
	for _, one := range some {
		left[cmp.Or(one.user, one.name)] = true
	}
	var names []string
	inGroup := make(map[string]bool) // :: user id
	for _, name := range people.Groups {
		g, _ := p.Group(name)
		if left[name] || len(g.Members) > 0 && !slices.ContainsFunc(g.Members, func(user string) bool { return !left[user] }) {
			names = append(names, name)
			for _, user := range g.Members {
				inGroup[user] = true
			}
		}
	}
	for _, user := range people.Users {
		if left[user] && !inGroup[user] {
			names = append(names, user)
		}
	}
	return names
}
