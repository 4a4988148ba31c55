package slackapp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/slack-go/slack"
)

// SlackKind sorts what can go wrong with a call to Slack by what to do about it.
type SlackKind string

// The kinds.
const (
	SlackBusy      SlackKind = "busy"      // rate limited; nothing happened, RetryAfter says when
	SlackDown      SlackKind = "down"      // not reached; nothing happened
	SlackAmbiguous SlackKind = "ambiguous" // broke off; it may have happened
	SlackDenied    SlackKind = "denied"    // token, scope or membership: an administrator's matter
	SlackGone      SlackKind = "gone"      // what it was about is there no more: a closed view, a deleted message
	SlackExpired   SlackKind = "expired"   // the trigger is older than 3 s, or used up
	SlackStale     SlackKind = "stale"     // the view has changed since (hash_conflict)
	SlackRejected  SlackKind = "rejected"  // Slack does not take it as it is: our fault
)

// SlackError is every error of a Client. It holds no text of Slack's or of a transport:
// those quote URLs that are capabilities.
type SlackError struct {
	// Op is the method, such as "views.open".
	Op   string
	Kind SlackKind
	// Code is Slack's own word, such as "hash_conflict", if it is one we know; else "".
	Code string
	// RetryAfter belongs to SlackBusy.
	RetryAfter time.Duration
}

// Error returns the operation, the kind and the code.
func (e *SlackError) Error() string {
	text := "slackapp: " + e.Op + ": " + string(e.Kind)
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	return text
}

// Effect reports whether the call may have had its effect.
func (e *SlackError) Effect() bool { return e.Kind == SlackAmbiguous }

// passes reports whether the same call may succeed in a while.
func passes(err error) bool {
	e, ok := errors.AsType[*SlackError](err)
	return ok && (e.Kind == SlackBusy || e.Kind == SlackDown || e.Kind == SlackAmbiguous)
}

// slackCodes sorts Slack's error words (docs: reference/methods, each method's errors).
// A word that is not here is SlackRejected.
var slackCodes = map[string]SlackKind{
	"ratelimited": SlackBusy, "rate_limited": SlackBusy, "message_limit_exceeded": SlackBusy,

	"fatal_error": SlackAmbiguous, "internal_error": SlackAmbiguous, "request_timeout": SlackAmbiguous,
	"service_unavailable": SlackAmbiguous, "team_added_to_org": SlackAmbiguous,

	"not_authed": SlackDenied, "invalid_auth": SlackDenied, "account_inactive": SlackDenied,
	"token_expired": SlackDenied, "token_revoked": SlackDenied, "missing_scope": SlackDenied,
	"no_permission": SlackDenied, "not_allowed_token_type": SlackDenied, "access_denied": SlackDenied,
	"org_login_required": SlackDenied, "ekm_access_denied": SlackDenied, "team_access_not_granted": SlackDenied,
	"enterprise_is_restricted": SlackDenied, "two_factor_setup_required": SlackDenied,
	"plan_upgrade_required": SlackDenied, "invalid_team": SlackDenied, "not_in_channel": SlackDenied, "restricted_action": SlackDenied, "messages_tab_disabled": SlackDenied,

	"not_found": SlackGone, "view_not_found": SlackGone, "channel_not_found": SlackGone,
	"message_not_found": SlackGone, "user_not_found": SlackGone, "user_not_visible": SlackGone,
	"user_disabled": SlackGone, "user_not_in_channel": SlackGone, "is_archived": SlackGone,
	"is_inactive": SlackGone, "edit_window_closed": SlackGone, "cant_update_message": SlackGone,
	"no_such_subteam": SlackGone, "thread_not_found": SlackGone, "expired_url": SlackGone, "used_url": SlackGone,

	"expired_trigger_id": SlackExpired, "exchanged_trigger_id": SlackExpired, "invalid_trigger_id": SlackExpired,
	"trigger_expired": SlackExpired, "trigger_exchanged": SlackExpired,

	"hash_conflict": SlackStale,

	"view_too_large": SlackRejected, "push_limit_reached": SlackRejected, "duplicate_external_id": SlackRejected,
	"invalid_arguments": SlackRejected, "invalid_blocks": SlackRejected, "msg_too_long": SlackRejected,
	"msg_blocks_too_long": SlackRejected, "no_text": SlackRejected, "invalid_payload": SlackRejected,
}

// defaultRetryAfter is waited where Slack says that it is busy but not for how long.
const defaultRetryAfter = 30 * time.Second

// slackError turns any error of slack-go or below into a *SlackError; nil stays nil.
func slackError(op string, err error) error {
	if err == nil {
		return nil
	}
	if busy, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return &SlackError{Op: op, Kind: SlackBusy, RetryAfter: busy.RetryAfter}
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return statusError(op, status.Code)
	}
	if answer, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return codeError(op, answer.Err)
	}
	if _, ok := errors.AsType[*strconv.NumError](err); ok {
		// A 429 whose Retry-After is no number comes back as the parser's error.
		return &SlackError{Op: op, Kind: SlackBusy, RetryAfter: defaultRetryAfter}
	}
	if unsent(err) {
		return &SlackError{Op: op, Kind: SlackDown}
	}
	return &SlackError{Op: op, Kind: SlackAmbiguous}
}

// codeError sorts a word of Slack's.
func codeError(op, code string) *SlackError {
	kind, known := slackCodes[code]
	if !known {
		return &SlackError{Op: op, Kind: SlackRejected}
	}
	e := &SlackError{Op: op, Kind: kind, Code: code}
	if kind == SlackBusy {
		e.RetryAfter = defaultRetryAfter
	}
	return e
}

// statusError sorts an answer other than 200 whose body is not read: Slack sends HTML
// there, or plain words for a response URL.
func statusError(op string, status int) *SlackError {
	switch {
	case status == http.StatusTooManyRequests:
		return &SlackError{Op: op, Kind: SlackBusy, RetryAfter: defaultRetryAfter}
	case status >= http.StatusInternalServerError:
		return &SlackError{Op: op, Kind: SlackAmbiguous}
	case status == http.StatusNotFound || status == http.StatusGone:
		return &SlackError{Op: op, Kind: SlackGone}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return &SlackError{Op: op, Kind: SlackDenied}
	}
	return &SlackError{Op: op, Kind: SlackRejected}
}

// unsent reports whether no connection came about, so that nothing was sent.
func unsent(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
