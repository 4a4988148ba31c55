package slackapp

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// Usergroups is what the Crowd asks Slack; *Client is the real one.
type Usergroups interface {
	Usergroups(ctx context.Context, team string) ([]slack.UserGroup, error)
	UsergroupMembers(ctx context.Context, team, usergroup string) ([]string, error)
}

// Times of the Crowd.
const (
	// crowdEvery is how often the usergroups are read when nobody asks, far more often than
	// policy.FreshToDecide: a request never waits for Slack then.
	crowdEvery = 4 * time.Minute
	// crowdAgain is when they are read again after that failed.
	crowdAgain = 30 * time.Second
	// crowdWithin bounds one reading of all of them.
	crowdWithin = 8 * time.Second
)

// CrowdOptions are the needs of a Crowd. Slack, People and Named are required.
type CrowdOptions struct {
	Slack  Usergroups
	People *People
	// Named returns the ids of the usergroups that the policy in force names. Nothing is
	// kept of any other.
	Named  func() []string
	Clock  func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil discards
}

// Crowd is Slack's word on who belongs where: store.Crowd. All usergroups are read with
// one call, since usergroups.list and usergroups.users.list may be called about twenty
// times a minute (docs: apis/web-api/rate-limits, tier 2) and a policy may name more.
type Crowd struct {
	CrowdOptions
	flights singleflight.Group
	mu      sync.Mutex
	read    map[string]reading // :: id of the usergroup -> what Slack said of it last
}

// reading is Slack's word on one id. An id that Slack has no usergroup for, or a disabled
// one, has no group.
type reading struct {
	group policy.Usergroup
	there bool
	at    time.Time // when Slack was asked, which is before it looked
}

// NewCrowd returns a Crowd that has read nothing yet.
func NewCrowd(o CrowdOptions) *Crowd {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Crowd{CrowdOptions: o, read: make(map[string]reading)}
}

// Run reads the usergroups at once and then often enough for requests, until ctx ends.
func (c *Crowd) Run(ctx context.Context) {
	for {
		wait := crowdEvery
		if c.refresh(ctx); c.stale(crowdEvery) {
			wait = crowdAgain
		}
		if pause(ctx, wait) != nil {
			return
		}
	}
}

// Known returns the usergroups that the policy names, as they were last read.
func (c *Crowd) Known() map[string]policy.Usergroup {
	c.mu.Lock()
	defer c.mu.Unlock()
	groups := make(map[string]policy.Usergroup)
	for _, id := range c.Named() {
		if r := c.read[id]; r.there {
			groups[id] = r.group
		}
	}
	return groups
}

// Usergroups returns them read no longer ago than within, where Slack answers.
func (c *Crowd) Usergroups(ctx context.Context, within time.Duration) map[string]policy.Usergroup {
	if c.stale(within) {
		c.refresh(ctx)
	}
	return c.Known()
}

// KnownIDs are those of somebody we met lately, since each form is for one who was met first.
func (c *Crowd) KnownIDs(user string) []string {
	v, _ := c.People.recall(user, policy.FreshToDecide)
	return slices.Clone(v.ids)
}

// Person tells of a user by data no older than within.
func (c *Crowd) Person(ctx context.Context, user string, within time.Duration) (store.Standing, error) {
	return c.People.Standing(ctx, user, within)
}

// stale reports whether there is a usergroup of which Slack was asked longer ago than within.
func (c *Crowd) stale(within time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Clock()
	for _, id := range c.Named() {
		if r, known := c.read[id]; !known || now.Sub(r.at) >= within {
			return true
		}
	}
	return false
}

// refresh reads the usergroups once for all who ask at the same time, and does not end
// with the first of them. It returns early when ctx ends.
func (c *Crowd) refresh(ctx context.Context) {
	flight := c.flights.DoChan("", func() (any, error) {
		secret.Guard(c.Logger, "slackapp: usergroups.list", func() { c.readAll(context.WithoutCancel(ctx)) })
		return nil, nil
	})
	select {
	case <-ctx.Done():
	case <-flight:
	}
}

// readAll keeps what it had of a usergroup that can't be read now.
func (c *Crowd) readAll(ctx context.Context) {
	named := c.Named()
	if len(named) == 0 {
		return // a policy without usergroups needs neither the scope nor the plan
	}
	ctx, cancel := context.WithTimeout(ctx, crowdWithin)
	defer cancel()
	asked := c.Clock()
	found, err := c.Slack.Usergroups(ctx, c.team())
	if err != nil {
		c.Logger.Warn("usergroups not read", "reason", err)
		return
	}
	read := make(map[string]reading)
	for _, id := range named {
		read[id] = reading{at: asked}
	}
	for _, g := range found {
		if _, wanted := read[g.ID]; !wanted || g.DateDelete != 0 {
			continue
		}
		group, err := c.group(ctx, g, asked)
		if err != nil {
			c.Logger.Warn("members of a usergroup not read", "usergroup", g.ID, "reason", err)
			delete(read, g.ID)
			continue
		}
		read[g.ID] = reading{group, true, asked}
	}
	c.keep(named, read)
}

// group is a listed usergroup with its members. One that came without any is asked for on
// its own: a list may leave members out, and whoever is missing loses their authority.
func (c *Crowd) group(ctx context.Context, g slack.UserGroup, asked time.Time) (policy.Usergroup, error) {
	members := g.Users
	if len(members) == 0 {
		var err error
		if members, err = c.Slack.UsergroupMembers(ctx, c.team(), g.ID); err != nil {
			return policy.Usergroup{}, err
		}
	}
	return policy.Usergroup{ID: g.ID, Locked: g.IsMembershipLocked, IDP: g.IsIDPGroup, Members: members, ReadAt: asked}, nil
}

// keep adds what was read, and forgets what the policy names no more.
func (c *Crowd) keep(named []string, read map[string]reading) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.Copy(c.read, read)
	maps.DeleteFunc(c.read, func(id string, _ reading) bool { return !slices.Contains(named, id) })
}

// team is what an organisation-wide token has to name (docs: reference/methods/usergroups.list).
func (c *Crowd) team() string {
	if c.People.Identity.OrgWide {
		return c.People.Identity.TeamID
	}
	return ""
}
