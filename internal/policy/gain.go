package policy

import (
	"slices"

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

// Gains returns what people may do by newer that they might not by older, in the order
// of decision; a nil older let nobody do anything. Nothing that was gained is left out.
// Where it can't be proven from the two files that nothing was, as with patterns that only
// together match what one did, a gain is reported that may be none.
func Gains(older, newer *Policy) []Gain {
	c := compare(older, newer)
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
			if !p.mayBeIn(r.who) || c.had(i, w, of, p) {
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
