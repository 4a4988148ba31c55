package policy

import (
	"cmp"
	"slices"
	"strings"

	"secretstore/internal/secret"
)

// Gain is what some people may do by one rule of a policy that an earlier policy did not
// let them do, or not as easily.
type Gain struct {
	Rule         string // of the newer policy
	Environments []secret.Environment
	Actions      []secret.Action
	// Who are groups, people's ids, or the word anyone.
	Who []string
	// Outcome is OutcomeAllow, OutcomeApprove where it takes consent, or OutcomeEmergency.
	Outcome Outcome
}

// String returns the gain in one line.
func (g Gain) String() string {
	text := g.Rule + ": " + wordList(g.Who) + " may " + wordList(g.Actions) + " in " + wordList(g.Environments)
	switch g.Outcome {
	case OutcomeApprove:
		text += ", with approval"
	case OutcomeEmergency:
		text += ", in an emergency"
	}
	return text
}

// MoreThan returns what people may do by newer that they might not by older, in the order
// of decision; a nil older let nobody do anything. Nothing that was gained is left out.
// Where it can't be proven from the two files that nothing was, as with patterns that only
// together match what one did, a gain is reported that may be none.
func MoreThan(older, newer *Policy) []Gain {
	if older == nil {
		older = &Policy{}
	}
	c := comparison{older: older, newer: newer}
	for _, e := range newer.environments {
		c.place = append(c.place, slices.IndexFunc(older.environments, func(o Environment) bool {
			return o.Name == e.Name && o.Project == e.Project
		}))
	}
	var gains []Gain
	for i := range newer.rules {
		if newer.rules[i].deny {
			continue
		}
		gains = append(gains, c.gains(i, ordinary)...)
		if newer.rules[i].consent.breakGlass != nil {
			gains = append(gains, c.gains(i, emergency)...)
		}
	}
	return gains
}

// comparison holds an older policy against a newer one.
type comparison struct {
	older, newer *Policy
	place        []int // :: place of an environment in newer -> in older; -1: not there, or another project
}

// way is how somebody acts by a rule.
type way int

const (
	ordinary way = iota
	emergency
)

// gains returns what rule i of newer adds in that way: no more than one Gain.
func (c comparison) gains(i int, w way) []Gain {
	r := &c.newer.rules[i]
	g := Gain{Rule: r.name, Outcome: r.outcome(w)}
	var who []party
	for of := range r.grants() {
		if w == emergency && !of.action.InEmergency() {
			continue
		}
		for _, p := range c.newer.parties(r.actors(w)) {
			if !c.newer.mayBe(r.who, p) || c.had(i, w, of, p) {
				continue
			}
			g.Environments = append(g.Environments, c.newer.environments[of.env].Name)
			g.Actions = append(g.Actions, of.action)
			who = append(who, p)
		}
	}
	if len(who) == 0 {
		return nil
	}
	g.Environments, g.Actions = unique(g.Environments), unique(g.Actions)
	g.Who = c.newer.shown(r.actors(w), who)
	return []Gain{g}
}

// had reports whether the older policy let p have that grant of rule i. The older rules
// are gone through in their order. One that stood in the way of p and asked for more is
// no matter where the newer policy has another rule decide before rule i.
func (c comparison) had(i int, w way, of grant, p party) bool {
	r := &c.newer.rules[i]
	env := c.place[of.env]
	if env < 0 {
		return false
	}
	for k := range c.older.rules {
		o := &c.older.rules[k]
		if !o.touches(env, of) || !c.older.mayBe(o.who, p) {
			continue
		}
		if !c.asksNoMore(o, r, w, p) && !c.preceded(o, i, of, p) {
			return false
		}
		if o.covers(env, of.glob, of.action) && (c.older.surely(o.who, p) || contains(c.older, o.who, c.newer, r.who)) {
			return true
		}
	}
	return false
}

