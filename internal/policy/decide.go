package policy

import (
	"slices"
	"strings"
	"time"

	"secretstore/internal/secret"
)

// Request is one question: may this person do this to that secret?
type Request struct {
	Person secret.Person
	// Groups says of the groups whose members Slack keeps whether the person is one of them
	// :: name of the group -> is a member. A group that is not there is unknown: it allows
	// nothing, and what is denied to it is denied. Policy.Membership makes the map.
	Groups map[string]bool
	Action secret.Action
	Ref    secret.Ref
}

// Decision is the answer to a Request.
type Decision struct {
	// Allowed is true if the person may act alone and now. It is false when approval is
	// needed: who does not know of approvals denies.
	Allowed bool
	// Rule is the rule that decided, as "name@" and the first 12 digits of the policy's
	// hash; "" if no rule matched, which means no.
	Rule string
	// Tried is what was tried in vain before, in the order of decision.
	Tried []Trial
	// Approve are the stages of consent, one after the other; none if no consent would help
	// or none is needed. Over all stages the same person counts once, the requester never.
	Approve []Stage
	// Expires is how long the request as a whole may wait: the sum over the stages.
	Expires time.Duration
	// Hold is how long everyone who could decide may stop the change after the last vote.
	Hold time.Duration
	// BreakGlass says how the person may act without the approval, nil if not at all.
	BreakGlass *BreakGlass
	// Superseded is true if a newer policy is in force elsewhere (Policy.Superseded): the
	// answer is a refusal for now, and no reason to void anything.
	Superseded bool
}

// NeedsApproval reports whether the person may act once all stages of Approve agreed.
func (d Decision) NeedsApproval() bool { return len(d.Approve) > 0 }

// Outcome is the answer in one word, as the tests of a policy file expect it.
type Outcome string

// The outcomes.
const (
	OutcomeAllow   Outcome = "allow"
	OutcomeApprove Outcome = "approve"
	OutcomeDeny    Outcome = "deny"
	// OutcomeEmergency is expected by tests: approval is needed, and the person may act
	// without it in an emergency.
	OutcomeEmergency Outcome = "emergency"
)

// Outcome returns OutcomeAllow, OutcomeApprove or OutcomeDeny.
func (d Decision) Outcome() Outcome {
	switch {
	case d.Allowed:
		return OutcomeAllow
	case d.NeedsApproval():
		return OutcomeApprove
	}
	return OutcomeDeny
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
	// ConditionUnknown is who, where a group was unknown: the person may well be meant.
	ConditionUnknown Condition = "unknown"
)

// hashShown is how much of the policy's hash a decision bears.
const hashShown = 12

// Decide answers r. A rule that denies wins over every other, in an emergency too; else
// the first rule that matches decides; else the answer is no. Unknown environments,
// nobody, unknown actions and names that people can't use match no rule. A rule that asks
// for approval and may be for the person, but for an unknown group, lets no later rule
// decide: that one could ask for less.
func (p *Policy) Decide(r Request) Decision {
	env := slices.IndexFunc(p.environments, func(e Environment) bool { return e.Name == r.Ref.Environment })
	switch {
	case env < 0 || !askable(r):
		return Decision{}
	case p.superseded && r.Action != secret.View:
		return Decision{Rule: p.stamp(supersededRule), Superseded: true}
	}
	var nearer []miss
	for i := range p.index[env] {
		e := &p.index[env][i]
		if !e.matches(string(r.Ref.Name)) {
			continue
		}
		rule := &p.rules[e.rule]
		failed := rule.failed(r)
		if failed == "" {
			d := rule.decision(r)
			d.Tried = p.tried(e.rule, nearer)
			return d
		}
		nearer = append(nearer, miss{e.rule, failed})
		if failed == ConditionUnknown && len(rule.consent.stages) > 0 {
			return Decision{Tried: p.tried(e.rule+1, nearer)}
		}
	}
	return Decision{Tried: p.tried(len(p.rules), nearer)}
}

// miss is a rule about the secret that did not match all the same.
type miss struct {
	rule   int // its place
	failed Condition
}

// tried is what happened to the first n rules. Most are about other secrets, so that they
// are copied as if all were.
func (p *Policy) tried(n int, nearer []miss) []Trial {
	tried := slices.Clone(p.passed[:n])
	for _, m := range nearer {
		tried[m.rule].Failed = m.failed
	}
	return tried
}

// askable keeps what no rule may speak of from being matched by "*" or "anyone".
func askable(r Request) bool {
	name, faults := secret.ParseName(string(r.Ref.Name))
	return len(faults) == 0 && name == r.Ref.Name && r.Person.User != "" && r.Action.Valid()
}

// supersededRule stands for the rules of a policy that is not in force any more.
const supersededRule = "the policy here was superseded"

// Superseded returns p for a replica that knows of a newer policy than its own: nothing
// is changed by it any more, and looking goes on.
func (p *Policy) Superseded() *Policy {
	old := *p
	old.superseded = true
	return &old
}

func (p *Policy) stamp(rule string) string { return rule + "@" + p.hash[:hashShown] }

// ruleOf returns the name alone of the rule that decided; "" if none did.
func ruleOf(d Decision) string {
	name, _, _ := strings.Cut(d.Rule, "@")
	return name
}
