package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

const company = `
revision: 7
environments:
  dev:  {project: acme-dev}
  stg:  {project: acme-stg}
  prod: {project: acme-prod, channel: C0PROD}
groups:
  payments: {members: [U0PAUL, U0PIA]}
  security: {members: [U0SAM]}
rules:
  - {name: everyone looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: dev is free, secrets: ["dev/*"], do: [create, update, rollback, delete, restore, adopt], who: anyone}
  - {name: staging by hand, secrets: ["stg/*-key", "stg/db_*_password"], do: [update], who: [U0DAVE, security]}
  - {name: payments in production, secrets: ["prod/payments-*"], do: [create, update, rollback], who: [payments]}
  - {name: security everywhere, secrets: ["*/*"], do: [create, update, rollback, delete, restore, adopt, retire], who: [security]}
  - {name: the root key is untouched, secrets: ["prod/ROOT"], do: [create, update, rollback, delete], who: anyone, deny: true}
  - {name: not Pia, secrets: ["prod/payments-eu-*"], do: [update], who: [U0PIA], deny: true}
`

func mustLoad(t testing.TB, text string) *policy.Policy {
	t.Helper()
	p, faults := policy.Load([]byte(text))
	if len(faults) > 0 {
		t.Fatalf("the policy has faults: %v", faults)
	}
	return p
}

