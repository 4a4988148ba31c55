package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

const hidingPolicy = `
revision: 1
environments:
  dev: {project: acme-dev}
  prod: {project: acme-prod}
groups:
  admins: {members: [U0ADMIN]}
rules:
  - {name: all of dev, secrets: ["dev/*"], do: [view, create, update, rollback, delete, restore], who: anyone}
  - {name: admins see production, secrets: ["prod/*"], do: [view, create], who: [admins]}
`

var admin = secret.Person{Scope: "T0TEAM", User: "U0ADMIN"}

// hide puts the hiding policy in force; production is the user's to see.
func (w *world) hide(user string) {
	w.Helper()
	rules, faults := policy.Load([]byte(strings.ReplaceAll(hidingPolicy, "U0ADMIN", user)))
	if len(faults) > 0 {
		w.Fatalf("policy: %v", faults)
	}
	w.store = w.replica("hiding", func(o *store.Options) { o.Policy = func() *policy.Policy { return rules } })
}

func TestUnknownAndForbiddenReadAlike(t *testing.T) {
	w := newWorld(t)
	w.hide("U0ADMIN")
	hidden := secret.Ref{Environment: "prod", Name: "hidden"}
	s := of(hidden, create("v"))
	s.Person = admin
	w.applied(s)
	calls := len(w.manager.Calls())
	for _, ref := range []secret.Ref{
		hidden, {Environment: "prod", Name: "missing"}, {Environment: "nowhere", Name: "hidden"},
		{Environment: "dev", Name: "secretstore-key-seal"}, {},
	} {
		sight, err := w.store.Look(t.Context(), carol, ref)
		if !errors.Is(err, store.ErrHidden) || sight.Exists {
			t.Errorf("look at %s: %v", ref, err)
		}
		lines, err := w.store.History(t.Context(), carol, ref, 10)
		if !errors.Is(err, store.ErrHidden) || len(lines) > 0 {
			t.Errorf("history of %s: %v", ref, err)
		}
	}
	if n := len(w.manager.Calls()); n != calls {
		t.Errorf("%d calls tell by their time what is there", n-calls)
	}
	if entries, _ := w.store.List(carol, "", "", 10); len(entries) > 0 {
		t.Errorf("the list shows %v", entries)
	}
	if entries, _ := w.store.List(admin, "", "", 10); len(entries) != 1 || entries[0].Name != "hidden" || entries[0].Environment != "prod" {
		t.Errorf("the admin's list shows %v", entries)
	}
	sight, err := w.store.Look(t.Context(), carol, secret.Ref{Environment: "dev", Name: "missing"})
	if err != nil || sight.Exists {
		t.Errorf("what may be seen and is not there: %v", err)
	}
}

func TestReachIsOfWhomAsks(t *testing.T) {
	w := newWorld(t)
	w.hide("U0ADMIN")
	for _, c := range []struct {
		who    secret.Person
		action secret.Action
		want   []secret.Environment
	}{
		{carol, secret.View, []secret.Environment{"dev"}},
		{admin, secret.View, []secret.Environment{"dev", "prod"}},
		{admin, secret.Update, []secret.Environment{"dev"}},
		{admin, secret.Adopt, nil},
	} {
		var got []secret.Environment
		within, unsure := w.store.Reach(c.who, c.action)
		for _, e := range slices.Concat(within, unsure) {
			got = append(got, e.Name)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s may %s in (-want +got):\n%s", c.who.User, c.action, diff)
		}
	}
}

const usergroupPolicy = `
revision: 1
environments:
  prod: {project: acme-prod}
groups:
  payments: {slack_usergroup: S0SEC}
rules:
  - {name: payments create, secrets: ["prod/*"], do: [create], who: [payments]}
`

func TestReachKnowsAPersonByAllTheirIDs(t *testing.T) {
	c := newCouncil(t)
	c.decree(usergroupPolicy)
	c.crowd.be(func(crowd *crowd) { crowd.group = []string{"W0CAROL"} })
	if within, unsure := c.store.Reach(carol, secret.Create); len(within) != 1 || len(unsure) > 0 {
		t.Errorf("by the organisation's id: within %v, unsure %v", within, unsure)
	}
	if within, unsure := c.store.Reach(bob, secret.Create); len(within) > 0 || len(unsure) > 0 {
		t.Errorf("who is no member: within %v, unsure %v", within, unsure)
	}
	c.applied(of(one, create("by the organisation's id")))
}

