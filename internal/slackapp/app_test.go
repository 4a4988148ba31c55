package slackapp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

const (
	alice = "U0ALICE"
	bob   = "U0BOB"
)

// desk is an App behind its own HTTP front door, in an emulated workspace whose people
// use it. Only the store behind it is a fake.
type desk struct {
	*App
	*fakeStore
	space   *workspace.Workspace
	options Options
	log     lockedBuffer
}

// newDesk starts a desk with dev and prod; change edits the App's options first.
func newDesk(t *testing.T, change ...func(*Options)) *desk {
	t.Helper()
	d := &desk{fakeStore: newFakeStore(), space: startWorkspace(t, workspace.Options{})}
	client := workspaceClient(t, d.space)
	identity, err := client.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(&d.log, nil))
	d.options = Options{
		Changes: d.fakeStore, Sights: d.fakeStore, Screen: strictScreen{client, t}, Messages: strictMessages{client, t},
		People:       NewPeople(PeopleOptions{Lookup: client.User, Identity: identity, Logger: logger}),
		Environments: func() []policy.Environment { return d.environments },
		Logger:       logger,
	}
	for _, c := range change {
		c(&d.options)
	}
	d.App = New(d.options)
	server := httptest.NewServer(NewHTTP(Transport{Handler: d.strictly(t), Identity: identity,
		Keys: []secret.Value{key(d.space.SigningSecret())}, Logger: logger}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { d.Drain(context.Background()) })
	d.space.SetAppURL(server.URL)
	return d
}

// strictly holds every answer against Slack's limits, too.
func (d *desk) strictly(t *testing.T) Handler {
	return func(ctx context.Context, r Request) Response {
		answer := d.Handle(ctx, r)
		if answer.Update != nil {
			inspect(t, *answer.Update)
		}
		if answer.Blocks != nil {
			inspect(t, map[string]any{"text": answer.Text, "blocks": answer.Blocks})
		}
		return answer
	}
}

// types has a person type a command and wait for the view that it opens.
func (d *desk) types(t *testing.T, person, text string, seen func(*workspace.View) bool) *workspace.View {
	t.Helper()
	if _, err := d.space.Person(person).Command(t.Context(), "/secret", text); err != nil {
		t.Fatal(err)
	}
	return d.sees(t, person, seen)
}

func (d *desk) sees(t *testing.T, person string, seen func(*workspace.View) bool) *workspace.View {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	v, err := d.space.Person(person).AwaitView(ctx, seen)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *desk) fills(t *testing.T, person string, fields map[string]string) {
	t.Helper()
	for name, text := range fields {
		if err := d.space.Person(person).Fill(name, text); err != nil {
			t.Fatal(err)
		}
	}
}

