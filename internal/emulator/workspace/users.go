package workspace

import "strings"

func usersInfo(w *Workspace, a args) answer {
	u, found := w.people.user(a.text("user"))
	if !found {
		return failure("user_not_found")
	}
	return ok(obj{"user": w.userWire(u, a.bool("include_locale"))})
}

func usersList(w *Workspace, a args) answer {
	var all []any
	for _, u := range w.people.Users {
		if !u.Stranger {
			all = append(all, w.userWire(u, a.bool("include_locale")))
		}
	}
	return paged(a, "members", all)
}

func usersLookupByEmail(w *Workspace, a args) answer {
	for _, u := range w.people.Users {
		if u.Email != "" && strings.EqualFold(u.Email, a.text("email")) && !u.Deleted {
			return ok(obj{"user": w.userWire(u, false)})
		}
	}
	return failure("users_not_found")
}

// userWire is a user object. The address is there only with the scope users:read.email;
// deactivated accounts lack most of the rest (docs: objects/user-object).
func (w *Workspace) userWire(u User, locale bool) obj {
	profile := obj{"real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": u.Name,
		"display_name_normalized": u.Name, "title": u.Title, "team": u.Team}
	if u.Email != "" && w.granted([]string{"users:read.email"}) {
		profile["email"] = u.Email
	}
	out := obj{"id": u.ID, "team_id": u.Team, "name": u.Name, "deleted": u.Deleted, "profile": profile,
		"is_bot": u.Bot, "is_app_user": u.AppUser, "updated": 1700000000}
	if u.Bot {
		profile["api_app_id"], profile["bot_id"] = w.opt.AppID, botID
	}
	if u.Deleted {
		return out
	}
	out["real_name"], out["color"] = u.RealName, "9f69e7"
	out["tz"], out["tz_label"], out["tz_offset"] = u.TZ, u.TZ, u.TZOffset
	out["is_admin"], out["is_owner"], out["is_primary_owner"] = u.Admin, false, false
	out["is_restricted"], out["is_ultra_restricted"] = u.Guest || u.SingleGuest, u.SingleGuest
	out["is_email_confirmed"] = true
	if u.OrgID != "" {
		out["enterprise_user"] = obj{"id": u.OrgID, "enterprise_id": "E0ACME", "enterprise_name": teamName, "teams": []any{u.Team}}
	}
	if u.Stranger {
		out["is_stranger"] = true
	}
	if u.Invited {
		out["is_invited_user"] = true
	}
	if locale {
		out["locale"] = u.Locale
	}
	return out
}

func usergroupsList(w *Workspace, a args) answer {
	all := []any{}
	for _, g := range w.people.Groups {
		if !g.Deleted || a.bool("include_disabled") {
			all = append(all, w.groupWire(g, a.bool("include_users")))
		}
	}
	return ok(obj{"usergroups": all})
}

func usergroupsUsersList(w *Workspace, a args) answer {
	for _, g := range w.people.Groups {
		if g.ID == a.text("usergroup") && (!g.Deleted || a.bool("include_disabled")) {
			return ok(obj{"users": append([]string{}, g.Users...)})
		}
	}
	return failure("no_such_subteam")
}

func (w *Workspace) groupWire(g Group, users bool) obj {
	out := obj{
		"id": g.ID, "team_id": w.opt.TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name,
		"handle": g.Handle, "description": "", "is_external": false, "date_create": 1700000000,
		"date_update": 1700000000, "date_delete": 0, "user_count": len(g.Users),
		"prefs": obj{"channels": []any{}, "groups": []any{}},
	}
	if g.Deleted {
		out["date_delete"] = 1700000001
	}
	if g.Locked {
		out["is_membership_locked"] = true
	}
	if g.IDP {
		out["is_idp_group"] = true
	}
	if users {
		out["users"] = append([]string{}, g.Users...)
	}
	return out
}
