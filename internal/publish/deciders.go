package publish

import (
	"context"
	"slices"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// toDeciders adds those who are asked, or whom it concerns that they are not.
func (n *Notifier) toDeciders(ctx context.Context, a *audience, s subject) {
	switch e := s.record.Event; {
	case asks(s):
		stage := asked(s.card)
		a.addAll(n.askable(ctx, s.card, stage), store.ToApprovers, stage)
	case e == audit.EventHeld && s.card.State == audit.EventHeld:
		n.toHolders(ctx, a, s)
	case e == audit.EventEmergency:
		n.toReviewers(ctx, a, s)
	}
}

// asks reports whether a record lets people be asked for consent: the change still waits
// for it, and no later record has said otherwise.
func asks(s subject) bool {
	e := s.record.Event
	return (e == audit.EventStaged || e == audit.EventApproved) && asking(s.card)
}

func asking(c *store.Card) bool {
	return c != nil && c.State == audit.EventStaged && c.Open < len(c.Stages)
}

// askable is who is asked for a stage: everyone whose consent could count there.
func (n *Notifier) askable(ctx context.Context, c *store.Card, stage int) []string {
	var but []string
	for _, earlier := range c.Stages {
		for _, d := range earlier.Approved {
			but = append(but, d.Person.User)
		}
	}
	return n.people(ctx, c.Stages[stage].By, c.Stages[stage].Members, but...)
}

// toHolders adds everyone who could have decided and may now stop it. Their card says so;
// because an update notifies nobody, a short message says it too. Who has no card gets that.
func (n *Notifier) toHolders(ctx context.Context, a *audience, s subject) {
	short := audience{base: a.base, seq: a.seq, told: make(map[string]bool)}
	for i, stage := range s.card.Stages {
		for _, id := range n.people(ctx, stage.By, stage.Members) {
			if s.has(string(store.ToApprovers), id) {
				short.add(id, store.ToReminded, i)
			} else {
				a.add(id, store.ToApprovers, i)
			}
		}
	}
	a.messages = append(a.messages, short.messages...)
}

// toReviewers adds those who have to review an emergency, and everyone who was not asked.
func (n *Notifier) toReviewers(ctx context.Context, a *audience, s subject) {
	a.addAll(n.people(ctx, s.card.ReviewBy, nil, s.requester), store.ToReviewers, 0)
	for i, stage := range s.card.Stages {
		a.addAll(n.people(ctx, stage.By, stage.Members, s.requester), store.ToSkipped, i)
	}
}

// people are the channels and users where people are told, each once.
func (n *Notifier) people(ctx context.Context, by store.People, of []string, but ...string) []string {
	channels, users, err := n.approvers(ctx, by, of)
	if err != nil {
		n.Logger.Warn("groups not known just now: people are told one by one", "reason", err)
		channels, users = nil, byID(by, of)
	}
	var all []string
	for _, id := range slices.Concat(channels, users) {
		if !slices.Contains(all, id) && !slices.Contains(but, id) {
			all = append(all, id)
		}
	}
	return all
}

func (n *Notifier) approvers(ctx context.Context, by store.People, of []string) (channels, users []string, err error) {
	if n.Approvers == nil {
		return nil, byID(by, of), nil
	}
	return n.Approvers(ctx, by, of)
}

// byID are the people whose ids stand in the request itself.
func byID(by store.People, of []string) []string {
	if of != nil {
		return of
	}
	return by.Users
}

// checkReached tells the requester when none of those who are asked could be told: nobody
// will decide who does not look by chance.
func (n *Notifier) checkReached(ctx context.Context, s subject, until time.Time) error {
	if !asks(s) {
		return nil
	}
	stage := asked(s.card)
	notices, err := n.Notices.NoticesOf(ctx, s.record.Change)
	if err != nil {
		return err
	}
	s.notices = notices
	if slices.ContainsFunc(n.askable(ctx, s.card, stage), s.mayHaveCard) {
		return nil
	}
	n.Logger.Warn("none of the approvers could be told", "change", s.record.Change, "stage", stage)
	t := telling(s)
	t.Recipient, t.Audience, t.Stage, t.Detail = s.requester, store.ToRequester, stage, store.DetailUnreached
	_, err = n.tell(ctx, message{Telling: t, kind: kindOf(t), seq: s.record.Seq}, until)
	return err
}

// mayHaveCard reports whether a request for approval stands with the recipient, or may.
func (s subject) mayHaveCard(recipient string) bool {
	return slices.ContainsFunc(s.notices, func(n audit.Notice) bool {
		return n.Recipient == recipient && n.Kind == string(store.ToApprovers) &&
			(n.TS != "" || n.State == audit.NoticeSending)
	})
}
