package store

import (
	"slices"
	"strings"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// terms is what policy asks for a submission, beyond allowing it.
type terms struct {
	decision policy.Decision
	stages   []Stage
}

// decide asks policy, for adoption too where the person ticked it.
func decide(rules *policy.Policy, sub Submission, in map[string]bool) policy.Decision {
	q := policy.Request{Person: sub.Person, Groups: in, Action: sub.Action, Ref: sub.Ref}
	d := rules.Decide(q)
	if !sub.Adopt || d.Outcome() == policy.OutcomeDeny {
		return d
	}
	q.Action = secret.Adopt
	return both(d, rules.Decide(q))
}

// both is what two decisions ask for together.
func both(d, adopt policy.Decision) policy.Decision {
	switch {
	case adopt.Allowed:
		return d
	case d.Allowed || adopt.Outcome() == policy.OutcomeDeny:
		return adopt
	case ruleName(d.Rule) == ruleName(adopt.Rule):
		return d
	}
	d.Approve = slices.Concat(d.Approve, adopt.Approve)
	d.Expires, d.Hold, d.BreakGlass = d.Expires+adopt.Expires, max(d.Hold, adopt.Hold), nil
	return d
}

// submission is the request as somebody would ask for it now.
func (r Request) submission() Submission {
	person, _ := secret.ParsePerson(r.Requester)
	return Submission{
		Key: r.Key, Person: person, PersonName: r.RequesterName, Action: r.Action, Ref: r.Ref(), Base: r.Base,
		Recipe: r.Recipe, Source: r.Source, Old: r.Old, Adopt: r.Adopt, Owner: r.Owner, Notify: r.Notify, Reason: r.Reason,
	}
}

// terms asks policy about a submission of somebody with those ids.
func (m memberships) terms(sub Submission, ids []string) (t terms, sure bool) {
	t.decision, sure = decide(m.rules, sub, m.of(ids...)), true
	for _, stage := range t.decision.Approve {
		members, known := m.members(stage.By)
		sure = sure && known
		t.stages = append(t.stages, Stage{
			By: peopleOf(stage.By), Count: stage.Count, Members: without(members, ids),
			RemindMS: stage.Remind.Milliseconds(), Escalate: peopleOf(stage.Escalate),
		})
	}
	return t, sure
}

// agrees reports whether policy asks today for what it asked for then: the same rule, the
// same stages, the same hold. Who belongs to a usergroup is another question.
func (t terms) agrees(r Request) bool {
	sameStage := func(a, b Stage) bool {
		return a.Count == b.Count && slices.Equal(a.By.Groups, b.By.Groups) && slices.Equal(a.By.Users, b.By.Users)
	}
	return !t.decision.Allowed && ruleName(t.decision.Rule) == ruleName(r.Rule) &&
		slices.EqualFunc(t.stages, r.Stages, sameStage) && t.decision.Hold == r.Hold()
}

// ruleName is a decision's rule without the hash of the policy it stood in.
func ruleName(rule string) string {
	name, _, _ := strings.Cut(rule, "@")
	return name
}
