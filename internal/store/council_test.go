package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

const councilPolicy = `
revision: 2
environments:
  dev: {project: acme-dev}
  prod: {project: acme-prod}
groups:
  security: {slack_usergroup: S0SEC}
  leads: {members: [U0LEAD, U0LINA]}
rules:
  - {name: everyone looks, secrets: ["*/*"], do: [view], who: anyone}
  - {name: dev is free, secrets: ["dev/*"], do: [create, update, rollback, delete, restore, adopt], who: anyone}
  - name: payments
    secrets: ["prod/pay-*"]
    do: [create, update, rollback, delete, restore]
    who: anyone
    approve: {by: [security], count: 2, expires: 24h}
    break_glass: {who: [U0CAROL, U0LEAD], review_by: [leads], due: 24h, per_day: 2}
  - name: one vote
    secrets: ["prod/one-*"]
    do: [create, update, rollback, delete, restore]
    who: anyone
    approve: {by: [security], count: 1}
  - name: held
    secrets: ["prod/held-*"]
    do: [create, update, delete]
    who: anyone
    approve: {by: [security], count: 1}
    hold: 10m
  - name: two rounds
    secrets: ["prod/two-*"]
    do: [create, update]
    who: anyone
    approve: [{by: [security, leads], count: 1}, {by: [leads], count: 1}]
`

var (
	bob  = secret.Person{Scope: "T0TEAM", User: "U0BOB"}
	dave = secret.Person{Scope: "T0TEAM", User: "U0DAVE"}
	erin = secret.Person{Scope: "T0TEAM", User: "U0ERIN"}
	lead = secret.Person{Scope: "T0TEAM", User: "U0LEAD"}
	lina = secret.Person{Scope: "T0TEAM", User: "U0LINA"}

	one = secret.Ref{Environment: "prod", Name: "one-key"}
	pay = secret.Ref{Environment: "prod", Name: "pay-key"}
)

// crowd is Slack's people, as a test says.
type crowd struct {
	mu    sync.Mutex
	now   func() time.Time
	group []string            // the members of S0SEC
	left  map[string]bool     // :: user id -> is deactivated
	other map[string][]string // :: user id -> all ids of the same person
	down  bool                // Slack does not answer
	read  time.Time           // of what was read last while it answered
}

func newCrowd(now func() time.Time) *crowd {
	c := &crowd{now: now}
	c.gather()
	return c
}

// gather brings everyone back.
func (c *crowd) gather() {
	c.group, c.left = []string{bob.User, dave.User, erin.User, carol.User}, make(map[string]bool)
	c.other = map[string][]string{carol.User: {"U0CAROL", "W0CAROL"}, "W0CAROL": {"U0CAROL", "W0CAROL"}}
}

// be changes the crowd.
func (c *crowd) be(change func(*crowd)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func (c *crowd) Known() map[string]policy.Usergroup { return c.Usergroups(context.Background(), 0) }

func (c *crowd) KnownIDs(user string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.other[user]
}

func (c *crowd) Usergroups(context.Context, time.Duration) map[string]policy.Usergroup {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.down {
		c.read = c.now()
	}
	return map[string]policy.Usergroup{"S0SEC": {ID: "S0SEC", Locked: true, Members: c.group, ReadAt: c.read}}
}

func (c *crowd) Person(_ context.Context, user string, _ time.Duration) (store.Standing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return store.Standing{}, errors.New("no answer")
	}
	ids := c.other[user]
	if ids == nil {
		ids = []string{user}
	}
	return store.Standing{Present: !c.left[user], IDs: ids}, nil
}

// council is a world with people who have to agree.
type council struct {
	*world
	rules atomic.Pointer[policy.Policy]
	crowd *crowd
}

// councils runs a test on both databases.
func councils(t *testing.T, test func(*testing.T, *council)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newCouncil(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, councilOf(newWorldOn(t, pgtest.URL(t)))) })
}

func newCouncil(t *testing.T) *council {
	t.Helper()
	return councilOf(newWorld(t))
}

func councilOf(w *world) *council {
	w.Helper()
	c := &council{world: w, crowd: newCrowd(w.clock.now)}
	c.decree(councilPolicy)
	w.options.Policy, w.options.Crowd = c.rules.Load, c.crowd
	w.options.Ballots = hookedBallots{w.log, w.hooks}
	w.options.Patrol = days(1000) // patrol alone looks at what waits
	w.store = w.replica("first", nil)
	return c
}