// preceded reports whether a rule of newer before rule i decides for everyone and every
// secret that the older rule o meets within the grant. What that one gives is its own gain.
func (c comparison) preceded(o *rule, i int, of grant, p party) bool {
	return slices.ContainsFunc(c.newer.rules[:i], func(n rule) bool {
		return c.spans(o, &n, of) && (c.newer.surely(n.who, p) || contains(c.newer, n.who, c.older, p.among(o.who)))
	})
}

// among leaves those of people that may be p: of a person who is not listed, usergroups.
func (p party) among(people People) People {
	if p.user == "" || people.Includes(p.user, nil) {
		return people
	}
	return People{Usergroups: people.Usergroups}
}

// spans reports whether the newer rule n is about all that the older rule o is about
// within a grant.
func (c comparison) spans(o, n *rule, of grant) bool {
	return n.covers(of.env, of.glob, of.action) || !slices.ContainsFunc(o.secrets, func(s pattern) bool {
		return s.touches(c.place[of.env], of.glob) && !n.covers(of.env, s.name, of.action)
	})
}

// asksNoMore reports whether whoever gets past r, by its consent, gets past o too.
func (c comparison) asksNoMore(o, r *rule, w way, p party) bool {
	switch {
	case r.deny:
		return true
	case o.deny:
		return false
	case w == emergency:
		return c.emergencyAsksNoMore(o, r, p)
	case len(o.consent.stages) == 0:
		return true
	}
	old, now := o.consent, r.consent
	if len(now.stages) < len(old.stages) || now.hold < old.hold {
		return false
	}
	for k, s := range old.stages {
		if now.stages[k].Count < s.Count || !contains(c.older, s.By, c.newer, now.stages[k].By) {
			return false
		}
	}
	return true
}

func (c comparison) emergencyAsksNoMore(o, r *rule, p party) bool {
	was, is := o.consent.breakGlass, r.consent.breakGlass
	switch {
	case len(r.consent.stages) > 0 && is == nil, len(o.consent.stages) == 0:
		return true
	case was == nil, is == nil:
		return false
	}
	return (c.older.surely(was.Who, p) || contains(c.older, was.Who, c.newer, is.Who)) &&
		is.PerDay <= was.PerDay && is.Due <= was.Due && contains(c.older, was.ReviewBy, c.newer, is.ReviewBy)
}

// contains reports whether everyone of some, by the policy q, is surely in all, by p.
func contains(p *Policy, all People, q *Policy, some People) bool {
	return !slices.ContainsFunc(q.parties(some), func(one party) bool { return !p.surely(all, one) })
}

func (u *rule) outcome(w way) Outcome {
	switch {
	case w == emergency:
		return OutcomeEmergency
	case len(u.consent.stages) > 0:
		return OutcomeApprove
	}
	return OutcomeAllow
}

// actors are the people who act by the rule in that way.
func (u *rule) actors(w way) People {
	if w == emergency {
		return u.consent.breakGlass.Who
	}
	return u.who
}

// touches reports whether the rule may be about something within a grant.
func (u *rule) touches(env int, of grant) bool {
	return slices.Contains(u.do, of.action) &&
		slices.ContainsFunc(u.secrets, func(s pattern) bool { return s.touches(env, of.glob) })
}

// touches reports whether a name may match both the pattern and glob: it is false only
// where their fixed beginnings or ends contradict each other.
func (p *pattern) touches(env int, glob string) bool {
	before, _, star := strings.Cut(glob, "*")
	if !p.environments[env] || !star && !match(p.name, glob) {
		return false
	}
	own, _, _ := strings.Cut(p.name, "*")
	n := min(len(before), len(own))
	a, b := p.name[strings.LastIndex(p.name, "*")+1:], glob[strings.LastIndex(glob, "*")+1:]
	m := min(len(a), len(b))
	return before[:n] == own[:n] && a[len(a)-m:] == b[len(b)-m:]
}

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

// mayBe reports whether some of one party may be among people of p.
func (p *Policy) mayBe(people People, one party) bool {
	return one.user == "" || people.open() || people.Includes(one.user, nil)
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

// unique keeps the first of each.
func unique[T comparable](all []T) []T {
	var kept []T
	for _, one := range all {
		if !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return kept
}