func TestAUsergroupThatWasNotReadLeavesReachInDoubt(t *testing.T) {
	c := newCouncil(t)
	c.decree(strings.Replace(usergroupPolicy, "S0SEC", "S0NEW", 1))
	if within, unsure := c.store.Reach(carol, secret.Create); len(within) > 0 || len(unsure) != 1 {
		t.Errorf("a group of a new policy: within %v, unsure %v", within, unsure)
	}
	c.decree(usergroupPolicy)
	c.crowd.be(func(crowd *crowd) { crowd.down = true })
	c.clock.skip(policy.FreshToDecide + time.Second)
	if within, unsure := c.store.Reach(bob, secret.Create); len(within) > 0 || len(unsure) != 1 {
		t.Errorf("a group that was read too long ago: within %v, unsure %v", within, unsure)
	}
}

func TestALookSaysWhatAFormNeeds(t *testing.T) {
	w := newWorld(t)
	s := create("one")
	s.Owner, s.Description, s.Notify = "U0OWNER", "the database", []string{"C0A", "U0B"}
	w.applied(s)
	s = update(1, "two")
	s.Owner, s.Description, s.Notify = "U0OWNER", "the database", []string{"C0A", "U0B"}
	w.applied(s)
	must(t, w.console.SetState("acme-dev", "db-password", 1, "DISABLED"))
	sight, err := w.store.Look(t.Context(), carol, db)
	must(t, err)
	want := store.Sight{
		Ref: db, Exists: true, Managed: true, Base: 2, Recipe: secret.Text,
		Description: "the database", Owner: "U0OWNER", Notify: []string{"C0A", "U0B"},
		Versions: []store.VersionInfo{{Number: 2, State: store.StateEnabled}, {Number: 1, State: store.StateDisabled}},
	}
	if diff := cmp.Diff(want, sight, cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".Created" || p.Last().String() == ".Etag"
	}, cmp.Ignore())); diff != "" {
		t.Errorf("sight (-want +got):\n%s", diff)
	}
	w.applied(remove(2))
	sight, err = w.store.Look(t.Context(), carol, db)
	must(t, err)
	if in := sight.Trashed.Sub(w.clock.now()); in < days(6) || in > days(7) {
		t.Errorf("gone in %v", in)
	}
}

func TestALookReadsPastAListThatLags(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.manager.Faults().Add(faults.Fault{Method: "ListSecretVersions", Kind: faults.Stale, Times: 1})
	sight, err := w.store.Look(t.Context(), carol, db)
	must(t, err)
	if sight.Base != 2 || len(sight.Versions) != 2 || w.manager.Faults().Taken("ListSecretVersions") != 1 {
		t.Errorf("base %d, %d versions", sight.Base, len(sight.Versions))
	}
}

func TestALookTellsWhoseASecretIs(t *testing.T) {
	w := newWorld(t)
	for name, labels := range map[secret.Name]map[string]string{
		"terraform": {"goog-terraform-provisioned": "true"}, "foreign": {"secretstore": "other"}, "labelled": {"secretstore": "main"},
	} {
		w.byHand(secret.Ref{Environment: "dev", Name: name}, labels)
		sight, err := w.store.Look(t.Context(), carol, secret.Ref{Environment: "dev", Name: name})
		must(t, err)
		if sight.Managed || (sight.Owned != "") != (name == "terraform") || sight.Foreign != (name == "foreign") {
			t.Errorf("%s: managed %v, owned %q, foreign %v", name, sight.Managed, sight.Owned, sight.Foreign)
		}
	}
}

func TestAFailedLookIsACallError(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	for _, method := range []string{"GetSecret", "ListSecretVersions", "GetSecretVersion"} {
		w.manager.Faults().Add(faults.Fault{Method: method, Kind: faults.Refuse, Status: 403, Times: 1})
		_, err := w.store.Look(t.Context(), carol, db)
		call, ok := errors.AsType[*store.CallError](err)
		if !ok || call.Kind != store.Denied {
			t.Errorf("%s denied: %v", method, err)
		}
	}
}

