package store

import (
	"context"
	"slices"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// TrashDays is how long a deleted secret can be restored.
const TrashDays = 7

// enabled lists the versions that a restore will have to enable again.
func (s *Store) enabled(ctx context.Context, t Target) (numbers []secret.Version, err error) {
	var all []VersionInfo
	err = s.persist(ctx, func(ctx context.Context) error {
		all, err = s.versions.All(ctx, t)
		return err
	})
	for _, v := range all {
		if v.State == StateEnabled {
			numbers = append(numbers, v.Number)
		}
	}
	slices.Sort(numbers)
	return numbers, err
}

// trash sets the expiry first, then disables the versions that were enabled: a crash in
// between leaves a secret that still expires and can still be restored. Each step may be
// repeated. IAM, labels of others and aliases are never touched.
func (s *Store) trash(ctx context.Context, w work) outcome {
	expires := fromMS(w.request.CreatedMS).AddDate(0, 0, TrashDays)
	if o := s.expire(ctx, w.request, expires); o.event != "" {
		return o
	}
	return s.setAll(ctx, w, w.attempt.Prior, StateDisabled)
}

// untrash clears the expiry, then enables exactly the versions that the delete disabled.
func (s *Store) untrash(ctx context.Context, w work) outcome {
	prior, err := s.prior(ctx, w.request.Ref())
	if err != nil {
		return failed(DetailVersions)
	}
	if o := s.expire(ctx, w.request, time.Time{}); o.event != "" {
		return o
	}
	return s.setAll(ctx, w, prior, StateEnabled)
}

// expire writes our marks and the expiry.
func (s *Store) expire(ctx context.Context, r Request, at time.Time) outcome {
	patch := Patch{Labels: r.Labels, Annotations: r.Annotations, Expires: &at, Etag: r.Etag}
	var now Secret
	err := s.persist(WithChange(ctx, r.ID), func(ctx context.Context) (err error) {
		now, err = s.secrets.Update(ctx, r.target(), patch)
		return err
	})
	if err == nil {
		s.names.Note(r.Project, now)
	}
	return s.unlessMarked(ctx, r, err)
}

// setAll moves versions to one state, a destroyed one excepted: nothing brings it back.
func (s *Store) setAll(ctx context.Context, w work, numbers []secret.Version, to State) outcome {
	for _, n := range numbers {
		err := s.persist(WithChange(ctx, w.request.ID), func(ctx context.Context) error {
			return s.versions.SetState(ctx, w.request.target(), n, to, "")
		})
		if err != nil && kindOf(err) != Stale {
			return failedBy(err)
		}
	}
	return outcome{event: audit.EventApplied}
}

// prior returns the versions that the last applied delete found enabled, from its sealed attempt.
func (s *Store) prior(ctx context.Context, ref secret.Ref) ([]secret.Version, error) {
	ended, err := s.log.Find(ctx, audit.Query{Ref: &ref, States: []audit.Event{audit.EventApplied, audit.EventFailed}, Limit: 50})
	if err != nil {
		return nil, err
	}
	for _, c := range ended { // newest first
		if c.Action != secret.Delete {
			continue
		}
		if _, err := s.Request(c); err != nil {
			return nil, err
		}
		a, err := s.attemptOf(c)
		return a.Prior, err
	}
	return nil, ErrForged // trashed, but not by a delete that our log knows
}
