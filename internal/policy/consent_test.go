package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// work is a policy of every kind of consent.
const work = `
revision: 1
environments: {dev: {project: acme-dev}, prod: {project: acme-prod}}
groups:
  payments: {slack_usergroup: S0PAY}
  oncall: {slack_usergroup: S0ONCALL, trust: editable, channel: C0ONCALL}
  security: {members: [U0SAM, U0SUE], channel: C0SEC}
rules:
  - {name: looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: dev, secrets: ["dev/*"], do: [create, update], who: anyone}
  - name: payments
    secrets: ["prod/payments-*"]
    do: [create, update]
    who: [payments, U0PAT]
    approve: {by: [security, payments], count: 2, expires: 8h, remind: 2h, escalate: [oncall]}
    hold: 10m
    break_glass: {who: [oncall, U0PAT], review_by: [security], due: 12h, per_day: 1}
  - name: certificates
    secrets: ["prod/cert-*"]
    do: [update]
    who: [payments, security]
    approve:
      - {by: [payments], count: 1}
      - {by: [security], count: 1, expires: 2d}
  - name: old keys
    secrets: ["prod/old-*"]
    do: [create, update, rollback, delete, restore]
    who: [U0PAT]
    approve: {by: [security], count: 1}
    break_glass: {who: [U0PAT], review_by: [security]}
  - {name: security, secrets: ["prod/*"], do: [update, delete], who: [security]}
  - {name: frozen, secrets: ["prod/payments-root"], do: [create, update], who: anyone, deny: true}
  - {name: not on call, secrets: ["prod/payments-eu-*"], do: [update], who: [oncall], deny: true}
`

func TestDecideConsent(t *testing.T) {
	p := mustLoad(t, work)
	type groups = map[string]bool
	none := groups{"payments": false, "oncall": false}
	pay := groups{"payments": true, "oncall": false}
	call := groups{"payments": false, "oncall": true}
	both := groups{"payments": true, "oncall": true}
	for _, c := range []struct {
		name   string
		user   string
		groups groups
		action secret.Action
		ref    string
		rule   string
		want   policy.Outcome
		alone  bool // in an emergency
	}{
		{"a member of a usergroup asks for approval", "U0EVE", pay, secret.Update, "prod/payments-a", "payments", policy.OutcomeApprove, false},
		{"someone else does not", "U0EVE", none, secret.Update, "prod/payments-a", "", policy.OutcomeDeny, false},
		{"a member of another usergroup does not", "U0EVE", call, secret.Update, "prod/payments-a", "", policy.OutcomeDeny, false},
		{"a named person asks for approval", "U0PAT", none, secret.Update, "prod/payments-a", "payments", policy.OutcomeApprove, true},
		{"a named person needs no knowledge of groups", "U0PAT", nil, secret.Update, "prod/payments-a", "payments", policy.OutcomeApprove, true},
		{"someone of both groups may act alone in an emergency", "U0EVE", both, secret.Update, "prod/payments-a", "payments", policy.OutcomeApprove, true},
		{"of an unknown group for emergencies, nobody may", "U0EVE", groups{"payments": true}, secret.Update, "prod/payments-a", "payments", policy.OutcomeApprove, false},
		{"an unknown group allows nothing", "U0EVE", nil, secret.Update, "prod/payments-a", "", policy.OutcomeDeny, false},
		{"an unknown group keeps laxer rules from deciding", "U0SAM", nil, secret.Update, "prod/payments-a", "", policy.OutcomeDeny, false},
		{"a known group lets later rules decide", "U0SAM", none, secret.Update, "prod/payments-a", "security", policy.OutcomeAllow, false},
		{"an approver who is a member asks all the same", "U0SAM", pay, secret.Update, "prod/payments-a", "payments", policy.OutcomeApprove, false},
		{"a rule without approval allows at once", "U0SAM", none, secret.Delete, "prod/payments-a", "security", policy.OutcomeAllow, false},
		{"going back to an old version can't wait", "U0PAT", none, secret.Rollback, "prod/old-a", "old keys", policy.OutcomeApprove, true},
		{"a delete is no emergency", "U0PAT", none, secret.Delete, "prod/old-a", "old keys", policy.OutcomeApprove, false},
		{"nor is a restore", "U0PAT", none, secret.Restore, "prod/old-a", "old keys", policy.OutcomeApprove, false},
		{"another action is another rule's", "U0PAT", pay, secret.Delete, "prod/payments-a", "", policy.OutcomeDeny, false},
		{"dev needs no approval", "U0EVE", nil, secret.Update, "dev/payments-a", "dev", policy.OutcomeAllow, false},
		{"looking needs no approval", "U0EVE", nil, secret.View, "prod/payments-a", "looks", policy.OutcomeAllow, false},
		{"a denial beats approval", "U0PAT", pay, secret.Update, "prod/payments-root", "frozen", policy.OutcomeDeny, false},
		{"a denial beats an emergency", "U0PAT", both, secret.Update, "prod/payments-root", "frozen", policy.OutcomeDeny, false},
		{"a denial of a usergroup beats its emergency", "U0EVE", both, secret.Update, "prod/payments-eu-a", "not on call", policy.OutcomeDeny, false},
		{"a denial of an unknown group denies", "U0PAT", groups{"payments": true}, secret.Update, "prod/payments-eu-a", "not on call", policy.OutcomeDeny, false},
		{"a denial of a group denies nobody else", "U0PAT", pay, secret.Update, "prod/payments-eu-a", "payments", policy.OutcomeApprove, true},
		{"stages are asked of members", "U0EVE", pay, secret.Update, "prod/cert-a", "certificates", policy.OutcomeApprove, false},
		{"stages are asked of listed people", "U0SUE", none, secret.Update, "prod/cert-a", "certificates", policy.OutcomeApprove, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			env, name, _ := strings.Cut(c.ref, "/")
			got := p.Decide(policy.Request{
				Person: secret.Person{Scope: "T0", User: c.user}, Groups: c.groups, Action: c.action,
				Ref: secret.Ref{Environment: secret.Environment(env), Name: secret.Name(name)},
			})
			rule, _, _ := strings.Cut(got.Rule, "@")
			if got.Outcome() != c.want || rule != c.rule || (got.BreakGlass != nil) != c.alone {
				t.Errorf("%s by %q, alone %v; want %s by %q, alone %v", got.Outcome(), rule, got.BreakGlass != nil, c.want, c.rule, c.alone)
			}
			if got.Allowed != (c.want == policy.OutcomeAllow) || got.NeedsApproval() != (c.want == policy.OutcomeApprove) {
				t.Errorf("allowed %v, needs approval %v", got.Allowed, got.NeedsApproval())
			}
		})
	}
}

