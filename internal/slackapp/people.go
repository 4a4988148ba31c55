package slackapp

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// PersonReason is why a person is turned away.
type PersonReason uint8

// The reasons.
const (
	PersonUnknown     PersonReason = iota // Slack could not say who it is
	PersonBot                             // an app, a workflow or Slackbot
	PersonDeactivated                     // the account is closed
	PersonInvited                         // invited, not joined
	PersonGuest                           // a guest of one or more channels
	PersonStranger                        // from another organisation (Slack Connect)
	PersonElsewhere                       // of another workspace
	PersonHurried                         // more look-ups a minute than Looks allows

	personReasons = iota
)

var personNames = [personReasons]string{
	"unknown", "bot", "deactivated", "invited", "guest", "stranger", "elsewhere", "hurried",
}

// String returns the reason's name: a metric's label and the end of its wording key.
func (p PersonReason) String() string { return personNames[p] }

// PersonError is why a person can't use the app. It is theirs to read, in the words of Key.
type PersonError struct {
	Reason PersonReason
	// Passing: Slack could not be asked just now, and may answer in a while.
	Passing bool
}

// Error returns the reason, for logs.
func (e *PersonError) Error() string { return "slackapp: person refused: " + e.Reason.String() }

// Key names the sentence that tells the person, and what to do next.
func (e *PersonError) Key() wording.Key { return wording.Key("person." + e.Reason.String()) }

// Member is someone who may use the app as far as Slack is concerned. Name and Locale are
// hints for showing: they identify nobody.
type Member struct {
	Person secret.Person
	// Name is the display name, without control characters and of at most maxName characters.
	Name string
	// Locale is such as "en-US"; empty when Slack did not say.
	Locale string
}

// Limits of People.
const (
	memberFor    = 10 * time.Minute // how long an answer holds
	maxPeople    = 10_000           // how many answers are kept
	lookupWithin = 5 * time.Second
	maxName      = 80
)

// PeopleOptions are the needs of People. Lookup and Identity are required.
type PeopleOptions struct {
	// Lookup asks users.info: Client.User.
	Lookup   func(ctx context.Context, user string) (*slack.User, error)
	Identity Identity
	Counters *Counters        // nil counts nowhere
	Clock    func() time.Time // nil is time.Now
	Logger   *slog.Logger     // nil discards; only panics are logged
}

// People knows who may use the app. Answers, refusals among them, are kept for ten
// minutes; of several who ask for the same person at once one asks Slack.
type People struct {
	PeopleOptions
	flights singleflight.Group
	mu      sync.Mutex
	known   map[string]verdict // :: user id -> answer
}

// verdict is what Slack said of a user, or that it said nothing.
type verdict struct {
	member Member
	ids    []string     // all of the person's, as store.Standing has them
	reason PersonReason // with allowed false
	at     time.Time    // when Slack was asked

	allowed, passing bool
	// silent: Slack gave no answer, which is no word about the person.
	silent bool
}

