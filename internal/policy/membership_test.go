package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/policy"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestJudge(t *testing.T) {
	group := policy.Group{Name: "payments", Usergroup: "S0PAY"}
	trusting := policy.Group{Name: "oncall", Usergroup: "S0PAY", Editable: true}
	listed := policy.Group{Name: "security", Members: []string{"U0SAM"}}
	read := func(age time.Duration) policy.Usergroup {
		return policy.Usergroup{ID: "S0PAY", Locked: true, Members: []string{"U0PAT"}, ReadAt: now.Add(-age)}
	}
	idp, open, timeless := read(0), read(0), read(0)
	idp.Locked, idp.IDP = false, true
	open.Locked = false
	timeless.ReadAt = time.Time{}
	for _, c := range []struct {
		name   string
		group  policy.Group
		read   policy.Usergroup
		within time.Duration
		want   policy.Doubt
	}{
		{"only admins edit it", group, read(0), policy.FreshToDecide, ""},
		{"an identity provider keeps it", group, idp, policy.FreshToDecide, ""},
		{"any member may edit it", group, open, policy.FreshToDecide, policy.DoubtEditable},
		{"any member may edit it, and the file trusts that", trusting, open, policy.FreshToDecide, ""},
		{"Slack told nothing", group, policy.Usergroup{}, policy.FreshToDecide, policy.DoubtMissing},
		{"another usergroup", policy.Group{Name: "x", Usergroup: "S0OTHER"}, read(0), policy.FreshToDecide, policy.DoubtMissing},
		{"a group that the file lists", listed, policy.Usergroup{}, policy.FreshToDecide, policy.DoubtMissing},
		{"as old as may be", group, read(15 * time.Minute), policy.FreshToDecide, ""},
		{"too old", group, read(15*time.Minute + 1), policy.FreshToDecide, policy.DoubtStale},
		{"as old as may be at apply", group, read(time.Minute), policy.FreshToApply, ""},
		{"too old at apply", group, read(time.Minute + 1), policy.FreshToApply, policy.DoubtStale},
		{"read in the future", group, read(-time.Second), policy.FreshToDecide, policy.DoubtStale},
		{"read at no time", group, timeless, policy.FreshToDecide, policy.DoubtStale},
	} {
		if got := c.group.Judge(c.read, now, c.within); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMembershipLeavesDoubtsUnknown(t *testing.T) {
	p := mustLoad(t, work)
	read := map[string]policy.Usergroup{
		"S0PAY":    {ID: "S0PAY", Members: []string{"U0PAT"}, ReadAt: now}, // any member may edit it
		"S0ONCALL": {ID: "S0ONCALL", Members: []string{"U0PAT", "U0EVE"}, ReadAt: now},
		"S0OTHER":  {ID: "S0OTHER", Locked: true, Members: []string{"U0PAT"}, ReadAt: now},
	}
	for _, c := range []struct {
		user string
		want map[string]bool
	}{
		{"U0EVE", map[string]bool{"oncall": true}},
		{"U0SAM", map[string]bool{"oncall": false}},
	} {
		if diff := cmp.Diff(p.Membership(c.user, read, now, policy.FreshToDecide), c.want); diff != "" {
			t.Errorf("%s: got (-) and want (+) differ:\n%s", c.user, diff)
		}
	}
	if got := p.Membership("U0EVE", nil, now, policy.FreshToDecide); len(got) > 0 {
		t.Errorf("of nothing read, %v is known", got)
	}
}

func TestGroupsOfTheFile(t *testing.T) {
	p := mustLoad(t, work)
	want := []policy.Group{
		{Name: "payments", Usergroup: "S0PAY"},
		{Name: "oncall", Usergroup: "S0ONCALL", Editable: true, Channel: "C0ONCALL"},
		{Name: "security", Members: []string{"U0SAM", "U0SUE"}, Channel: "C0SEC"},
	}
	if diff := cmp.Diff(p.Groups(), want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
	if g, ok := p.Group("nobody"); ok {
		t.Errorf("nobody is %v", g)
	}
}
