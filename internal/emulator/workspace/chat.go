package workspace

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// targetLocked finds the channel to post to. A user id stands for the app's direct
// message with that person. word is Slack's error when the app may not post there.
func (w *Workspace) targetLocked(id string) (c Channel, word string) {
	if u, isUser := w.people.user(id); isUser {
		if u.Bot {
			return Channel{}, "cannot_dm_bot"
		}
		id = directID(id)
	}
	c, found := w.people.channel(id)
	switch {
	case id == "", !found:
		return Channel{}, "channel_not_found"
	case c.Archived:
		return Channel{}, "is_archived"
	case c.WithoutApp:
		return Channel{}, "not_in_channel"
	}
	return c, ""
}

// contentOf reads what is common to every message: text, blocks and metadata.
func contentOf(a args) (m message, refused *answer) {
	m = message{User: botUser, Text: a.text("text"), ThreadTS: a.text("thread_ts"), Metadata: a["metadata"]}
	if a.has("blocks") {
		blocks, isList := a["blocks"].([]any)
		if !isList {
			return m, new(failure("invalid_blocks_format"))
		}
		if problems := validateMessage(blocks); len(problems) > 0 {
			return m, new(invalid("invalid_blocks", problems))
		}
		m.Blocks = clone(blocks)
	}
	if m.Text == "" && len(m.Blocks) == 0 && !a.has("attachments") {
		return m, new(failure("no_text"))
	}
	return m, nil
}

// invalid is the answer to blocks or views that break a limit. Slack names each place by
// a JSON pointer.
func invalid(word string, problems []Problem) answer {
	plain, marked := make([]any, len(problems)), make([]any, len(problems))
	for i, p := range problems {
		plain[i], marked[i] = p.String(), "[ERROR] "+p.String()
	}
	out := failure(word)
	out.body = obj{"ok": false, "error": word, "errors": plain, "response_metadata": obj{"messages": marked}}
	out.problems = problems
	return out
}

func chatPostMessage(w *Workspace, a args) answer {
	c, word := w.targetLocked(a.text("channel"))
	if word != "" {
		return failure(word)
	}
	m, refused := contentOf(a)
	if refused != nil {
		return *refused
	}
	m.Channel, m.Text = c.ID, cut(m.Text, maxMessageText)
	posted := w.postLocked(&m)
	return ok(obj{"channel": c.ID, "ts": posted.TS, "message": posted.wire(w.opt.TeamID, w.opt.AppID)})
}

// cut shortens text as Slack does with messages over 40,000 characters.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit])
}

func chatPostEphemeral(w *Workspace, a args) answer {
	c, word := w.targetLocked(a.text("channel"))
	if word != "" {
		return failure(word)
	}
	user := a.text("user")
	if _, known := w.people.user(user); !known || !c.has(user) {
		return failure("user_not_in_channel")
	}
	m, refused := contentOf(a)
	if refused != nil {
		return *refused
	}
	m.Channel, m.OnlyFor = c.ID, user
	return ok(obj{"message_ts": w.postLocked(&m).TS})
}

// ownMessageLocked finds a message that the bot posted for a whole channel to see; foreign
// is the error word for somebody else's.
func (w *Workspace) ownMessageLocked(a args, foreign string) (*message, *answer) {
	m := w.findMessageLocked(a.text("channel"), a.text("ts"))
	switch {
	case m == nil, m.OnlyFor != "":
		return nil, new(failure("message_not_found"))
	case m.User != botUser:
		return nil, new(failure(foreign))
	}
	return m, nil
}

// chatUpdate keeps earlier blocks only when neither text nor blocks are given; a change
// of the text alone removes them and bears the "edited" flag (docs: chat.update).
func chatUpdate(w *Workspace, a args) answer {
	m, refused := w.ownMessageLocked(a, "cant_update_message")
	switch {
	case refused != nil:
		return *refused
	case utf8.RuneCountInString(a.text("text")) > maxUpdateText:
		return failure("msg_too_long")
	}
	if a.has("text") || a.has("blocks") {
		fresh, refused := contentOf(a)
		if refused != nil {
			return *refused
		}
		m.Edited = len(fresh.Blocks) == 0
		w.rewriteLocked(m, fresh.Text, fresh.Blocks)
	}
	if a.has("metadata") {
		m.Metadata = a["metadata"]
		w.saveLocked()
	}
	return ok(obj{"channel": m.Channel, "ts": m.TS, "text": m.Text, "message": m.wire(w.opt.TeamID, w.opt.AppID)})
}

// chatDelete: a bot deletes only its own messages, and no ephemeral ones.
func chatDelete(w *Workspace, a args) answer {
	m, refused := w.ownMessageLocked(a, "cant_delete_message")
	if refused != nil {
		return *refused
	}
	w.removeMessageLocked(m)
	return ok(obj{"channel": m.Channel, "ts": m.TS})
}

func chatGetPermalink(w *Workspace, a args) answer {
	channel, ts := a.text("channel"), a.text("message_ts")
	if _, found := w.people.channel(channel); !found {
		return failure("channel_not_found")
	}
	if w.findMessageLocked(channel, ts) == nil {
		return failure("message_not_found")
	}
	link := fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", teamDomain, channel, strings.ReplaceAll(ts, ".", ""))
	return ok(obj{"channel": channel, "permalink": link})
}
