package policy_test

import (
	"strings"
	"testing"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

const reaching = `
revision: 1
environments:
  dev:   {project: acme-dev}
  stg:   {project: acme-stg}
  prod:  {project: acme-prod}
  vault: {project: acme-vault}
groups:
  payments: {slack_usergroup: S0PAY}
  security: {members: [U0SAM, U0SUE]}
rules:
  - {name: dev is free, secrets: ["dev/*"], do: [view, create], who: anyone}
  - {name: one name, secrets: ["stg/api-key"], do: [view, update], who: anyone}
  - {name: payments, secrets: ["prod/payments-*"], do: [create], who: [payments], approve: {by: [security], count: 1}}
  - {name: the vault, secrets: ["vault/*"], do: [view, create], who: [security]}
  - {name: nothing of this name, secrets: ["*/any"], do: [create], who: anyone, deny: true}
  - {name: Sue keeps out, secrets: ["vault/*"], do: [view, create], who: [U0SUE], deny: true}
`

const denying = `
revision: 1
environments:
  dev: {project: acme-dev}
groups:
  payments: {slack_usergroup: S0PAY}
rules:
  - {name: payments keep out, secrets: ["*/*"], do: [create], who: [payments], deny: true}
  - {name: dev is free, secrets: ["dev/*"], do: [create], who: anyone}
`

func TestReach(t *testing.T) {
	p := mustLoad(t, reaching)
	denied := mustLoad(t, denying)
	for _, c := range []struct {
		name   string
		policy *policy.Policy
		user   string
		in     map[string]bool
		action secret.Action
		want   string
		unsure string
	}{
		{"what anyone may", p, "U0EVE", nil, secret.View, "dev stg", ""},
		{"one name is enough", p, "U0EVE", nil, secret.Update, "stg", ""},
		{"a denial of some names leaves others", p, "U0EVE", nil, secret.Create, "dev", "prod"},
		{"with the consent of others", p, "U0PAT", map[string]bool{"payments": true}, secret.Create, "dev prod", ""},
		{"who is no member", p, "U0PAT", map[string]bool{"payments": false}, secret.Create, "dev", ""},
		{"a group that is unknown leaves its rule in doubt", p, "U0PAT", map[string]bool{}, secret.Create, "dev", "prod"},
		{"but not for what it is not about", p, "U0PAT", map[string]bool{}, secret.View, "dev stg", ""},
		{"a denial of a group that is unknown is in doubt", denied, "U0PAT", map[string]bool{}, secret.Create, "", "dev"},
		{"a denial of a group that is known is not", denied, "U0PAT", map[string]bool{"payments": true}, secret.Create, "", ""},
		{"a listed member", p, "U0SAM", nil, secret.View, "dev stg vault", ""},
		{"a denial of every name closes it", p, "U0SUE", nil, secret.View, "dev stg", ""},
		{"what nobody may", p, "U0SAM", nil, secret.Delete, "", ""},
		{"an unknown action", p, "U0SAM", nil, "", "", ""},
		{"nobody", p, "", nil, secret.View, "", ""},
		{"a newer policy elsewhere takes nothing away", p.Superseded(), "U0EVE", nil, secret.Create, "dev", "prod"},
	} {
		t.Run(c.name, func(t *testing.T) {
			within, unsure := c.policy.Reach(policy.Request{Person: secret.Person{Scope: "T0TEAM", User: c.user}, Groups: c.in, Action: c.action})
			if got := names(within); got != c.want {
				t.Errorf("reaches %q, want %q", got, c.want)
			}
			if got := names(unsure); got != c.unsure {
				t.Errorf("in doubt about %q, want %q", got, c.unsure)
			}
		})
	}
}

func names(all []policy.Environment) string {
	var names []string
	for _, e := range all {
		names = append(names, string(e.Name))
	}
	return strings.Join(names, " ")
}
