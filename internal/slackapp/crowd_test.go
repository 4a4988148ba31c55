package slackapp

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/store"
)

var _ store.Crowd = (*Crowd)(nil)

// crowdOf is the Crowd of an emulated workspace for a policy that names ids. Its log is
// returned too, and its clock stands still but for what is added to *ahead.
func crowdOf(t *testing.T, w *workspace.Workspace, ahead *time.Duration, ids ...string) (*Crowd, *strings.Builder) {
	t.Helper()
	client := workspaceClient(t, w)
	client.wait = func(context.Context, time.Duration) error { return nil }
	start := time.Unix(vectorTime, 0)
	clock := func() time.Time { return start.Add(*ahead) }
	identity := Identity{TeamID: w.TeamID(), AppID: w.AppID(), BotUserID: w.BotUserID()}
	people := NewPeople(PeopleOptions{Lookup: client.User, Identity: identity, Clock: clock})
	log := new(strings.Builder)
	return NewCrowd(CrowdOptions{Slack: client, People: people, Named: func() []string { return ids }, Clock: clock,
		Logger: slog.New(slog.NewTextHandler(log, nil))}), log
}

func callsOf(w *workspace.Workspace, method string) int {
	n := 0
	for _, call := range w.Calls() {
		if call.Method == method {
			n++
		}
	}
	return n
}

func TestUsergroupsAreReadAsThePolicyJudgesThem(t *testing.T) {
	w := startWorkspace(t, workspace.Options{Groups: []workspace.Group{
		{ID: "S0LOCKED", Handle: "locked", Users: []string{"U0ALICE", "U0BOB"}, Locked: true},
		{ID: "S0IDP", Handle: "idp", Users: []string{"U0BOB"}, IDP: true},
		{ID: "S0OPEN", Handle: "open", Users: []string{"U0ALICE"}},
		{ID: "S0EMPTY", Handle: "empty", Locked: true},
		{ID: "S0GONE", Handle: "gone", Users: []string{"U0ALICE"}, Locked: true, Deleted: true},
		{ID: "S0UNNAMED", Handle: "unnamed", Users: []string{"U0CAROL"}, Locked: true},
	}})
	var ahead time.Duration
	crowd, _ := crowdOf(t, w, &ahead, "S0LOCKED", "S0IDP", "S0OPEN", "S0EMPTY", "S0GONE", "S0NEVER")
	at := crowd.Clock()
	want := map[string]policy.Usergroup{
		"S0LOCKED": {ID: "S0LOCKED", Locked: true, Members: []string{"U0ALICE", "U0BOB"}, ReadAt: at},
		"S0IDP":    {ID: "S0IDP", IDP: true, Members: []string{"U0BOB"}, ReadAt: at},
		"S0OPEN":   {ID: "S0OPEN", Members: []string{"U0ALICE"}, ReadAt: at},
		"S0EMPTY":  {ID: "S0EMPTY", Locked: true, Members: []string{}, ReadAt: at},
	}
	got := crowd.Usergroups(t.Context(), policy.FreshToDecide)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, crowd.Known()); diff != "" {
		t.Errorf("what is known (-want +got):\n%s", diff)
	}
	for name, doubt := range map[string]policy.Doubt{"S0LOCKED": "", "S0IDP": "", "S0OPEN": policy.DoubtEditable, "S0GONE": policy.DoubtMissing} {
		group := policy.Group{Name: "g", Usergroup: name}
		if is := group.Judge(got[name], at, policy.FreshToApply); is != doubt {
			t.Errorf("%s: doubt %q, want %q", name, is, doubt)
		}
	}
	if n := callsOf(w, "usergroups.list"); n != 1 {
		t.Errorf("%d lists were asked for, want one for all", n)
	}
	if n := callsOf(w, "usergroups.users.list"); n != 1 {
		t.Errorf("%d usergroups were asked for on their own, want the empty one alone", n)
	}
}

func TestUsergroupsAreAskedForWhenTheyAreTooOld(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	w.SetGroup(workspace.Group{ID: "S0SEC", Users: []string{"U0ALICE"}, Locked: true})
	var ahead time.Duration
	crowd, _ := crowdOf(t, w, &ahead, "S0SEC", "S0NEVER")
	if known := crowd.Known(); len(known) != 0 {
		t.Errorf("known before anything was read: %v", known)
	}
	for _, step := range []struct {
		name   string
		ahead  time.Duration
		within time.Duration
		asked  int
	}{
		{"never read", 0, policy.FreshToDecide, 1},
		{"young enough to act on", 59 * time.Second, policy.FreshToApply, 1},
		{"young enough to decide by", 2 * time.Minute, policy.FreshToDecide, 1},
		{"too old to act on", 2 * time.Minute, policy.FreshToApply, 2},
	} {
		ahead = step.ahead
		crowd.Usergroups(t.Context(), step.within)
		if n := callsOf(w, "usergroups.list"); n != step.asked {
			t.Errorf("%s: asked %d times, want %d", step.name, n, step.asked)
		}
	}
	w.SetGroup(workspace.Group{ID: "S0SEC", Users: []string{"U0BOB"}, Locked: true})
	ahead += policy.FreshToApply
	if got := crowd.Usergroups(t.Context(), policy.FreshToApply)["S0SEC"].Members; !cmp.Equal(got, []string{"U0BOB"}) {
		t.Errorf("members %v after they changed", got)
	}
	w.SetGroup(workspace.Group{ID: "S0SEC", Users: []string{"U0BOB"}, Locked: true, Deleted: true})
	ahead += policy.FreshToApply
	if got := crowd.Usergroups(t.Context(), policy.FreshToApply); len(got) != 0 {
		t.Errorf("a disabled usergroup is still one: %v", got)
	}
}

