package gcp

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// Times of the index.
const (
	// Refresh is how often a project's secrets are read anew.
	Refresh = 60 * time.Second
	// lag is how long a list may be behind our own writes: usually minutes (docs:
	// smdocs/reference/consistency). What we wrote within it stands against the list.
	lag = 5 * time.Minute
)

// Index is the local index of names that type-ahead and lists are served from, so that a
// keystroke costs no call. Own writes enter at once; everything else with the next refresh.
type Index struct {
	secrets      store.Secrets
	installation string
	projects     func() []string
	logger       *slog.Logger

	mu     sync.RWMutex
	byName map[string]map[secret.Name]noted // :: project -> name -> entry
	read   map[string]time.Time             // :: project -> start of the last complete read
}

// noted is an entry and when we wrote it ourselves; zero for one that was listed.
type noted struct {
	store.Entry
	at time.Time
}

var _ store.Names = (*Index)(nil)

// NewIndex returns an empty index of the projects that the func names at each refresh. A
// nil logger is silent.
func NewIndex(secrets store.Secrets, installation string, projects func() []string, logger *slog.Logger) *Index {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Index{
		secrets: secrets, installation: installation, projects: projects, logger: logger,
		byName: make(map[string]map[secret.Name]noted), read: make(map[string]time.Time),
	}
}

// Run refreshes at once and then every Refresh, until ctx ends.
func (x *Index) Run(ctx context.Context) {
	tick := time.NewTicker(Refresh)
	defer tick.Stop()
	for {
		for _, project := range x.projects() {
			x.refresh(ctx, project)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// refresh reads one project. A read that fails half way changes nothing.
func (x *Index) refresh(ctx context.Context, project string) {
	began := time.Now()
	fresh := make(map[secret.Name]noted)
	for s, err := range x.secrets.List(ctx, project) {
		if err != nil {
			x.logger.Warn("index of names not refreshed", "project", project, "reason", err)
			return
		}
		if e, ok := x.entry(s); ok {
			fresh[s.Name] = noted{Entry: e}
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for name, e := range x.byName[project] {
		if e.at.Add(lag).After(began) {
			fresh[name] = e
		}
	}
	x.byName[project], x.read[project] = fresh, began
}

// entry describes a secret for people; ok is false for our own keys and staged values.
func (x *Index) entry(s store.Secret) (e store.Entry, ok bool) {
	if _, faults := secret.ParseName(string(s.Name)); len(faults) > 0 {
		return store.Entry{}, false
	}
	return store.Entry{
		Name: s.Name, Managed: s.Labels[store.ManagedLabel] == x.installation,
		Trashed: !s.Expires.IsZero(), Description: s.Annotations[store.NoteDescription],
	}, true
}

// Note enters what was just written.
func (x *Index) Note(project string, s store.Secret) {
	e, ok := x.entry(s)
	if !ok {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byName[project] == nil {
		x.byName[project] = make(map[secret.Name]noted)
	}
	x.byName[project][s.Name] = noted{e, time.Now()}
}

// Find returns up to limit entries whose name contains part, whatever its case, and which
// visible lets through, in order of name; age is store.NeverRead until
// the first read has ended.
func (x *Index) Find(project, part string, limit int, visible func(secret.Name) bool) (entries []store.Entry, age time.Duration) {
	part = strings.ToLower(part)
	x.mu.RLock()
	defer x.mu.RUnlock()
	age = store.NeverRead
	if at, ok := x.read[project]; ok {
		age = time.Since(at)
	}
	known := x.byName[project]
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if len(entries) == limit {
			break
		}
		if strings.Contains(strings.ToLower(string(name)), part) && visible(name) {
			entries = append(entries, known[name].Entry)
		}
	}
	return entries, age
}
