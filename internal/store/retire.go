package store

import (
	"context"
	"time"

	"secretstore/internal/secret"
)

// planRetirement plans, for an applied update that asks for it, the change that will
// disable or destroy the version which it replaces.
func (s *Store) planRetirement(ctx context.Context, r Request) error {
	if r.Action != secret.Update || r.Old.Do != OldDisable && r.Old.Do != OldDestroy || r.Base == 0 {
		return nil
	}
	after := r.child(secret.Retire, s.clock())
	after.Base, after.Source, after.Old = r.Base, r.Base, r.Old
	after.DueMS = fromMS(after.CreatedMS).AddDate(0, 0, r.Old.Days).UnixMilli()
	return s.planned(ctx, after, string(r.Old.Do)+" on "+after.Due().Format(time.DateOnly))
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
	case now.Created.After(fromMS(r.CreatedMS)): // another secret of that name, whose versions count from 1 again
		return failed(DetailVersions), nil
	}
	newest, err := s.free(ctx, r.target(), r.Source+1)
	if err != nil || newest {
		return failed(DetailVersions), err
	}
	return outcome{}, nil
}
