package slackapp

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

func TestOnlyMembersAreLetIn(t *testing.T) {
	w := startWorkspace(t, workspace.Options{Users: []workspace.User{
		{ID: "U0ALICE", Name: "alice", RealName: "Alice\tAdams", Locale: "ko-KR"},
		{ID: "U0GUEST", Guest: true},
		{ID: "U0SINGLE", SingleGuest: true},
		{ID: "U0BOT", Bot: true},
		{ID: "U0ACTING", AppUser: true},
		{ID: "USLACKBOT"},
		{ID: "U0GONE", Deleted: true},
		{ID: "U0INVITED", Invited: true},
		{ID: "U0STRANGER", Stranger: true, Team: "T0OTHER"},
		{ID: "U0ELSEWHERE", Team: "T0OTHER"},
	}})
	client := workspaceClient(t, w)
	identity, err := client.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counters := new(Counters)
	people := NewPeople(PeopleOptions{Lookup: client.User, Identity: identity, Counters: counters})
	alice, err := people.Check(t.Context(), "U0ALICE")
	want := Member{Person: secret.Person{Scope: "T0ACME", User: "U0ALICE"}, Name: "alice", Locale: "ko-KR"}
	if err != nil || alice != want {
		t.Errorf("got %+v, %v, want %+v", alice, err, want)
	}
	for user, reason := range map[string]PersonReason{
		"U0GUEST": PersonGuest, "U0SINGLE": PersonGuest, "U0BOT": PersonBot, "U0ACTING": PersonBot, "USLACKBOT": PersonBot,
		w.BotUserID(): PersonBot, "U0GONE": PersonDeactivated, "U0INVITED": PersonInvited,
		"U0STRANGER": PersonStranger, "U0ELSEWHERE": PersonElsewhere, "U0NOBODY": PersonUnknown,
	} {
		before := counters.People(reason)
		_, err := people.Check(t.Context(), user)
		if refused, ok := errors.AsType[*PersonError](err); !ok || refused.Reason != reason {
			t.Errorf("%s: %v, want %s", user, err, reason)
		}
		if counters.People(reason) != before+1 {
			t.Errorf("%s was not counted", user)
		}
	}
}

func TestANameIsShownWithoutControlCharactersAndNotForever(t *testing.T) {
	tests := map[string]struct {
		user slack.User
		want string
	}{
		"the display name first":  {slack.User{RealName: "Alice Adams", Profile: slack.UserProfile{DisplayName: "ali"}}, "ali"},
		"then the real name":      {slack.User{Name: "alice", RealName: "Alice Adams", Profile: slack.UserProfile{DisplayName: " \n"}}, "Alice Adams"},
		"the id if there is none": {slack.User{ID: "U0ALICE"}, "U0ALICE"},
		"without line breaks":     {slack.User{Name: "a\r\nb\x1b[31m\u0085c"}, "ab[31mc"},
		"at most eighty long":     {slack.User{Name: strings.Repeat("é", 100)}, strings.Repeat("é", maxName)},
	}
	for name, test := range tests {
		if got := shownName(&test.user); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestEveryReasonHasASentence(t *testing.T) {
	for reason := range PersonReason(personReasons) {
		if key := (&PersonError{Reason: reason}).Key(); !wording.Has(key) {
			t.Errorf("no sentence for %s", key)
		}
	}
	for _, key := range []wording.Key{"transport.failed", "transport.busy"} {
		if !wording.Has(key) {
			t.Errorf("no sentence for %s", key)
		}
	}
}

func TestWhoCanNotBeLookedUpIsRefusedAndAskedForAgain(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	client := workspaceClient(t, w)
	client.wait = func(context.Context, time.Duration) error { return nil }
	people := NewPeople(PeopleOptions{Lookup: client.User, Identity: Identity{TeamID: "T0ACME", AppID: w.AppID(), BotUserID: w.BotUserID()}})
	w.Faults().Add(faults.Fault{Method: "users.info", Kind: faults.Refuse, Times: attempts})
	if _, err := people.Check(t.Context(), "U0ALICE"); err == nil {
		t.Error("someone was let in on a guess")
	}
	if _, err := people.Check(t.Context(), "U0ALICE"); err != nil {
		t.Errorf("the failure was remembered: %v", err)
	}
}

func TestSlackIsAskedOnceInTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		people := NewPeople(PeopleOptions{Identity: acme, Lookup: func(_ context.Context, id string) (*slack.User, error) {
			asked.Add(1)
			time.Sleep(time.Second)
			return &slack.User{ID: id, TeamID: "T0ACME", IsRestricted: id == "U0GUEST"}, nil
		}})
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { _, _ = people.Check(t.Context(), "U0ALICE") })
		}
		group.Wait()
		_, _ = people.Check(t.Context(), "U0ALICE")
		if n := asked.Load(); n != 1 {
			t.Errorf("Slack was asked %d times, want once", n)
		}
		_, _ = people.Check(t.Context(), "U0GUEST")
		_, _ = people.Check(t.Context(), "U0GUEST")
		time.Sleep(memberFor)
		_, _ = people.Check(t.Context(), "U0ALICE")
		if n := asked.Load(); n != 3 {
			t.Errorf("Slack was asked %d times, want once for each and again after ten minutes", n)
		}
	})
}

