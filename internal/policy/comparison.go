package policy

import "slices"

// comparison holds an older policy against a newer one.
type comparison struct {
	older, newer *Policy
	place        []int // :: place of an environment in newer -> in older; -1: not there, or another project
}

func compare(older, newer *Policy) comparison {
	if older == nil {
		older = &Policy{}
	}
	c := comparison{older: older, newer: newer}
	for _, e := range newer.environments {
		c.place = append(c.place, slices.IndexFunc(older.environments, func(o Environment) bool {
			return o.Name == e.Name && o.Project == e.Project
		}))
	}
	return c
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
		if !o.touches(env, of) || !p.mayBeIn(o.who) {
			continue
		}
		if !c.asksNoMore(o, r, w, p) && !c.preceded(o, i, of, p) {
			return false
		}
		if o.covers(env, of.glob, of.action) && (c.older.surely(o.who, p) || includesAll(c.older, o.who, c.newer, r.who)) {
			return true
		}
	}
	return false
}

// preceded reports whether a rule of newer before rule i decides for everyone and every
// secret that the older rule o meets within the grant. What that one gives is its own gain.
func (c comparison) preceded(o *rule, i int, of grant, p party) bool {
	return slices.ContainsFunc(c.newer.rules[:i], func(n rule) bool {
		return c.spans(o, &n, of) && (c.newer.surely(n.who, p) || includesAll(c.newer, n.who, c.older, p.among(o.who)))
	})
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
		if now.stages[k].Count < s.Count || !includesAll(c.older, s.By, c.newer, now.stages[k].By) {
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
	return (c.older.surely(was.Who, p) || includesAll(c.older, was.Who, c.newer, is.Who)) &&
		is.PerDay <= was.PerDay && is.Due <= was.Due && includesAll(c.older, was.ReviewBy, c.newer, is.ReviewBy)
}
