package store

import (
	"context"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// A change may ask for others, to be done on a day of their own: each is recorded, due,
// taken up and ended as any change is. The change that asked for them covers them.

// plan records what an outcome lets be done later. It runs before the outcome is recorded,
// and the keys make a repeat a no-op, so that no crash loses it.
func (s *Store) plan(ctx context.Context, r Request, o outcome) error {
	if o.event != audit.EventApplied {
		return nil
	}
	if err := s.planRetirement(ctx, r); err != nil {
		return err
	}
	return s.planReminder(ctx, r, o.version)
}

// child is a change that r asks for. What it is about, and when it is due, is still to be set.
func (r Request) child(a secret.Action, now time.Time) Request {
	return Request{
		ID: newID(now.UnixMilli()), Key: string(a) + ":" + r.ID, Action: a,
		Environment: r.Environment, Project: r.Project, Name: r.Name,
		Requester: r.Requester, RequesterName: r.RequesterName,
		Rule: r.Rule, Parent: r.ID, CreatedMS: now.UnixMilli(),
	}
}

// later reports whether the change has a day of its own: nobody waits for it, and its day
// may be long over when it is begun.
func (r Request) later() bool { return r.Action == secret.Retire || r.Action == secret.Remind }

// untried proves that a change which is taken up, and brings no bytes of its own, was not
// begun before: no other guard tells one that was tried and failed from one that waits for
// its turn. Unless ok, the outcome holds.
func (s *Store) untried(ctx context.Context, w *work) (o outcome, ok bool) {
	var begun bool
	err := s.retry(ctx, func(ctx context.Context) error {
		return s.standings(ctx, func(changes map[string]entry) { _, begun = changes[w.request.ID] })
	})
	switch {
	case err != nil:
		return s.left(w, err), false
	case begun:
		return failed(DetailForged), false
	}
	return outcome{}, true
}

// planned records a change to be done when it is due; note says in its record what and when.
func (s *Store) planned(ctx context.Context, r Request, note string) error {
	r.Commitment = s.commitment(r, nil)
	row, err := s.row(r, audit.EventRequested)
	if err != nil {
		return err
	}
	rec := r.record(audit.EventRequested)
	rec.Detail += ": " + note
	return s.retry(ctx, func(ctx context.Context) error {
		_, _, err := s.log.Submit(ctx, row, rec)
		return err
	})
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
