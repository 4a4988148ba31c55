package gitguardian

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/emulator/faults"
)

// maxPayload is what the API takes in one call, and tells in its metadata.
const maxPayload = 25 << 20

// answer is what a call is answered with. The header Content-Type has to be exactly
// application/json: ggshield takes a charset for an error.
type answer struct {
	status     int
	kind       string // Content-Type; "": application/json
	body       any    // bytes are sent as they are, anything else as JSON
	retryAfter time.Duration
}

type detail struct {
	Detail string `json:"detail"`
}

func refusal(status int, words string) answer { return answer{status: status, body: detail{words}} }

// call is one request on its way.
type call struct {
	method    string
	key       string
	all       bool // also what is excluded
	documents []wireDocument
}

// ServeHTTP serves one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isLoopback(r.Host) { // a page in a browser that points its own name at this machine
		write(w, refusal(http.StatusForbidden, "The emulator serves loopback host names only."))
		return
	}
	c, refused := read(w, r)
	n := s.arrived(c, r.Header)
	if refused == nil {
		reply := s.reply(c, r)
		refused = &reply
	}
	s.answered(n, refused.status)
	write(w, *refused)
}

// read finds out which call r is, and refuses what is none.
func read(w http.ResponseWriter, r *http.Request) (*call, *answer) {
	c := &call{key: strings.TrimSpace(strings.TrimPrefix(r.Header.Get("Authorization"), "Token"))}
	c.all = strings.EqualFold(r.URL.Query().Get("all_secrets"), "true")
	switch r.Method + " " + r.URL.Path {
	case "GET /exposed/v1/metadata":
		c.method = Metadata
	case "GET /exposed/v1/api_tokens/self":
		c.method = APIToken
	case "GET /exposed/v1/health":
		c.method = Health
	case "GET /exposed/v1/quotas":
		c.method = Quotas
	case "POST /exposed/v1/multiscan":
		c.method = Multiscan
		return c, c.decode(http.MaxBytesReader(w, r.Body, maxPayload))
	default:
		notFound := refusal(http.StatusNotFound, "Not found.")
		return c, &notFound
	}
	return c, nil
}

// reply carries c out, or misbehaves as planned.
func (s *Server) reply(c *call, r *http.Request) answer {
	f, hit := s.plan.Take(c.method)
	if !hit {
		return s.do(c)
	}
	scripted := refusal(f.Status, words(f))
	scripted.retryAfter = f.RetryAfter
	switch f.Kind {
	case faults.Refuse:
		return scripted
	case faults.Lose:
		s.do(c)
		return scripted
	case faults.Drop:
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	case faults.Cut:
		s.do(c)
		panic(http.ErrAbortHandler)
	case faults.Slow:
		s.wait(f.Delay, r)
		return s.do(c)
	}
	return s.malformed(c, f)
}

// wait returns early when the caller has gone or the server closes.
func (s *Server) wait(delay time.Duration, r *http.Request) {
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
	case <-s.closing:
	}
}

// words are what the API says with a status, unless the fault says its own.
func words(f faults.Fault) string {
	switch {
	case f.Error != "":
		return f.Error
	case f.Status == http.StatusUnauthorized:
		return invalidKey
	case f.Status == http.StatusTooManyRequests:
		return "Request was throttled."
	}
	return http.StatusText(f.Status)
}

func write(w http.ResponseWriter, a answer) {
	if a.kind == "" {
		a.kind = "application/json"
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("X-App-Version", appVersion)
	w.Header().Set("X-Secrets-Engine-Version", engineVersion)
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(a.retryAfter.Seconds())))
	}
	w.WriteHeader(a.status)
	if raw, is := a.body.([]byte); is {
		_, _ = w.Write(raw) // fails only when the caller has gone
		return
	}
	_ = json.NewEncoder(w).Encode(a.body)
}

func (s *Server) arrived(c *call, header http.Header) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, Request{Method: c.method, Key: c.key, Header: header.Clone(), Documents: c.kept()})
	return len(s.log) - 1
}

func (s *Server) answered(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log[n].Status = status
}
