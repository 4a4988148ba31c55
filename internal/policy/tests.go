package policy

import (
	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// Test is one test of a policy file: an example of what the rules should mean.
type Test struct {
	Line int
	As   string // user id
	// In are the groups the person is a member of, besides those that list the person.
	In     []string
	Do     secret.Action
	Ref    secret.Ref
	Expect Outcome
}

// request asks what the test asks. Membership is what the test states, and nothing else.
func (t Test) request(groups []Group) Request {
	in := make(map[string]bool)
	for _, g := range groups {
		in[g.Name] = false
	}
	for _, name := range t.In {
		in[name] = true
	}
	return Request{Person: secret.Person{User: t.As}, Groups: in, Action: t.Do, Ref: t.Ref}
}

// readTests reads the section tests and holds each test against the rules. A test is not
// held against rules of which some were left out: what it said would mislead.
func (l *loader) readTests(n *yaml.Node, rulesHold bool) {
	l.each(n, func(item *yaml.Node) {
		before := len(l.faults)
		test := l.test(item)
		if rulesHold && len(l.faults) == before {
			l.hold(item, test)
		}
		l.policy.tests = append(l.policy.tests, test)
	})
}

func (l *loader) test(n *yaml.Node) Test {
	t := Test{Line: n.Line}
	f := l.fields(n, testKeys)
	if as := f["as"]; as != nil {
		t.As, _ = l.user(as)
	}
	if do := f["do"]; do != nil {
		t.Do, _ = l.action(do)
	}
	l.each(f["in"], func(item *yaml.Node) {
		if g, ok := l.group(item); ok {
			t.In = append(t.In, g.Name)
		}
	})
	t.Ref, t.Expect = l.ref(f["secret"]), l.expect(f["expect"])
	return t
}

// ref reads environment/name of an environment that the file declares.
func (l *loader) ref(n *yaml.Node) secret.Ref {
	text, ok := l.text(n)
	if !ok {
		return secret.Ref{}
	}
	ref, faults := secret.ParseRef(text)
	if len(faults) > 0 || ref.Environment == "" || ref.String() != text {
		l.fault(n, CodeBadSecret)
		return secret.Ref{}
	}
	if _, known := l.policy.Environment(ref.Environment); !known {
		l.unknownEnvironment(n, string(ref.Environment))
	}
	return ref
}

func (l *loader) expect(n *yaml.Node) Outcome {
	text, ok := l.text(n)
	switch outcome := Outcome(text); outcome {
	case OutcomeAllow, OutcomeApprove, OutcomeDeny, OutcomeEmergency:
		return outcome
	}
	if ok {
		l.fault(n, CodeBadExpect)
	}
	return ""
}

// hold reports n if the rules answer otherwise than the test expects.
func (l *loader) hold(n *yaml.Node, t Test) {
	d := l.policy.Decide(t.request(l.policy.groups))
	got := d.Outcome()
	if got == OutcomeApprove && t.Expect == OutcomeEmergency && d.BreakGlass != nil || got == t.Expect {
		return
	}
	code := CodeTestUnmatched
	switch {
	case got == OutcomeAllow:
		code = CodeTestAllowed
	case got == OutcomeApprove:
		code = CodeTestApproved
	case d.Rule != "":
		code = CodeTestDenied
	}
	l.about(n, code, ruleOf(d), string(t.Expect))
}
