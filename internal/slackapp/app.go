package slackapp

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// Changes is what asks for changes; *store.Store is the real one.
type Changes interface {
	Submit(ctx context.Context, sub store.Submission) (store.Receipt, []secret.Fault, error)
	Outcome(ctx context.Context, key string) (c audit.Change, ok bool, err error)
}

// Sights is what may be looked at; *store.Store is the real one.
type Sights interface {
	Look(ctx context.Context, p secret.Person, ref secret.Ref) (store.Sight, error)
	History(ctx context.Context, p secret.Person, ref secret.Ref, limit int) ([]store.Line, error)
	List(p secret.Person, env secret.Environment, part string, limit int) (entries []store.Entry, age time.Duration)
	Recent(ctx context.Context, p secret.Person, n int) ([]secret.Ref, error)
	Why(p secret.Person, a secret.Action, ref secret.Ref) policy.Decision
}

// Screen is what one person sees; *Client is the real one.
type Screen interface {
	OpenView(ctx context.Context, trigger string, view slack.ModalViewRequest) (ViewRef, error)
	UpdateView(ctx context.Context, at ViewRef, view slack.ModalViewRequest) (ViewRef, error)
	Respond(ctx context.Context, to ResponseURL, r Reply) error
}

// Messages is what stays in conversations; *Client is the real one.
type Messages interface {
	Direct(ctx context.Context, user string) (channel string, err error)
	Shared(ctx context.Context, channel string) (bool, error)
	Post(ctx context.Context, channel, text string, blocks []slack.Block) (MessageRef, error)
	UpdateMessage(ctx context.Context, at MessageRef, text string, blocks []slack.Block) error
}

// Options are the needs of an App. All but those with a word about nil are required.
type Options struct {
	Changes Changes
	Sights  Sights
	// Waiting tells what waits for people; nil: nothing is said of it.
	Waiting Waiting
	// Decisions judges what is pressed on cards.
	Decisions Decisions
	Screen    Screen
	Messages  Messages
	People    *People
	// Looks limits look-ups; nil is a limit of the App's own.
	Looks *Looks
	// Environments are those of the policy in force, in its order.
	Environments func() []policy.Environment
	// Reach are those where a person may do that to some secret, at once or with consent,
	// and those where that can't be told just now: no others are offered. nil: everywhere.
	Reach func(p secret.Person, a secret.Action) (within, unsure []policy.Environment)
	// Untold returns what a person could not be told by message: it is shown with the
	// next view that opens, and Shown is called for each once it was. Both nil: nothing.
	Untold func(ctx context.Context, p secret.Person) ([]store.Telling, error)
	Shown  func(ctx context.Context, t store.Telling) error
	Clock  func() time.Time // of the App's own limit; nil is time.Now
	Logger *slog.Logger     // nil discards
}

// App serves what people do. Handle is its Handler, and Notify words and posts what they
// are told. Both may be called at the same time.
type App struct {
	Options
	work *work
}

// New returns an App.
func New(o Options) *App {
	if o.Reach == nil {
		o.Reach = func(secret.Person, secret.Action) (within, unsure []policy.Environment) { return o.Environments(), nil }
	}
	if o.Looks == nil {
		o.Looks = &Looks{Clock: o.Clock}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &App{Options: o, work: newWork(o.Logger)}
}

// Handle answers one request. What was typed into value fields is wiped before it returns.
func (a *App) Handle(ctx context.Context, r Request) Response {
	defer r.wipe()
	switch r.Kind {
	case KindCommand:
		return a.command(ctx, r)
	case KindAction:
		a.act(ctx, r)
	case KindSubmission:
		if isDecision(r.View) {
			return a.submitVote(ctx, r)
		}
		return a.submit(ctx, r)
	case KindOptions:
		return Response{Options: a.suggest(ctx, r)}
	}
	return Response{}
}

// Drain waits until the views that people wait for are brought up to date, or ctx ends.
func (a *App) Drain(ctx context.Context) { a.work.drain(ctx) }

// viewer is the person who looks, and the language they read.
type viewer struct {
	Member
	say *wording.Catalogue
}

// meet finds out who a person is, and begins what is said to them. With a refusal they may
// not use the app, and are told so: there is nothing else to do for them.
func (a *App) meet(ctx context.Context, user string) (v viewer, c *composer, refusal *PersonError) {
	m, err := a.People.Check(ctx, user)
	v = viewer{m, wording.For(m.Locale)}
	refusal, known := errors.AsType[*PersonError](err)
	if err != nil && !known {
		refusal = &PersonError{Reason: PersonUnknown}
	}
	return v, &composer{say: v.say}, refusal
}

// language is that of a person we met lately, English for others: it asks nobody.
func (a *App) language(user string) *wording.Catalogue {
	v, _ := a.People.recall(user, memberFor)
	return wording.For(v.member.Locale)
}

// reach are the environments that a person is offered for an action: those of Reach and, to
// create, those in doubt, since that shows nothing, and what is sent is decided.
func (a *App) reach(v viewer, action secret.Action) []policy.Environment {
	within, unsure := a.Reach(v.Person, action)
	if action == secret.Create {
		return slices.Concat(within, unsure)
	}
	return within
}

// environment returns the environment of that name from the policy in force.
func (a *App) environment(name secret.Environment) (policy.Environment, bool) {
	for _, e := range a.Environments() {
		if e.Name == name {
			return e, true
		}
	}
	return policy.Environment{}, false
}
