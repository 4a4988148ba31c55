package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// People are whom a rule named when the change was asked for.
type People struct {
	Groups []string `json:"groups,omitempty"` // names of the policy
	Users  []string `json:"users,omitempty"`  // ids, those in groups that list their members included
}

func peopleOf(p policy.People) People { return People{p.Groups, p.Users} }

// Stage is one round of consent, as it was when the change was asked for. Count different
// people have to agree, and nobody counts in two stages.
type Stage struct {
	By    People `json:"by"`
	Count int    `json:"count"`
	// Members are the ids of everyone who may decide, the requester excepted. Who leaves
	// By afterwards may not; who joins it afterwards may not either.
	Members []string `json:"members"`
	// RemindMS is after how many milliseconds of silence those who have not voted are asked
	// again, 0 for never; Escalate is who is told when as much time has passed again.
	RemindMS int64  `json:"remind_ms,omitempty"`
	Escalate People `json:"escalate,omitzero"`
}

// Vote is what a person decides about a change of somebody else, or the requester about
// their own.
type Vote struct {
	Change     string // its id
	Person     secret.Person
	PersonName string // as shown in the sheet, never compared
	// Key is unique to the click, and sealed with the vote. One person's vote of one kind
	// counts once whatever its key.
	Key string
	// Reason is required to refuse and to review, and asked for to stop; else ignored.
	Reason string
}

// Answer says what became of a vote. Package wording has a sentence for each.
type Answer string

// The answers that say that the vote counted.
const (
	AnswerCounted   Answer = "counted"   // more people of this stage have to agree
	AnswerStageMet  Answer = "stage_met" // the next stage is asked now
	AnswerApproved  Answer = "approved"  // everyone needed agreed: it is held, or being applied
	AnswerRefused   Answer = "refused"   // the change has ended
	AnswerStopped   Answer = "stopped"   // the change has ended
	AnswerCancelled Answer = "cancelled" // the change has ended
	AnswerReviewed  Answer = "reviewed"  // the review is recorded
	AnswerExpired   Answer = "expired"   // too late: the change has ended
	AnswerVoided    Answer = "voided"    // it is no longer what was asked for: the change has ended
	AnswerRepeated  Answer = "repeated"  // this person said so before
	AnswerDecided   Answer = "decided"   // Verdict.Change.State says how it stands
	AnswerOwn       Answer = "own"       // nobody decides about their own request
	AnswerNotYours  Answer = "not_yours" // Verdict.Waiting says who may
	AnswerNotYet    Answer = "not_yet"   // a stage before this person's is not complete
	AnswerMissing   Answer = "missing"   // there is no such change, or nothing of that kind to decide
	AnswerNoReason  Answer = "no_reason" // this needs a reason
	AnswerUnsure    Answer = "unsure"    // whether they may can't be told just now: try again
	AnswerForged    Answer = "forged"    // the stored request or a vote does not match its seal
	AnswerPreparing Answer = "preparing" // it is being staged: try again in a moment
)

// Verdict is the truthful answer to a vote.
type Verdict struct {
	// Change is as the log last returned it.
	Change audit.Change
	Done   Answer
	// Waiting is the stage that is asked now, zero when none is.
	Waiting Stage
	// Ended is closed when the outcome of an approved change is recorded, or has to be left
	// to another process; nil when nothing was begun.
	Ended <-chan struct{}
}

// Counts reports whether the vote itself had an effect.
func (a Answer) Counts() bool {
	switch a {
	case AnswerCounted, AnswerStageMet, AnswerApproved, AnswerRefused, AnswerStopped, AnswerCancelled, AnswerReviewed:
		return true
	}
	return false
}

// MaxOpen is how many changes of one person may wait for consent at the same time.
const MaxOpen = 5

// Codes of the faults that a request for consent may have, beyond those of any other.
const (
	CodeTooManyOpen   secret.Code = "too_many_open"        // Limit: MaxOpen
	CodeNoApprovers   secret.Code = "no_approvers"         // fewer people could agree than have to
	CodeNoEmergency   secret.Code = "no_emergency"         // no rule lets this person act so, or no rule needs to
	CodeNoIncident    secret.Code = "no_incident"          // an emergency has an incident
	CodeNoReason      secret.Code = "no_reason"            // an emergency has a reason
	CodeEmergencyCap  secret.Code = "emergency_cap"        // Limit: as many were there today; a review makes room
	CodeReviewOverdue secret.Code = "emergency_unreviewed" // an earlier one was not reviewed in time

	CodeEmergencyUnsure secret.Code = "emergency_unsure" // the log does not tell what was reviewed
)

