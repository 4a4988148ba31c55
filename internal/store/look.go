package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// ErrHidden means that there is nothing to see: unknown and forbidden read alike.
var ErrHidden = errors.New("store: nothing to see")

// Sight is what a form needs to know of a secret before anything is typed.
type Sight struct {
	Ref     secret.Ref
	Exists  bool
	Managed bool
	Owned   string         // the label of the tool that owns it, "" for none
	Foreign bool           // another installation's, or a staged value
	Trashed time.Time      // when it will be gone for good; zero when it is not in the trash
	Base    secret.Version // the newest version, 0 for none
	// Versions are all versions, the newest first.
	Versions    []VersionInfo
	Recipe      secret.Recipe // of the newest version, a hint
	Description string
	Owner       string
	Notify      []string
}

// Look reads one secret for a form. The error is ErrHidden, or a *CallError.
func (s *Store) Look(ctx context.Context, p secret.Person, ref secret.Ref) (Sight, error) {
	env, ok := s.policy().Environment(ref.Environment)
	if !ok || !s.Why(p, secret.View, ref).Allowed {
		return Sight{}, ErrHidden
	}
	t := Target{env.Project, ref.Name}
	now, exists, err := s.get(ctx, t)
	if err != nil || !exists {
		return Sight{Ref: ref}, err
	}
	sight := sightOf(ref, now)
	if sight.Managed, err = s.managed(ctx, ref, now); err != nil {
		return Sight{}, err
	}
	sight.Foreign = s.foreign(now)
	trashed, err := s.inTrash(ctx, ref, now)
	if err != nil {
		return Sight{}, err
	}
	if trashed {
		sight.Trashed = now.Expires
	}
	if sight.Versions, err = s.all(ctx, t); err != nil {
		return Sight{}, err
	}
	if len(sight.Versions) > 0 {
		sight.Base = sight.Versions[0].Number
	}
	return sight, nil
}

func sightOf(ref secret.Ref, now Secret) Sight {
	notes := now.Annotations
	return Sight{
		Ref: ref, Exists: true, Owned: Owned(now.Labels),
		Recipe: secret.Recipe(notes[NoteRecipe]), Description: notes[NoteDescription], Owner: notes[NoteOwner],
		Notify: strings.FieldsFunc(notes[NoteNotify], func(r rune) bool { return r == ',' }),
	}
}

// Why returns the decision for one act and the rules that were tried for it.
func (s *Store) Why(p secret.Person, a secret.Action, ref secret.Ref) policy.Decision {
	return s.asker(p)(a, ref)
}

// asker asks policy for one person, whose groups are looked up once, as they are known.
func (s *Store) asker(p secret.Person) func(secret.Action, secret.Ref) policy.Decision {
	m := s.knownMemberships()
	in := m.of(p.User)
	return func(a secret.Action, ref secret.Ref) policy.Decision {
		return m.rules.Decide(policy.Request{Person: p, Groups: in, Action: a, Ref: ref})
	}
}

// knownMemberships are memberships that are at hand: nobody is asked.
func (s *Store) knownMemberships() memberships {
	return memberships{s.policy(), s.crowd.Known(), s.clock(), policy.FreshToDecide}
}

// Reach returns the environments where the person may do the action to some secret, under
// any of their ids as a request would, and those where that can't be told just now
// (policy.Policy.Reach). It is for what is offered, and decides nothing.
func (s *Store) Reach(p secret.Person, a secret.Action) (within, unsure []policy.Environment) {
	m := s.knownMemberships()
	in := m.of(union(s.crowd.KnownIDs(p.User), []string{p.User})...)
	return m.rules.Reach(policy.Request{Person: p, Groups: in, Action: a})
}

// Line is one change of a secret's history.
type Line struct {
	Time      time.Time
	Event     audit.Event
	Change    string
	Actor     string // as shown
	ActorID   string
	Detail    string
	Version   string
	Recipe    string
	Bytes     string
	SameAs    string // the newest earlier version that holds the same bytes, "" for none
	Reason    string
	DecidedBy string
}

// History returns what was done to a secret, the newest first; ErrHidden if the person may not look.
func (s *Store) History(ctx context.Context, p secret.Person, ref secret.Ref, limit int) ([]Line, error) {
	if !s.Why(p, secret.View, ref).Allowed {
		return nil, ErrHidden
	}
	records, err := s.past.History(ctx, ref, limit)
	if err != nil {
		return nil, err
	}
	var lines []Line
	for i, r := range records {
		if !r.Event.Ends() {
			continue
		}
		lines = append(lines, Line{
			Time: r.Time, Event: r.Event, Change: r.Change, Actor: r.Actor, ActorID: r.ActorID, Detail: r.Detail,
			Version: r.Version, Recipe: r.Recipe, Bytes: r.Bytes, SameAs: sameAs(r, records[i+1:]),
			Reason: r.Reason, DecidedBy: r.DecidedBy,
		})
	}
	return lines, nil
}

// sameAs finds the newest earlier version with the fingerprint of r.
func sameAs(r audit.Record, earlier []audit.Record) string {
	if r.Fingerprint == "" {
		return ""
	}
	for _, e := range earlier {
		if e.Fingerprint == r.Fingerprint {
			return e.Version
		}
	}
	return ""
}

// List returns the secrets whose name contains part that the person may view, in order of
// environment and name, with the age of the oldest index that was read. An empty env means all.
func (s *Store) List(p secret.Person, env secret.Environment, part string, limit int) (entries []Entry, age time.Duration) {
	ask := s.asker(p)
	for _, e := range s.policy().Environments() {
		if env != "" && e.Name != env {
			continue
		}
		found, old := s.names.Find(e.Project, part, limit-len(entries), func(n secret.Name) bool {
			return ask(secret.View, secret.Ref{Environment: e.Name, Name: n}).Allowed
		})
		for _, entry := range found {
			entry.Environment = e.Name
			entries = append(entries, entry)
		}
		age = max(age, old)
	}
	return entries, age
}

// Recent returns the last n secrets that the person changed and may still view, the newest first.
func (s *Store) Recent(ctx context.Context, p secret.Person, n int) ([]secret.Ref, error) {
	changes, err := s.log.Find(ctx, audit.Query{Requester: p, Limit: 10 * n})
	if err != nil {
		return nil, err
	}
	var refs []secret.Ref
	ask := s.asker(p)
	for _, c := range changes {
		seen := slices.Contains(refs, c.Ref)
		if len(refs) < n && !seen && c.State == audit.EventApplied && ask(secret.View, c.Ref).Allowed {
			refs = append(refs, c.Ref)
		}
	}
	return refs, nil
}
