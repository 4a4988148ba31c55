package publish

import (
	"context"
	"maps"
	"slices"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// lookAgain is after what time a message that could not be posted is tried once more while
// its change waits: Slack may have been down for longer than the notifier was patient.
const lookAgain = 15 * time.Minute

// firstLook is how old a change is then at least: its first messages are the records' to send.
const firstLook = time.Minute

// lookBatch is how many changes are told of at once what no record asks for.
const lookBatch = 8

// patrol reminds, escalates and asks again. What was told stands in the log, so that each
// of it is told once, whichever replica does it. The telling goes on beside the records:
// however slow Slack is, nobody waits for another's reminder.
func (n *Notifier) patrol(ctx context.Context) {
	if n.Open == nil {
		return
	}
	open, err := n.Open(ctx)
	if err != nil {
		n.Logger.Warn("what waits was not looked at", "reason", err)
		return
	}
	n.flights.open(ctx)
	maps.DeleteFunc(n.flights.looks, func(_ string, f *flight) bool { return f.hasLanded() })
	looked := make(map[string]time.Time, len(open))
	for _, card := range open {
		if at, known := n.looked[card.Change]; n.flights.has(card.Change) {
			if known {
				looked[card.Change] = at
			}
			continue // it is being told of: a later patrol looks at it
		}
		l := n.look(&card)
		if !l.at.IsZero() {
			looked[card.Change] = l.at
		}
		if all := n.due(l); len(all) > 0 {
			n.setOut(l, all)
		}
	}
	n.looked = looked
}

// setOut tells of a change what is due, in a flight of its own.
func (n *Notifier) setOut(l look, all []due) {
	fs, f := &n.flights, &flight{change: l.card.Change, landed: make(chan struct{})}
	fs.looks[f.change] = f
	fs.over.Go(func() {
		defer close(f.landed)
		select {
		case fs.looking <- struct{}{}:
		case <-fs.ctx.Done():
			return
		}
		defer func() { <-fs.looking }()
		if !f.begun.CompareAndSwap(false, true) {
			return
		}
		secret.Guard(n.Logger, "publish: patrol", func() {
			if err := n.tellDue(fs.ctx, l, all); err != nil && fs.ctx.Err() == nil {
				n.Logger.Warn("a change that waits was not told of", "change", f.change, "reason", err)
			}
		})
	})
}

// look is one look at a change that waits.
type look struct {
	card *store.Card
	now  time.Time
	at   time.Time // when messages that failed were last looked at; zero for never
	// retry: they are, now. first: by this process for the first time, so that a request
	// for approval with an unknown answer may be an earlier process's.
	retry, first bool
}

func (n *Notifier) look(card *store.Card) look {
	now := n.Clock()
	at, known := n.looked[card.Change]
	l := look{card: card, now: now, at: at, first: !known}
	l.retry = now.Sub(at) >= lookAgain && now.Sub(card.Created) >= firstLook
	if l.retry {
		l.at = now
	}
	return l
}

// due is one thing that is due to be told of a change, and to whom.
type due struct {
	to    store.Audience
	stage int
	whom  func(context.Context) []string
	// detail is the Telling's.
	detail string
}

// tellDue tells of a change what is due and was not told yet.
func (n *Notifier) tellDue(ctx context.Context, l look, all []due) error {
	notices, err := n.Notices.NoticesOf(ctx, l.card.Change)
	if err != nil {
		return err
	}
	for _, d := range all {
		a := audience{base: tellingOf(l.card), told: make(map[string]bool)}
		a.base.Detail = d.detail
		a.addAll(d.whom(ctx), d.to, d.stage)
		for _, m := range a.messages {
			if !l.wanted(&m, notices) {
				continue
			}
			if _, err := n.tell(ctx, m, time.Time{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// due lists what is due. First messages are only sent again.
func (n *Notifier) due(l look) (all []due) {
	c := l.card
	switch {
	case c.Emergency:
		whom := func(ctx context.Context) []string { return n.people(ctx, c.ReviewBy, nil, c.Requester.User) }
		if l.retry {
			all = append(all, due{to: store.ToReviewers, whom: whom})
		}
		if l.now.After(c.ReviewDue) {
			all = append(all, due{to: store.ToOverdue, whom: whom})
		}
	case asking(c) && c.Stuck:
		all = append(all,
			due{to: store.ToRequester, detail: store.DetailStuck, whom: func(context.Context) []string { return []string{c.Requester.User} }},
			due{to: store.ToChannel, detail: store.DetailStuck, whom: func(context.Context) []string { return []string{n.Channel(string(c.Ref.Environment))} }})
	case asking(c):
		stage := c.Stages[c.Open]
		whom := func(ctx context.Context) []string { return n.askable(ctx, c, c.Open) }
		if l.retry {
			all = append(all, due{to: store.ToApprovers, stage: c.Open, whom: whom})
		}
		remind, silence := time.Duration(stage.RemindMS)*time.Millisecond, l.now.Sub(lastWord(c))
		if remind > 0 && silence >= remind {
			all = append(all, due{to: store.ToReminded, stage: c.Open, whom: whom})
		}
		if remind > 0 && silence >= 2*remind {
			all = append(all, due{to: store.ToEscalated, stage: c.Open, whom: func(ctx context.Context) []string { return n.people(ctx, stage.Escalate, nil, c.Requester.User) }})
		}
	}
	return all
}

// lastWord is when somebody last agreed, or the change was asked for.
func lastWord(c *store.Card) time.Time {
	last := c.Created
	for _, stage := range c.Stages {
		for _, d := range stage.Approved {
			if d.At.After(last) {
				last = d.At
			}
		}
	}
	return last
}

// wanted reports whether a message is to be sent, and lets it take up what is remembered
// of an earlier attempt.
func (l look) wanted(m *message, notices []audit.Notice) bool {
	i := slices.IndexFunc(notices, func(n audit.Notice) bool { return n.Recipient == m.Recipient && n.Kind == m.kind })
	if i < 0 {
		return true
	}
	have := notices[i]
	m.have, m.seq = &have, have.Seq
	switch have.State {
	case audit.NoticeFailed:
		return l.retry
	case audit.NoticeSending:
		return l.first
	}
	return false
}
