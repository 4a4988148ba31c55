package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"secretstore/internal/emulator/workspace"
)

// maxBody is more than a form of the largest view carries.
const maxBody = 1 << 20

// asked is an error whose sentence is for the person at the page: what they asked for can't
// be done. Any other error is the page's own.
type asked string

func (e asked) Error() string { return string(e) }

// api makes a handler of a func that reads its request from JSON and answers in JSON. The
// answer to a failure is {"error": a sentence}.
func api[T any](serve func(r *http.Request, given T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var given T
		if r.Method != http.MethodGet {
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&given); err != nil {
				respond(w, http.StatusBadRequest, map[string]string{"error": "That request was not understood."})
				return
			}
		}
		out, err := serve(r, given)
		if err != nil {
			respond(w, http.StatusConflict, failure(err))
			return
		}
		respond(w, http.StatusOK, out)
	}
}

// none is the request of those who only look.
type none struct{}

func failure(err error) map[string]string {
	if e, isIt := errors.AsType[*workspace.NotAnsweredError](err); isIt {
		return map[string]string{"error": e.Shown, "cause": e.Cause, "why": why(e)}
	}
	return map[string]string{"error": strings.TrimPrefix(err.Error(), "workspace: ")}
}

// why names the page's words, under chat.why, for what Slack's client leaves unexplained.
func why(e *workspace.NotAnsweredError) string {
	switch {
	case e.Timeout:
		return "late"
	case e.Status == 0:
		return "away"
	case e.Status == http.StatusForbidden:
		return "elsewhere"
	}
	return "refused"
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
