package workspace

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// message is one message as it is kept; its fields are what the app sent.
type message struct {
	Channel  string
	TS       string
	ThreadTS string
	User     string
	Text     string
	Blocks   []any
	Metadata any
	OnlyFor  string // the one person who sees it, "" when it is not ephemeral
	Edited   bool

	drafts map[string]*draft // :: user id -> what the person chose in it
}

// nextTSLocked makes a message id: seconds and microseconds of the clock, never twice.
func (w *Workspace) nextTSLocked() string {
	w.lastTS = max(w.lastTS+1, w.opt.Clock().UnixMicro())
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}

func (w *Workspace) postLocked(m *message) *message {
	m.TS = w.nextTSLocked()
	m.Blocks = assignIDs(m.Blocks)
	w.messages = append(w.messages, m)
	w.saveLocked()
	w.watchers.Wake()
	return m
}

func (w *Workspace) findMessageLocked(channel, ts string) *message {
	for _, m := range slices.Backward(w.messages) {
		if m.Channel == channel && m.TS == ts {
			return m
		}
	}
	return nil
}

// rewriteLocked puts other content in place of a message's. What people chose in the old one
// is gone with it.
func (w *Workspace) rewriteLocked(m *message, text string, blocks []any) {
	m.Text, m.Blocks, m.drafts = text, assignIDs(blocks), nil
	w.saveLocked()
	w.watchers.Wake()
}

func (w *Workspace) removeMessageLocked(gone *message) {
	w.messages = slices.DeleteFunc(w.messages, func(m *message) bool { return m == gone })
	w.saveLocked()
	w.watchers.Wake()
}

// wire is the message as the Web API and interactions give it back.
func (m *message) wire(team, app string) obj {
	out := obj{"type": "message", "ts": m.TS, "text": echo(m.Text, true), "user": m.User, "team": team}
	if m.User == botUser {
		out["bot_id"], out["app_id"] = botID, app
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = echoed(m.Blocks)
	}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if m.Metadata != nil {
		out["metadata"] = m.Metadata
	}
	if m.Edited {
		out["edited"] = obj{"user": m.User, "ts": m.TS}
	}
	return out
}

// Message is one message as one person sees it.
type Message struct {
	Channel, TS string
	ThreadTS    string
	User        string // author
	Text        string // visible text of `text`: what notifications and screen readers use
	Blocks      string // visible text of the blocks, one line for each piece
	RawText     string // `text` as the app sent it
	RawBlocks   []any  // blocks as the app sent them, with their ids
	Buttons     []Button
	Ephemeral   bool
	Edited      bool // bears the "edited" flag
	Fields      []Field
}

// Time is when the message was posted.
func (m Message) Time() time.Time {
	var seconds, micros int64
	_, _ = fmt.Sscanf(m.TS, "%d.%d", &seconds, &micros)
	return time.Unix(seconds, micros*1000)
}

// Visible is everything that is to be read: the blocks, or the text when there are none.
func (m Message) Visible() string {
	if m.Blocks != "" {
		return m.Blocks
	}
	return m.Text
}

// Contains reports whether s stands in the blocks or in the text.
func (m Message) Contains(s string) bool {
	return strings.Contains(m.Blocks, s) || strings.Contains(m.Text, s)
}

// shown is the message on one person's screen.
func (m message) shown(user string) Message {
	return Message{
		Fields:  m.fields(user),
		Channel: m.Channel, TS: m.TS, ThreadTS: m.ThreadTS, User: m.User,
		Text: Render(m.Text), Blocks: shownBlocks(m.Blocks), RawText: m.Text, RawBlocks: clone(m.Blocks),
		Buttons: buttonsOf(m.Blocks), Ephemeral: m.OnlyFor != "", Edited: m.Edited,
	}
}

// draftsOf copies what one person chose in the message, which the next click may change.
func (m *message) draftsOf(user string) map[string]*draft {
	d := m.drafts[user]
	if d == nil {
		return nil
	}
	return map[string]*draft{user: {state: maps.Clone(d.state), offers: maps.Clone(d.offers)}}
}

func (m message) fields(user string) []Field {
	var out []Field
	for e := range elements(m.Blocks) {
		if _, hasValue := statefuls[e.kind()]; hasValue {
			s := spot{user: user, m: &m, e: e}
			out = append(out, fieldOf(e, s.entry(), s.offered(), ""))
		}
	}
	return out
}

// seesLocked reports whether the message is on this person's screen.
func (w *Workspace) seesLocked(user string, m *message) bool {
	if m.OnlyFor != "" {
		return m.OnlyFor == user
	}
	c, found := w.people.channel(m.Channel)
	return found && c.has(user)
}
