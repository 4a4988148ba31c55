package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// TrashDays is how long a deleted secret can be restored.
const TrashDays = 7

// prior lists the versions that are enabled outside the trash: a delete reads them from
// Secret Manager, a restore from the sealed attempt of the delete that it takes back.
// ErrForged means that there is no such delete of ours.
func (s *Store) prior(ctx context.Context, r Request) (numbers []secret.Version, err error) {
	read := s.trashed
	switch r.Action {
	case secret.Delete:
		read = s.enabled
	case secret.Restore:
	default:
		return nil, nil
	}
	err = s.retry(ctx, func(ctx context.Context) error {
		numbers, err = read(ctx, r)
		return err
	})
	return numbers, err
}

// errAdded means that somebody added a version since the base.
var errAdded = errors.New("store: a version was added")

// enabled lists the versions that a restore will have to enable again, in order. The list
// may be behind by minutes, so that each version is asked for by number. errAdded if there
// is one that nobody agreed to throw away.
func (s *Store) enabled(ctx context.Context, r Request) ([]secret.Version, error) {
	all, err := s.all(ctx, r.target())
	switch {
	case err != nil:
		return nil, err
	case len(all) > 0 && all[0].Number > r.Base:
		return nil, errAdded
	}
	var numbers []secret.Version
	for _, v := range slices.Backward(all) {
		if v.State == StateDestroyed {
			continue
		}
		now, err := s.info(ctx, r.target(), v.Number)
		if err != nil {
			return nil, err
		}
		if now.State == StateEnabled {
			numbers = append(numbers, v.Number)
		}
	}
	return numbers, nil
}