func TestDecide(t *testing.T) {
	p := mustLoad(t, company)
	const root, free, staging, payments, security, notPia, nothing = "the root key is untouched",
		"dev is free", "staging by hand", "payments in production", "security everywhere", "not Pia", ""
	for _, c := range []struct {
		name   string
		user   string
		action secret.Action
		ref    string
		rule   string // that decides; "" for none
		want   bool
	}{
		{"anyone looks at dev", "U0EVE", secret.View, "dev/a", "everyone looks", true},
		{"anyone looks at production", "U0EVE", secret.View, "prod/a", "everyone looks", true},
		{"anyone looks at what they may not change", "U0EVE", secret.View, "prod/ROOT", "everyone looks", true},
		{"nobody is not anyone", "", secret.View, "dev/a", nothing, false},
		{"an unknown environment has no rules", "U0EVE", secret.View, "qa/a", nothing, false},
		{"no environment has no rules", "U0SAM", secret.View, "/a", nothing, false},
		{"environments differ in case", "U0EVE", secret.View, "DEV/a", nothing, false},
		{"an environment's name is not a beginning", "U0EVE", secret.Create, "de/a", nothing, false},
		{"an environment's name is not an ending", "U0EVE", secret.Create, "xdev/a", nothing, false},
		{"anyone creates in dev", "U0EVE", secret.Create, "dev/a", free, true},
		{"anyone updates in dev", "U0EVE", secret.Update, "dev/a", free, true},
		{"anyone rolls back in dev", "U0EVE", secret.Rollback, "dev/a", free, true},
		{"anyone deletes in dev", "U0EVE", secret.Delete, "dev/a", free, true},
		{"anyone restores in dev", "U0EVE", secret.Restore, "dev/a", free, true},
		{"anyone adopts in dev", "U0EVE", secret.Adopt, "dev/a", free, true},
		{"retire was not given in dev", "U0EVE", secret.Retire, "dev/a", nothing, false},
		{"retire was given to security", "U0SAM", secret.Retire, "dev/a", security, true},
		{"the first match decides", "U0SAM", secret.Create, "dev/a", free, true},
		{"an unknown action has no rules", "U0EVE", "destroy", "dev/a", nothing, false},
		{"no action has no rules", "U0SAM", "", "dev/a", nothing, false},
		{"a listed person updates by suffix", "U0DAVE", secret.Update, "stg/api-key", staging, true},
		{"a listed group updates by suffix", "U0SAM", secret.Update, "stg/api-key", staging, true},
		{"a suffix alone matches, since * may be empty", "U0DAVE", secret.Update, "stg/-key", staging, true},
		{"a suffix is not a middle", "U0DAVE", secret.Update, "stg/api-key-2", nothing, false},
		{"a star in the middle", "U0DAVE", secret.Update, "stg/db_main_password", staging, true},
		{"a star in the middle may be empty", "U0DAVE", secret.Update, "stg/db__password", staging, true},
		{"what surrounds a star does not overlap", "U0DAVE", secret.Update, "stg/db_password", nothing, false},
		{"an ending that comes twice", "U0DAVE", secret.Update, "stg/db_password_password", staging, true},
		{"a listed person in another environment", "U0DAVE", secret.Update, "prod/api-key", nothing, false},
		{"a listed person with another action", "U0DAVE", secret.Delete, "stg/api-key", nothing, false},
		{"a stranger in staging", "U0EVE", secret.Update, "stg/api-key", nothing, false},
		{"a member creates in production", "U0PAUL", secret.Create, "prod/payments-key", payments, true},
		{"a member updates in production", "U0PIA", secret.Update, "prod/payments-key", payments, true},
		{"a member rolls back in production", "U0PAUL", secret.Rollback, "prod/payments-key", payments, true},
		{"a member does not delete in production", "U0PAUL", secret.Delete, "prod/payments-key", nothing, false},
		{"a member has no other names", "U0PAUL", secret.Update, "prod/payment-key", nothing, false},
		{"names differ in case", "U0PAUL", secret.Update, "prod/Payments-key", nothing, false},
		{"a prefix is not a middle", "U0PAUL", secret.Update, "prod/old-payments-key", nothing, false},
		{"ids differ in case", "u0paul", secret.Update, "prod/payments-key", nothing, false},
		{"an id is not a beginning", "U0PAU", secret.Update, "prod/payments-key", nothing, false},
		{"the name of a group is not a person", "payments", secret.Update, "prod/payments-key", nothing, false},
		{"a denial wins over an earlier allowance", "U0SAM", secret.Update, "prod/ROOT", root, false},
		{"a denial holds for its actions only", "U0SAM", secret.Restore, "prod/ROOT", security, true},
		{"a denial holds in its environment only", "U0SAM", secret.Update, "stg/ROOT", security, true},
		{"a denial holds for its name only", "U0SAM", secret.Update, "prod/ROOT2", security, true},
		{"a denial of one member", "U0PIA", secret.Update, "prod/payments-eu-key", notPia, false},
		{"a denial of one member leaves the other", "U0PAUL", secret.Update, "prod/payments-eu-key", payments, true},
		{"a denial of one member leaves other actions", "U0PIA", secret.Rollback, "prod/payments-eu-key", payments, true},
		{"security deletes everywhere", "U0SAM", secret.Delete, "prod/payments-key", security, true},
		{"a staged value is nobody's", "U0SAM", secret.Update, "prod/secretstore-staging-1", nothing, false},
		{"a key of ours is nobody's", "U0SAM", secret.View, "prod/secretstore-key-seal", nothing, false},
		{"a key of ours in capitals is nobody's", "U0SAM", secret.View, "prod/SecretStore-key-seal", nothing, false},
		{"no name has no rules", "U0SAM", secret.View, "prod/", nothing, false},
		{"a star does not reach over the slash", "U0SAM", secret.View, "prod/a/b", nothing, false},
		{"a space is not part of a name", "U0SAM", secret.View, "prod/a ", nothing, false},
		{"a star is not a name", "U0SAM", secret.View, "prod/*", nothing, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			env, name, _ := strings.Cut(c.ref, "/")
			got := p.Decide(policy.Request{
				Person: secret.Person{Scope: "T0", User: c.user},
				Action: c.action,
				Ref:    secret.Ref{Environment: secret.Environment(env), Name: secret.Name(name)},
			})
			rule, hash, _ := strings.Cut(got.Rule, "@")
			if got.Allowed != c.want || rule != c.rule {
				t.Errorf("allowed %v by %q, want %v by %q", got.Allowed, rule, c.want, c.rule)
			}
			if rule != "" && hash != p.Hash()[:12] {
				t.Errorf("the rule's hash is %q, want %q", hash, p.Hash()[:12])
			}
		})
	}
}

