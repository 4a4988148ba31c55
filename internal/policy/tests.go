package policy

import (
	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// The words a test may expect.
const (
	expectAllow = "allow"
	expectDeny  = "deny"
	// expectApprove belongs to rules with approve, which this version refuses.
	expectApprove = "approve"
)

// readTests reads the section tests and holds each test against the rules. A test is not
// held against rules of which some were left out: what it said would mislead.
func (l *loader) readTests(n *yaml.Node, rulesHold bool) {
	l.each(n, func(item *yaml.Node) {
		before := len(l.faults)
		request, in, expect := l.test(item)
		if rulesHold && len(l.faults) == before {
			l.hold(item, request, in, expect)
		}
	})
}

func (l *loader) test(n *yaml.Node) (r Request, in []string, expect string) {
	f := l.fields(n, testKeys)
	if as := f["as"]; as != nil {
		r.Person.User, _ = l.user(as)
	}
	if do := f["do"]; do != nil {
		r.Action, _ = l.action(do)
	}
	r.Ref = l.ref(f["secret"])
	return r, list(l, f["in"], l.group), l.expect(f["expect"])
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

func (l *loader) expect(n *yaml.Node) string {
	text, ok := l.text(n)
	switch {
	case !ok, text == expectAllow, text == expectDeny:
	case text == expectApprove:
		l.about(n, CodeUnsupported, expectApprove, "")
	default:
		l.fault(n, CodeBadExpect)
	}
	return text
}

// hold reports n if the rules answer otherwise than the test expects.
func (l *loader) hold(n *yaml.Node, r Request, in []string, expect string) {
	switch rule, allowed := l.policy.first(r, in, func(Trial) {}); {
	case allowed == (expect == expectAllow):
	case allowed:
		l.about(n, CodeTestAllowed, rule.name, "")
	case rule != nil:
		l.about(n, CodeTestDenied, rule.name, "")
	default:
		l.fault(n, CodeTestUnmatched)
	}
}
