package store

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// ErrNoKey is returned for a submission without an idempotency key.
var ErrNoKey = errors.New("store: a submission needs a key")

// Submit records one request and, where policy allows it, starts to apply it.
//
// Faults belong to fields of the form: nothing was recorded, the person may correct and
// send again. An error means that the request could not be recorded; audit.ErrUnknown
// means that it is not known whether it was. A receipt means that it is durable.
//
// Submit takes ownership of sub.Value: it is wiped as soon as it is of no more use,
// whatever Submit returns, and must share its memory with nothing else.
func (s *Store) Submit(ctx context.Context, sub Submission) (Receipt, []secret.Fault, error) {
	defer s.live.rush.enter()()
	receipt, err := s.submit(ctx, sub)
	if err != nil && !errors.Is(err, audit.ErrUnknown) {
		// The same form, sent before, may be what stands in the way.
		if known, ok, lost := s.Outcome(ctx, sub.Key); ok && lost == nil {
			receipt, err = Receipt{Change: known}, nil
		}
	}
	if err == nil && !receipt.Fresh {
		receipt = s.again(receipt.Change, sub)
	}
	if receipt.Done == nil {
		sub.Value.Wipe()
	}
	if faults := faultsOf(err); len(faults) > 0 {
		return Receipt{}, faults, nil
	}
	return receipt, nil, err
}

// submit checks the request and records it. That its key is new is found out by recording
// it, and not before: a form that was sent twice is the exception. Where it is not new, the
// receipt is not fresh.
func (s *Store) submit(ctx context.Context, sub Submission) (Receipt, error) {
	if sub.Key == "" {
		return Receipt{}, ErrNoKey
	}
	if _, faults := secret.ParseName(string(sub.Ref.Name)); len(faults) > 0 {
		return Receipt{}, &refusal{faults[0]}
	}
	env, ok := s.policy().Environment(sub.Ref.Environment)
	if !ok {
		return Receipt{}, refuse(secret.FieldEnv, CodeUnknownEnv)
	}
	ids := s.ids(ctx, sub.Person)
	t, _ := s.memberships(ctx, policy.FreshToDecide).terms(sub, ids)
	if t.decision.Outcome() == policy.OutcomeDeny {
		return s.deny(ctx, sub, env.Project, t.decision)
	}
	release, ok := s.live.reserve(sub)
	if !ok {
		return Receipt{}, &refusal{secret.Fault{Field: secret.FieldValue, Code: CodeTooMany, Limit: MaxUnwritten}}
	}
	return s.accept(ctx, sub, Target{env.Project, sub.Ref.Name}, t, ids, release)
}

// again answers a form that was recorded before with its present state. Where the commit
// of the record was not answered, the value was given up with it; the same bytes, sent
// again to this process, are taken up. A twin that is at work already loses nothing: one
// of the two moves the change on.
func (s *Store) again(known audit.Change, sub Submission) Receipt {
	receipt := Receipt{Change: known}
	r, err := s.Request(known)
	abandoned := known.State == audit.EventRequested && known.Owner == s.owner && !s.live.has(known.ID)
	if err != nil || !abandoned || !r.Action.CarriesValue() || !s.matchesCommitment(r, sub.Value.Reveal()) {
		return receipt
	}
	if release, ok := s.live.reserve(sub); ok {
		receipt.Done = s.start(known, r, sub.Value, release)
	}
	return receipt
}

