package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Card is everything that those who decide may see of one change. It comes from the sealed
// request and the sealed votes alone, never from columns that anybody could have written,
// except State. It holds no byte of the value.
type Card struct {
	Change    string // its id
	State     audit.Event
	Ref       secret.Ref
	Project   string
	Action    secret.Action
	Requester secret.Person
	// RequesterIDs are all user ids of the requester; RequesterName is as shown in the sheet.
	RequesterIDs  []string
	RequesterName string
	Reason        string
	Rule          string // name@hash
	Recipe        secret.Recipe
	Shape         secret.Shape // zero for an action that brings no bytes
	Base, Source  secret.Version
	Old           OldPlan
	Adopt         bool
	Description   string
	Owner         string
	Notify        []string
	Created       time.Time
	Expires       time.Time     // zero for an emergency
	Hold          time.Duration // 0: applied as soon as enough people agreed
	HeldUntil     time.Time     // zero unless it is held
	Stages        []CardStage
	Open          int // the stage that is asked now, len(Stages) when all are complete
	// Stuck: too few of those who were asked are left, as the last patrol found.
	Stuck bool
	// Against is who refused, stopped or cancelled it, nil for nobody.
	Against *Decision

	Emergency bool
	Incident  string
	ReviewBy  People
	ReviewDue time.Time
	Reviews   []Decision
}

// CardStage is a stage and who agreed.
type CardStage struct {
	Stage
	Approved []Decision
}

// Decision is one vote as it is shown.
type Decision struct {
	Person  secret.Person
	Name    string // as shown in the sheet
	Kind    audit.VoteKind
	Reason  string
	Outcome ReviewOutcome // of a review
	At      time.Time
}

// Card returns what is shown of a change that others decide about, or decided about, or
// review. ErrHidden means that there is no such change, ErrForged that what is stored does
// not match its seals. Whoever shows it has to know that the recipient may see it.
func (s *Store) Card(ctx context.Context, change string) (Card, error) {
	c, ok, err := s.byID(ctx, change)
	if err != nil {
		return Card{}, err
	}
	if !ok {
		return Card{}, ErrHidden
	}
	votes, err := s.votes(ctx, c.ID)
	if err != nil {
		return Card{}, err
	}
	return s.card(c, votes)
}

func (s *Store) card(c audit.Change, votes []audit.Vote) (Card, error) {
	r, err := s.Request(c)
	if err != nil {
		return Card{}, err
	}
	if len(r.Stages) == 0 {
		return Card{}, ErrHidden
	}
	ballots, err := s.proven(r, votes)
	if err != nil {
		return Card{}, err
	}
	card := cardOf(c, r, ballots)
	card.Stuck = s.live.isStuck(r.ID)
	return card, nil
}

func cardOf(c audit.Change, r Request, ballots []ballot) Card {
	requester, _ := secret.ParsePerson(r.Requester)
	t := count(r, ballots, nil)
	card := Card{
		Change: r.ID, State: c.State, Ref: r.Ref(), Project: r.Project, Action: r.Action,
		Requester: requester, RequesterIDs: r.RequesterIDs, RequesterName: r.RequesterName, Reason: r.Reason, Rule: r.Rule,
		Recipe: r.Recipe, Shape: r.Shape, Base: r.Base, Source: r.Source, Old: r.Old, Adopt: r.Adopt,
		Description: r.Annotations[NoteDescription], Owner: r.Owner, Notify: r.Notify,
		Created: fromMS(r.CreatedMS), Expires: r.Expires(), Hold: r.Hold(), Open: t.open(),
		Emergency: r.Emergency, Incident: r.Incident, ReviewBy: r.ReviewBy, ReviewDue: r.ReviewDue(),
	}
	if c.State == audit.EventHeld {
		card.HeldUntil = t.since().Add(r.Hold())
	}
	for i, stage := range r.Stages {
		card.Stages = append(card.Stages, CardStage{stage, shown(t.counted[i])})
	}
	if t.against != nil {
		card.Against = &shown([]ballot{*t.against})[0]
	}
	card.Reviews = shown(slices.DeleteFunc(ballots, func(b ballot) bool { return b.Kind != audit.VoteReview }))
	return card
}

func shown(ballots []ballot) []Decision {
	var all []Decision
	for _, b := range ballots {
		person, _ := secret.ParsePerson(b.Person)
		all = append(all, Decision{person, b.Name, b.Kind, b.Reason, b.Outcome, b.at()})
	}
	return all
}

// Pending is what waits for, or on, one person.
type Pending struct {
	Mine     []Card // the person's own requests
	ToDecide []Card // may be decided by the person now; their stage is asked
	ToReview []Card // emergencies the person may review
}

// Pending returns what waits for a person and what the person waits for, the newest first.
func (s *Store) Pending(ctx context.Context, p secret.Person) (Pending, error) {
	open, err := s.Open(ctx)
	if err != nil {
		return Pending{}, err
	}
	ids := s.ids(ctx, p)
	var mine Pending
	for _, card := range open {
		switch {
		case share(ids, []string{card.Requester.User}):
			mine.Mine = append(mine.Mine, card)
		case card.Emergency:
			if s.reviews(ctx, card.ReviewBy, ids) {
				mine.ToReview = append(mine.ToReview, card)
			}
		case card.mayDecide(ids):
			mine.ToDecide = append(mine.ToDecide, card)
		}
	}
	return mine, nil
}

// mayDecide reports whether one of the ids is asked now, or may stop what is held.
func (c Card) mayDecide(ids []string) bool {
	for i, stage := range c.Stages {
		voted := slices.ContainsFunc(stage.Approved, func(d Decision) bool { return slices.Contains(ids, d.Person.User) })
		if share(ids, stage.Members) && (c.State == audit.EventHeld || i == c.Open && !voted) {
			return true
		}
	}
	return false
}

// openAtOnce is the most open changes that are looked at.
const openAtOnce = 1000

// Open returns every change that waits for people: for consent, for the end of its hold,
// or, an emergency, for its review. The newest come first. What is forged is left out.
func (s *Store) Open(ctx context.Context) ([]Card, error) {
	waiting, err := s.log.Find(ctx, audit.Query{States: []audit.Event{audit.EventStaged, audit.EventHeld}, Limit: openAtOnce})
	if err != nil {
		return nil, err
	}
	return s.cards(ctx, append(waiting, s.toReview(ctx)...))
}

// toReview are the changes that wait for their review alone, the newest first. Where the
// log does not tell which, those who are to decide about others must not wait for that.
func (s *Store) toReview(ctx context.Context) (changes []audit.Change) {
	all, err := s.unreviewed(ctx)
	for _, e := range slices.Backward(all) {
		c, ok, lost := s.byID(ctx, e.id)
		if err = errors.Join(err, lost); ok {
			changes = append(changes, c)
		}
	}
	if err != nil {
		s.logger.Error("what is to be reviewed is not known", "reason", err)
	}
	return changes
}

// cards are the cards of those changes that have one, whose votes are read together.
func (s *Store) cards(ctx context.Context, changes []audit.Change) (cards []Card, err error) {
	ids := make([]string, len(changes))
	for i, c := range changes {
		ids[i] = c.ID
	}
	votes, err := s.votes(ctx, ids...)
	if err != nil {
		return nil, err
	}
	about := make(map[string][]audit.Vote) // :: change id -> votes
	for _, v := range votes {
		about[v.Change] = append(about[v.Change], v)
	}
	for _, c := range changes {
		if card, err := s.card(c, about[c.ID]); err == nil {
			cards = append(cards, card)
		}
	}
	return cards, nil
}