func (d *desk) chooses(t *testing.T, person, field string, options ...string) {
	t.Helper()
	if err := d.space.Person(person).Choose(field, options...); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) ticks(t *testing.T, person, field string) {
	t.Helper()
	if err := d.space.Person(person).Tick(field, ticked); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) presses(t *testing.T, person, button string) {
	t.Helper()
	if err := d.space.Person(person).Press(t.Context(), button); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) submits(t *testing.T, person string) workspace.Submission {
	t.Helper()
	s, err := d.space.Person(person).SubmitView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// has is a view with that field.
func has(field secret.Field) func(*workspace.View) bool {
	return func(v *workspace.View) bool { _, ok := v.Field(string(field)); return ok }
}

// reads is a view with that text on it.
func reads(text string) func(*workspace.View) bool {
	return func(v *workspace.View) bool { return strings.Contains(unmarked(v.Text()), text) }
}

// unmarked is text without the signs of Slack's markup.
func unmarked(text string) string {
	return strings.NewReplacer("`", "", "*", "", ":warning:", "⚠", ":white_check_mark:", "✅").Replace(text)
}

// strictScreen and strictMessages hold all that goes to Slack against its limits and ours.
type strictScreen struct {
	Screen
	t *testing.T
}

func (s strictScreen) OpenView(ctx context.Context, trigger string, view slack.ModalViewRequest) (ViewRef, error) {
	inspect(s.t, view)
	return s.Screen.OpenView(ctx, trigger, view)
}

func (s strictScreen) UpdateView(ctx context.Context, at ViewRef, view slack.ModalViewRequest) (ViewRef, error) {
	inspect(s.t, view)
	return s.Screen.UpdateView(ctx, at, view)
}

type strictMessages struct {
	Messages
	t *testing.T
}

func (s strictMessages) Post(ctx context.Context, channel, text string, blocks []slack.Block) (MessageRef, error) {
	inspect(s.t, map[string]any{"text": text, "blocks": blocks})
	return s.Messages.Post(ctx, channel, text, blocks)
}

var (
	looksLikeKey = regexp.MustCompile(`"text":"(action|age|alphabet|button|command|detail|event|expected|fact|fault|form|help|history|` +
		`message|modal|old|outcome|person|recipe|transport|version|why)(\.[a-z_0-9-]+)+"`)
	unfilled        = regexp.MustCompile(`\{[a-z]+\}`)
	fillsTheirPlace = regexp.MustCompile(`\{date_short_pretty\} \{time\}`)
)

// inspect holds what goes to Slack against Slack's limits, and looks for sentences that
// are missing or not filled in.
func inspect(t *testing.T, emitted any) {
	t.Helper()
	raw, err := json.Marshal(emitted)
	if err != nil {
		t.Errorf("can't be sent: %v", err)
		return
	}
	for _, p := range workspace.Validate(raw) {
		t.Errorf("Slack would refuse it: %s\n%s", p, raw)
	}
	if found := looksLikeKey.Find(raw); found != nil {
		t.Errorf("a key without a sentence: %s", found)
	}
	if found := unfilled.Find(fillsTheirPlace.ReplaceAll(raw, nil)); found != nil {
		t.Errorf("a placeholder was left: %s in %s", found, raw)
	}
}

// fakeStore is a store whose answers a test sets. It keeps what was submitted.
type fakeStore struct {
	mu           sync.Mutex
	environments []policy.Environment
	sights       map[secret.Ref]store.Sight
	lines        []store.Line
	entries      []store.Entry
	touched      []secret.Ref
	decision     policy.Decision
	lookError    error

	respond  func(store.Submission) (store.Receipt, []secret.Fault, error) // nil: applied at once
	sent     []sentSubmission
	outcomes map[string]audit.Change // :: key -> change
}

// sentSubmission is a submission and a copy of its value: the App wipes what it sent.
type sentSubmission struct {
	store.Submission
	value string
}

func newFakeStore() *fakeStore {
	return &fakeStore{
		environments: []policy.Environment{{Name: "dev", Project: "acme-dev"}, {Name: "prod", Project: "acme-prod"}},
		sights:       make(map[secret.Ref]store.Sight), outcomes: make(map[string]audit.Change),
		decision: policy.Decision{Allowed: true, Rule: "dev is free@0123456789ab"},
	}
}

func (f *fakeStore) Submit(_ context.Context, sub store.Submission) (store.Receipt, []secret.Fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, sentSubmission{sub, string(slices.Clone(sub.Value.Reveal()))})
	if f.respond != nil {
		return f.respond(sub)
	}
	done := make(chan struct{})
	close(done)
	c := changeOf(sub, audit.EventApplied)
	f.outcomes[sub.Key] = c
	c.State = audit.EventRequested
	return store.Receipt{Change: c, Fresh: true, Done: done}, nil, nil
}

func changeOf(sub store.Submission, state audit.Event) audit.Change {
	return audit.Change{ID: "01jd000000000000000000test", Key: sub.Key, Action: sub.Action, Ref: sub.Ref,
		Requester: sub.Person, State: state, Version: sub.Base + 1}
}

func (f *fakeStore) Outcome(_ context.Context, key string) (audit.Change, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.outcomes[key]
	return c, ok, nil
}

func (f *fakeStore) Look(_ context.Context, _ secret.Person, ref secret.Ref) (store.Sight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lookError != nil {
		return store.Sight{}, f.lookError
	}
	s := f.sights[ref]
	s.Ref = ref
	return s, nil
}

func (f *fakeStore) History(context.Context, secret.Person, secret.Ref, int) ([]store.Line, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lookError != nil {
		return nil, f.lookError
	}
	return slices.Clone(f.lines), nil
}

func (f *fakeStore) List(_ secret.Person, env secret.Environment, part string, limit int) ([]store.Entry, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []store.Entry
	for _, e := range f.entries {
		if (env == "" || e.Environment == env) && strings.Contains(string(e.Name), part) && len(found) < limit {
			found = append(found, e)
		}
	}
	return found, 42 * time.Second
}

func (f *fakeStore) Recent(context.Context, secret.Person, int) ([]secret.Ref, error) {
	return f.touched, f.lookError
}

func (f *fakeStore) Why(secret.Person, secret.Action, secret.Ref) policy.Decision {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.decision
}

// last is what was submitted last.
func (f *fakeStore) last(t *testing.T) sentSubmission {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.sent) == 0 {
		t.Fatal("nothing was submitted")
	}
	return f.sent[len(f.sent)-1]
}

