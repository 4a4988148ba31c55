package workspace

import (
	"fmt"
	"strings"
)

// Unread counts, for each channel, the messages that came since the person last looked at it.
// Channels without any are not among them; neither are ephemeral messages, as in Slack.
func (p *Person) Unread() map[string]int {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]int)
	for _, m := range w.messages {
		if m.OnlyFor == "" && m.User != p.id && m.TS > w.read[p.id][m.Channel] && w.seesLocked(p.id, m) {
			out[m.Channel]++
		}
	}
	return out
}

// Look marks everything in a channel as read by this person.
func (p *Person) Look(channel string) {
	if p.Unread()[channel] == 0 {
		return
	}
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.read[p.id] == nil {
		w.read[p.id] = make(map[string]string)
	}
	w.read[p.id][channel] = w.nextTSLocked()
	w.saveLocked()
	w.watchers.Wake()
}

// Say posts what the person typed. The app is not told: it has subscribed to no messages.
func (p *Person) Say(text string) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	_, known := w.people.user(p.id)
	c, found := w.people.channel(p.channel)
	switch {
	case !known || !found || !c.has(p.id):
		return fmt.Errorf("workspace: %s is not in %s", p.id, p.channel)
	case c.Archived:
		return fmt.Errorf("workspace: %s is archived", p.channel)
	case strings.TrimSpace(text) == "":
		return fmt.Errorf("workspace: there is nothing to say")
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	w.postLocked(&message{Channel: c.ID, User: p.id, Text: cut(escaped, maxMessageText)})
	return nil
}