// NewPeople returns a People that knows nobody yet.
func NewPeople(o PeopleOptions) *People {
	if o.Counters == nil {
		o.Counters = new(Counters)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &People{PeopleOptions: o, known: make(map[string]verdict)}
}

// Check returns who a user is, or a *PersonError. Where Slack can't be asked the reason
// is PersonUnknown: nobody is let in on a guess.
func (p *People) Check(ctx context.Context, user string) (Member, error) {
	v := p.look(ctx, user, memberFor)
	if !v.allowed {
		p.Counters.turn(v.reason)
		return Member{}, &PersonError{v.reason, v.passing}
	}
	return v.member, nil
}

// Standing returns what Slack said of a user no longer ago than within; an error when it
// does not say. Somebody Slack does not know is not present.
func (p *People) Standing(ctx context.Context, user string, within time.Duration) (store.Standing, error) {
	v := p.look(ctx, user, within)
	if v.silent {
		return store.Standing{}, &PersonError{v.reason, v.passing}
	}
	return store.Standing{Present: v.allowed, IDs: slices.Clone(v.ids)}, nil
}

// look asks Slack unless it answered no longer ago than within.
func (p *People) look(ctx context.Context, user string, within time.Duration) verdict {
	if v, known := p.recall(user, within); known {
		return v
	}
	return p.ask(ctx, user)
}

func (p *People) recall(user string, within time.Duration) (verdict, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v, known := p.known[user]
	return v, known && p.Clock().Sub(v.at) < within
}

// ask looks a user up. The flight does not end with the first who asked: others wait on it.
func (p *People) ask(ctx context.Context, user string) verdict {
	flight := p.flights.DoChan(user, func() (v any, _ error) {
		v = verdict{silent: true}
		secret.Guard(p.Logger, "slackapp: users.info", func() { v = p.lookUp(context.WithoutCancel(ctx), user) })
		return v, nil
	})
	select {
	case <-ctx.Done():
		return verdict{silent: true, passing: true}
	case result := <-flight:
		return result.Val.(verdict)
	}
}

func (p *People) lookUp(ctx context.Context, user string) verdict {
	ctx, cancel := context.WithTimeout(ctx, lookupWithin)
	defer cancel()
	asked := p.Clock()
	found, err := p.Lookup(ctx, user)
	if e, ok := errors.AsType[*SlackError](err); ok && e.Kind == SlackGone {
		return verdict{ids: []string{user}} // not kept: an account may be about to come
	}
	if err != nil || found == nil || !slices.Contains(idsOf(found), user) {
		return verdict{silent: true, passing: passes(err)}
	}
	v := p.judge(found)
	v.ids, v.at = idsOf(found), asked
	p.remember(user, v)
	return v
}

// idsOf are all ids of a user: on Enterprise Grid the organisation has one of its own.
func idsOf(u *slack.User) []string {
	if id := u.Enterprise.ID; id != "" && id != u.ID {
		return []string{u.ID, id}
	}
	return []string{u.ID}
}

// remember makes room by dropping what is out of date, and anyone if that is not enough.
func (p *People) remember(user string, v verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Clock()
	if len(p.known) >= maxPeople {
		for id, old := range p.known {
			if now.Sub(old.at) >= memberFor {
				delete(p.known, id)
			}
		}
	}
	for id := range p.known {
		if len(p.known) < maxPeople {
			break
		}
		delete(p.known, id)
	}
	p.known[user] = v
}

// slackbot is the one bot whose user object does not say so.
const slackbot = "USLACKBOT"

func (p *People) judge(u *slack.User) verdict {
	refuse := func(r PersonReason) verdict { return verdict{reason: r} }
	switch {
	case u.IsBot || u.IsAppUser || u.IsWorkflowBot || u.IsConnectorBot || u.ID == slackbot || u.ID == p.Identity.BotUserID:
		return refuse(PersonBot)
	case u.IsStranger:
		return refuse(PersonStranger)
	case u.Deleted:
		return refuse(PersonDeactivated)
	case u.IsInvitedUser:
		return refuse(PersonInvited)
	case u.IsRestricted || u.IsUltraRestricted:
		return refuse(PersonGuest)
	case !p.Identity.houses(u):
		return refuse(PersonElsewhere)
	}
	return verdict{allowed: true, member: Member{Person: p.Identity.Person(u.ID), Name: shownName(u), Locale: u.Locale}}
}

// houses reports whether u is of our organisation, or of our workspace among others.
func (i Identity) houses(u *slack.User) bool {
	if i.OrgWide {
		return i.EnterpriseID != "" && u.Enterprise.EnterpriseID == i.EnterpriseID
	}
	return i.TeamID != "" && (u.TeamID == i.TeamID || slices.Contains(u.Enterprise.Teams, i.TeamID))
}

// shownName picks the name a person goes by. It may hold anything but control characters.
func shownName(u *slack.User) string {
	for _, name := range []string{u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name} {
		if name = clean(name); name != "" {
			return name
		}
	}
	return u.ID
}

func clean(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name))
	if letters := []rune(name); len(letters) > maxName {
		return string(letters[:maxName])
	}
	return name
}