// put makes a secret with that many enabled versions, each made a day after the other.
func (f *fakeStore) put(ref secret.Ref, versions int, change ...func(*store.Sight)) {
	s := store.Sight{Ref: ref, Exists: true, Managed: true, Base: secret.Version(versions), Recipe: secret.Text,
		Description: "for the tests", Owner: bob, Notify: []string{"C0GENERAL"}}
	for n := versions; n > 0; n-- {
		s.Versions = append(s.Versions, store.VersionInfo{Number: secret.Version(n), State: store.StateEnabled,
			Created: time.Date(2026, 11, n%28+1, 12, 0, 0, 0, time.UTC)})
	}
	for _, c := range change {
		c(&s)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sights[ref] = s
	f.entries = append(f.entries, store.Entry{Environment: ref.Environment, Name: ref.Name, Managed: s.Managed})
	slices.SortFunc(f.entries, func(a, b store.Entry) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Name, b.Name))
	})
}

var errDown = &store.CallError{Op: "GetSecret", Kind: store.Unavailable}

func TestAPersonCreatesASecretByModal(t *testing.T) {
	d := newDesk(t)
	d.types(t, alice, "create dev/api-key", has(secret.FieldValue))
	d.fills(t, alice, map[string]string{"value": "  \n" + testCanary, "description": "for the shop", "reason": "new shop"})
	held := d.submits(t, alice)
	if held.Errors["value"] == "" || len(d.sent) != 0 {
		t.Fatalf("whitespace at the edge was not warned of: %v", held.Errors)
	}
	d.ticks(t, alice, "accept")
	if s := d.submits(t, alice); !s.Updated {
		t.Fatalf("the form was not taken: %v", s.Errors)
	}
	sub := d.last(t)
	if sub.value != "  \n"+testCanary || sub.Ref.String() != "dev/api-key" || sub.Action != secret.Create ||
		sub.Recipe != secret.Text || sub.Owner != alice || sub.Description != "for the shop" || sub.Reason != "new shop" {
		t.Errorf("submitted %+v", sub.Submission)
	}
	v := d.sees(t, alice, reads("was created, version 1"))
	if !strings.Contains(v.Text(), "gcloud secrets versions access 1 --secret=api-key --project=acme-dev") {
		t.Errorf("the way to read it is missing:\n%s", v.Text())
	}
	if strings.Contains(d.log.String(), testCanary) {
		t.Error("the value is in the log")
	}
	for _, raw := range d.space.RawSent() {
		if strings.Contains(string(raw), testCanary) {
			t.Errorf("the value was sent back to Slack: %s", raw)
		}
	}
}

func TestTheLoadingViewComesBeforeAnythingIsAsked(t *testing.T) {
	gate := make(chan struct{})
	d := newDesk(t, func(o *Options) {
		lookup := o.People.Lookup
		o.People.Lookup = func(ctx context.Context, user string) (*slack.User, error) {
			<-gate
			return lookup(ctx, user)
		}
	})
	d.put(secret.Ref{Environment: "prod", Name: "db"}, 1)
	v := d.types(t, alice, "update prod/db", reads("One moment"))
	if !strings.Contains(v.Text(), "PRODUCTION") {
		t.Errorf("production is not told while loading:\n%s", v.Text())
	}
	close(gate)
	d.sees(t, alice, has(secret.FieldValue))
}

func TestWhoMayNotUseTheAppSeesWhyInTheView(t *testing.T) {
	d := newDesk(t, func(o *Options) {
		o.People.Lookup = func(_ context.Context, user string) (*slack.User, error) {
			return &slack.User{ID: user, TeamID: "T0ACME", IsRestricted: true}, nil
		}
	})
	d.types(t, alice, "create dev/x", reads("Guests can't use Secret Store"))
}

func TestAPanicWhileAViewIsFilledEndsNothing(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.Environments = func() []policy.Environment { panic("dev" + testCanary) } })
	d.types(t, alice, "create", reads("One moment"))
	d.Drain(t.Context())
	if log := d.log.String(); !strings.Contains(log, "panic") || strings.Contains(log, testCanary) {
		t.Errorf("the log reads %q", log)
	}
}

func TestWhenTooMuchGoesOnTheCommandSaysSo(t *testing.T) {
	d := newDesk(t)
	for range maxWork {
		defer d.work.reserve().back()
	}
	r, err := d.space.Person(alice).Command(t.Context(), "/secret", "create")
	if err != nil || !strings.Contains(r.Text, "busy") {
		t.Errorf("answered %q, %v", r.Text, err)
	}
}

func TestASlackFaultAtOpeningIsToldInTheAnswer(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.Screen = deafScreen{o.Screen} })
	r, err := d.space.Person(alice).Command(t.Context(), "/secret", "create")
	if err != nil || !strings.Contains(r.Text, "did not open the form") {
		t.Errorf("answered %q, %v", r.Text, err)
	}
}

type deafScreen struct{ Screen }

func (deafScreen) OpenView(context.Context, string, slack.ModalViewRequest) (ViewRef, error) {
	return ViewRef{}, errors.New("slack is away")
}
