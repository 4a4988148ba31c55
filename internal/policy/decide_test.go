package policy_test

import (
	"strings"
	"testing"

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
