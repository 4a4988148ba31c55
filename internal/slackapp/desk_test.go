package slackapp

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
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
		Changes: d.fakeStore, Sights: d.fakeStore, Waiting: d.fakeStore, Screen: strictScreen{client, t}, Messages: strictMessages{client, t},
		People:       NewPeople(PeopleOptions{Lookup: client.User, Identity: identity, Logger: logger}),
		Environments: func() []policy.Environment { return d.environments }, Reach: d.fakeStore.Reach,
		Logger: logger,
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
	looksLikeKey = regexp.MustCompile(`"text":"(action|age|alphabet|answer|button|card|command|decide|detail|event|expected|fact|fault|form|help|history|` +
		`message|modal|old|outcome|person|recipe|review|transport|version|why)(\.[a-z_0-9-]+)+"`)
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
