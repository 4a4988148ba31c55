package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// Reasons of a retried event (docs: apis/events-api, "error conditions").
const (
	reasonTimeout    = "http_timeout"
	reasonStatus     = "http_error"
	reasonRedirect   = "too_many_redirects"
	reasonConnection = "connection_failed"
)

// Event sends an event to the app, and again after each of Options.EventRetries until the
// app takes it or answers with X-Slack-No-Retry: 1. It returns how often it was sent.
func (w *Workspace) Event(ctx context.Context, event map[string]any) (attempts int, err error) {
	payload := obj{
		"token": verificationToken, "team_id": w.opt.TeamID, "api_app_id": w.opt.AppID, "event": event,
		"type": "event_callback", "event_id": newID("Ev"), "event_time": w.opt.Clock().Unix(),
		"is_ext_shared_channel": false, "event_context": newID("EC"),
		"authorizations": []any{obj{"enterprise_id": nil, "team_id": w.opt.TeamID, "user_id": botUser, "is_bot": true,
			"is_enterprise_install": false}},
	}
	p := parcel{kind: "events_api", path: "/slack/events", payload: payload}
	for {
		_, err = w.send(ctx, p)
		attempts++
		failed, isIt := errors.AsType[*NotAnsweredError](err)
		if err == nil || !isIt || failed.noRetry || attempts > len(w.opt.EventRetries) {
			return attempts, shown(err, "", "")
		}
		if !w.pause(ctx, w.opt.EventRetries[attempts-1]) {
			return attempts, ctx.Err()
		}
		p.retry, p.reason = attempts, failed.reason()
	}
}

// reason is the word of X-Slack-Retry-Reason.
func (e *NotAnsweredError) reason() string {
	switch {
	case e.Timeout:
		return reasonTimeout
	case e.Status >= 300 && e.Status < 400:
		return reasonRedirect
	case e.Status != 0:
		return reasonStatus
	}
	return reasonConnection
}

const shownChallenge = "Your URL didn't respond with the value of the challenge parameter."

// VerifyURL does what Slack does when an events URL is saved: it sends a challenge and
// wants it back, as plain text or as the member `challenge` of a JSON object.
func (w *Workspace) VerifyURL(ctx context.Context) error {
	challenge := newID("challenge")
	p := parcel{kind: "events_api", path: "/slack/events",
		payload: obj{"token": verificationToken, "challenge": challenge, "type": "url_verification"}}
	r, err := w.send(ctx, p)
	if err != nil {
		return shown(err, shownChallenge, shownChallenge)
	}
	var given struct {
		Challenge string `json:"challenge"`
	}
	if strings.TrimSpace(string(r.body)) == challenge || exactChallenge(r.body, &given) && given.Challenge == challenge {
		return nil
	}
	return &NotAnsweredError{Shown: shownChallenge, Status: r.status, Cause: "the answer is another text"}
}

// exactChallenge wants the member's very name: encoding/json alone would take any case.
func exactChallenge(body []byte, into any) bool {
	return strings.Contains(string(body), `"challenge"`) && json.Unmarshal(body, into) == nil
}

// OpenHome looks at the app's Home tab, of which the app is told.
func (p *Person) OpenHome(ctx context.Context) error {
	p.w.mu.Lock()
	event := obj{"type": "app_home_opened", "user": p.id, "channel": directID(p.id), "tab": "home", "event_ts": p.w.nextTSLocked()}
	if v := p.w.homes[p.id]; v != nil {
		event["view"] = p.w.viewWire(v)
	}
	p.w.mu.Unlock()
	_, err := p.w.Event(ctx, event)
	return err
}

// noRetryAsked reports whether the app's answer stops further deliveries.
func noRetryAsked(header http.Header) bool { return header.Get("X-Slack-No-Retry") == "1" }
