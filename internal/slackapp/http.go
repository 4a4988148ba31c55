package slackapp

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"

	"secretstore/internal/secret"
)

// NewHTTP serves Slack's requests and the two probes. The server around it must set
// ReadHeaderTimeout and ReadTimeout: a stranger may send as slowly as the server lets them.
func NewHTTP(t Transport) http.Handler {
	h := &httpServer{newReceiver(t)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", h.live)   // orchestrator: is the process there
	mux.HandleFunc("GET /ready", h.ready) // load balancer: may it have traffic
	if len(t.Keys) > 0 {
		mux.Handle("POST /slack/commands", h.person(decodeCommandForm))         // Slack: someone typed /secret
		mux.Handle("POST /slack/interactions", h.person(decodeInteractionForm)) // Slack: a modal or a button
		mux.Handle("POST /slack/options", h.person(decodeInteractionForm))      // Slack: someone types into a select
		mux.HandleFunc("POST /slack/events", h.event)                           // Slack: Events API
	}
	return h.guard(mux)
}

type httpServer struct {
	*receiver
}

// guard keeps net/http from printing a panic, whose value may hold what was typed.
func (h *httpServer) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if secret.Guard(h.Logger, "slackapp: http", func() { next.ServeHTTP(w, r) }) {
			h.Counters.Failed.Add(1)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	})
}

func (h *httpServer) live(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

// ready keeps the reason to itself: the probe is open to everyone.
func (h *httpServer) ready(w http.ResponseWriter, r *http.Request) {
	if h.Ready != nil && h.Ready(r.Context()) != nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

const (
	typeForm = "application/x-www-form-urlencoded"
	typeJSON = "application/json"
)

// person serves what a person did.
func (h *httpServer) person(decode func([]byte) (decoded, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := readBody(w, r, typeForm)
		if err == nil && isSSLCheck(body) {
			return
		}
		request, err := h.request(r, body, err, decode)
		clear(body)
		if err != nil {
			h.refuse(w, err)
			return
		}
		answer, err := h.answer(r.Context(), request)
		switch {
		case err != nil:
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		case answer != nil:
			w.Header().Set("Content-Type", typeJSON)
			_, _ = w.Write(answer)
		}
	})
}

// request brings a body, or the reason why there is none, to an admitted request.
func (h *httpServer) request(r *http.Request, body []byte, err error, decode func([]byte) (decoded, error)) (Request, error) {
	if err != nil {
		return Request{}, err
	}
	if err := h.prove(r.Header, body); err != nil {
		return Request{}, err
	}
	d, err := decode(body)
	if err != nil {
		return Request{}, err
	}
	return h.admit(d, h.Clock())
}

// prove checks that Slack sent body, now, and for the first time.
func (h *httpServer) prove(header http.Header, body []byte) error {
	now := h.Clock()
	proof, err := Verify(header, body, h.Keys, now)
	if err != nil {
		return err
	}
	if !h.seen.Proof(proof, now) {
		return Replayed
	}
	return nil
}

// refuse answers with a status, and counts.
func (h *httpServer) refuse(w http.ResponseWriter, err error) {
	refusal, ok := errors.AsType[Refusal](err)
	if !ok {
		refusal = Malformed // unreachable: what comes before the Handler returns Refusals
	}
	h.Counters.refuse(refusal)
	http.Error(w, http.StatusText(refusal.Status()), refusal.Status())
}

// event answers the Events API. The app subscribes to nothing yet: what comes is verified,
// counted and acknowledged, and Slack's proof of the URL is given.
func (h *httpServer) event(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r, typeJSON)
	if err == nil {
		err = h.prove(r.Header, body)
	}
	var e event
	if err == nil {
		e, err = decodeEvent(body)
	}
	if err == nil && e.challenge == "" {
		err = h.Identity.admitEvent(e.origin)
	}
	clear(body)
	switch {
	case err != nil:
		w.Header().Set("X-Slack-No-Retry", "1") // the same again would be refused again
		h.refuse(w, err)
	case e.challenge != "":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, e.challenge)
	default:
		h.countEvent(r.Header.Get("X-Slack-Retry-Num") != "")
	}
}

func (r *receiver) countEvent(retry bool) {
	r.Counters.Events.Add(1)
	if retry {
		r.Counters.EventRetries.Add(1)
	}
}

// isSSLCheck recognises Slack's probe of a command's certificate, which bears no
// signature that one could rely on. It is answered with an empty 200 and has no effect.
func isSSLCheck(body []byte) bool {
	for pair := range bytes.SplitSeq(body, []byte("&")) {
		if string(pair) == "ssl_check=1" {
			return true
		}
	}
	return false
}

// readBody reads a whole body of the wanted type into one buffer of its size, so that
// growing leaves no copies behind.
func readBody(w http.ResponseWriter, r *http.Request, want string) ([]byte, error) {
	if r.ContentLength > MaxBody {
		return nil, TooLarge
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != want {
		return nil, Malformed
	}
	in := http.MaxBytesReader(w, r.Body, MaxBody)
	if r.ContentLength < 0 {
		body, err := io.ReadAll(in)
		return body, bodyError(err)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(in, body)
	return body, bodyError(err)
}

func bodyError(err error) error {
	if err == nil {
		return nil
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return TooLarge
	}
	return Malformed
}
