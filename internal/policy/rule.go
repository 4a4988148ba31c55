package policy

import (
	"iter"
	"slices"

	"secretstore/internal/secret"
)

// rule matches a request when secrets, do and who all match.
type rule struct {
	name    string
	stamp   string // name and policy, as decisions bear it
	deny    bool
	secrets []pattern
	do      []secret.Action
	who     People
	consent consent

	line, column int
}

// failed returns the first condition besides secrets that r does not meet, "" if the rule matches.
func (u *rule) failed(r Request) Condition {
	switch {
	case !slices.Contains(u.do, r.Action):
		return ConditionDo
	case u.who.Includes(r.Person.User, r.Groups):
		return ""
	case !u.who.doubtful(r.Groups):
		return ConditionWho
	case u.deny:
		return "" // what is not known must not open what was closed
	}
	return ConditionUnknown
}

// decision is what the rule says to a request that it matches.
func (u *rule) decision(r Request) Decision {
	d := Decision{Rule: u.stamp, Allowed: !u.deny && len(u.consent.stages) == 0}
	if u.deny || d.Allowed {
		return d
	}
	d.Approve = slices.Clone(u.consent.stages)
	for _, s := range d.Approve {
		d.Expires += s.Expires
	}
	d.Hold = u.consent.hold
	if b := u.consent.breakGlass; b != nil && r.Action.InEmergency() && b.Who.Includes(r.Person.User, r.Groups) {
		d.BreakGlass = b
	}
	return d
}

// covers reports whether the rule is about every secret at place env whose name glob
// matches, and that action.
func (u *rule) covers(env int, glob string, action secret.Action) bool {
	return slices.Contains(u.do, action) &&
		slices.ContainsFunc(u.secrets, func(p pattern) bool { return p.covers(env, glob) })
}

// touches reports whether the rule may be about something within a grant.
func (u *rule) touches(env int, of grant) bool {
	return slices.Contains(u.do, of.action) &&
		slices.ContainsFunc(u.secrets, func(s pattern) bool { return s.touches(env, of.glob) })
}

// grant is one thing that a rule is about: an action on the secrets of one environment,
// by its place, whose names glob matches.
type grant struct {
	env    int
	glob   string
	action secret.Action
}

// grants yields all that the rule is about.
func (u *rule) grants() iter.Seq[grant] {
	return func(yield func(grant) bool) {
		for _, p := range u.secrets {
			for env, matched := range p.environments {
				for _, action := range u.do {
					if matched && !yield(grant{env, p.name, action}) {
						return
					}
				}
			}
		}
	}
}
