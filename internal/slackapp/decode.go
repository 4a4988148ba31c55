package slackapp

// Limits of what is read. A member that is longer is malformed: Slack does not send it
// (docs: reference/block-kit, reference/views).
const (
	maxKey      = 255  // ids of blocks and actions, and every other key
	maxID       = 255  // ids of things of Slack's, trigger ids, hashes
	maxMetadata = 3000 // private_metadata
	maxValue    = 2000 // a button's value
	maxTyped    = 3000 // characters of a text input
	maxText     = 4 * maxTyped
	maxURL      = 3000
	maxChoices  = 100
)

// decoded is one request before it was admitted.
type decoded struct {
	request Request
	origin  origin
}

// decodeCommandForm reads the body of a slash command. It overwrites body.
func decodeCommandForm(body []byte) (decoded, error) {
	form, err := parseForm(body)
	if err != nil {
		return decoded{}, err
	}
	return command(func(name string, limit int) (string, bool) {
		return string(form[name]), len(form[name]) <= limit
	})
}

// decodeCommandJSON reads the payload of a slash command in Socket Mode: the same members.
func decodeCommandJSON(payload []byte) (decoded, error) {
	text, err := parse(payload)
	if err != nil {
		return decoded{}, err
	}
	var d reader
	members := d.object(text, "api_app_id", "team_id", "enterprise_id", "user_id", "command", "text",
		"trigger_id", "response_url", "channel_id")
	return command(func(name string, limit int) (string, bool) {
		value := d.text(members[name], limit)
		return value, d.err == nil
	})
}

// command puts a slash command together from its members.
func command(member func(name string, limit int) (string, bool)) (decoded, error) {
	whole := true
	get := func(name string, limit int) string {
		value, ok := member(name, limit)
		whole = whole && ok
		return value
	}
	c := decoded{
		origin: origin{app: get("api_app_id", maxID), team: get("team_id", maxID),
			enterprise: get("enterprise_id", maxID), user: get("user_id", maxID)},
		request: Request{Kind: KindCommand, TriggerID: get("trigger_id", maxID), Channel: get("channel_id", maxID),
			Command: get("command", maxKey), Text: get("text", MaxBody),
			ResponseURL: NewResponseURL(get("response_url", maxURL))},
	}
	if !whole {
		return decoded{}, Malformed
	}
	return c, nil
}

// decodeInteractionForm reads the body of an interaction, whose only field is `payload`.
// It overwrites body.
func decodeInteractionForm(body []byte) (decoded, error) {
	form, err := parseForm(body)
	if err != nil {
		return decoded{}, err
	}
	return decodeInteraction(form["payload"])
}

// interactionKinds :: a payload's type -> what the person did. Other types, such as
// shortcuts, are none of the app's.
var interactionKinds = map[string]Kind{
	"view_submission":  KindSubmission,
	"view_closed":      KindClosed,
	"block_actions":    KindAction,
	"block_suggestion": KindOptions,
}

// decodeInteraction reads the payload of an interaction.
func decodeInteraction(payload []byte) (decoded, error) {
	text, err := parse(payload)
	if err != nil {
		return decoded{}, err
	}
	var d reader
	top := d.object(text, "type", "api_app_id", "team", "enterprise", "user", "trigger_id", "response_url",
		"channel", "message", "view", "actions", "action_id", "block_id", "value")
	kind, known := interactionKinds[d.text(top["type"], maxKey)]
	if !known {
		return decoded{}, Malformed
	}
	i := decoded{
		origin: d.origin(top),
		request: Request{Kind: kind, TriggerID: d.text(top["trigger_id"], maxID),
			ResponseURL: NewResponseURL(d.text(top["response_url"], maxURL)),
			Channel:     d.id(top["channel"]), View: d.view(top["view"])},
	}
	d.act(&i.request, top)
	if d.err != nil || !whole(i.request) {
		i.request.wipe()
		return decoded{}, Malformed
	}
	return i, nil
}

// whole reports whether a request has what its kind can't do without.
func whole(r Request) bool {
	switch r.Kind {
	case KindSubmission, KindClosed:
		return r.View != nil
	case KindAction, KindOptions:
		return r.Action.ActionID != "" && (r.View != nil || r.Channel != "")
	}
	return true
}

func (d *reader) origin(top map[string]raw) origin {
	user := d.object(top["user"], "id", "team_id")
	return origin{
		app:  d.text(top["api_app_id"], maxID),
		team: d.id(top["team"]), enterprise: d.id(top["enterprise"]),
		user: d.text(user["id"], maxID), userTeam: d.text(user["team_id"], maxID),
	}
}

// id returns the id of an object such as {"id": "C1", "name": …}.
func (d *reader) id(r raw) string { return d.text(d.object(r, "id")["id"], maxID) }
