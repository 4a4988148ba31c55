package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// terms is what policy asks for a submission, beyond allowing it.
type terms struct {
	decision policy.Decision
	stages   []Stage
}

// perDay is how many emergencies there may be, 0 where none is offered.
func (t terms) perDay() int {
	if t.decision.BreakGlass == nil {
		return 0
	}
	return t.decision.BreakGlass.PerDay
}

// decide asks policy, for adoption too where the person ticked it.
func decide(rules *policy.Policy, sub Submission, in map[string]bool) policy.Decision {
	q := policy.Request{Person: sub.Person, Groups: in, Action: sub.Action, Ref: sub.Ref}
	d := rules.Decide(q)
	if !sub.Adopt || d.Outcome() == policy.OutcomeDeny {
		return d
	}
	q.Action = secret.Adopt
	return both(d, rules.Decide(q))
}

// both is what two decisions ask for together.
func both(d, adopt policy.Decision) policy.Decision {
	switch {
	case adopt.Allowed:
		return d
	case d.Allowed || adopt.Outcome() == policy.OutcomeDeny:
		return adopt
	case ruleName(d.Rule) == ruleName(adopt.Rule):
		return d
	}
	d.Approve = slices.Concat(d.Approve, adopt.Approve)
	d.Expires, d.Hold, d.BreakGlass = d.Expires+adopt.Expires, max(d.Hold, adopt.Hold), nil
	return d
}

// submission is the request as somebody would ask for it now.
func (r Request) submission() Submission {
	person, _ := secret.ParsePerson(r.Requester)
	return Submission{
		Key: r.Key, Person: person, PersonName: r.RequesterName, Action: r.Action, Ref: r.Ref(), Base: r.Base,
		Recipe: r.Recipe, Source: r.Source, Old: r.Old, Adopt: r.Adopt, Owner: r.Owner, Notify: r.Notify, Reason: r.Reason,
	}
}

// terms asks policy about a submission of somebody with those ids.
func (m memberships) terms(sub Submission, ids []string) (t terms, sure bool) {
	t.decision, sure = decide(m.rules, sub, m.of(ids...)), true
	for _, stage := range t.decision.Approve {
		members, known := m.members(stage.By)
		sure = sure && known
		t.stages = append(t.stages, Stage{
			By: peopleOf(stage.By), Count: stage.Count, Members: without(members, ids),
			RemindMS: stage.Remind.Milliseconds(), Escalate: peopleOf(stage.Escalate),
		})
	}
	return t, sure
}

// agrees reports whether policy asks today for what it asked for then: the same rule, the
// same stages, the same hold. Who belongs to a usergroup is another question.
func (t terms) agrees(r Request) bool {
	sameStage := func(a, b Stage) bool {
		return a.Count == b.Count && slices.Equal(a.By.Groups, b.By.Groups) && slices.Equal(a.By.Users, b.By.Users)
	}
	return !t.decision.Allowed && ruleName(t.decision.Rule) == ruleName(r.Rule) &&
		slices.EqualFunc(t.stages, r.Stages, sameStage) && t.decision.Hold == r.Hold()
}

// ruleName is a decision's rule without the hash of the policy it stood in.
func ruleName(rule string) string {
	name, _, _ := strings.Cut(rule, "@")
	return name
}

// standing is what is true of a request now, by data that is fresh enough to act on.
type standing struct {
	members [][]string // of each stage
	sure    []bool     // whether all members of the stage are known
}

// stands finds out whether the request may still be decided: its requester is there, and
// policy asks for the same. The detail says why it may not; errUnsure, that nobody can say.
func (s *Store) stands(ctx context.Context, r Request) (now standing, detail string, err error) {
	sub := r.submission()
	ids, here, err := s.present(ctx, sub.Person.User)
	switch {
	case err != nil:
		return standing{}, "", err
	case !here:
		return standing{}, DetailRequester, nil
	}
	m := s.memberships(ctx, policy.FreshToApply)
	t, _ := m.terms(sub, ids)
	env, known := m.rules.Environment(r.Environment)
	switch {
	case t.decision.Superseded:
		return standing{}, "", errUnsure
	case !known || env.Project != r.Project:
		return standing{}, DetailPolicy, nil
	case !t.agrees(r) && !m.complete():
		return standing{}, "", errUnsure
	case !t.agrees(r):
		return standing{}, DetailPolicy, nil
	}
	for _, stage := range t.decision.Approve {
		members, sure := m.members(stage.By)
		now.members, now.sure = append(now.members, members), append(now.sure, sure)
	}
	return now, "", nil
}

// may reports whether somebody with those ids may decide in a stage now. errUnsure means
// that Slack did not tell of one of its groups.
func (n standing) may(stage int, ids []string) (bool, error) {
	switch {
	case share(ids, n.members[stage]):
		return true, nil
	case !n.sure[stage]:
		return false, errUnsure
	}
	return false, nil
}

