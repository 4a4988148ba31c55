package policy

import (
	"slices"
	"strings"

	"secretstore/internal/secret"
)

// Reach returns the environments where the person may do the action of r to some secret, at
// once or once others agree, and unsure, those where that can't be told, because it hangs on
// a group that r leaves unknown; r.Ref is not looked at. It is for what is offered, and
// decides nothing: each pattern of a rule is tried with two names of its own, so that an
// environment where just these are denied is missed. That a newer policy is in force
// elsewhere takes nothing away, since that soon passes.
func (p *Policy) Reach(r Request) (within, unsure []Environment) {
	for i, e := range p.environments {
		r.Ref.Environment = e.Name
		switch {
		case p.reaches(i, r):
			within = append(within, e)
		case p.wavers(i, r):
			unsure = append(unsure, e)
		}
	}
	return within, unsure
}

// reaches reports whether r is within Reach in its environment, which is at place env.
func (p *Policy) reaches(env int, r Request) bool {
	for _, e := range p.index[env] {
		rule := &p.rules[e.rule]
		if !rule.deny && rule.failed(r) == "" && p.opens(e.glob, r) {
			return true
		}
	}
	return false
}

// wavers reports whether a rule for that environment, which is at place env, might say
// something else about r if more were known of the groups.
func (p *Policy) wavers(env int, r Request) bool {
	return slices.ContainsFunc(p.index[env], func(e indexed) bool {
		rule := &p.rules[e.rule]
		return slices.Contains(rule.do, r.Action) && !rule.who.Includes(r.Person.User, r.Groups) && rule.who.doubtful(r.Groups)
	})
}

// opens reports whether r would not be denied about a name that glob matches.
func (p *Policy) opens(glob string, r Request) bool {
	for _, run := range []string{"any", "other"} {
		r.Ref.Name = secret.Name(strings.ReplaceAll(glob, "*", run))
		if d := p.Decide(r); d.Outcome() != OutcomeDeny || d.Superseded {
			return true
		}
	}
	return false
}
