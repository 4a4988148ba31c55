package policy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// before is what the cases of TestGains depart from.
const before = `
revision: 1
environments: {dev: {project: acme-dev}, prod: {project: acme-prod}}
groups:
  oncall: {slack_usergroup: S0ONCALL}
  payments: {members: [U0PAUL, U0PIA]}
  security: {members: [U0SAM, U0SUE]}
rules:
  - {name: everyone looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: dev is free, secrets: ["dev/*"], do: [create, update], who: anyone}
  - name: payments in production
    secrets: ["prod/payments-*"]
    do: [create, update]
    who: [payments, oncall]
    approve: {by: [security], count: 2}
    hold: 10m
    break_glass: {who: [oncall], review_by: [security]}
  - {name: security everywhere, secrets: ["prod/*"], do: [update], who: [security]}
  - {name: the root key is untouched, secrets: ["prod/root-*"], do: [update], who: anyone, deny: true}
`

func TestGains(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new string // replaced in before
		want     []string
	}{
		{"nothing changed", "", "", nil},
		{"only the revision", "revision: 1", "revision: 2", nil},
		{"a rule removed", `- {name: dev is free, secrets: ["dev/*"], do: [create, update], who: anyone}`, "", nil},
		{"a denial added", "do: [update], who: anyone, deny: true", "do: [create, update], who: anyone, deny: true", nil},
		{"more approvers", "{by: [security], count: 2}", "{by: [security, U0TOM], count: 2}", []string{"payments in production: payments, oncall may create, update in prod, with approval"}},
		{"an action added", "do: [view]", "do: [view, delete]", []string{"everyone looks: anyone may delete in dev, prod"}},
		{"an action that is no emergency", "do: [create, update]\n    who: [payments", "do: [create, update, delete]\n    who: [payments", []string{"payments in production: payments, oncall may delete in prod, with approval"}},
		{"a member added", "[U0PAUL, U0PIA]", "[U0PAUL, U0PIA, U0NEW]", []string{"payments in production: U0NEW may create, update in prod, with approval"}},
		{"a member replaced", "[U0PAUL, U0PIA]", "[U0NEW, U0PIA]", []string{"payments in production: U0NEW may create, update in prod, with approval"}},
		{"another usergroup", "S0ONCALL", "S0OTHER", []string{
			"payments in production: oncall may create, update in prod, with approval",
			"payments in production: oncall may create, update in prod, in an emergency",
			"security everywhere: security may update in prod", // those on call needed approval
		}},
		{"a usergroup that anyone may edit", "slack_usergroup: S0ONCALL", "slack_usergroup: S0ONCALL, trust: editable", []string{
			"payments in production: oncall may create, update in prod, with approval",
			"payments in production: oncall may create, update in prod, in an emergency",
		}},
		{"another project", "acme-dev", "acme-other", []string{
			"everyone looks: anyone may view in dev", "dev is free: anyone may create, update in dev",
		}},
		{"a channel", "project: acme-dev", "project: acme-dev, channel: C0DEV", nil},
		{"fewer votes", "count: 2", "count: 1", []string{"payments in production: payments, oncall may create, update in prod, with approval"}},
		{"a shorter hold", "hold: 10m", "hold: 5m", []string{"payments in production: payments, oncall may create, update in prod, with approval"}},
		{"a second stage", "{by: [security], count: 2}", "[{by: [security], count: 2}, {by: [U0TOM], count: 1}]", nil},
		{"a longer hold", "hold: 10m", "hold: 1h", nil},
		{"no approval", "approve: {by: [security], count: 2}\n    hold: 10m\n    break_glass: {who: [oncall], review_by: [security]}", "", []string{"payments in production: payments, oncall may create, update in prod"}},
		{"break-glass for more people", "who: [oncall], review_by", "who: [oncall, U0PIA], review_by", []string{"payments in production: U0PIA may create, update in prod, in an emergency"}},
		{"break-glass more often", "review_by: [security]", "review_by: [security], per_day: 3", []string{"payments in production: oncall may create, update in prod, in an emergency"}},
		{"break-glass taken away", "    break_glass: {who: [oncall], review_by: [security]}\n", "", nil},
		{"a denial removed", `- {name: the root key is untouched, secrets: ["prod/root-*"], do: [update], who: anyone, deny: true}`, "", []string{"security everywhere: security may update in prod"}},
		{"a denial narrowed", "prod/root-*", "prod/root-key", []string{"security everywhere: security may update in prod"}},
		{"a pattern narrowed", "prod/payments-*", "prod/payments-eu-*", []string{"security everywhere: security may update in prod"}},
		{"a rule split in two", `secrets: ["*/*"], do: [view], who: anyone}`, `secrets: ["dev/*"], do: [view], who: anyone}` + "\n" + `  - {name: and production, secrets: ["prod/*"], do: [view], who: anyone}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(before, c.old, c.new, 1)
			if c.old != "" && text == before {
				t.Fatal("nothing was replaced")
			}
			var got []string
			for _, g := range policy.Gains(mustLoad(t, before), mustLoad(t, text)) {
				got = append(got, g.String())
			}
			if diff := cmp.Diff(got, c.want); diff != "" {
				t.Errorf("got (-) and want (+) differ:\n%s", diff)
			}
		})
	}
}

func TestGainsNothing(t *testing.T) {
	var got []string
	for _, g := range policy.Gains(nil, mustLoad(t, before)) {
		got = append(got, g.String())
	}
	want := []string{
		"everyone looks: anyone may view in dev, prod",
		"dev is free: anyone may create, update in dev",
		"payments in production: payments, oncall may create, update in prod, with approval",
		"payments in production: oncall may create, update in prod, in an emergency",
		"security everywhere: security may update in prod",
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

// TestGainsLeavesNothingOut holds Gains against Decide, over many pairs of small
// policies: whoever is let do more is named, and a policy gives no more than itself.
func TestGainsLeavesNothingOut(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 1000 {
		older, newer := somePolicy(random), somePolicy(random)
		if older == nil || newer == nil {
			continue
		}
		if gains := policy.Gains(older, older); len(gains) > 0 {
			t.Fatalf("more than itself: %v", gains)
		}
		gains := policy.Gains(older, newer)
		for _, q := range questions() {
			was, is := older.Decide(q), newer.Decide(q)
			more := ease(is) > ease(was) || ease(is) == ease(was) && is.BreakGlass != nil && was.BreakGlass == nil && !was.Allowed
			if more && !gained(gains, is, q) {
				t.Fatalf("%+v: was %s by %q, is %s by %q, and no gain tells: %v", q, was.Outcome(), was.Rule, is.Outcome(), is.Rule, gains)
			}
		}
	}
}

// ease orders outcomes by how much they let happen.
func ease(d policy.Decision) int {
	return map[policy.Outcome]int{policy.OutcomeDeny: 0, policy.OutcomeApprove: 1, policy.OutcomeAllow: 2}[d.Outcome()]
}

func gained(gains []policy.Gain, d policy.Decision, q policy.Request) bool {
	rule, _, _ := strings.Cut(d.Rule, "@")
	for _, g := range gains {
		if g.Rule == rule && strings.Contains(g.String(), string(q.Action)) && strings.Contains(g.String(), string(q.Ref.Environment)) {
			return true
		}
	}
	return false
}

// questions are all requests that the small policies can tell apart.
func questions() []policy.Request {
	var all []policy.Request
	for _, user := range []string{"U0A", "U0B", "U0C"} {
		for _, member := range []bool{false, true} {
			for _, action := range []secret.Action{secret.Update, secret.Delete} {
				for _, ref := range []string{"dev/a", "dev/ab", "dev/b", "prod/a", "prod/ab", "prod/ba"} {
					env, name, _ := strings.Cut(ref, "/")
					all = append(all, policy.Request{
						Person: secret.Person{Scope: "T0", User: user}, Action: action,
						Groups: map[string]bool{"slack": member},
						Ref:    secret.Ref{Environment: secret.Environment(env), Name: secret.Name(name)},
					})
				}
			}
		}
	}
	return all
}

// somePolicy draws a policy of a few rules; nil if it has faults.
func somePolicy(random *rand.Rand) *policy.Policy {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	text := "revision: 1\nenvironments: {dev: {project: acme-dev}, prod: {project: acme-prod}}\n" +
		"groups: {slack: {slack_usergroup: S0SLACK}, two: {members: [U0A, U0B]}, sec: {members: [U0X, U0Y]}}\nrules:\n"
	for i := range 1 + random.IntN(4) {
		text += fmt.Sprintf("- {name: r%d, secrets: [%q], do: [%s], who: %s%s}\n", i,
			pick("*", "dev", "prod")+"/"+pick("*", "a", "a*", "*b", "b*"), pick("update", "delete", "update, delete"),
			pick("anyone", "[U0A]", "[two]", "[slack]", "[slack, U0C]"),
			pick("", "", ", deny: true", ", approve: {by: [sec], count: 1}", ", approve: {by: [sec], count: 2}",
				", approve: {by: [sec], count: 1}, break_glass: {who: [two, slack], review_by: [sec]}"))
	}
	p, _ := policy.Load([]byte(text))
	return p
}