func TestWhatCanNotBeReadStaysAsItWas(t *testing.T) {
	for name, fault := range map[string]faults.Fault{
		"Slack is down":          {Method: "usergroups.list", Kind: faults.Refuse},
		"the scope is missing":   {Method: "usergroups.list", Kind: faults.Refuse, Status: 200, Error: "missing_scope"},
		"the plan has no groups": {Method: "usergroups.list", Kind: faults.Refuse, Status: 200, Error: "plan_upgrade_required"},
	} {
		t.Run(name, func(t *testing.T) {
			w := startWorkspace(t, workspace.Options{})
			w.SetGroup(workspace.Group{ID: "S0SEC", Users: []string{"U0ALICE"}, Locked: true})
			var ahead time.Duration
			crowd, log := crowdOf(t, w, &ahead, "S0SEC")
			before := crowd.Usergroups(t.Context(), policy.FreshToApply)
			w.Faults().Add(fault)
			ahead = time.Hour
			after := crowd.Usergroups(t.Context(), policy.FreshToApply)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
			group := policy.Group{Name: "g", Usergroup: "S0SEC"}
			if doubt := group.Judge(after["S0SEC"], crowd.Clock(), policy.FreshToApply); doubt != policy.DoubtStale {
				t.Errorf("doubt %q, want stale", doubt)
			}
			if !strings.Contains(log.String(), "usergroups not read") || strings.Contains(log.String(), w.BotToken()) {
				t.Errorf("the log says %q", log)
			}
			w.Faults().Clear()
			if got := crowd.Usergroups(t.Context(), policy.FreshToApply)["S0SEC"].ReadAt; !got.Equal(crowd.Clock()) {
				t.Errorf("not read again once Slack answers, but of %v", got)
			}
		})
	}
}

func TestAPolicyWithoutUsergroupsNeedsNoScope(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	var ahead time.Duration
	crowd, log := crowdOf(t, w, &ahead)
	crowd.Usergroups(t.Context(), 0)
	if n := callsOf(w, "usergroups.list"); n != 0 || log.Len() > 0 {
		t.Errorf("Slack was asked %d times; the log says %q", n, log)
	}
}

func TestAPersonIsAsFreshAsTheDecisionNeeds(t *testing.T) {
	w := startWorkspace(t, workspace.Options{Users: []workspace.User{
		{ID: "U0ALICE", OrgID: "W0ALICE"}, {ID: "U0BOB"}, {ID: "U0GUEST", Guest: true}, {ID: "U0BOT", Bot: true},
		{ID: "U0GONE", Deleted: true}, {ID: "U0STRANGER", Stranger: true, Team: "T0OTHER"},
	}})
	var ahead time.Duration
	crowd, _ := crowdOf(t, w, &ahead)
	for user, want := range map[string]store.Standing{
		"U0ALICE":    {Present: true, IDs: []string{"U0ALICE", "W0ALICE"}},
		"U0BOB":      {Present: true, IDs: []string{"U0BOB"}},
		"U0GUEST":    {IDs: []string{"U0GUEST"}},
		"U0BOT":      {IDs: []string{"U0BOT"}},
		"U0GONE":     {IDs: []string{"U0GONE"}},
		"U0STRANGER": {IDs: []string{"U0STRANGER"}},
		"U0NOBODY":   {IDs: []string{"U0NOBODY"}},
	} {
		got, err := crowd.Person(t.Context(), user, policy.FreshToApply)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", user, err, diff)
		}
	}
	w.SetUser(workspace.User{ID: "U0BOB", Deleted: true})
	for _, step := range []struct {
		name    string
		ahead   time.Duration
		within  time.Duration
		present bool
	}{
		{"young enough to act on", 59 * time.Second, policy.FreshToApply, true},
		{"young enough to look", 9 * time.Minute, memberFor, true},
		{"too old to act on", 9 * time.Minute, policy.FreshToApply, false},
		{"what was learnt holds for all", 9 * time.Minute, memberFor, false},
	} {
		ahead = step.ahead
		if got, err := crowd.Person(t.Context(), "U0BOB", step.within); err != nil || got.Present != step.present {
			t.Errorf("%s: present %v, %v, want %v", step.name, got.Present, err, step.present)
		}
	}
}

