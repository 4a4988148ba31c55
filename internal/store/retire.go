package store

import (
	"context"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// planRetirement records, for an applied update that asks for it, the change that will
// disable or destroy the version which it replaces. It runs before the update's outcome is
// recorded, and its key makes a repeat a no-op, so that no crash loses it.
func (s *Store) planRetirement(ctx context.Context, r Request, o outcome) error {
	planned := r.Action == secret.Update && (r.Old.Do == OldDisable || r.Old.Do == OldDestroy)
	if o.event != audit.EventApplied || !planned || r.Base == 0 {
		return nil
	}
	now := s.clock()
	later := Request{
		ID: newID(now.UnixMilli()), Key: "retire:" + r.ID, Action: secret.Retire,
		Environment: r.Environment, Project: r.Project, Name: r.Name,
		Requester: r.Requester, RequesterName: r.RequesterName,
		Base: r.Base, Source: r.Base, Old: r.Old, Rule: r.Rule, Parent: r.ID,
		CreatedMS: now.UnixMilli(), DueMS: now.Add(time.Duration(r.Old.Days) * 24 * time.Hour).UnixMilli(),
	}
	later.Commitment = s.commitment(later, nil)
	row, err := s.row(later, audit.EventRequested)
	if err != nil {
		return err
	}
	rec := later.record(audit.EventRequested)
	rec.Detail += ": " + string(r.Old.Do) + " on " + later.Due().Format(time.DateOnly)
	return s.retry(ctx, func(ctx context.Context) error {
		_, _, err := s.log.Submit(ctx, row, rec)
		return err
	})
}

// retire disables or destroys one old version when its day has come. The update that
// asked for it covers it, so that update must have been applied; the secret must still be
// ours; and the newest version is never touched, whatever it is by now, because `latest`
// would fail.
func (s *Store) retire(ctx context.Context, w *work) outcome {
	r := w.request
	var refused outcome
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		refused, err = s.unretirable(ctx, r)
		return err
	})
	switch {
	case err != nil:
		return s.endedBy(ctx, w, err)
	case refused.event != "":
		return refused
	}
	to := StateDisabled
	if r.Old.Do == OldDestroy {
		to = StateDestroyed
	}
	return s.setAll(ctx, w, []secret.Version{r.Source}, to)
}

// unretirable says why the version must stay as it is; the zero outcome means that it may go.
func (s *Store) unretirable(ctx context.Context, r Request) (outcome, error) {
	if applied, err := s.applied(ctx, r.Parent); err != nil || !applied {
		return failed(DetailParent), err
	}
	now, exists, err := s.get(ctx, r.target())
	switch {
	case err != nil:
		return outcome{}, err
	case !exists:
		return failed(DetailService + string(NotFound)), nil
	case now.Labels[ManagedLabel] != s.installation || Owned(now.Labels) != "":
		return failed(DetailMetadata), nil
	}
	newest, err := s.free(ctx, r.target(), r.Source+1)
	if err != nil || newest {
		return failed(DetailVersions), err
	}
	return outcome{}, nil
}

// applied reports whether the change id was applied.
func (s *Store) applied(ctx context.Context, id string) (bool, error) {
	c, ok, err := s.byID(ctx, id)
	if err != nil || !ok || c.State != audit.EventApplied {
		return false, err
	}
	_, err = s.Request(c)
	return err == nil, nil
}

// byID finds a change; an empty id finds none.
func (s *Store) byID(ctx context.Context, id string) (c audit.Change, ok bool, err error) {
	if id == "" {
		return audit.Change{}, false, nil
	}
	found, err := s.log.Find(ctx, audit.Query{ID: id, Limit: 1})
	if err != nil || len(found) == 0 {
		return audit.Change{}, false, err
	}
	return found[0], true, nil
}
