package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
)

// Person is one account at its keyboard. A Person has no state of its own: two of the
// same id are the same person.
type Person struct {
	w       *Workspace
	id      string
	channel string
}

// Person gives the account of that id; its first actions fail if the workspace does not
// know it. Commands are typed in the direct message with the app.
func (w *Workspace) Person(userID string) *Person {
	return &Person{w: w, id: userID, channel: directID(userID)}
}

// In is the same person, typing in another channel.
func (p *Person) In(channel string) *Person {
	return &Person{w: p.w, id: p.id, channel: channel}
}

// ID is the person's user id.
func (p *Person) ID() string { return p.id }

// Direct is the id of the person's direct message with the app.
func (p *Person) Direct() string { return directID(p.id) }

// Reply is what the app answered to a command, in the answer itself. What it posts later
// is among Messages.
type Reply struct {
	Status    int    // of the HTTP answer; 200 in Socket Mode
	Body      []byte // as the app sent it
	Text      string // visible text of `text`
	Blocks    string // visible text of the blocks
	Buttons   []Button
	Ephemeral bool // only this person sees it
	TS        string
}

// Command types a slash command and waits for the app's acknowledgement. An error is a
// *NotAnsweredError with the words that Slack shows, or says that there is no such person.
func (p *Person) Command(ctx context.Context, command, text string) (Reply, error) {
	form, err := p.commandForm(command, text)
	if err != nil {
		return Reply{}, err
	}
	r, err := p.w.send(ctx, commandParcel(form))
	if err != nil {
		return Reply{}, shown(err, command+" "+ShownCommandTimeout, command+" "+ShownCommandFailed)
	}
	return p.showReply(r)
}

func (p *Person) commandForm(command, text string) (url.Values, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	u, known := w.people.user(p.id)
	if !known {
		return nil, fmt.Errorf("workspace: nobody has the id %s", p.id)
	}
	c, found := w.people.channel(p.channel)
	if !found {
		return nil, fmt.Errorf("workspace: there is no channel %s", p.channel)
	}
	return url.Values{
		"token": {verificationToken}, "team_id": {u.Team}, "team_domain": {teamDomain},
		"channel_id": {c.ID}, "channel_name": {c.Name}, "user_id": {u.ID}, "user_name": {u.Name},
		"command": {command}, "text": {text}, "api_app_id": {w.opt.AppID},
		"is_enterprise_install": {"false"},
		"response_url":          {w.newHookLocked(c.ID, u.ID, "")},
		"trigger_id":            {w.newTriggerLocked(u.ID, "")},
	}, nil
}

// verificationToken is the deprecated `token` of payloads; it proves nothing.
const verificationToken = "deprecated-verification-token"

// showReply puts the app's immediate answer on the screen: plain text, or a message in
// JSON. An answer that Slack cannot show is the app's failure.
func (p *Person) showReply(r reply) (Reply, error) {
	out := Reply{Status: r.status, Body: r.body, Ephemeral: true}
	if len(r.body) == 0 || string(r.body) == "{}" {
		return out, nil
	}
	a := args{}
	if err := json.Unmarshal(r.body, &a); err != nil {
		a = args{"text": string(r.body)}
	}
	m, refused := contentOf(a)
	if refused != nil {
		return out, &NotAnsweredError{Shown: ShownTrouble, Status: r.status,
			Cause: fmt.Sprintf("Slack cannot show the answer: %v", refused.body)}
	}
	m.Channel = p.channel
	if out.Ephemeral = a.text("response_type") != "in_channel"; out.Ephemeral {
		m.OnlyFor = p.id
	}
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	posted := p.w.postLocked(&m).shown(p.id)
	out.TS, out.Text, out.Blocks, out.Buttons = posted.TS, posted.Text, posted.Blocks, posted.Buttons
	return out, nil
}

// Messages lists what this person sees in a channel, oldest first: posts of channels they
// are in, of their direct message with the app, and ephemeral messages to them. "" means
// every channel.
func (p *Person) Messages(channel string) []Message {
	var out []Message
	for _, m := range p.seen(channel) {
		out = append(out, m.shown(p.id))
	}
	return out
}

// seen copies the messages that the person sees; an update never changes a block in place.
func (p *Person) seen(channel string) []message {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	var out []message
	for _, m := range p.w.messages {
		if (channel == "" || m.Channel == channel) && p.w.seesLocked(p.id, m) {
			seen := *m
			seen.drafts = m.draftsOf(p.id)
			out = append(out, seen)
		}
	}
	return out
}

// AwaitMessage waits until the person sees a message that satisfies want, in any channel,
// and returns the newest such one. The error of an ended ctx tells what there was instead.
func (p *Person) AwaitMessage(ctx context.Context, want func(Message) bool) (Message, error) {
	changed, cancel := p.w.Subscribe()
	defer cancel()
	for {
		seen := p.seen("")
		for _, m := range slices.Backward(seen) {
			if shown := m.shown(p.id); want(shown) {
				return shown, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("workspace: %s saw no such message: %w; the newest is %q", p.id, ctx.Err(), newest(p.id, seen))
		}
	}
}

func newest(user string, seen []message) string {
	if len(seen) == 0 {
		return ""
	}
	return seen[len(seen)-1].shown(user).Visible()
}

// actorLocked is the acting person in interactions.
func (w *Workspace) actorLocked(id string) (obj, User) {
	u, known := w.people.user(id)
	if !known {
		u = User{ID: id, Name: id, Team: w.opt.TeamID}
	}
	return obj{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.Team}, u
}

// interactionLocked is what every interaction payload carries.
func (w *Workspace) interactionLocked(kind, user string) obj {
	actor, u := w.actorLocked(user)
	return obj{
		"type": kind, "user": actor, "api_app_id": w.opt.AppID, "token": verificationToken,
		"team": obj{"id": u.Team, "domain": teamDomain}, "enterprise": nil, "is_enterprise_install": false,
	}
}
