package workspace

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
)

// view is one modal or Home tab on one person's screen.
type view struct {
	id, root, previous string
	user               string
	hash               string
	raw                obj // as the app sent it, with every id filled in
	state              map[fieldKey]entry
	errors             map[string]string   // :: block id -> text shown on the field
	offers             map[fieldKey][]obj  // :: external select -> options last loaded
	wrong              map[fieldKey]string // :: field -> complaint of Slack's client
	trouble            string              // Slack's own words over the form
	kinds              map[fieldKey]string // :: field -> element type its value belongs to
}

func (w *Workspace) newViewLocked(user string, raw obj) *view {
	v := &view{id: newID("V"), user: user, state: map[fieldKey]entry{}, kinds: map[fieldKey]string{}}
	v.root = v.id
	w.setViewLocked(v, raw)
	w.views[v.id] = v
	return v
}

// setViewLocked replaces what the view shows. What a field holds stays where block_id,
// action_id and type stay the same: Slack's client keeps the field as it is, and a new
// initial value is not looked at. (Assumed from reports; Slack documents nothing.)
func (w *Workspace) setViewLocked(v *view, raw obj) {
	raw = clone(raw)
	blocks := assignIDs(items(raw, "blocks"))
	raw["blocks"] = blocks
	state, kinds := map[fieldKey]entry{}, map[fieldKey]string{}
	for e := range elements(blocks) {
		if _, hasValue := statefuls[e.kind()]; !hasValue {
			continue
		}
		kinds[e.key()] = e.kind()
		if old, had := v.state[e.key()]; had && v.kinds[e.key()] == e.kind() {
			state[e.key()] = stillOffered(e.raw, old)
		} else {
			state[e.key()] = initialEntry(e.raw)
		}
	}
	v.raw, v.state, v.kinds = raw, state, kinds
	v.errors, v.wrong, v.offers, v.trouble = nil, nil, nil, ""
	v.hash = fmt.Sprintf("%d.%s", w.opt.Clock().Unix(), strings.ToLower(rand.Text()[:8]))
}

// stillOffered drops chosen options that the element no longer has.
func stillOffered(e obj, v entry) entry {
	if !slices.Contains([]string{"static_select", "multi_static_select", "radio_buttons", "checkboxes"}, str(e, "type")) {
		return v
	}
	offered := choices(e)
	v.options = slices.DeleteFunc(slices.Clone(v.options), func(o obj) bool {
		return !slices.ContainsFunc(offered, func(x obj) bool { return str(x, "value") == str(o, "value") })
	})
	return v
}

func (v *view) blocks() []any { return items(v.raw, "blocks") }

// wire is the view as answers and interactions carry it.
func (w *Workspace) viewWire(v *view) obj {
	out := obj{
		"id": v.id, "team_id": w.opt.TeamID, "app_id": w.opt.AppID, "app_installed_team_id": w.opt.TeamID,
		"bot_id": botID, "type": str(v.raw, "type"), "blocks": echoed(v.blocks()),
		"private_metadata": str(v.raw, "private_metadata"), "callback_id": str(v.raw, "callback_id"),
		"external_id": str(v.raw, "external_id"), "hash": v.hash, "state": obj{"values": v.values()},
		"title": nil, "submit": nil, "close": nil,
		"clear_on_close": flag(v.raw, "clear_on_close"), "notify_on_close": flag(v.raw, "notify_on_close"),
		"root_view_id": v.root, "previous_view_id": nil,
	}
	for _, name := range []string{"title", "submit", "close"} {
		if text := sub(v.raw, name); text != nil {
			out[name] = echoed(text)
		}
	}
	if v.previous != "" {
		out["previous_view_id"] = v.previous
	}
	return out
}

// values is state.values: every element that can hold something, untouched ones too.
func (v *view) values() obj {
	return valuesOf(v.blocks(), func(e element) entry { return v.state[e.key()] })
}

func valuesOf(blocks []any, held func(element) entry) obj {
	out := obj{}
	for e := range elements(blocks) {
		if _, hasValue := statefuls[e.kind()]; !hasValue {
			continue
		}
		block, _ := out[e.blockID()].(obj)
		if block == nil {
			block = obj{}
			out[e.blockID()] = block
		}
		block[e.actionID()] = held(e).wire(e.kind())
	}
	return out
}

// topLocked is the modal in front of the person; nil when none is open.
func (w *Workspace) topLocked(user string) *view {
	stack := w.stacks[user]
	if len(stack) == 0 {
		return nil
	}
	return stack[len(stack)-1]
}

func (w *Workspace) pushLocked(user string, v *view) {
	if top := w.topLocked(user); top != nil {
		v.root, v.previous = top.root, top.id
	}
	w.stacks[user] = append(w.stacks[user], v)
}

// popLocked closes the modal in front, or all of them, and gives back those that went.
func (w *Workspace) popLocked(user string, all bool) []*view {
	stack := w.stacks[user]
	keep := max(len(stack)-1, 0)
	if all {
		keep = 0
	}
	gone := slices.Clone(stack[keep:])
	for _, v := range gone {
		delete(w.views, v.id)
	}
	w.stacks[user] = stack[:keep]
	return gone
}
