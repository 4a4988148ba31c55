package main

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/policy"
	"secretstore/internal/store"
)

// fixedCrowd is a Crowd of one usergroup.
type fixedCrowd struct{ groups map[string]policy.Usergroup }

func (c fixedCrowd) Known() map[string]policy.Usergroup { return c.groups }

func (fixedCrowd) KnownIDs(string) []string { return nil }

func (c fixedCrowd) Usergroups(context.Context, time.Duration) map[string]policy.Usergroup {
	return c.groups
}

func (fixedCrowd) Person(context.Context, string, time.Duration) (store.Standing, error) {
	return store.Standing{}, nil
}

func TestWhereThoseWhoDecideAreAsked(t *testing.T) {
	rules, faults := policy.Load([]byte(`
revision: 1
environments: {prod: {project: acme-prod}}
groups:
  security: {members: [U0ALICE, U0BOB], channel: C0SEC}
  leads: {members: [U0BOB, U0CAROL]}
  payments: {slack_usergroup: S0PAY}
  oncall: {slack_usergroup: S0UNREAD}
rules:
  - {name: asked, secrets: ["prod/*"], do: [update], who: anyone, approve: {by: [security, leads, payments, oncall], count: 1}}
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	crowd := fixedCrowd{map[string]policy.Usergroup{"S0PAY": {ID: "S0PAY", Members: []string{"U0MINA", "U0CAROL"}}}}
	ask := approvers(func() *policy.Policy { return rules }, crowd)
	tests := []struct {
		name            string
		by              store.People
		of              []string
		channels, users []string
	}{
		{"a group with a channel there", store.People{Groups: []string{"security"}, Users: []string{"U0ALICE", "U0BOB"}}, nil, []string{"C0SEC"}, nil},
		{"a group without one by one", store.People{Groups: []string{"leads"}, Users: []string{"U0BOB", "U0CAROL"}}, nil, nil, []string{"U0BOB", "U0CAROL"}},
		{"who is in both reads the channel", store.People{Groups: []string{"leads", "security"}, Users: []string{"U0ALICE", "U0BOB", "U0CAROL"}}, nil, []string{"C0SEC"}, []string{"U0CAROL"}},
		{"the members of a usergroup", store.People{Groups: []string{"payments"}}, nil, nil, []string{"U0CAROL", "U0MINA"}},
		{"not the requester, who is no approver", store.People{Groups: []string{"payments"}}, []string{"U0MINA"}, nil, []string{"U0MINA"}},
		{"somebody named by id", store.People{Users: []string{"U0DAVE"}}, []string{"U0DAVE"}, nil, []string{"U0DAVE"}},
		{"a group that the policy dropped since", store.People{Groups: []string{"gone"}, Users: []string{"U0BOB"}}, nil, nil, []string{"U0BOB"}},
	}
	if channels, users, err := ask(t.Context(), store.People{Groups: []string{"oncall"}}, nil); err == nil {
		t.Errorf("of a usergroup that was not read, %v and %v are told", channels, users)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			channels, users, err := ask(t.Context(), test.by, test.of)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{test.channels, test.users}, [][]string{channels, users}); diff != "" {
				t.Errorf("channels and users (-want +got):\n%s", diff)
			}
		})
	}
}