func TestAllIDsOfWhoWasMetAreKnownWithoutAskingSlack(t *testing.T) {
	w := startWorkspace(t, workspace.Options{Users: []workspace.User{{ID: "U0ALICE", OrgID: "W0ALICE"}}})
	var ahead time.Duration
	crowd, _ := crowdOf(t, w, &ahead)
	if got := crowd.KnownIDs("U0ALICE"); len(got) > 0 {
		t.Errorf("who was never met has %v", got)
	}
	if _, err := crowd.Person(t.Context(), "U0ALICE", memberFor); err != nil {
		t.Fatal(err)
	}
	asked := callsOf(w, "users.info")
	if got := crowd.KnownIDs("U0ALICE"); !slices.Equal(got, []string{"U0ALICE", "W0ALICE"}) {
		t.Errorf("who was met has %v", got)
	}
	if n := callsOf(w, "users.info"); n != asked {
		t.Errorf("Slack was asked %d times more", n-asked)
	}
}

func TestSlacksSilenceIsNoWordAboutAPerson(t *testing.T) {
	for name, fault := range map[string]faults.Fault{
		"Slack is down":        {Method: "users.info", Kind: faults.Refuse},
		"the token is refused": {Method: "users.info", Kind: faults.Refuse, Status: 200, Error: "invalid_auth"},
	} {
		w := startWorkspace(t, workspace.Options{})
		var ahead time.Duration
		crowd, _ := crowdOf(t, w, &ahead)
		if _, err := crowd.Person(t.Context(), "U0ALICE", policy.FreshToApply); err != nil {
			t.Fatal(err)
		}
		w.Faults().Add(fault)
		ahead = policy.FreshToApply
		if got, err := crowd.Person(t.Context(), "U0ALICE", policy.FreshToApply); err == nil {
			t.Errorf("%s: got %+v by data that is too old", name, got)
		}
		if _, err := crowd.Person(t.Context(), "U0ALICE", policy.FreshToDecide); err != nil {
			t.Errorf("%s: what is fresh enough was not used: %v", name, err)
		}
	}
}

// slowGroups takes a second to list a usergroup whose members the list leaves out, fails
// while down, and panics at will.
type slowGroups struct {
	mu           sync.Mutex
	lists        []time.Time
	down, panics bool
}

func (g *slowGroups) Usergroups(ctx context.Context, _ string) ([]slack.UserGroup, error) {
	g.mu.Lock()
	g.lists = append(g.lists, time.Now())
	down, panics := g.down, g.panics
	g.mu.Unlock()
	switch {
	case panics:
		panic(testCanary)
	case down:
		return nil, &SlackError{Op: "usergroups.list", Kind: SlackDown}
	}
	time.Sleep(time.Second)
	return []slack.UserGroup{{ID: "S0SEC", IsMembershipLocked: true}}, ctx.Err()
}

func (g *slowGroups) UsergroupMembers(context.Context, string, string) ([]string, error) {
	return []string{"U0ALICE"}, nil
}

func (g *slowGroups) set(down, panics bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down, g.panics = down, panics
}

func (g *slowGroups) asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.lists)
}

func slowCrowd(g *slowGroups) *Crowd {
	return NewCrowd(CrowdOptions{Slack: g, People: NewPeople(PeopleOptions{Identity: acme}), Named: func() []string { return []string{"S0SEC"} }})
}

func TestManyWhoAskAreAnsweredByOneReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := new(slowGroups)
		crowd := slowCrowd(slow)
		hurried, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		var group sync.WaitGroup
		group.Go(func() {
			if got := crowd.Usergroups(hurried, policy.FreshToApply); len(got) != 0 {
				t.Errorf("an answer came before there was one: %v", got)
			}
		})
		synctest.Wait()
		for range 10 {
			group.Go(func() {
				got := crowd.Usergroups(t.Context(), policy.FreshToApply)["S0SEC"]
				if !cmp.Equal(got.Members, []string{"U0ALICE"}) || time.Since(got.ReadAt) != time.Second {
					t.Errorf("got %+v", got)
				}
			})
		}
		group.Wait()
		if n := slow.asked(); n != 1 {
			t.Errorf("Slack was asked %d times, want once", n)
		}
	})
}

func TestTheCrowdIsReadInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := new(slowGroups)
		crowd := slowCrowd(slow)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			crowd.Run(ctx)
		}()
		fresh := func(when string, want bool) {
			t.Helper()
			synctest.Wait()
			u := crowd.Known()["S0SEC"]
			if is := (policy.Group{Usergroup: "S0SEC"}).Judge(u, time.Now(), policy.FreshToDecide) == ""; is != want {
				t.Errorf("%s: fresh enough is %v, want %v", when, is, want)
			}
		}
		time.Sleep(2 * time.Second)
		fresh("soon after the start", true)
		time.Sleep(time.Hour)
		fresh("an hour later", true)
		if n := slow.asked(); n > 20 {
			t.Errorf("Slack was asked %d times in an hour", n)
		}
		slow.set(true, false)
		time.Sleep(20 * time.Minute)
		fresh("after twenty minutes without Slack", false)
		slow.set(false, true)
		time.Sleep(time.Minute)
		slow.set(false, false)
		time.Sleep(crowdAgain + 2*time.Second)
		fresh("once Slack answers again, after a panic too", true)
		stop()
		<-done
	})
}