func TestDecisionSaysWhatConsentItTakes(t *testing.T) {
	p := mustLoad(t, work)
	decide := func(name secret.Name) policy.Decision {
		d := p.Decide(policy.Request{
			Person: secret.Person{Scope: "T0", User: "U0PAT"}, Groups: map[string]bool{"payments": true, "oncall": false},
			Action: secret.Update, Ref: secret.Ref{Environment: "prod", Name: name},
		})
		d.Tried = nil
		return d
	}
	sec := policy.People{Users: []string{"U0SAM", "U0SUE"}, Groups: []string{"security"}}
	pay := policy.People{Groups: []string{"payments"}, Usergroups: []string{"payments"}}
	call := policy.People{Groups: []string{"oncall"}, Usergroups: []string{"oncall"}}
	want := policy.Decision{
		Rule: "payments@" + p.Hash()[:12],
		Approve: []policy.Stage{{
			By:    policy.People{Users: sec.Users, Groups: []string{"security", "payments"}, Usergroups: pay.Groups},
			Count: 2, Expires: 8 * time.Hour, Remind: 2 * time.Hour, Escalate: call,
		}},
		Expires: 8 * time.Hour, Hold: 10 * time.Minute,
		BreakGlass: &policy.BreakGlass{
			Who:      policy.People{Users: []string{"U0PAT"}, Groups: call.Groups, Usergroups: call.Groups},
			ReviewBy: sec, Due: 12 * time.Hour, PerDay: 1,
		},
	}
	if diff := cmp.Diff(decide("payments-a"), want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
	want = policy.Decision{
		Rule: "certificates@" + p.Hash()[:12],
		Approve: []policy.Stage{
			{By: pay, Count: 1, Expires: policy.DefaultExpires}, {By: sec, Count: 1, Expires: 48 * time.Hour},
		},
		Expires: 72 * time.Hour,
	}
	if diff := cmp.Diff(decide("cert-a"), want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}