// accept checks what stands in Secret Manager now, records the request and hands it to
// apply, or to those who have to agree.
func (s *Store) accept(ctx context.Context, sub Submission, t Target, asked terms, ids []string, release func()) (receipt Receipt, err error) {
	defer func() {
		if receipt.Done == nil {
			release()
		}
	}()
	r := s.request(sub, t, asked.decision.Rule)
	ctx = WithChange(ctx, r.ID)
	if err := s.consent(ctx, &r, sub, asked, ids); err != nil {
		return Receipt{}, err
	}
	now, err := s.inspect(ctx, sub, t)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.mark(&r, sub, now); err != nil {
		return Receipt{}, err
	}
	if err := s.makeCommitment(ctx, &r, sub.Value); err != nil {
		return Receipt{}, err
	}
	row, err := s.row(r, audit.EventRequested)
	if err != nil {
		return Receipt{}, err
	}
	row.Pool, row.Places = r.pool()
	stored, fresh, err := s.log.Submit(ctx, row, r.opening()...)
	switch {
	case errors.Is(err, audit.ErrNoPlace):
		return Receipt{}, r.noPlace(row.Places)
	case err != nil || !fresh:
		return Receipt{Change: stored}, err
	}
	receipt = Receipt{Change: stored, Fresh: true, Done: s.start(stored, r, sub.Value, release)}
	if r.waits() {
		receipt.Stages = r.Stages
	}
	return receipt, nil
}

// opening is the records that a request begins with.
func (r Request) opening() []audit.Record {
	records := []audit.Record{r.record(audit.EventRequested)}
	if r.Emergency {
		alone := r.record(audit.EventEmergency)
		alone.Detail += ": " + r.Incident
		records = append(records, alone)
	}
	return records
}

// makeCommitment makes the request's commitment: to the typed bytes, to those of the version that
// is gone back to, or to no bytes.
func (s *Store) makeCommitment(ctx context.Context, r *Request, typed secret.Value) error {
	var value secret.Value
	switch {
	case r.Action.CarriesValue():
		value = typed
	case r.Action == secret.Rollback:
		source, err := s.source(ctx, *r)
		if err != nil {
			return err
		}
		defer source.Wipe() // read again when it is written, as any later owner would have to
		value = source
	}
	r.Commitment = s.commitment(*r, value.Reveal())
	if len(r.Stages) > 0 && value.Len() > 0 { // those who review an emergency judge by it as well
		r.Shape = s.shape(ctx, *r, value)
	}
	return nil
}

// deny records the refusal; it ends the change at once.
func (s *Store) deny(ctx context.Context, sub Submission, project string, d policy.Decision) (Receipt, error) {
	r := s.request(sub, Target{project, sub.Ref.Name}, d.Rule)
	r.Bytes, r.Remind = 0, Reminder{} // a refused value leaves no trace, not even its size
	row, err := s.row(r, audit.EventDenied)
	if err != nil {
		return Receipt{}, err
	}
	stored, fresh, err := s.log.Submit(ctx, row, r.record(audit.EventDenied))
	if err != nil || !fresh {
		return Receipt{Change: stored}, err
	}
	return Receipt{Change: stored, Fresh: true, Denied: &d}, nil
}

func (s *Store) request(sub Submission, t Target, rule string) Request {
	base := sub.Base
	if sub.Action == secret.Create {
		base = 0 // whatever the form remembers
	}
	now := s.clock().UnixMilli()
	return Request{
		ID: newID(now), Key: sub.Key, Action: sub.Action,
		Environment: sub.Ref.Environment, Project: t.Project, Name: t.Name,
		Requester: sub.Person.String(), RequesterName: sub.PersonName,
		Base: base, Recipe: sub.Recipe, Bytes: sub.Value.Len(), Source: sub.Source,
		Old: sub.Old, Remind: sub.Remind, Adopt: sub.Adopt, Owner: sub.Owner, Notify: sub.Notify,
		Reason: sub.Reason, Rule: rule, CreatedMS: now,
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

// Outcome returns the change that the key stands for. A nil error and ok false mean that
// there is none.
func (s *Store) Outcome(ctx context.Context, key string) (c audit.Change, ok bool, err error) {
	if key == "" {
		return audit.Change{}, false, ErrNoKey // an empty query would find any change
	}
	known, err := s.log.Find(ctx, audit.Query{Key: key, Limit: 1})
	if err != nil || len(known) == 0 {
		return audit.Change{}, false, err
	}
	return known[0], true, nil
}
