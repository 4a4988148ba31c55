package store

import (
	"context"
	"sync"
	"time"

	"secretstore/internal/secret"
)

// compareWithin is how long the requester waits for what only those who decide will see:
// Slack waits 3 s for the answer to a form, and an environment that is slow must not stop
// the changes of another.
const compareWithin = time.Second

// shape is what those who decide may know of the bytes. What they are compared with is read
// for this alone, and wiped; what can't be read in time is not compared. The requester sees
// nothing of it: with answers to guesses, a value could be found out.
func (s *Store) shape(ctx context.Context, r Request, value secret.Value) secret.Shape {
	ctx, cancel := context.WithTimeout(ctx, compareWithin)
	defer cancel()
	var current, other *secret.Value
	var reads sync.WaitGroup
	reads.Go(func() { s.guard(r.ID, func() { current = s.newest(ctx, r.target(), r.Base) }) })
	reads.Go(func() { s.guard(r.ID, func() { other = s.elsewhere(ctx, r, value) }) })
	reads.Wait()
	defer wipe(current, other)
	return secret.ShapeOf(r.Recipe, value, current, other)
}

// newest reads version n, nil where there is none or it can't be read.
func (s *Store) newest(ctx context.Context, t Target, n secret.Version) *secret.Value {
	if n == 0 {
		return nil
	}
	v, err := s.read(ctx, t, n)
	if err != nil {
		return nil
	}
	return &v
}

// elsewhere reads the secret of the same name in the other environments: one that is the
// same if there is one, else any. All are read, whatever the first of them hold: how long
// the requester waits must not tell them. Values that say too little to be compared are
// not read.
func (s *Store) elsewhere(ctx context.Context, r Request, value secret.Value) *secret.Value {
	if value.Len() < secret.ShownFrom {
		return nil
	}
	environments := s.policy().Environments()
	found := make([]*secret.Value, len(environments))
	var reads sync.WaitGroup
	for i, env := range environments {
		if env.Name != r.Environment {
			reads.Go(func() { s.guard(r.ID, func() { found[i] = s.latest(ctx, Target{env.Project, r.Name}) }) })
		}
	}
	reads.Wait()
	var kept *secret.Value
	for _, other := range found {
		if other != nil && (kept == nil || other.Same(value)) {
			kept, other = other, kept
		}
		wipe(other)
	}
	return kept
}

// latest reads the newest version, nil where there is none or it can't be read.
func (s *Store) latest(ctx context.Context, t Target) *secret.Value {
	all, err := s.versions.All(ctx, t)
	if err != nil || len(all) == 0 {
		return nil
	}
	return s.newest(ctx, t, all[0].Number)
}

func wipe(values ...*secret.Value) {
	for _, v := range values {
		if v != nil {
			v.Wipe()
		}
	}
}
