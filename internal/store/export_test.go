package store

import "context"

// Round is one round of Run and waits for all that is worked on.
func (s *Store) Round(ctx context.Context) {
	s.round(ctx)
	s.Drain(ctx)
}

// Claim is one round of Run that waits for nothing.
func (s *Store) Claim(ctx context.Context) { s.round(ctx) }
