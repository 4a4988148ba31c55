package store

import (
	"context"
	"strings"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// patrolling looks after what waits, as often as the settings say: requests that can't be
// approved any more end without anybody's click, and staged values go with their changes.
// It goes on beside the rounds: however long Secret Manager takes, leases are renewed.
func (s *Store) patrolling(ctx context.Context) {
	if !s.live.setOut(s.clock(), s.patrol) {
		return
	}
	s.live.running.Go(func() {
		defer s.live.comeBack()
		s.guard("", func() {
			s.keepLedger(ctx)
			s.voidAll(ctx)
			for _, env := range s.policy().Environments() {
				s.sweep(ctx, env.Name, env.Project)
			}
		})
	})
}

// setOut reports whether a patrol is to begin: the last one began at least every ago, and
// is over.
func (l *live) setOut(now time.Time, every time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.onPatrol || now.Sub(l.setOutAt) < every {
		return false
	}
	l.onPatrol, l.setOutAt = true, now
	return true
}

func (l *live) comeBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onPatrol = false
}

// voidAll ends the waiting requests whose requester left, which policy answers otherwise
// by now, or whose secret moved. What nobody can say just now is looked at the next time.
func (s *Store) voidAll(ctx context.Context) {
	waiting, err := s.log.Find(ctx, audit.Query{States: []audit.Event{audit.EventStaged, audit.EventHeld}, Limit: openAtOnce})
	if err != nil {
		s.logger.Warn("waiting requests not looked at", "reason", err)
		return
	}
	stuck := make(map[string]bool) // :: change id -> can't be met any more
	for _, c := range waiting {
		if s.voidFallen(WithChange(ctx, c.ID), c) {
			stuck[c.ID] = true
		}
	}
	s.live.noteStuck(stuck)
}

// voidFallen ends a request that is no longer what was asked for; stuck says that it is, but
// that too few are left to agree to it.
func (s *Store) voidFallen(ctx context.Context, c audit.Change) (stuck bool) {
	r, err := s.Request(c)
	if err != nil {
		return false // whoever decides or applies says so
	}
	now, detail, err := s.stands(ctx, r)
	if err == nil && detail == "" {
		detail, err = s.unmoved(ctx, r)
	}
	switch {
	case err != nil:
		return s.live.isStuck(c.ID) // as before
	case detail != "":
		s.finish(ctx, &work{change: c, request: r}, voided(detail))
		return false
	}
	stuck, err = s.stuck(ctx, c, r, now)
	return stuck || err != nil && s.live.isStuck(c.ID)
}

// sweep deletes the staging secrets of ended changes in one project: those alone that bear
// our label and that our log knows by their id.
func (s *Store) sweep(ctx context.Context, env secret.Environment, project string) {
	for now, err := range s.secrets.List(ctx, project) {
		if err != nil {
			s.logger.Warn("staged values not looked at", "project", project, "reason", err)
			return
		}
		id, staged := strings.CutPrefix(string(now.Name), secret.StagingPrefix)
		if !staged || now.Labels[StagingLabel] != s.installation {
			continue
		}
		c, ok, err := s.byID(ctx, id)
		if err != nil || !ok || !c.State.Ends() || c.Ref.Environment != env {
			continue
		}
		if err := s.unstage(WithChange(ctx, id), Target{project, now.Name}); err != nil {
			s.logger.Warn("staged value not deleted yet", "change", id, "reason", err)
		}
	}
}