func TestAnImpatientCallerDoesNotEndTheLookUpOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		people := NewPeople(PeopleOptions{Identity: acme, Lookup: func(ctx context.Context, id string) (*slack.User, error) {
			time.Sleep(time.Second)
			return &slack.User{ID: id, TeamID: "T0ACME"}, ctx.Err()
		}})
		ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		if _, err := people.Check(ctx, "U0ALICE"); err == nil {
			t.Error("an answer came before there was one")
		}
		if _, err := people.Check(t.Context(), "U0ALICE"); err != nil {
			t.Errorf("the one who waited got %v", err)
		}
	})
}

func TestPeopleSurvivesAPanicAndStaysBounded(t *testing.T) {
	now := time.Unix(vectorTime, 0)
	people := NewPeople(PeopleOptions{Identity: acme, Clock: func() time.Time { return now },
		Lookup: func(_ context.Context, id string) (*slack.User, error) {
			if id == "U0PANIC" {
				panic(testCanary)
			}
			return &slack.User{ID: id, TeamID: "T0ACME"}, nil
		}})
	if _, err := people.Check(t.Context(), "U0PANIC"); err == nil {
		t.Error("a look-up that panicked let someone in")
	}
	for i := range maxPeople + 10 {
		people.remember("U"+strings.Repeat("X", i%7)+time.Duration(i).String(), verdict{})
	}
	if n := len(people.known); n > maxPeople {
		t.Errorf("%d answers are kept, want at most %d", n, maxPeople)
	}
}

func TestPeopleOfAnOrganisation(t *testing.T) {
	org := Identity{EnterpriseID: "E0ACME", AppID: "A1", BotUserID: "U1", OrgWide: true}
	grid := Identity{TeamID: "T0ACME", EnterpriseID: "E0ACME", AppID: "A1", BotUserID: "U1"}
	member := func(enterprise string, teams ...string) *slack.User {
		return &slack.User{ID: "W0ALICE", TeamID: "T0HOME", Enterprise: slack.EnterpriseUser{EnterpriseID: enterprise, Teams: teams}}
	}
	tests := []struct {
		name     string
		identity Identity
		user     *slack.User
		want     bool
	}{
		{"of the organisation", org, member("E0ACME"), true},
		{"of another organisation", org, member("E0OTHER"), false},
		{"of none", org, member(""), false},
		{"of our workspace among others", grid, member("E0ACME", "T0HOME", "T0ACME"), true},
		{"of other workspaces alone", grid, member("E0ACME", "T0HOME"), false},
	}
	got, want := map[string]bool{}, map[string]bool{}
	for _, test := range tests {
		got[test.name], want[test.name] = test.identity.houses(test.user), test.want
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEachPersonHasThirtyLooksAMinute(t *testing.T) {
	now := time.Unix(vectorTime, 0)
	looks := Looks{Clock: func() time.Time { return now }}
	alice, bob := acme.Person("U0ALICE"), acme.Person("U0BOB")
	for i := range LooksPerMinute {
		if err := looks.Take(alice); err != nil {
			t.Fatalf("look %d: %v", i+1, err)
		}
	}
	if refused, ok := errors.AsType[*PersonError](looks.Take(alice)); !ok || refused.Reason != PersonHurried {
		t.Error("a thirty-first look was allowed")
	}
	if err := looks.Take(bob); err != nil {
		t.Errorf("someone else pays for it: %v", err)
	}
	now = now.Add(2 * time.Second)
	if err := looks.Take(alice); err != nil {
		t.Errorf("two seconds later: %v", err)
	}
}

func TestLooksAreBoundedAndForgetTheIdle(t *testing.T) {
	now := time.Unix(vectorTime, 0)
	looks := Looks{Clock: func() time.Time { return now }}
	for i := range maxLimited {
		_ = looks.Take(acme.Person(time.Duration(i).String()))
	}
	if err := looks.Take(acme.Person("U0LATE")); err == nil {
		t.Error("there was room for one more")
	}
	now = now.Add(time.Minute)
	if err := looks.Take(acme.Person("U0LATE")); err != nil || len(looks.of) != 1 {
		t.Errorf("a minute later: %v, %d kept", err, len(looks.of))
	}
}