// Details of changes that ended without being applied, beyond those of apply.go.
const (
	DetailStopped    = "stopped"        // during its hold
	DetailPolicy     = "policy_changed" // the policy does not answer as it did
	DetailApprover   = "approver_left"  // without whom too few agreed
	DetailRequester  = "requester_left"
	DetailBase       = "base_moved"     // somebody else added a version, or made the secret
	DetailChanged    = "secret_changed" // it was deleted, trashed, or is another's now
	DetailStaged     = "staged_gone"    // the staged value was deleted, or is another's
	DetailUnanswered = "unanswered"     // not enough people decided in time
	DetailTooLate    = "approved_late"  // enough people agreed, but it could not be begun in time
)

// consent adds to a request who has to agree, or that nobody is waited for in an emergency.
func (s *Store) consent(ctx context.Context, r *Request, sub Submission, t terms, ids []string) error {
	d := t.decision
	if d.Allowed {
		if sub.Emergency {
			return refuse(secret.FieldEmergency, CodeNoEmergency)
		}
		return nil
	}
	r.RequesterIDs, r.Stages = ids, t.stages
	r.ExpiresMS, r.HoldMS = fromMS(r.CreatedMS).Add(d.Expires).UnixMilli(), d.Hold.Milliseconds()
	switch {
	case sub.Emergency:
		return s.emergency(ctx, r, sub, d.BreakGlass)
	case !reachable(t.stages):
		return refuse(secret.FieldName, CodeNoApprovers)
	case s.waiting(ctx, ids) >= MaxOpen:
		return r.noPlace(MaxOpen)
	}
	return nil
}

// waiting counts what waits for consent of somebody with those ids, by the records: the
// places that the database counts can be blanked. What is in no row any more can't be agreed
// to, and takes none. Where the log does not tell, the places alone count.
func (s *Store) waiting(ctx context.Context, ids []string) (n int) {
	var open []string
	err := s.standings(ctx, func(changes map[string]entry) {
		for id, e := range changes {
			if e.EndedMS == 0 && slices.Contains(ids, e.Asker) {
				open = append(open, id)
			}
		}
	})
	for _, id := range open {
		_, ok, lost := s.byID(ctx, id)
		if err = errors.Join(err, lost); ok {
			n++
		}
	}
	if err != nil {
		s.logger.Error("what waits is counted by the database alone", "reason", err)
	}
	return n
}

// reachable reports whether there are as many people as have to agree, nobody in two stages.
func reachable(stages []Stage) bool {
	agrees := make(map[string]int) // :: id -> the stage in which they would agree
	var find func(stage int, tried map[string]bool) bool
	find = func(stage int, tried map[string]bool) bool {
		for _, id := range stages[stage].Members {
			if tried[id] {
				continue
			}
			tried[id] = true
			if other, taken := agrees[id]; !taken || find(other, tried) { // someone else may agree there
				agrees[id] = stage
				return true
			}
		}
		return false
	}
	for i, stage := range stages {
		for range stage.Count {
			if !find(i, make(map[string]bool)) {
				return false
			}
		}
	}
	return true
}

// waits reports whether the change is not to be applied before others agreed.
func (r Request) waits() bool { return len(r.Stages) > 0 && !r.Emergency }

// staged reports whether the change's bytes wait in a staging secret.
func (r Request) staged() bool { return r.waits() && r.Action.CarriesValue() }

// Expires is when a request for consent ends by itself; the zero time if it asks for none.
func (r Request) Expires() time.Time { return fromMS(r.ExpiresMS) }

// Hold is how long an approved change may be stopped before it is applied.
func (r Request) Hold() time.Duration { return time.Duration(r.HoldMS) * time.Millisecond }

// ReviewDue is by when an emergency has to be reviewed; the zero time if it is none.
func (r Request) ReviewDue() time.Time { return fromMS(r.ReviewDueMS) }

// lastStart is after when nothing of the request is begun any more. Who agrees in the last
// moment is kept to, though it takes a while until the change is taken up.
func (r Request) lastStart() time.Time {
	start, last := r.Expires().Add(r.Hold()).Add(takenUpWithin), fromMS(r.CreatedMS).Add(repeatable)
	if start.After(last) {
		return last
	}
	return start
}

// takenUpWithin is longer than a lease, a round and the calls before the attempt.
const takenUpWithin = 5 * time.Minute
