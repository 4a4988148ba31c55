package workspace

import (
	"slices"
	"strconv"
	"strings"
)

// conversationsOpen opens the direct message with one person, or with several.
func conversationsOpen(w *Workspace, a args) answer {
	if id := a.text("channel"); id != "" {
		c, found := w.people.channel(id)
		if !found {
			return failure("channel_not_found")
		}
		return ok(obj{"channel": w.channelWire(c), "no_op": true, "already_open": true})
	}
	users := a.list("users")
	if len(users) == 0 {
		return failure("users_list_not_supplied")
	}
	for _, id := range users {
		if word := w.reachableLocked(id); word != "" {
			return failure(word)
		}
	}
	c := w.openLocked(users)
	if a.bool("return_im") {
		return ok(obj{"channel": w.channelWire(c)})
	}
	return ok(obj{"channel": obj{"id": c.ID}})
}

func (w *Workspace) reachableLocked(user string) (word string) {
	u, found := w.people.user(user)
	switch {
	case !found:
		return "user_not_found"
	case u.Deleted:
		return "user_disabled"
	case u.Bot:
		return "cannot_dm_bot"
	}
	return ""
}

func (w *Workspace) openLocked(users []string) Channel {
	if len(users) == 1 {
		c, _ := w.people.channel(directID(users[0]))
		return c
	}
	slices.Sort(users)
	users = slices.Compact(users)
	id := "G" + strings.Join(users, "")
	c, found := w.people.channel(id)
	if !found {
		c = Channel{ID: id, Name: "mpdm-" + strings.ToLower(strings.Join(users, "--")), Members: users, Private: true}
		w.people.Direct = append(w.people.Direct, c)
		w.saveLocked()
	}
	return c
}

func conversationsInfo(w *Workspace, a args) answer {
	c, found := w.people.channel(a.text("channel"))
	if !found || c.Private && c.WithoutApp {
		return failure("channel_not_found")
	}
	return ok(obj{"channel": w.channelWire(c)})
}

func conversationsList(w *Workspace, a args) answer {
	kinds := a.list("types")
	if len(kinds) == 0 {
		kinds = []string{"public_channel"}
	}
	var all []any
	for _, c := range w.people.Channels {
		kind := "public_channel"
		if c.Private {
			kind = "private_channel"
		}
		hidden := c.Private && c.WithoutApp || c.Archived && a.bool("exclude_archived")
		if slices.Contains(kinds, kind) && !hidden {
			all = append(all, w.channelWire(c))
		}
	}
	return paged(a, "channels", all)
}

func (w *Workspace) channelWire(c Channel) obj {
	out := obj{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "created": 1700000000, "creator": "USLACKBOT",
		"is_channel": !c.Private, "is_group": false, "is_im": isDirect(c.ID), "is_mpim": strings.HasPrefix(c.ID, "G"),
		"is_private": c.Private, "is_archived": c.Archived, "is_member": !c.WithoutApp, "is_general": false,
		"is_shared": c.ExtShared, "is_ext_shared": c.ExtShared, "is_org_shared": false,
		"context_team_id": w.opt.TeamID, "num_members": len(c.Members),
	}
	if isDirect(c.ID) && len(c.Members) == 1 {
		out["user"] = c.Members[0]
	}
	return out
}

// paged cuts a list by the arguments cursor and limit. The cursor is opaque to the app.
func paged(a args, name string, all []any) answer {
	start, err := strconv.Atoi(strings.TrimPrefix(a.text("cursor"), "next:"))
	if a.text("cursor") == "" {
		start, err = 0, nil
	}
	if err != nil || start < 0 || start > len(all) {
		return failure("invalid_cursor")
	}
	page, next := all[start:], ""
	if limit := a.number("limit"); limit > 0 && limit < len(page) {
		page, next = page[:limit], "next:"+strconv.Itoa(start+limit)
	}
	if page == nil {
		page = []any{}
	}
	return ok(obj{name: page, "response_metadata": obj{"next_cursor": next}})
}
