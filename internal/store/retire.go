package store

import (
	"context"
	"errors"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// planRetirement records the change that will disable or destroy the version which an
// update replaces. It runs before the update's outcome is recorded, and its key makes a
// repeat a no-op, so that no crash loses it.
func (s *Store) planRetirement(ctx context.Context, r Request) error {
	if r.Action != secret.Update || r.Old.Do != OldDisable && r.Old.Do != OldDestroy || r.Base == 0 {
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
	rec.Detail += ": " + string(r.Old.Do) + " on " + later.Due().UTC().Format(time.DateOnly)
	_, _, err = s.log.Submit(ctx, row, rec)
	return err
}

// retire disables or destroys one old version when its day has come. The update that
// asked for it covers it, so that update must have been applied; and the newest version
// is never touched, whatever it is by now, because `latest` would fail.
func (s *Store) retire(ctx context.Context, w work) outcome {
	r := w.request
	if !s.commits(r, nil) {
		return failed(DetailCommitment)
	}
	if err := s.applied(ctx, r.Parent); err != nil {
		return failed(DetailParent)
	}
	free := false
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		free, err = s.free(ctx, r.target(), r.Source+1)
		return err
	})
	switch {
	case err != nil:
		return failedBy(err)
	case free:
		return failed(DetailVersions)
	}
	to := StateDisabled
	if r.Old.Do == OldDestroy {
		to = StateDestroyed
	}
	return s.setAll(ctx, w, []secret.Version{r.Source}, to)
}

var errNotApplied = errors.New("store: the change was not applied")

// applied proves that the change id was applied.
func (s *Store) applied(ctx context.Context, id string) error {
	known, err := s.log.Find(ctx, audit.Query{ID: id, Limit: 1})
	switch {
	case err != nil:
		return err
	case len(known) == 0 || known[0].State != audit.EventApplied:
		return errNotApplied
	}
	_, err = s.Request(known[0])
	return err
}
