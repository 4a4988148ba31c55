package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"secretstore/internal/emulator/faults"
)

// maxRequest is more than any call of Slack's API may carry.
const maxRequest = 4 << 20

// Call is one thing that the app asked of Slack.
type Call struct {
	Method string         // such as "chat.postMessage", or "response_url"
	Args   map[string]any // as sent, decoded; without the token
	At     time.Time
	Error  string      // the error word of the answer; "" is ok; "http_503" for a bare status
	Fault  faults.Kind // "" when no fault was in the way
	// Problems are the limits that the blocks or the view broke, in Slack's words.
	Problems []Problem
}

// Calls lists everything that the app asked of Slack, in order of arrival.
func (w *Workspace) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// RawSent lists the bytes of everything that the app ever gave to Slack: bodies of its
// calls, of posts to response URLs, of its answers to requests, and its socket frames.
func (w *Workspace) RawSent() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sent)
}

// Forget empties Calls, RawSent and Deliveries, for a workspace that runs for long.
func (w *Workspace) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.sent, w.deliveries = nil, nil, nil
}

func (w *Workspace) remember(raw []byte) {
	if len(raw) == 0 || w.opt.Forgetful {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, raw)
}

func (w *Workspace) record(method string, a args, f faults.Fault, word string, problems ...Problem) {
	if w.opt.Forgetful {
		return
	}
	sent := maps.Clone(map[string]any(a))
	delete(sent, "token")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, Call{Method: method, Args: sent, At: w.opt.Clock(), Error: word, Fault: f.Kind, Problems: problems})
}

func (w *Workspace) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", w.serveMethod)
	mux.HandleFunc("POST /response/{hook}", w.serveHook)
	mux.HandleFunc("GET /socket/{ticket}", w.serveSocket)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.enter() {
			http.Error(rw, "closed", http.StatusServiceUnavailable)
			return
		}
		defer w.running.Done()
		mux.ServeHTTP(rw, r)
	})
}

// enter counts one request as running, so that Close waits for it.
func (w *Workspace) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.running.Add(1)
	}
	return !w.closed
}

// answer is what goes back to the app.
type answer struct {
	status int
	header http.Header
	body   any
	word   string // Slack's error word, "" when it went well

	problems []Problem // the limits that were broken, if that is why
}

func (a answer) send(rw http.ResponseWriter) {
	maps.Copy(rw.Header(), a.header)
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(a.status)
	_ = json.NewEncoder(rw).Encode(a.body)
}

// failure is the usual answer to a call that Slack refuses: status 200 and an error word.
func failure(word string) answer {
	return answer{status: http.StatusOK, body: obj{"ok": false, "error": word}, word: word}
}

func (w *Workspace) serveMethod(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	if err != nil {
		answer{status: http.StatusRequestEntityTooLarge, body: obj{"ok": false, "error": "request_too_large"}}.send(rw)
		return
	}
	w.remember(body)
	a, err := decodeArgs(r, body)
	if err != nil {
		w.record(name, nil, faults.Fault{}, err.Error())
		failure(err.Error()).send(rw)
		return
	}
	w.respond(rw, r, name, a, func() answer { return w.call(name, r.Header, a) })
}

// respond carries a call out and answers it, unless the plan says otherwise.
func (w *Workspace) respond(rw http.ResponseWriter, r *http.Request, name string, a args, effect func() answer) {
	f, faulty := w.plan.Take(name)
	if !faulty {
		f = faults.Fault{}
	}
	switch f.Kind {
	case faults.Refuse:
		w.answerFault(rw, name, a, f)
	case faults.Lose:
		effect()
		w.answerFault(rw, name, a, f)
	case faults.Late:
		w.running.Go(func() {
			if w.pause(context.Background(), f.Delay) {
				effect()
			}
		})
		w.answerFault(rw, name, a, f)
	case faults.Drop, faults.Cut:
		if f.Kind == faults.Cut {
			effect()
		}
		w.record(name, a, f, "no_answer")
		panic(http.ErrAbortHandler)
	default:
		if f.Kind == faults.Slow && !w.pause(r.Context(), f.Delay) {
			w.record(name, a, f, "no_answer")
			return
		}
		out := effect()
		w.record(name, a, f, out.word, out.problems...)
		out.send(rw)
	}
}

func (w *Workspace) answerFault(rw http.ResponseWriter, name string, a args, f faults.Fault) {
	out := failure(f.Error)
	switch {
	case f.Error != "": // a 200 with Slack's error word
	case f.Status == http.StatusTooManyRequests:
		out = answer{status: f.Status, body: obj{"ok": false, "error": "ratelimited"}, word: "ratelimited"}
	default:
		word := fmt.Sprintf("http_%d", f.Status)
		out = answer{status: f.Status, body: http.StatusText(f.Status), word: word}
	}
	if f.RetryAfter > 0 {
		out.header = retryAfter(f.RetryAfter)
	}
	w.record(name, a, f, out.word)
	out.send(rw)
}

// retryAfter rounds up: Slack counts whole seconds.
func retryAfter(d time.Duration) http.Header {
	seconds := int((d + time.Second - 1) / time.Second)
	return http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}

// pause waits for d and reports whether the call is still wanted afterwards.
func (w *Workspace) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-w.stop:
		return false
	}
}
