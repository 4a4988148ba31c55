package workspace

import (
	"net/http"
	"strings"
)

// method is one method of the Web API. run holds w.mu.
type method struct {
	token  tokenKind
	scopes []string // any one of them suffices; none needed when empty
	tier   tier
	run    func(w *Workspace, a args) answer
}

// methods is every method of the Web API that the workspace knows. Scopes and tiers are
// those of each method's page (docs: reference/methods).
func methods() map[string]method {
	bot := func(t tier, run func(*Workspace, args) answer, scopes ...string) method {
		return method{token: botToken, scopes: scopes, tier: t, run: run}
	}
	conversations := []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	opening := []string{"im:write", "mpim:write", "channels:manage", "groups:write"}
	return map[string]method{
		"auth.test":             bot(unlimited, authTest),
		"apps.connections.open": {token: appToken, tier: tier3, run: connectionsOpen},
		"blocks.validate":       {token: noToken, tier: unlimited, run: blocksValidate},

		"views.open":    bot(tier4, viewsOpen),
		"views.push":    bot(tier4, viewsPush),
		"views.update":  bot(tier4, viewsUpdate),
		"views.publish": bot(tier4, viewsPublish),

		"chat.postMessage":   bot(perChannel, chatPostMessage, "chat:write"),
		"chat.postEphemeral": bot(tier4, chatPostEphemeral, "chat:write"),
		"chat.update":        bot(tier3, chatUpdate, "chat:write"),
		"chat.delete":        bot(tier3, chatDelete, "chat:write"),
		"chat.getPermalink":  bot(unlimited, chatGetPermalink),

		"conversations.open": bot(tier3, conversationsOpen, opening...),
		"conversations.info": bot(tier3, conversationsInfo, conversations...),
		"conversations.list": bot(tier2, conversationsList, conversations...),

		"users.info":          bot(tier4, usersInfo, "users:read"),
		"users.list":          bot(tier2, usersList, "users:read"),
		"users.lookupByEmail": bot(tier3, usersLookupByEmail, "users:read.email"),

		"usergroups.list":       bot(tier2, usergroupsList, "usergroups:read"),
		"usergroups.users.list": bot(tier2, usergroupsUsersList, "usergroups:read"),
	}
}

// call authorises and carries out one call.
func (w *Workspace) call(name string, header http.Header, a args) answer {
	m, known := w.methods[name]
	if !known {
		return failure("unknown_method")
	}
	if refused := w.authorise(m, header, a); refused != nil {
		return *refused
	}
	if w.opt.Quotas {
		if wait := w.limits.take(name, m.tier, a.text("channel"), w.opt.Clock()); wait > 0 {
			return answer{status: http.StatusTooManyRequests, header: retryAfter(wait),
				body: obj{"ok": false, "error": "ratelimited"}, word: "ratelimited"}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	out := m.run(w, a)
	if out.header == nil {
		out.header = http.Header{}
	}
	if m.token == botToken {
		out.header.Set("X-OAuth-Scopes", strings.Join(w.opt.Scopes, ","))
		out.header.Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	return out
}

// ok is the answer to a call that went well.
func ok(body obj) answer {
	body["ok"] = true
	return answer{status: http.StatusOK, body: body}
}

func authTest(w *Workspace, _ args) answer {
	return ok(obj{
		"url": "https://" + teamDomain + ".slack.com/", "team": teamName, "team_id": w.opt.TeamID,
		"user": botName, "user_id": botUser, "bot_id": botID, "is_enterprise_install": false,
	})
}
