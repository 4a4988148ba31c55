package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Press presses a button, found by action_id or visible text, and accepts its
// confirmation if it has one. Without `where` it is looked for in the modal in front, then
// in what the person sees, newest first; "home" is the Home tab; a channel and a ts name
// one message.
func (p *Person) Press(ctx context.Context, button string, where ...string) error {
	w := p.w
	w.mu.Lock()
	v, m, e, err := p.findButtonLocked(button, where)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	payload := w.actionLocked(spot{user: p.id, v: v, m: m, e: e}, nil)
	w.mu.Unlock()
	_, err = w.send(ctx, interaction("/slack/interactions", payload))
	return shown(err, ShownTrouble, ShownTrouble)
}

func (p *Person) findButtonLocked(name string, where []string) (*view, *message, element, error) {
	w := p.w
	views, messages := []*view{w.topLocked(p.id)}, slices.Clone(w.messages)
	slices.Reverse(messages)
	switch {
	case len(where) == 1 && where[0] == "home":
		views, messages = []*view{w.homes[p.id]}, nil
	case len(where) == 2:
		views, messages = nil, []*message{w.findMessageLocked(where[0], where[1])}
	case len(where) != 0:
		return nil, nil, element{}, fmt.Errorf(`workspace: a button is in a view (say nothing), on "home", or in a message (say channel and ts), not in %v`, where)
	}
	for _, v := range views {
		if v == nil {
			continue
		}
		if e, found := buttonIn(v.blocks(), name); found {
			return v, nil, e, nil
		}
	}
	for _, m := range messages {
		if m == nil || !w.seesLocked(p.id, m) {
			continue
		}
		if e, found := buttonIn(m.Blocks, name); found {
			return nil, m, e, nil
		}
	}
	return nil, nil, element{}, fmt.Errorf("workspace: %s sees no button %q in [%s]", p.id, name, strings.Join(where, " "))
}

func buttonIn(blocks []any, name string) (element, bool) {
	for e := range elements(blocks) {
		if e.kind() == "button" && (e.actionID() == name || shownText(sub(e.raw, "text")) == name) {
			return e, true
		}
	}
	return element{}, false
}

// actionLocked is the block_actions payload of one element. chosen is the option taken of
// an overflow menu, else nil.
func (w *Workspace) actionLocked(s spot, chosen obj) obj {
	payload := w.interactionLocked("block_actions", s.user)
	e := s.e
	action := obj{"type": e.kind(), "action_id": e.actionID(), "block_id": e.blockID(), "action_ts": w.nextTSLocked()}
	for _, name := range []string{"text", "value", "style"} {
		if member, given := e.raw[name]; given {
			action[name] = echoed(member)
		}
	}
	switch held, hasValue := statefuls[e.kind()]; {
	case hasValue:
		action[held.member] = s.entry().wire(e.kind())[held.member]
	case e.kind() == "feedback_buttons":
		action["value"] = str(chosen, "value")
	case chosen != nil:
		action["selected_option"] = echoed(chosen)
	}
	w.placeLocked(payload, s)
	if s.v != nil {
		payload["trigger_id"] = w.newTriggerLocked(s.user, modalID(s.v))
	} else {
		payload["trigger_id"] = w.newTriggerLocked(s.user, "")
		payload["state"] = obj{"values": s.values()}
		payload["response_url"] = w.newHookLocked(s.m.Channel, s.user, s.m.TS)
	}
	payload["actions"] = []any{action}
	return payload
}

// placeLocked tells where the element stands: in a view, or in a message.
func (w *Workspace) placeLocked(payload obj, s spot) {
	if s.v != nil {
		payload["container"] = obj{"type": "view", "view_id": s.v.id}
		payload["view"] = w.viewWire(s.v)
		return
	}
	m := s.m
	c, _ := w.people.channel(m.Channel)
	payload["container"] = obj{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.OnlyFor != ""}
	payload["channel"] = obj{"id": m.Channel, "name": c.Name}
	if m.OnlyFor == "" { // of an ephemeral message Slack tells the place alone
		payload["message"] = m.wire(w.opt.TeamID, w.opt.AppID)
	}
}

// values is state.values of a message: what this person chose there.
func (s spot) values() obj {
	return valuesOf(s.m.Blocks, func(e element) entry { return spot{user: s.user, m: s.m, e: e}.entry() })
}

// modalID is the id of a modal, "" for a Home tab: nothing can be pushed onto that.
func modalID(v *view) string {
	if str(v.raw, "type") == "modal" {
		return v.id
	}
	return ""
}
