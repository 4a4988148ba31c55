package store

import (
	"context"

	"secretstore/internal/secret"
)

// shape is what those who decide may know of the bytes. What they are compared with is read
// for this alone, and wiped; what can't be read is not compared. The requester sees nothing
// of it: with answers to guesses, a value could be found out.
func (s *Store) shape(ctx context.Context, r Request, value secret.Value) secret.Shape {
	ctx, cancel := context.WithTimeout(ctx, s.call)
	defer cancel()
	current := s.newest(ctx, r.target(), r.Base)
	other := s.elsewhere(ctx, r, value)
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
	var kept *secret.Value
	for _, env := range s.policy().Environments() {
		if env.Name == r.Environment {
			continue
		}
		other := s.latest(ctx, Target{env.Project, r.Name})
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
