package publish

import (
	"cmp"
	"strconv"
	"strings"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// message is a telling with its place in the memory of what was told. A change, a
// recipient and a kind make one message, which is brought up to date in place.
type message struct {
	store.Telling
	kind string
	seq  int64         // the record it tells of, 0 for none
	have *audit.Notice // as it was read; nil: it has to be claimed
	// answered: it said that the change waits, and is to point to the message of what became
	// of it once that one is there. Where it is not, this one says it.
	answered bool
}

// The kinds that are not the word of an audience.
const (
	kindWaiting   = "waiting"   // the requester's, while others decide
	kindUnreached = "unreached" // the requester's, of a stage nobody of whom could be told
	kindReviewed  = "reviewed"  // the requester's, of an emergency
	kindHeld      = "held"      // who could have decided
	kindStuck     = "stuck"     // the requester's, of what too few are left to decide about
	kindStuckHere = "stuck_channel"
)

// kindOf is the kind of a new message. How a change ended is a message of its own to the
// requester, since an update in place notifies nobody.
func kindOf(t store.Telling) string {
	stage := "/" + strconv.Itoa(t.Stage)
	switch {
	case t.Detail == store.DetailStuck && t.Audience == store.ToChannel:
		return kindStuckHere
	case t.Detail == store.DetailStuck:
		return kindStuck
	case t.Audience == store.ToReminded && t.Event == audit.EventHeld:
		return kindHeld
	case t.Audience == store.ToReminded, t.Audience == store.ToEscalated:
		return string(t.Audience) + stage
	case t.Audience != store.ToRequester:
		return string(t.Audience)
	case t.Detail == store.DetailUnreached:
		return kindUnreached + stage
	case t.Event == audit.EventReviewed:
		return kindReviewed
	case waits(t.Event):
		return kindWaiting
	}
	return string(t.Audience)
}

// parseKind returns what a message of that kind is to its recipient.
func parseKind(kind string) (name string, to store.Audience, stage int) {
	name, digits, _ := strings.Cut(kind, "/")
	stage, _ = strconv.Atoi(digits) // "" is the stage 0
	switch name {
	case kindWaiting, kindUnreached, kindReviewed, kindStuck:
		return name, store.ToRequester, stage
	case kindStuckHere:
		return name, store.ToChannel, stage
	case kindHeld:
		return name, store.ToReminded, stage
	}
	return name, store.Audience(name), stage
}

// waits reports whether a change in that state may still be decided about.
func waits(state audit.Event) bool { return state == audit.EventStaged || state == audit.EventHeld }

// audience collects messages of one change, at most one new one for each recipient.
type audience struct {
	base     store.Telling
	seq      int64
	told     map[string]bool
	answered bool // the requester is told in a new message what became of what waited
	messages []message
}

// add has a recipient told in a message of its own, if nothing else tells them.
func (a *audience) add(recipient string, as store.Audience, stage int) {
	if recipient == "" || a.told[recipient] {
		return
	}
	a.told[recipient] = true
	t := a.base
	t.Recipient, t.Audience, t.Stage = recipient, as, stage
	a.messages = append(a.messages, message{Telling: t, kind: kindOf(t), seq: a.seq})
}

// addAll is add for many.
func (a *audience) addAll(recipients []string, as store.Audience, stage int) {
	for _, id := range recipients {
		a.add(id, as, stage)
	}
}

// update brings a message up to date that stands somewhere. Who has one needs no other to
// learn the same.
func (a *audience) update(n audit.Notice) {
	m := message{Telling: a.base, kind: n.Kind, seq: a.seq, have: &n}
	_, m.Audience, m.Stage = parseKind(n.Kind)
	m.Recipient = n.Recipient
	if m.Audience == store.ToApprovers {
		m.Stage = asked(a.base.Card)
	}
	m.answered = m.Audience == store.ToRequester && a.answered
	a.told[n.Recipient] = true
	a.messages = append(a.messages, m)
}

// asked is the stage that is asked, or was asked last.
func asked(c *store.Card) int { return max(0, min(c.Open, len(c.Stages)-1)) }

// telling is what a record says of a change, without a recipient.
func telling(s subject) store.Telling {
	t := store.Telling{
		Change: s.record.Change, Event: s.record.Event, Action: s.request.Action, Ref: s.request.Ref(),
		Version: cmp.Or(s.record.Version, s.change.Version.String()), Recipe: s.record.Recipe, Bytes: s.record.Bytes,
		Ends: s.request.Remind.Ends, Reason: s.request.Reason, ActorID: s.request.Requester, Card: s.card,
	}
	if s.record.Event.Ends() || s.record.Event == audit.EventReviewed {
		_, t.Detail, _ = strings.Cut(s.record.Detail, ": ")
	}
	return t
}

// tellingOf is how a change stands, told without a record.
func tellingOf(c *store.Card) store.Telling {
	return store.Telling{
		Change: c.Change, Event: c.State, Action: c.Action, Ref: c.Ref, Recipe: string(c.Recipe),
		Reason: c.Reason, ActorID: c.Requester.String(), Card: c,
	}
}