// decree puts a policy in force.
func (c *council) decree(text string) {
	c.Helper()
	rules, faults := policy.Load([]byte(text))
	if len(faults) > 0 {
		c.Fatalf("policy: %v", faults)
	}
	c.rules.Store(rules)
}

// amend puts the policy in force with one text replaced.
func (c *council) amend(old, text string) {
	c.Helper()
	changed := strings.Replace(councilPolicy, old, text, 1)
	if changed == councilPolicy {
		c.Fatalf("the policy has no %q", old)
	}
	c.decree(strings.Replace(changed, "revision: 2", "revision: 3", 1))
}

type hookedBallots struct {
	store.Ballots
	*hooks
}

func (b hookedBallots) Vote(ctx context.Context, v audit.Vote, step audit.Step) (c audit.Change, fresh bool, err error) {
	c, err = around(b.hooks, "Vote "+string(v.Kind), func() (audit.Change, error) {
		c, fresh, err = b.Ballots.Vote(ctx, v, step)
		return c, err
	})
	return c, fresh, err
}

func (b hookedBallots) Votes(ctx context.Context, changes ...string) ([]audit.Vote, error) {
	return around(b.hooks, "Votes", func() ([]audit.Vote, error) { return b.Ballots.Votes(ctx, changes...) })
}

// ask submits a change of Carol's that others have to agree to, and waits until they are asked.
func (c *council) ask(s store.Submission) string {
	c.Helper()
	r := c.start(s)
	if len(r.Stages) == 0 {
		c.Fatalf("%s of %s asks nobody", s.Action, s.Ref)
	}
	<-r.Done
	c.is(r.Change.ID, "staged")
	return r.Change.ID
}

// is checks how a change stands.
func (c *council) is(id, want string) {
	c.Helper()
	if got := c.outcome(id); got != want {
		c.Errorf("the change is %q, want %q: %v", got, want, c.lines())
	}
}

func (c *council) vote(id string, p secret.Person) store.Vote {
	c.keys++
	return store.Vote{Change: id, Person: p, PersonName: p.User, Key: fmt.Sprintf("click-%d", c.keys)}
}

// approve votes, expects the answer, and waits for what it begins.
func (c *council) approve(id string, p secret.Person, want store.Answer) {
	c.Helper()
	v, err := c.store.Approve(c.Context(), c.vote(id, p))
	c.answered(v, err, want)
}

func (c *council) answered(v store.Verdict, err error, want store.Answer) {
	c.Helper()
	must(c.T, err)
	if v.Done != want {
		c.Errorf("the answer is %q, want %q: %v", v.Done, want, c.lines())
	}
	if v.Ended != nil {
		<-v.Ended
	}
}

func (c *council) refuse(id string, p secret.Person, want store.Answer) {
	c.Helper()
	vote := c.vote(id, p)
	vote.Reason = "not now"
	v, err := c.store.Refuse(c.Context(), vote)
	c.answered(v, err, want)
}

func (c *council) cancel(id string, p secret.Person, want store.Answer) {
	c.Helper()
	v, err := c.store.Cancel(c.Context(), c.vote(id, p))
	c.answered(v, err, want)
}

func (c *council) stop(id string, p secret.Person, want store.Answer) {
	c.Helper()
	v, err := c.store.Stop(c.Context(), c.vote(id, p))
	c.answered(v, err, want)
}

func (c *council) card(id string) store.Card {
	c.Helper()
	card, err := c.store.Card(c.Context(), id)
	must(c.T, err)
	return card
}

// stagings are the names of the staging secrets in production.
func (c *council) stagings() (names []string) {
	for _, s := range c.console.Secrets("acme-prod") {
		if strings.HasPrefix(s.ID, secret.StagingPrefix) {
			names = append(names, s.ID)
		}
	}
	return names
}

// patrol is one round of a process that looks at everything that waits.
func (c *council) patrol() {
	c.Helper()
	c.replica("patrol", func(o *store.Options) { o.Patrol = 1 }).Round(c.Context())
}

// unchanged fails the test if the secret has other than want versions.
func (c *council) unchanged(ref secret.Ref, want int) {
	c.Helper()
	if got := c.versions(ref); got != want {
		c.Errorf("%s has %d versions, want %d", ref, got, want)
	}
}