// all lists every version, the newest first. Where the list lags behind, what is newer
// than its newest is asked for by number.
func (s *Store) all(ctx context.Context, t Target) (all []VersionInfo, err error) {
	err = s.within(ctx, func(ctx context.Context) error {
		all, err = s.versions.All(ctx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	var newest secret.Version
	if len(all) > 0 {
		newest = all[0].Number
	}
	for n := newest + 1; ; n++ {
		v, err := s.info(ctx, t, n)
		switch {
		case err == nil:
			all = slices.Insert(all, 0, v)
		case kindOf(err) == NotFound:
			return all, nil
		default:
			return nil, err
		}
	}
}

// info reads one version's state under its own time limit.
func (s *Store) info(ctx context.Context, t Target, n secret.Version) (v VersionInfo, err error) {
	err = s.within(ctx, func(ctx context.Context) error {
		v, err = s.versions.Info(ctx, t, n)
		return err
	})
	return v, err
}

// trashed returns what the delete found enabled that put the secret into the trash. The
// secret's own note is the address of that delete; the seals are the authority.
func (s *Store) trashed(ctx context.Context, r Request) ([]secret.Version, error) {
	now, _, err := s.get(ctx, r.target())
	if err != nil {
		return nil, err
	}
	deleted, ok, err := s.byID(ctx, now.Annotations[NoteOp])
	if err != nil {
		return nil, err
	}
	if !ok || deleted.Action != secret.Delete || deleted.Ref != r.Ref() {
		return nil, ErrForged
	}
	asked, err := s.Request(deleted)
	if err != nil {
		return nil, err
	}
	a, err := s.attemptOf(deleted)
	if err != nil {
		return nil, err
	}
	return s.unretired(ctx, asked, a.Prior)
}

// unretired leaves out the versions whose retirement fell due after the delete: what was
// taken away while the secret lay in the trash does not come back with it.
func (s *Store) unretired(ctx context.Context, deleted Request, numbers []secret.Version) ([]secret.Version, error) {
	ref := deleted.Ref()
	applied, err := s.log.Find(ctx, audit.Query{Ref: &ref, States: []audit.Event{audit.EventApplied}, Limit: manyChanges})
	if err != nil {
		return nil, err
	}
	for _, c := range applied {
		r, err := s.Request(c)
		if err == nil && r.Action == secret.Retire && r.Due().After(fromMS(deleted.CreatedMS)) {
			numbers = slices.DeleteFunc(numbers, func(n secret.Version) bool { return n == r.Source })
		}
	}
	return numbers, nil
}

// manyChanges is more than the changes of one secret that matter together.
const manyChanges = 10_000

// trash sets the expiry first, then disables the versions that were enabled: a crash in
// between leaves a secret that still expires and can still be restored. Each step may be
// repeated. IAM, labels of others and aliases are never touched.
func (s *Store) trash(ctx context.Context, w *work) outcome {
	expires := fromMS(w.request.CreatedMS).AddDate(0, 0, TrashDays)
	o, done := s.expire(ctx, w, expires)
	if done {
		o = s.setAll(ctx, w, w.attempt.Prior, StateDisabled)
	}
	if o.event == audit.EventFailed {
		s.keep(ctx, w.request.target())
	}
	return o
}

// keep takes back the expiry of a delete that failed: what was not deleted must not
// vanish a week later.
func (s *Store) keep(ctx context.Context, t Target) {
	err := s.persist(ctx, func(ctx context.Context) error {
		_, err := s.secrets.Update(ctx, t, Patch{Expires: new(time.Time)})
		return err
	})
	if err != nil && kindOf(err) != NotFound {
		s.logger.Error("the expiry of a failed delete stands", "change", ChangeOf(ctx), "reason", err)
	}
}

// untrash clears the expiry, then enables exactly the versions that the delete disabled.
func (s *Store) untrash(ctx context.Context, w *work) outcome {
	if o, done := s.expire(ctx, w, time.Time{}); !done {
		return o
	}
	return s.setAll(ctx, w, w.attempt.Prior, StateEnabled)
}

// expire writes our marks and the expiry. Unless it is done, the outcome holds.
func (s *Store) expire(ctx context.Context, w *work, at time.Time) (o outcome, done bool) {
	r := w.request
	patch := Patch{Labels: r.Labels, Annotations: r.Annotations, Expires: &at, Etag: r.Etag}
	err := s.persist(ctx, func(ctx context.Context) error {
		_, err := s.secrets.Update(ctx, r.target(), patch)
		return err
	})
	o, err = s.unlessMarked(ctx, r, &at, err)
	switch {
	case err != nil: // even Busy: an earlier attempt may have had its effect
		return s.endedBy(ctx, w, err), false
	case o.event != "":
		return o, false
	}
	s.names.Note(r.Project, Secret{Target: r.target(), Labels: r.Labels, Annotations: r.Annotations, Expires: at})
	return outcome{}, true
}

// setAll moves versions to one state, a destroyed one excepted: nothing brings it back.
func (s *Store) setAll(ctx context.Context, w *work, numbers []secret.Version, to State) outcome {
	for _, n := range numbers {
		err := s.retry(ctx, func(ctx context.Context) error {
			if err := s.inTime(ctx, w); err != nil {
				return err
			}
			return s.within(ctx, func(ctx context.Context) error {
				return s.versions.SetState(ctx, w.request.target(), n, to, "")
			})
		})
		switch _, answered := errors.AsType[*CallError](err); {
		case err != nil && !answered: // the change may be another's by now
			return s.left(w, err)
		case err != nil && kindOf(err) != Stale:
			return s.endedBy(ctx, w, err)
		}
	}
	return outcome{event: audit.EventApplied}
}

// endedBy is the outcome of a step that could not be taken. One that may still succeed is
// `unknown`, and taken again by the next owner, until Secret Manager answers: half of a
// delete must not stand as a failure.
func (s *Store) endedBy(ctx context.Context, w *work, err error) outcome {
	if !passing(err) {
		return failedBy(err)
	}
	if err := s.unknown(ctx, w); err != nil {
		return s.left(w, err)
	}
	return outcome{}
}