func TestAHistoryTellsWhichVersionsAreTheSame(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.seed(db)
		w.applied(rollback(2, 1))
		w.applied(update(3, "fourth"))
		w.crashAt("after Add", rollback(4, 2)) // the outcome is the next owner's to record
		w.takeOver()
		lines, err := w.store.History(t.Context(), carol, db, 100)
		must(t, err)
		var got []string
		for _, l := range lines {
			got = append(got, string(l.Event)+" "+l.Version+" same as "+l.SameAs+", "+l.Bytes)
		}
		want := []string{
			"applied 5 same as 2, 21", "applied 4 same as , <16", "applied 3 same as 1, 20",
			"applied 2 same as , 21", "applied 1 same as , 20",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
	})
}

func TestTheSameBytesHaveOtherFingerprintsInOtherSecrets(t *testing.T) {
	w := newWorld(t)
	w.applied(create("same"))
	w.applied(of(secret.Ref{Environment: "dev", Name: "other"}, create("same")))
	seen := make(map[string]bool)
	for _, r := range w.records() {
		if r.Fingerprint == "" {
			continue
		}
		if r.Event != "applied" || seen[r.Fingerprint] {
			t.Errorf("%s of %s bears %s", r.Event, r.Secret, r.Fingerprint)
		}
		seen[r.Fingerprint] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d fingerprints", len(seen))
	}
}

func TestRecentIsWhatThePersonChangedAndMaySee(t *testing.T) {
	w := newWorld(t)
	for _, name := range []secret.Name{"a", "b", "c", "d"} {
		w.applied(of(secret.Ref{Environment: "dev", Name: name}, create("v")))
		w.clock.skip(time.Second)
	}
	w.applied(of(secret.Ref{Environment: "dev", Name: "b"}, update(1, "v")))
	w.clock.skip(time.Second)
	w.ends(of(secret.Ref{Environment: "dev", Name: "c"}, remove(1)), "applied")
	s := of(secret.Ref{Environment: "prod", Name: "x"}, create("v"))
	s.Person = admin
	w.applied(s)
	s.Ref.Name, s.Value = "denied", value("v")
	s.Person = carol
	w.submit(s)
	refs, err := w.store.Recent(t.Context(), carol, 3)
	must(t, err)
	want := []secret.Ref{{Environment: "dev", Name: "c"}, {Environment: "dev", Name: "b"}, {Environment: "dev", Name: "d"}}
	if diff := cmp.Diff(want, refs); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
	for user, want := range map[string]int{"U0ADMIN": 1, "U0SOMEONE": 0} { // who may see production now
		w.hide(user)
		refs, err := w.store.Recent(t.Context(), admin, 3)
		if must(t, err); len(refs) != want {
			t.Errorf("the admin's, when %s sees production: %v", user, refs)
		}
	}
}

func TestWhyNamesTheRule(t *testing.T) {
	w := newWorld(t)
	if d := w.store.Why(carol, secret.Update, db); !d.Allowed || d.Rule[:12] != "dev is free@" {
		t.Errorf("decision %+v", d)
	}
	if d := w.store.Why(carol, secret.Update, secret.Ref{Environment: "prod", Name: "x"}); d.Allowed || d.Rule != "" || len(d.Tried) != 3 {
		t.Errorf("decision %+v", d)
	}
}

func TestAListShowsOwnWritesAtOnce(t *testing.T) {
	w := newWorld(t)
	s := create("v")
	s.Description = "the database"
	w.applied(s)
	entries, _ := w.store.List(carol, "dev", "PASS", 10)
	want := []store.Entry{{Environment: "dev", Name: "db-password", Managed: true, Description: "the database"}}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	w.applied(remove(1))
	if entries, _ = w.store.List(carol, "dev", "", 10); len(entries) != 1 || !entries[0].Trashed {
		t.Errorf("after the delete: %v", entries)
	}
	w.applied(restore())
	if entries, _ = w.store.List(carol, "dev", "", 10); len(entries) != 1 || entries[0].Trashed {
		t.Errorf("after the restore: %v", entries)
	}
	if entries, _ = w.store.List(carol, "prod", "", 10); len(entries) != 0 {
		t.Errorf("another environment shows %v", entries)
	}
}