func TestDecisionSaysWhatWasTried(t *testing.T) {
	p := mustLoad(t, company)
	got := p.Decide(policy.Request{
		Person: secret.Person{Scope: "T0", User: "U0DAVE"}, Action: secret.Update,
		Ref: secret.Ref{Environment: "prod", Name: "payments-eu-key"},
	})
	want := policy.Decision{Tried: []policy.Trial{
		{Rule: "the root key is untouched", Failed: policy.ConditionSecrets},
		{Rule: "not Pia", Failed: policy.ConditionWho},
		{Rule: "everyone looks", Failed: policy.ConditionDo},
		{Rule: "dev is free", Failed: policy.ConditionSecrets},
		{Rule: "staging by hand", Failed: policy.ConditionSecrets},
		{Rule: "payments in production", Failed: policy.ConditionWho},
		{Rule: "security everywhere", Failed: policy.ConditionWho},
	}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

func BenchmarkDecide(b *testing.B) {
	p := mustLoad(b, manyRules(1000))
	last := policy.Request{
		Person: secret.Person{Scope: "T0", User: "U0ALICE"}, Action: secret.Update,
		Ref: secret.Ref{Environment: "prod", Name: "team-999-key"},
	}
	b.ReportAllocs()
	for b.Loop() {
		if !p.Decide(last).Allowed {
			b.Fatal("the last rule allows this")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/float64(b.N), "us")
}

func BenchmarkLoad(b *testing.B) {
	text := []byte(manyRules(1000))
	b.ReportAllocs()
	for b.Loop() {
		if _, faults := policy.Load(text); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}

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

func TestRuleOfTwoMatchingPatternsIsTriedOnce(t *testing.T) {
	p := mustLoad(t, rule(`{name: twice, secrets: ["dev/a*", "*/*b"], do: [update], who: [U0ANN]}`))
	d := p.Decide(policy.Request{
		Person: secret.Person{Scope: "T0", User: "U0EVE"}, Action: secret.Update, Ref: secret.Ref{Environment: "dev", Name: "ab"},
	})
	if diff := cmp.Diff(d, policy.Decision{Tried: []policy.Trial{{Rule: "twice", Failed: policy.ConditionWho}}}); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

func TestUnknownGroupIsNamedAsTheCondition(t *testing.T) {
	d := mustLoad(t, work).Decide(policy.Request{
		Person: secret.Person{Scope: "T0", User: "U0EVE"}, Action: secret.Update,
		Ref: secret.Ref{Environment: "prod", Name: "payments-a"},
	})
	last := d.Tried[len(d.Tried)-1]
	if want := (policy.Trial{Rule: "payments", Failed: policy.ConditionUnknown}); last != want {
		t.Errorf("got %v, want %v", last, want)
	}
}

func TestSupersededPolicyOnlyShows(t *testing.T) {
	p := mustLoad(t, work).Superseded()
	for _, action := range secret.Actions() {
		d := p.Decide(policy.Request{
			Person: secret.Person{Scope: "T0", User: "U0SAM"}, Groups: map[string]bool{"payments": true, "oncall": true},
			Action: action, Ref: secret.Ref{Environment: "dev", Name: "a"},
		})
		if d.Allowed != (action == secret.View) || d.NeedsApproval() || d.Superseded != (action != secret.View) {
			t.Errorf("%s: allowed %v, superseded %v", action, d.Allowed, d.Superseded)
		}
		if d.Superseded && d.Rule != "the policy here was superseded@"+p.Hash()[:12] {
			t.Errorf("%s: decided by %q", action, d.Rule)
		}
	}
}
