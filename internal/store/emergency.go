package store

import (
	"context"
	"errors"
	"time"

	"secretstore/internal/audit"
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
func (r Request) pool(perDay int) (name string, places int) {
	switch {
	case r.Emergency:
		return emergencyPools + string(r.Environment) + "/" + fromMS(r.CreatedMS).Format(time.DateOnly), perDay
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
	overdue, err := s.overdue(ctx, ruleName(r.Rule))
	if err != nil {
		return err
	}
	if overdue {
		return refuse(secret.FieldEmergency, CodeReviewOverdue)
	}
	r.Emergency, r.Incident, r.ReviewBy = true, sub.Incident, peopleOf(glass.ReviewBy)
	r.ReviewDueMS = fromMS(r.CreatedMS).Add(glass.Due).UnixMilli()
	r.ExpiresMS, r.HoldMS = 0, 0
	r.Old = OldPlan{Do: OldKeep} // whoever acts alone leaves the way back open
	return nil
}

// overdue reports whether an emergency under the rule was not reviewed in time: nobody may
// act under it then until that review is there.
func (s *Store) overdue(ctx context.Context, rule string) (bool, error) {
	unreviewed, err := s.log.Find(ctx, audit.Query{Pool: emergencyPools, Limit: openAtOnce})
	if err != nil {
		return false, err
	}
	for _, c := range unreviewed {
		r, err := s.Request(c)
		if errors.Is(err, ErrForged) || ruleName(r.Rule) == rule && s.clock().After(r.ReviewDue()) {
			return true, nil
		}
	}
	return false, nil
}
