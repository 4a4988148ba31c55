package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// Submit records one request and, where policy allows it, starts to apply it.
//
// Faults belong to fields of the form: nothing was recorded, the person may correct and
// send again. An error means that the request could not be recorded; audit.ErrUnknown
// means that it is not known whether it was. A receipt means that it is durable.
func (s *Store) Submit(ctx context.Context, sub Submission) (Receipt, []secret.Fault, error) {
	if known, err := s.log.Find(ctx, audit.Query{Key: sub.Key, Limit: 1}); err != nil || len(known) > 0 {
		return again(known), nil, err
	}
	env, ok := s.policy().Environment(sub.Ref.Environment)
	if !ok {
		return Receipt{}, fault(secret.FieldEnv, CodeUnknownEnv), nil
	}
	decision := s.decide(sub)
	if !decision.Allowed {
		return s.deny(ctx, sub, env.Project, decision)
	}
	release, ok := s.live.reserve(sub)
	if !ok {
		return Receipt{}, []secret.Fault{{Field: secret.FieldValue, Code: CodeTooMany, Limit: MaxUnwritten}}, nil
	}
	receipt, faults, err := s.accept(ctx, sub, Target{env.Project, sub.Ref.Name}, decision, release)
	if receipt.Done == nil {
		release()
	}
	return receipt, faults, err
}

// accept checks what stands in Secret Manager now, records the request and hands it to apply.
func (s *Store) accept(ctx context.Context, sub Submission, t Target, d policy.Decision, release func()) (Receipt, []secret.Fault, error) {
	found, faults := s.inspect(ctx, sub, t)
	if len(faults) > 0 {
		return Receipt{}, faults, nil
	}
	r := s.request(sub, t, d.Rule)
	faults = s.mark(&r, sub, found)
	if len(faults) > 0 {
		return Receipt{}, faults, nil
	}
	r.Commitment = s.commitment(r, found.value.Reveal())
	if err := s.planRetirement(ctx, r); err != nil {
		return Receipt{}, nil, err
	}
	row, err := s.row(r, audit.EventRequested)
	if err != nil {
		return Receipt{}, nil, err
	}
	stored, fresh, err := s.log.Submit(ctx, row, r.record(audit.EventRequested))
	if err != nil || !fresh {
		return Receipt{Change: stored}, nil, err
	}
	return Receipt{Change: stored, Fresh: true, Done: s.start(stored, found.value, release)}, nil, nil
}

// decide asks policy, for adoption too where the person ticked it.
func (s *Store) decide(sub Submission) policy.Decision {
	q := policy.Request{Person: sub.Person, Action: sub.Action, Ref: sub.Ref}
	d := s.policy().Decide(q)
	if d.Allowed && sub.Adopt {
		q.Action = secret.Adopt
		if adopt := s.policy().Decide(q); !adopt.Allowed {
			return adopt
		}
	}
	return d
}

// deny records the refusal; it ends the change at once.
func (s *Store) deny(ctx context.Context, sub Submission, project string, d policy.Decision) (Receipt, []secret.Fault, error) {
	r := s.request(sub, Target{project, sub.Ref.Name}, d.Rule)
	r.Bytes = 0 // a refused value leaves no trace, not even its size
	row, err := s.row(r, audit.EventDenied)
	if err != nil {
		return Receipt{}, nil, err
	}
	stored, fresh, err := s.log.Submit(ctx, row, r.record(audit.EventDenied))
	if err != nil {
		return Receipt{}, nil, err
	}
	return Receipt{Change: stored, Fresh: fresh, Denied: &d}, nil, nil
}

func again(known []audit.Change) Receipt {
	if len(known) == 0 {
		return Receipt{}
	}
	return Receipt{Change: known[0]}
}

func (s *Store) request(sub Submission, t Target, rule string) Request {
	return Request{
		ID: newID(s.clock().UnixMilli()), Key: sub.Key, Action: sub.Action,
		Environment: sub.Ref.Environment, Project: t.Project, Name: t.Name,
		Requester: sub.Person.String(), RequesterName: sub.PersonName,
		Base: sub.Base, Recipe: sub.Recipe, Bytes: sub.Value.Len(), Source: sub.Source,
		Old: sub.Old, Adopt: sub.Adopt, Owner: sub.Owner, Notify: sub.Notify,
		Reason: sub.Reason, Rule: rule, CreatedMS: s.clock().UnixMilli(),
	}
}

// newID makes a change's id: a lower-case ULID, so that ids sort by time.
func newID(ms int64) string {
	id := ulid.MustNew(uint64(ms), ulid.DefaultEntropy())
	return strings.ToLower(id.String())
}

// record makes the line that says what happened to the change.
func (r Request) record(e audit.Event) audit.Record {
	rec := audit.Record{
		Event: e, Change: r.ID, Actor: r.RequesterName, ActorID: r.Requester,
		Environment: string(r.Environment), Secret: string(r.Name), Recipe: string(r.Recipe),
		Reason: r.Reason, Rule: r.Rule, Detail: string(r.Action),
	}
	if r.Source != 0 {
		rec.Detail += " to " + strconv.FormatInt(int64(r.Source), 10)
	}
	if r.Action.CarriesValue() && e != audit.EventDenied {
		rec.Bytes = audit.ShownBytes(r.Bytes)
	}
	return rec
}

func fault(f secret.Field, c secret.Code) []secret.Fault { return []secret.Fault{{Field: f, Code: c}} }

// Outcome returns the change that the key stands for. A nil error and ok false mean that
// there is none.
func (s *Store) Outcome(ctx context.Context, key string) (c audit.Change, ok bool, err error) {
	known, err := s.log.Find(ctx, audit.Query{Key: key, Limit: 1})
	if err != nil || len(known) == 0 {
		return audit.Change{}, false, err
	}
	return known[0], true, nil
}
