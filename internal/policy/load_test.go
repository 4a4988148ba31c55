package policy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

func TestShadowedRules(t *testing.T) {
	const broad = `{name: broad, secrets: ["*/pay*"], do: [view, update], who: [security, U0ANN]}`
	for _, c := range []struct {
		name, first, second string
		shadowed            bool
	}{
		{"the same again", broad, `secrets: ["*/pay*"], do: [view, update], who: [security, U0ANN]}`, true},
		{"one of its environments", broad, `secrets: ["dev/pay*"], do: [view, update], who: [security, U0ANN]}`, true},
		{"its environments one by one", broad, `secrets: ["dev/pay*", "prod/pay*"], do: [view], who: [U0ANN]}`, true},
		{"one of its names", broad, `secrets: ["*/payments"], do: [view], who: [security]}`, true},
		{"a narrower pattern", broad, `secrets: ["*/pay-*-key"], do: [view], who: [security]}`, true},
		{"a member instead of the group", broad, `secrets: ["*/pay*"], do: [view], who: [U0SAM]}`, true},
		{"a denial behind an allowance still counts", broad, `secrets: ["*/pay*"], do: [view], who: [security], deny: true}`, false},
		{"a broader pattern", broad, `secrets: ["*/pa*"], do: [view], who: [security]}`, false},
		{"a pattern that only overlaps", broad, `secrets: ["*/*-key"], do: [view], who: [security]}`, false},
		{"another action as well", broad, `secrets: ["*/pay*"], do: [view, create], who: [security]}`, false},
		{"another person as well", broad, `secrets: ["*/pay*"], do: [view], who: [security, U0BOB]}`, false},
		{"anyone instead of some", broad, `secrets: ["*/pay*"], do: [view], who: anyone}`, false},
		{"an allowance before a broader denial", `{name: broad, secrets: ["dev/pay*"], do: [view], who: [U0ANN]}`, `secrets: ["*/*"], do: [view], who: anyone, deny: true}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, faults := policy.Load([]byte(head + "- " + c.first + "\n- {name: narrow, " + c.second + "\n"))
			shadowed := len(faults) == 1 && faults[0].Code == policy.CodeShadowed
			if shadowed != c.shadowed || len(faults) > 1 {
				t.Errorf("shadowed %v, want %v; faults: %v", shadowed, c.shadowed, faults)
			}
		})
	}
}

func TestUsergroupIsShadowedByItselfAlone(t *testing.T) {
	text := `revision: 1
environments: {dev: {project: acme-dev}}
groups: {one: {slack_usergroup: S0ONE}, two: {slack_usergroup: S0TWO}}
rules:
- {name: first, secrets: ["*/*"], do: [view], who: [one]}
- {name: second, secrets: ["*/*"], do: [view], who: [two]}
`
	mustLoad(t, text)
	_, faults := policy.Load([]byte(strings.Replace(text, "who: [two]", "who: [one]", 1)))
	want := []policy.Fault{{Line: 6, Column: 3, Code: policy.CodeShadowed, Name: "second", Other: "first", Earlier: 5}}
	if diff := cmp.Diff(faults, want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

func TestShadowedByTwoRulesTogether(t *testing.T) {
	_, faults := policy.Load([]byte(head + `- {name: dev, secrets: ["dev/*"], do: [view], who: anyone}
- {name: prod, secrets: ["prod/*"], do: [view], who: anyone}
- {name: both, secrets: ["*/*"], do: [view], who: anyone}
`))
	want := []policy.Fault{{Line: 7, Column: 3, Code: policy.CodeShadowed, Name: "both", Other: "dev", Earlier: 5}}
	if diff := cmp.Diff(faults, want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

func TestGoodFile(t *testing.T) {
	text := strings.ReplaceAll(company, "\n", "\r\n") + "tests:\r\n" +
		"  - {as: U0EVE, in: [payments], do: update, secret: prod/payments-key, expect: allow}\r\n" +
		"  - {as: U0EVE, do: update, secret: prod/payments-key, expect: deny}\r\n"
	p := mustLoad(t, text)
	sum := sha256.Sum256([]byte(text))
	if p.Revision() != 7 || p.Hash() != hex.EncodeToString(sum[:]) {
		t.Errorf("revision %d, hash %s", p.Revision(), p.Hash())
	}
	want := []policy.Environment{{"dev", "acme-dev", ""}, {"stg", "acme-stg", ""}, {"prod", "acme-prod", "C0PROD"}}
	if diff := cmp.Diff(p.Environments(), want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
	if e, ok := p.Environment("prod"); !ok || e != want[2] {
		t.Errorf("prod is %v, %v", e, ok)
	}
	if e, ok := p.Environment("qa"); ok {
		t.Errorf("qa is %v", e)
	}
}

func TestSupersedes(t *testing.T) {
	p := mustLoad(t, company)
	for _, c := range []struct {
		name     string
		revision int64
		hash     string
		want     bool
	}{
		{"the same content", 7, p.Hash(), true},
		{"an older content", 6, "other", true},
		{"another content under the same revision", 7, "other", false},
		{"a newer content", 8, "other", false},
	} {
		if got := p.Supersedes(c.revision, c.hash); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

func manyRules(n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, "- {name: team %d, secrets: [\"prod/team-%d-*\"], do: [create, update], who: [security, U0ALICE]}\n", i, i)
	}
	return b.String()
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(company))
	f.Add([]byte(work))
	f.Add([]byte(before))
	for _, c := range cases {
		text, _, _ := unmark(c.text)
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, faults := policy.Load(text)
		if (p == nil) == (len(faults) == 0) {
			t.Fatalf("policy %v with faults %v", p, faults)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Column < 1 || !slices.Contains(policy.Codes(), fault.Code) {
				t.Errorf("fault %+v", fault)
			}
		}
		if p == nil {
			return
		}
		if gains := policy.Gains(p, p); len(gains) > 0 {
			t.Errorf("more than itself: %v", gains)
		}
		for _, e := range p.Environments() {
			for _, action := range secret.Actions() {
				checkDecisions(t, p, policy.Request{Action: action, Ref: secret.Ref{Environment: e.Name, Name: "a"}})
			}
		}
	})
}

// checkDecisions holds what is true of every policy against one request of nobody.
func checkDecisions(t *testing.T, p *policy.Policy, r policy.Request) {
	t.Helper()
	if d := p.Decide(r); d.Outcome() != policy.OutcomeDeny {
		t.Errorf("nobody: %v of %v", d.Outcome(), r)
	}
	for _, user := range []string{"U0ANN", "U0SAM"} {
		r.Person.User = user
		d := p.Decide(r)
		if d.Allowed && d.NeedsApproval() || d.BreakGlass != nil && !d.NeedsApproval() || (d.Expires > 0) != d.NeedsApproval() {
			t.Errorf("a decision that contradicts itself: %+v", d)
		}
		for _, s := range d.Approve {
			if s.Count < 1 || s.By.Anyone || len(s.By.Users)+len(s.By.Usergroups) == 0 || s.Expires <= s.Remind {
				t.Errorf("a stage that can't be: %+v", s)
			}
		}
		if d.BreakGlass != nil && (d.BreakGlass.PerDay < 1 || d.BreakGlass.Due <= 0) {
			t.Errorf("an emergency that can't be: %+v", d.BreakGlass)
		}
		if old := p.Superseded().Decide(r); r.Action != secret.View && old.Outcome() != policy.OutcomeDeny {
			t.Errorf("superseded, and yet %v of %v", old.Outcome(), r)
		}
	}
}
