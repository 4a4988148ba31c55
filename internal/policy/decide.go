package policy

import "secretstore/internal/secret"

// Request is one question: may this person do this to that secret?
type Request struct {
	Person secret.Person
	Action secret.Action
	Ref    secret.Ref
}

// Decision is the answer to a Request.
type Decision struct {
	Allowed bool
	// Rule is the rule that decided, as "name@" and the first 12 digits of the policy's
	// hash; "" if no rule matched, which means no.
	Rule string
	// Tried is what was tried in vain before, in the order of decision.
	Tried []Trial
}

// Trial is a rule that did not match, and the first of its conditions that failed.
type Trial struct {
	Rule   string // its name alone
	Failed Condition
}

// Condition is a part of a rule that has to match, by its key in the file.
type Condition string

// The conditions of a rule, in the order they are tried.
const (
	ConditionSecrets Condition = "secrets"
	ConditionDo      Condition = "do"
	ConditionWho     Condition = "who"
)

// hashShown is how much of the policy's hash a decision bears.
const hashShown = 12

// Decide answers r. A rule that denies wins over every other; else the first rule that
// matches allows; else the answer is no. Unknown environments, nobody, unknown actions and
// names that people can't use match no rule.
func (p *Policy) Decide(r Request) Decision {
	var d Decision
	rule, allowed := p.first(r, nil, func(t Trial) { d.Tried = append(d.Tried, t) })
	if rule != nil {
		d.Allowed, d.Rule = allowed, rule.name+"@"+p.hash[:hashShown]
	}
	return d
}

// first returns the rule that decides r, nil if none matches, and whether it allows. The
// person counts as a member of the groups in as well. Rules tried in vain go to missed.
func (p *Policy) first(r Request, in []string, missed func(Trial)) (decider *rule, allowed bool) {
	if !askable(r) {
		return nil, false
	}
	for i := range p.rules {
		rule := &p.rules[i]
		failed := rule.failed(r, in)
		if failed == "" {
			return rule, !rule.deny
		}
		missed(Trial{rule.name, failed})
	}
	return nil, false
}

// askable keeps what no rule may speak of from being matched by "*" or "anyone".
func askable(r Request) bool {
	name, faults := secret.ParseName(string(r.Ref.Name))
	return len(faults) == 0 && name == r.Ref.Name && r.Person.User != "" && r.Action.Valid()
}
