package slackapp

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// fakeStore is a store whose answers a test sets. It keeps what was submitted.
type fakeStore struct {
	mu           sync.Mutex
	environments []policy.Environment
	sights       map[secret.Ref]store.Sight
	lines        []store.Line
	entries      []store.Entry
	touched      []secret.Ref
	decision     policy.Decision
	judge        func(secret.Action) policy.Decision    // nil: decision
	within       map[secret.Action][]policy.Environment // what Reach returns; nil: by judge
	unsure       []policy.Environment                   // of which Reach can't tell, beside within
	hidden       map[secret.Ref]bool                    // what nobody may view
	queue        store.Pending
	cards        map[string]store.Card // :: change -> card
	lookError    error
	never        []secret.Environment // whose names were never read

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
	if f.hidden[ref] {
		return store.Sight{}, store.ErrHidden
	}
	s := f.sights[ref]
	s.Ref = ref
	return s, nil
}

func (f *fakeStore) History(_ context.Context, _ secret.Person, ref secret.Ref, _ int) ([]store.Line, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hidden[ref] {
		return nil, store.ErrHidden
	}
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
		if f.hidden[secret.Ref{Environment: e.Environment, Name: e.Name}] {
			continue
		}
		if (env == "" || e.Environment == env) && strings.Contains(string(e.Name), part) && len(found) < limit {
			found = append(found, e)
		}
	}
	age := 42 * time.Second
	if slices.Contains(f.never, env) || env == "" && len(f.never) > 0 {
		age = store.NeverRead
	}
	return found, age
}

func (f *fakeStore) Recent(context.Context, secret.Person, int) ([]secret.Ref, error) {
	return f.touched, f.lookError
}

// Reach is every environment for what the fake allows, and where names are to be seen.
func (f *fakeStore) Reach(p secret.Person, a secret.Action) (seen, unsure []policy.Environment) {
	if f.within != nil {
		return f.within[a], f.unsure
	}
	if f.Why(p, a, secret.Ref{}).Outcome() != policy.OutcomeDeny {
		return slices.Clone(f.environments), nil
	}
	for _, e := range f.environments {
		if names, _ := f.List(p, e.Name, "", 1); a == secret.View && len(names) > 0 {
			seen = append(seen, e)
		}
	}
	return seen, nil
}

func (f *fakeStore) Why(_ secret.Person, a secret.Action, ref secret.Ref) policy.Decision {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a == secret.View && f.hidden[ref] {
		return policy.Decision{}
	}
	if f.judge != nil {
		return f.judge(a)
	}
	return f.decision
}

func (f *fakeStore) Pending(context.Context, secret.Person) (store.Pending, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.queue, f.lookError
}

func (f *fakeStore) Card(_ context.Context, change string) (store.Card, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if card, ok := f.cards[change]; ok {
		return card, f.lookError
	}
	return store.Card{}, store.ErrHidden
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

// entryOf is a name in the index.
func entryOf(env secret.Environment, name string) store.Entry {
	return store.Entry{Environment: env, Name: secret.Name(name), Managed: true}
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
