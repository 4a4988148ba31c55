package store

import (
	"context"
	"time"

	"secretstore/internal/secret"
)

// inspect checks the submission against Secret Manager as it is now, and returns the
// secret, zero where there is none. A refusal is told on the form.
func (s *Store) inspect(ctx context.Context, sub Submission, t Target) (Secret, error) {
	now, exists, err := s.get(ctx, t)
	switch {
	case err != nil:
		return Secret{}, err
	case sub.Action == secret.Create && !exists:
		return Secret{}, nil
	case sub.Action == secret.Create:
		return now, s.inspectNew(ctx, now)
	case !exists:
		return Secret{}, refuse(secret.FieldName, CodeMissing)
	}
	if err := s.inspectOwner(ctx, sub, now); err != nil {
		return Secret{}, err
	}
	trashed, err := s.inTrash(ctx, sub.Ref, now)
	switch {
	case err != nil:
		return Secret{}, err
	case sub.Action == secret.Restore:
		return now, s.inspectTrash(now, trashed)
	case trashed:
		return Secret{}, refuse(secret.FieldName, CodeTrashed)
	case !now.Expires.IsZero():
		return Secret{}, refuse(secret.FieldName, CodeExpires)
	}
	return now, s.inspectBase(ctx, sub, t)
}

// inTrash reports whether the secret expires because a delete of ours put it into the
// trash. An expiry of its own was set by somebody else, and no restore takes it back.
func (s *Store) inTrash(ctx context.Context, ref secret.Ref, now Secret) (bool, error) {
	if now.Expires.IsZero() {
		return false, nil
	}
	c, ok, err := s.byID(ctx, now.Annotations[NoteOp])
	return ok && c.Action == secret.Delete && c.Ref == ref, err
}

// get reads the secret; its absence is an answer, not an error.
func (s *Store) get(ctx context.Context, t Target) (now Secret, exists bool, err error) {
	err = s.within(ctx, func(ctx context.Context) error {
		now, err = s.secrets.Get(ctx, t)
		return err
	})
	if err != nil && kindOf(err) == NotFound {
		return Secret{}, false, nil
	}
	return now, err == nil, err
}

// inspectNew lets a create through where a create of ours left a secret without versions
// behind (the crash table).
func (s *Store) inspectNew(ctx context.Context, now Secret) error {
	if now.Labels[ManagedLabel] != s.installation || Owned(now.Labels) != "" {
		return refuse(secret.FieldName, CodeExists)
	}
	if !now.Expires.IsZero() {
		return refuse(secret.FieldName, CodeTrashed)
	}
	empty, err := s.free(ctx, now.Target, 1)
	if err == nil && !empty {
		return refuse(secret.FieldName, CodeExists)
	}
	return err
}

// inspectBase confirms that the base is still the newest version: by number, since lists
// and `latest` lag behind.
func (s *Store) inspectBase(ctx context.Context, sub Submission, t Target) error {
	newest, err := s.isNewest(ctx, t, sub.Base)
	if err == nil && !newest {
		return refuse(baseField(sub.Action), CodeMoved)
	}
	return err
}

// baseField is the field that bears what is wrong with the base.
func baseField(a secret.Action) secret.Field {
	switch a {
	case secret.Rollback:
		return secret.FieldVersion
	case secret.Delete:
		return secret.FieldConfirm
	}
	return secret.FieldValue
}

// isNewest reports whether version n exists and n+1 does not; no version is the newest
// where there are none.
func (s *Store) isNewest(ctx context.Context, t Target, n secret.Version) (bool, error) {
	if n < 0 {
		return false, nil
	}
	if n > 0 {
		if gone, err := s.free(ctx, t, n); err != nil || gone {
			return false, err
		}
	}
	return s.free(ctx, t, n+1)
}

// free reports whether no version bears the number n yet.
func (s *Store) free(ctx context.Context, t Target, n secret.Version) (bool, error) {
	_, err := s.info(ctx, t, n)
	if err != nil && kindOf(err) == NotFound {
		return true, nil
	}
	return false, err
}

// source reads the bytes that a rollback goes back to.
func (s *Store) source(ctx context.Context, r Request) (secret.Value, error) {
	switch {
	case r.Base == 0:
		return secret.Value{}, refuse(secret.FieldVersion, CodeNothingThere)
	case r.Source < 1:
		return secret.Value{}, refuse(secret.FieldVersion, CodeNoVersion)
	case r.Source >= r.Base:
		return secret.Value{}, refuse(secret.FieldVersion, CodeSameVersion)
	}
	value, err := s.read(ctx, r.target(), r.Source)
	if err != nil {
		switch kindOf(err) {
		case NotFound, Stale, Corrupt: // destroyed, disabled or damaged
			return secret.Value{}, refuse(secret.FieldVersion, CodeNoVersion)
		}
	}
	return value, err
}

// lastHour is when a restore could lose the race against the expiry.
const lastHour = time.Hour

func (s *Store) inspectTrash(now Secret, trashed bool) error {
	switch {
	case !trashed:
		return refuse(secret.FieldName, CodeNotTrashed)
	case s.clock().Add(lastHour).After(now.Expires):
		return refuse(secret.FieldName, CodeTooLate)
	}
	return nil
}
