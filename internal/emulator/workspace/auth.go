package workspace

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
)

// tokenKind says which token a method wants.
type tokenKind int

const (
	botToken tokenKind = iota
	appToken
	noToken
)

// authorise refuses a call without the right token or without a granted scope; nil lets
// it pass. Slack takes the token as a Bearer header or as the argument `token`.
func (w *Workspace) authorise(m method, header http.Header, a args) *answer {
	if m.token == noToken {
		return nil
	}
	given := a.text("token")
	if bearer, found := strings.CutPrefix(header.Get("Authorization"), "Bearer "); found {
		given = bearer
	}
	if word := w.checkToken(m.token, given); word != "" {
		refused := failure(word)
		return &refused
	}
	if m.token == botToken && !w.granted(m.scopes) {
		refused := failure("missing_scope")
		refused.body = obj{"ok": false, "error": "missing_scope",
			"needed": strings.Join(m.scopes, ","), "provided": strings.Join(w.opt.Scopes, ",")}
		return &refused
	}
	return nil
}

func (w *Workspace) checkToken(want tokenKind, given string) (word string) {
	isBot, isApp := sameToken(given, w.opt.BotToken), sameToken(given, w.opt.AppToken)
	switch {
	case given == "":
		return "not_authed"
	case want == botToken && isBot, want == appToken && isApp:
		return ""
	case isBot || isApp:
		return "not_allowed_token_type"
	}
	return "invalid_auth"
}

func sameToken(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (w *Workspace) granted(needed []string) bool {
	return len(needed) == 0 || slices.ContainsFunc(needed, func(s string) bool {
		return slices.Contains(w.opt.Scopes, s)
	})
}
