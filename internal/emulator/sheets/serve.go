package sheets

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"secretstore/internal/emulator/faults"
)

// maxBody bounds one request in memory. Google recommends 2 MB and names no hard cap.
const maxBody = 64 << 20

// ServeHTTP serves one call. It may be called without a network, for tests whose clock
// is not the real one.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !loopback(r.Host) { // a page in a browser that points its own name at this machine
		s.answer(w, nil, &apiError{code: 403, message: "The emulator serves loopback host names only."})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.answer(w, nil, &apiError{code: 413, message: "Request payload size exceeds the limit."})
		return
	}
	s.mu.Lock()
	s.bodies = append(s.bodies, body)
	s.mu.Unlock()
	c, fault := route(r, body)
	if fault != nil {
		s.answer(w, nil, fault)
		return
	}
	s.serve(w, c)
}

func (s *Server) serve(w http.ResponseWriter, c *call) {
	n := s.arrived(c)
	respond := func(reply any, fault *apiError) {
		s.answered(n, s.answer(w, reply, fault))
	}
	f, hit := s.faults.Take(c.method)
	if !hit {
		respond(s.do(c))
		return
	}
	scripted := &apiError{code: f.Status, message: faultWords(f.Status), retryAfter: f.RetryAfter}
	switch f.Kind {
	case faults.Refuse:
		respond(nil, scripted)
	case faults.Lose:
		s.do(c)
		respond(nil, scripted)
	case faults.Drop:
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	case faults.Cut:
		s.do(c)
		panic(http.ErrAbortHandler)
	case faults.Slow:
		time.Sleep(f.Delay)
		respond(s.do(c))
	case faults.Late:
		time.AfterFunc(f.Delay, func() { s.do(c) })
		respond(nil, scripted)
	case faults.Stale:
		c.stale = true
		respond(s.do(c))
	default:
		respond(nil, &apiError{code: 501, message: "The emulator does not know this kind of fault."})
	}
}

// do carries c out and publishes its effect.
func (s *Server) do(c *call) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &apiError{code: 503, message: faultWords(503)}
	}
	if s.quota != nil {
		if fault := s.quota.spend(c.user, c.write, s.clock()); fault != nil {
			return nil, fault
		}
	}
	b, fault := s.openLocked(c)
	if fault != nil {
		return nil, fault
	}
	next, reply, fault := c.op.apply(b)
	if fault != nil {
		return nil, fault
	}
	if next != nil {
		if fault := s.publishLocked(next); fault != nil {
			return nil, fault
		}
	}
	return masked(reply, c.fields), nil
}

// openLocked finds the spreadsheet of c, in the state that c is to see.
func (s *Server) openLocked(c *call) (*book, *apiError) {
	b := s.shelf[c.spreadsheet]
	if b == nil {
		return nil, &apiError{code: 404, message: "Requested entity was not found."}
	}
	if s.private[c.spreadsheet] {
		return nil, &apiError{code: 403, message: "The caller does not have permission"}
	}
	if old := s.before[c.spreadsheet]; c.stale && !c.write && old != nil {
		return old, nil
	}
	return b, nil
}

// publishLocked makes next the newest state, on disk first.
func (s *Server) publishLocked(next *book) *apiError {
	old := s.shelf[next.ID]
	s.shelf[next.ID] = next
	if err := s.save(); err != nil {
		s.shelf[next.ID] = old
		return &apiError{code: 500, message: faultWords(500)}
	}
	s.before[next.ID] = old
	s.watchers.Wake()
	return nil
}

func (s *Server) arrived(c *call) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, rows := c.op.size()
	s.log = append(s.log, Request{Method: c.method, Spreadsheet: c.spreadsheet, Write: c.write, Sub: sub, Rows: rows})
	return len(s.log) - 1
}

func (s *Server) answered(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log[n].Status = status
}

// answer writes reply, or the fault in Google's error shape, and returns the status sent.
func (s *Server) answer(w http.ResponseWriter, reply any, fault *apiError) int {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	status := http.StatusOK
	if fault != nil {
		status, reply = fault.code, fault.wire()
		if fault.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(fault.retryAfter.Seconds())))
		}
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(reply) // fails only when the caller has gone
	return status
}
