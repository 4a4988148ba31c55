package store

import (
	"context"
	"time"

	"secretstore/internal/secret"
)

// found is what stands in Secret Manager when a request arrives.
type found struct {
	secret Secret
	exists bool
	value  secret.Value // the bytes that will be written; zero when none will be
}

// inspect checks the submission against Secret Manager as it is now. Its faults are told
// on the form; nothing has been recorded yet.
func (s *Store) inspect(ctx context.Context, sub Submission, t Target) (found, []secret.Fault) {
	now, err := s.get(ctx, t)
	if err != nil {
		return found{}, serviceFault(err)
	}
	now.value = sub.Value
	if sub.Action == secret.Create {
		return now, s.inspectNew(ctx, now, t)
	}
	if !now.exists {
		return found{}, fault(secret.FieldName, CodeMissing)
	}
	if faults := s.inspectOwner(ctx, sub, now.secret); len(faults) > 0 {
		return found{}, faults
	}
	switch sub.Action {
	case secret.Update:
		return now, append(s.inspectLife(now, sub), s.inspectBase(ctx, sub, t)...)
	case secret.Rollback:
		return s.inspectRollback(ctx, sub, t, now)
	case secret.Restore:
		return now, s.inspectTrash(now)
	default: // delete, retire
		return now, s.inspectLife(now, sub)
	}
}

// get reads the secret; its absence is an answer, not an error.
func (s *Store) get(ctx context.Context, t Target) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, s.call)
	defer cancel()
	sec, err := s.secrets.Get(ctx, t)
	if err != nil && kindOf(err) == NotFound {
		return found{}, nil
	}
	return found{secret: sec, exists: err == nil}, err
}

// inspectNew lets a create through where nothing stands, or where a create of ours left a
// secret without versions behind (design.md, section 6).
func (s *Store) inspectNew(ctx context.Context, now found, t Target) []secret.Fault {
	if !now.exists {
		return nil
	}
	if now.secret.Labels[ManagedLabel] == s.installation {
		switch free, err := s.free(ctx, t, 1); {
		case err != nil:
			return serviceFault(err)
		case free:
			return nil
		case !now.secret.Expires.IsZero():
			return fault(secret.FieldName, CodeTrashed)
		}
	}
	return fault(secret.FieldName, CodeExists)
}

// inspectLife refuses to change what lies in the trash.
func (s *Store) inspectLife(now found, sub Submission) []secret.Fault {
	if now.secret.Expires.IsZero() {
		return nil
	}
	return fault(secret.FieldName, CodeTrashed)
}

// inspectBase confirms that the version after the base does not exist: by number, since
// lists and `latest` lag behind.
func (s *Store) inspectBase(ctx context.Context, sub Submission, t Target) []secret.Fault {
	free, err := s.free(ctx, t, sub.Base+1)
	switch {
	case err != nil:
		return serviceFault(err)
	case !free:
		return fault(secret.FieldValue, CodeMoved)
	}
	return nil
}

// inspectRollback reads the bytes to go back to.
func (s *Store) inspectRollback(ctx context.Context, sub Submission, t Target, now found) (found, []secret.Fault) {
	if faults := s.inspectLife(now, sub); len(faults) > 0 {
		return found{}, faults
	}
	if sub.Source >= sub.Base || sub.Source < 1 {
		return found{}, fault(secret.FieldVersion, CodeSameVersion)
	}
	if free, err := s.free(ctx, t, sub.Base+1); err != nil || !free {
		return found{}, orMoved(err, secret.FieldVersion)
	}
	ctx, cancel := context.WithTimeout(ctx, s.call)
	defer cancel()
	value, err := s.versions.Access(ctx, t, sub.Source)
	switch {
	case err == nil:
		now.value = value
		return now, nil
	case passing(err):
		return found{}, serviceFault(err)
	}
	return found{}, fault(secret.FieldVersion, CodeNoVersion)
}

func orMoved(err error, f secret.Field) []secret.Fault {
	if err != nil {
		return serviceFault(err)
	}
	return fault(f, CodeMoved)
}

// lastHour is when a restore could lose the race against the expiry.
const lastHour = time.Hour

func (s *Store) inspectTrash(now found) []secret.Fault {
	switch {
	case now.secret.Expires.IsZero():
		return fault(secret.FieldName, CodeNotTrashed)
	case s.clock().Add(lastHour).After(now.secret.Expires):
		return fault(secret.FieldName, CodeTooLate)
	}
	return nil
}

// free reports whether no version bears the number n yet.
func (s *Store) free(ctx context.Context, t Target, n secret.Version) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.call)
	defer cancel()
	_, err := s.versions.Info(ctx, t, n)
	if err != nil && kindOf(err) == NotFound {
		return true, nil
	}
	return false, err
}

// serviceFault tells the person that Secret Manager stands in the way and nothing was done.
func serviceFault(err error) []secret.Fault {
	if kindOf(err) == Denied {
		return fault(secret.FieldName, CodeServiceDeny)
	}
	return fault(secret.FieldName, CodeServiceDown)
}
