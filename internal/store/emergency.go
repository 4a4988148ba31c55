package store

import (
	"context"
	"slices"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// Pools limit how many changes there may be of one kind. A change for which others are
// asked leaves with its end, an emergency with its review.
const (
	openPools      = "open/"
	emergencyPools = "emergency/"
)

// pool is where the change takes up a place, and how many there are.
func (r Request) pool() (name string, places int) {
	switch {
	case r.Emergency:
		return emergencyPools + string(r.Environment) + "/" + day(r.ID), r.PerDay
	case r.waits():
		return openPools + r.RequesterIDs[0], MaxOpen
	}
	return "", 0
}

// noPlace is the fault of a change whose pool is full.
func (r Request) noPlace(places int) error {
	full := secret.Fault{Field: secret.FieldName, Code: CodeTooManyOpen, Limit: places}
	if r.Emergency {
		full.Field, full.Code = secret.FieldEmergency, CodeEmergencyCap
	}
	return &refusal{full}
}

// emergency turns a request that others would have to agree to into one that is applied at
// once and reviewed afterwards.
func (s *Store) emergency(ctx context.Context, r *Request, sub Submission, glass *policy.BreakGlass) error {
	switch {
	case glass == nil:
		return refuse(secret.FieldEmergency, CodeNoEmergency)
	case sub.Reason == "":
		return refuse(secret.FieldReason, CodeNoReason)
	case sub.Incident == "":
		return refuse(secret.FieldIncident, CodeNoIncident)
	}
	r.Emergency, r.Incident, r.ReviewBy = true, sub.Incident, peopleOf(glass.ReviewBy)
	r.ReviewDueMS, r.PerDay = fromMS(r.CreatedMS).Add(glass.Due).UnixMilli(), glass.PerDay
	r.ExpiresMS, r.HoldMS = 0, 0
	r.Old = OldPlan{Do: OldKeep} // whoever acts alone leaves the way back open
	return s.mayActAlone(ctx, *r)
}

// mayActAlone refuses an emergency where others have to be reviewed first.
func (s *Store) mayActAlone(ctx context.Context, r Request) error {
	all, err := s.unreviewed(ctx)
	overdue := false
	if err == nil {
		overdue, err = s.overdue(ctx, all, ruleName(r.Rule))
	}
	switch {
	case err != nil:
		s.logger.Error("an emergency is refused: earlier ones are not known", "reason", err)
		return refuse(secret.FieldEmergency, CodeEmergencyUnsure)
	case overdue:
		return refuse(secret.FieldEmergency, CodeReviewOverdue)
	case r.before(all) >= r.PerDay:
		return r.noPlace(r.PerDay)
	}
	return nil
}

// overdue reports whether an emergency under the rule was not reviewed in time, or can't be
// any more: nobody may act under it then until that review is there.
func (s *Store) overdue(ctx context.Context, all []emergency, rule string) (bool, error) {
	for _, e := range all {
		if ruleName(e.Rule) != rule {
			continue
		}
		c, ok, err := s.byID(ctx, e.id)
		if err != nil {
			return false, err
		}
		r, forged := s.Request(c)
		if !ok || forged != nil || s.clock().After(r.ReviewDue()) {
			return true, nil
		}
	}
	return false, nil
}

// before counts the emergencies of the same environment and day that came before r.
func (r Request) before(all []emergency) (n int) {
	for _, e := range all {
		if e.id == r.ID {
			break
		}
		if e.Environment == string(r.Environment) && day(e.id) == day(r.ID) {
			n++
		}
	}
	return n
}

// actsAlone proves once more, now that the log has the order, that an emergency has one of
// the places of its day: between the form and its record others may have been written, and
// the rows by which the database counts them been blanked. Unless ok, the outcome holds.
func (s *Store) actsAlone(ctx context.Context, w *work) (o outcome, ok bool) {
	var all []emergency
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		all, err = s.unreviewed(ctx)
		return err
	})
	r := w.request
	recorded := slices.ContainsFunc(all, func(e emergency) bool { return e.id == r.ID && e.EndedMS == 0 })
	switch {
	case err != nil:
		return s.left(w, err), false
	case !recorded || r.before(all) >= r.PerDay:
		return failed(DetailForged), false
	}
	return outcome{}, true
}
