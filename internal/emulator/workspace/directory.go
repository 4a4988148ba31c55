package workspace

import (
	"slices"
	"strings"
)

// The app's own user and its bot record.
const (
	botUser = "U0APP"
	botID   = "B0APP"
	botName = "secretstore"
	botReal = "Secret Store"

	teamDomain = "acme"
	teamName   = "Acme"
)

// User is one account that the workspace knows.
type User struct {
	ID       string
	Name     string // login name; made from the id when empty
	RealName string // Name when empty
	Title    string // what the person does there
	Email    string
	Team     string // "" is the workspace itself; another id: someone of another workspace
	OrgID    string // the person's id in the organisation (Enterprise Grid); "" outside of one
	Locale   string // "en-US" when empty
	TZ       string // "Europe/Amsterdam" when empty
	TZOffset int    // seconds east of UTC

	Guest       bool // multi-channel guest (is_restricted)
	SingleGuest bool // single-channel guest (is_restricted and is_ultra_restricted)
	Bot         bool
	AppUser     bool // an app acting through a person's account
	Deleted     bool // deactivated
	Invited     bool // has not accepted the invitation
	Stranger    bool // known only through a Slack Connect channel
	Admin       bool
}

// Channel is one conversation that is not a direct message with the app.
type Channel struct {
	ID, Name   string
	Members    []string // user ids; nil is everyone
	Private    bool
	ExtShared  bool // Slack Connect: shared with another organisation
	Archived   bool
	WithoutApp bool // the app has not been invited
}

// Group is a user group.
type Group struct {
	ID, Handle, Name string
	Users            []string
	Locked           bool // only admins change the membership
	IDP              bool // filled from the identity provider
	Deleted          bool
}

func defaultUsers() []User {
	return []User{
		{ID: "U0ALICE", Name: "alice", RealName: "Alice Adams"},
		{ID: "U0BOB", Name: "bob", RealName: "Bob Brown"},
		{ID: "U0CAROL", Name: "carol", RealName: "Carol Clark"},
	}
}

func defaultChannels(users []User) []Channel {
	everyone := make([]string, 0, len(users))
	for _, u := range users {
		everyone = append(everyone, u.ID)
	}
	return []Channel{{ID: "C0GENERAL", Name: "general", Members: everyone}}
}

// directory holds who and what there is, in the order in which it was added.
type directory struct {
	Users    []User
	Channels []Channel
	Groups   []Group
	Direct   []Channel // group direct messages opened by the app
}

func newDirectory(o Options) directory {
	var d directory
	d.setUser(User{ID: botUser, Name: botName, RealName: botReal, Bot: true}, o.TeamID)
	for _, u := range o.Users {
		d.setUser(u, o.TeamID)
	}
	for _, c := range o.Channels {
		d.setChannel(c)
	}
	d.Groups = slices.Clone(o.Groups)
	return d
}

func (d *directory) setUser(u User, team string) {
	if u.Name == "" {
		u.Name = strings.ToLower(u.ID)
	}
	if u.RealName == "" {
		u.RealName = u.Name
	}
	if u.Team == "" {
		u.Team = team
	}
	if u.Locale == "" {
		u.Locale = "en-US"
	}
	if u.TZ == "" {
		u.TZ, u.TZOffset = "Europe/Amsterdam", 3600
	}
	d.Users = upsert(d.Users, u, func(x User) string { return x.ID })
}

func (d *directory) setChannel(c Channel) {
	if c.Name == "" {
		c.Name = strings.ToLower(c.ID)
	}
	d.Channels = upsert(d.Channels, c, func(x Channel) string { return x.ID })
}

func upsert[T any](list []T, item T, id func(T) string) []T {
	if i := slices.IndexFunc(list, func(x T) bool { return id(x) == id(item) }); i >= 0 {
		list[i] = item
		return list
	}
	return append(list, item)
}

func (d *directory) user(id string) (User, bool) {
	i := slices.IndexFunc(d.Users, func(u User) bool { return u.ID == id })
	if i < 0 {
		return User{}, false
	}
	return d.Users[i], true
}

// channel finds a channel, a group direct message, or the direct message between the app
// and one person, which always exists.
func (d *directory) channel(id string) (Channel, bool) {
	for _, list := range [][]Channel{d.Channels, d.Direct} {
		if i := slices.IndexFunc(list, func(c Channel) bool { return c.ID == id }); i >= 0 {
			return list[i], true
		}
	}
	for _, u := range d.Users {
		if u.ID != botUser && directID(u.ID) == id {
			return Channel{ID: id, Name: "directmessage", Members: []string{u.ID}, Private: true}, true
		}
	}
	return Channel{}, false
}

func (c Channel) has(user string) bool { return c.Members == nil || slices.Contains(c.Members, user) }

// directID is the id of the app's direct message channel with one person.
func directID(user string) string {
	if user == "" {
		return "D"
	}
	return "D" + user[1:]
}

func isDirect(channel string) bool { return strings.HasPrefix(channel, "D") }

// SetUser adds or replaces a person, for example to deactivate someone during a test.
func (w *Workspace) SetUser(u User) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.people.setUser(u, w.opt.TeamID)
	w.saveLocked()
	w.watchers.Wake()
}

// SetChannel adds or replaces a channel.
func (w *Workspace) SetChannel(c Channel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.people.setChannel(c)
	w.saveLocked()
	w.watchers.Wake()
}

// SetGroup adds or replaces a user group.
func (w *Workspace) SetGroup(g Group) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.people.Groups = upsert(w.people.Groups, g, func(x Group) string { return x.ID })
	w.saveLocked()
	w.watchers.Wake()
}

// Users lists every account, the app's own included.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.people.Users)
}

// Groups lists every user group that is in use.
func (w *Workspace) Groups() []Group {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.people.Groups), func(g Group) bool { return g.Deleted })
}

// Channels lists every channel; direct messages are not among them.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.people.Channels)
}