// recount counts the votes with the people as they are now: an approver who left since, or
// left the group, does not count.
func (s *Store) recount(ctx context.Context, r Request, ballots []ballot, now standing) (t tally, err error) {
	t = count(r, ballots, func(stage int, b ballot) bool {
		valid, doubt := s.valid(ctx, now, stage, b)
		err = errors.Join(err, doubt)
		return valid
	})
	if err != nil {
		return tally{}, errUnsure
	}
	return t, nil
}

func (s *Store) valid(ctx context.Context, now standing, stage int, b ballot) (bool, error) {
	person, _ := secret.ParsePerson(b.Person)
	ids, here, err := s.present(ctx, person.User)
	if err != nil || !here {
		return false, err
	}
	return now.may(stage, union(ids, b.IDs))
}

// unmoved finds out whether the secret is still as it was asked for: the base is the newest
// version, nobody else owns it, nothing changed its labels. Detail and err as in stands.
func (s *Store) unmoved(ctx context.Context, r Request) (detail string, err error) {
	var now Secret
	err = s.retry(ctx, func(ctx context.Context) (err error) {
		now, err = s.inspect(ctx, r.submission(), r.target())
		return err
	})
	fault, refused := errors.AsType[*refusal](err)
	switch {
	case refused && (fault.fault.Code == CodeMoved || fault.fault.Code == CodeExists):
		return DetailBase, nil
	case refused:
		return DetailChanged, nil
	case err == nil && now.Etag != r.Etag && now.Annotations[NoteOp] != r.ID:
		return DetailMetadata, nil
	}
	return "", err
}

// agreed proves that a change may be applied: everyone who has to agree did, by sealed
// votes about this very request, and nothing that they judged has changed since. It is
// proven here and nowhere else; no column of the database is believed. Unless ok, the
// outcome holds; the zero outcome means that nobody can say just now.
func (s *Store) agreed(ctx context.Context, w *work) (o outcome, ok bool) {
	r := w.request
	ballots, err := s.ballots(ctx, r)
	switch {
	case errors.Is(err, ErrForged):
		return failed(DetailForged), false
	case err != nil:
		return s.left(w, err), false
	}
	if ended, err := s.ended(ctx, r); err != nil || ended {
		if ended {
			return failed(DetailForged), false // the row says that it is open, the log that it is not
		}
		return s.left(w, err), false
	}
	now, detail, err := s.stands(ctx, r)
	switch {
	case err != nil:
		return s.left(w, err), false
	case detail != "":
		return voided(detail), false
	}
	t, err := s.recount(ctx, r, ballots, now)
	if err != nil {
		return s.left(w, err), false
	}
	if t.against != nil && !s.asked(ctx, w) {
		return outcome{}, false // somebody objected just now, and ended it
	}
	if o := judge(r, t, s.clock()); o.event != "" {
		return o, false
	}
	w.deciders = t.deciders()
	return s.asAgreed(ctx, w)
}

// judge says why a count does not let a change be applied; the zero outcome means that it does.
func judge(r Request, t tally, now time.Time) outcome {
	switch {
	case t.against != nil:
		return failed(DetailForged) // whoever objected ended the change in the same transaction
	case !t.met():
		return voided(DetailApprover)
	case t.since().After(r.Expires()), now.Before(t.since().Add(r.Hold())):
		return failed(DetailForged) // the row says that it is due, the votes say that it is not
	case now.After(r.lastStart()):
		return outcome{event: audit.EventExpired, detail: DetailTooLate}
	}
	return outcome{}
}

// asAgreed looks at the secret and at the staged value once more.
func (s *Store) asAgreed(ctx context.Context, w *work) (o outcome, ok bool) {
	detail, err := s.unmoved(ctx, w.request)
	switch {
	case err != nil:
		return s.left(w, err), false
	case detail != "":
		return voided(detail), false
	case !w.request.staged():
		return outcome{}, true
	}
	w.value, detail, err = s.fetch(ctx, w.request)
	switch {
	case err != nil:
		return s.left(w, err), false
	case detail != "":
		return failed(detail), false
	}
	return outcome{}, true
}

func voided(detail string) outcome { return outcome{event: audit.EventVoided, detail: detail} }

// ended reports whether the log has an outcome of the change already. Rows can be set back
// by whoever can write the database, and votes can be removed; records can't without the
// next verification showing it.
func (s *Store) ended(ctx context.Context, r Request) (ended bool, err error) {
	err = s.retry(ctx, func(ctx context.Context) error {
		records, err := s.past.History(ctx, r.Ref(), endsWithin)
		ended = slices.ContainsFunc(records, func(rec audit.Record) bool { return rec.Change == r.ID && rec.Event.Ends() })
		return err
	})
	return ended, err
}

// endsWithin is how many records of a secret are searched for the end of a change: more
// than a secret sees in the week that a change may wait.
const endsWithin = 5000
