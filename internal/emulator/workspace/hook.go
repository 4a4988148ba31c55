package workspace

import (
	"crypto/rand"
	"io"
	"net/http"
	"time"
)

// A response_url takes five posts within half an hour (docs: interactivity/handling).
const (
	hookLife = 30 * time.Minute
	hookUses = 5
)

// hook is one response_url: a capability to answer one action of one person.
type hook struct {
	channel string
	user    string
	message string // ts of the message that the action was on, "" for a command
	issued  time.Time
	uses    int
}

func (w *Workspace) newHookLocked(channel, user, message string) string {
	id := rand.Text()
	w.hooks[id] = &hook{channel: channel, user: user, message: message, issued: w.opt.Clock()}
	return w.base + "/response/" + id
}

// serveHook takes a post to a response_url. Its bearer needs no token.
func (w *Workspace) serveHook(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	if err != nil {
		http.Error(rw, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	w.remember(body)
	a, err := decodeArgs(r, body)
	id := r.PathValue("hook")
	w.respond(rw, r, "response_url", a, func() answer {
		if err != nil {
			return hookFailure(http.StatusBadRequest, "invalid_payload")
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.answerHookLocked(w.hooks[id], a)
	})
}

func hookFailure(status int, word string) answer {
	out := failure(word)
	out.status = status
	return out
}

func (w *Workspace) answerHookLocked(h *hook, a args) answer {
	switch {
	case h == nil:
		return hookFailure(http.StatusNotFound, "no_such_url")
	case h.uses >= hookUses:
		return hookFailure(http.StatusNotFound, "used_url")
	case w.opt.Clock().Sub(h.issued) > hookLife:
		return hookFailure(http.StatusNotFound, "expired_url")
	}
	h.uses++
	original := w.findMessageLocked(h.channel, h.message)
	if a.bool("delete_original") {
		if original != nil {
			w.removeMessageLocked(original)
		}
		return ok(obj{})
	}
	m, refused := contentOf(a)
	if refused != nil {
		refused.status = http.StatusBadRequest
		return *refused
	}
	if a.bool("replace_original") && original != nil {
		w.rewriteLocked(original, m.Text, m.Blocks)
		return ok(obj{})
	}
	m.Channel = h.channel
	if a.text("response_type") != "in_channel" {
		m.OnlyFor = h.user
	}
	w.postLocked(&m)
	return ok(obj{})
}
