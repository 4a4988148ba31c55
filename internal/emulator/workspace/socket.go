package workspace

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxSockets   = 10 // open connections of one app
	pingInterval = 5 * time.Second
)

// sockets is the state of Socket Mode, under Workspace.mu.
type sockets struct {
	tickets map[string]bool         // :: ticket of a connection URL -> not used yet
	open    []*socket               // in the order in which they are next used
	waiting map[string]chan<- reply // :: envelope id -> who waits for its acknowledgement
}

func newSockets() sockets {
	return sockets{tickets: map[string]bool{}, waiting: map[string]chan<- reply{}}
}

// socket is one WebSocket connection of the app.
type socket struct {
	conn    *websocket.Conn
	writing sync.Mutex
	gone    chan struct{} // closed when the connection ended
	leaving bool          // was told to disconnect: gets nothing new
}

func (s *socket) write(frame []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.conn.WriteMessage(websocket.TextMessage, frame)
}

// connectionsOpen gives a URL that works for one connection.
func connectionsOpen(w *Workspace, _ args) answer {
	ticket := strings.ToLower(rand.Text())
	w.sockets.tickets[ticket] = true
	return ok(obj{"url": "ws" + strings.TrimPrefix(w.base, "http") + "/socket/" + ticket})
}

func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	if !w.punch(r.PathValue("ticket")) {
		http.Error(rw, "this URL was used already or never given out", http.StatusNotFound)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer conn.Close()
	s := &socket{conn: conn, gone: make(chan struct{})}
	defer close(s.gone)
	count, admitted := w.admit(s)
	if !admitted {
		_ = s.write(disconnectFrame("too_many_websockets"))
		return
	}
	defer w.dismiss(s)
	if s.write(w.helloFrame(count)) != nil {
		return
	}
	w.running.Go(func() { w.ping(s) })
	w.listen(s)
}

func (w *Workspace) punch(ticket string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh := w.sockets.tickets[ticket]
	delete(w.sockets.tickets, ticket)
	return fresh
}

func (w *Workspace) admit(s *socket) (count int, admitted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.sockets.open) >= maxSockets {
		return 0, false
	}
	w.sockets.open = append(w.sockets.open, s)
	w.watchers.Wake()
	return len(w.sockets.open), true
}

func (w *Workspace) dismiss(s *socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sockets.open = slices.DeleteFunc(w.sockets.open, func(x *socket) bool { return x == s })
	w.watchers.Wake()
}

func (w *Workspace) helloFrame(count int) []byte {
	raw, _ := json.Marshal(obj{
		"type": "hello", "num_connections": count, "connection_info": obj{"app_id": w.opt.AppID},
		"debug_info": obj{"host": "applink-emulator", "build_number": 1, "approximate_connection_time": 18060},
	})
	return raw
}

func disconnectFrame(reason string) []byte {
	raw, _ := json.Marshal(obj{"type": "disconnect", "reason": reason, "debug_info": obj{"host": "applink-emulator"}})
	return raw
}

// ping keeps the connection alive for clients that leave when they hear nothing.
func (w *Workspace) ping(s *socket) {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = s.conn.WriteControl(websocket.PingMessage, []byte("emulator"), time.Now().Add(time.Second))
		case <-s.gone:
			return
		}
	}
}

// listen takes acknowledgements until the connection ends.
func (w *Workspace) listen(s *socket) {
	for {
		_, frame, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		w.remember(frame)
		w.acknowledge(frame)
	}
}

// acknowledge hands a reply to whoever waits for it. Replies that are too large, of
// unknown envelopes, or not JSON, vanish without a word, as they do at Slack.
func (w *Workspace) acknowledge(frame []byte) {
	var ack struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	if len(frame) >= maxEnvelopeReply || json.Unmarshal(frame, &ack) != nil {
		return
	}
	w.mu.Lock()
	waiting := w.sockets.waiting[ack.ID]
	delete(w.sockets.waiting, ack.ID)
	w.mu.Unlock()
	if waiting != nil {
		waiting <- reply{status: http.StatusOK, body: bodyOf(ack.Payload)}
	}
}

// bodyOf makes of an acknowledgement's payload what an HTTP answer would have been.
func bodyOf(payload json.RawMessage) []byte {
	var text string
	switch {
	case string(payload) == "null":
		return nil
	case json.Unmarshal(payload, &text) == nil:
		return []byte(text)
	}
	return payload
}

// sendEnvelope gives a parcel to one of the app's connections and waits for its
// acknowledgement.
func (w *Workspace) sendEnvelope(ctx context.Context, p parcel) (reply, error) {
	id := newID("envelope-")
	envelope := obj{"envelope_id": id, "type": p.kind, "payload": p.payload, "accepts_response_payload": p.kind != "events_api"}
	if p.kind == "events_api" {
		envelope["retry_attempt"], envelope["retry_reason"] = p.retry, p.reason
	}
	frame, err := json.Marshal(envelope)
	if err != nil {
		return reply{}, err
	}
	waiting := make(chan reply, 1)
	w.recordDelivery(Delivery{Path: "socket", Body: frame})
	w.mu.Lock()
	w.sockets.waiting[id] = waiting
	w.mu.Unlock()
	defer w.forget(id)
	if err := w.DeliverEnvelope(frame); err != nil {
		return reply{}, &NotAnsweredError{Cause: err.Error()}
	}
	select {
	case r := <-waiting:
		return r, nil
	case <-ctx.Done():
		return reply{}, refusedBy(ctx, ctx.Err())
	}
}

func (w *Workspace) forget(envelope string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sockets.waiting, envelope)
}

// DeliverEnvelope writes any frame to one of the app's connections, so that a test can
// replay or corrupt one. Connections take turns: none is bound to a person or a view.
func (w *Workspace) DeliverEnvelope(frame []byte) error {
	w.mu.Lock()
	var s *socket
	if i := slices.IndexFunc(w.sockets.open, func(s *socket) bool { return !s.leaving }); i >= 0 {
		s = w.sockets.open[i]
		w.sockets.open = append(slices.Delete(w.sockets.open, i, i+1), s)
	}
	w.mu.Unlock()
	if s == nil {
		return fmt.Errorf("the app has no URL and no open Socket Mode connection")
	}
	return s.write(frame)
}

// Sockets counts the app's open connections.
func (w *Workspace) Sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sockets.open)
}

// AwaitSockets waits until the app has n open connections or more.
func (w *Workspace) AwaitSockets(ctx context.Context, n int) error {
	changed, cancel := w.Subscribe()
	defer cancel()
	for w.Sockets() < n {
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("workspace: the app has %d connections, not %d: %w", w.Sockets(), n, ctx.Err())
		}
	}
	return nil
}

// Disconnect asks every connection to leave, for a reason such as "refresh_requested",
// "warning" or "link_disabled". It gets nothing new, and is closed when it has not left by
// itself within the acknowledgement time.
func (w *Workspace) Disconnect(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	for _, s := range w.sockets.open {
		s.leaving = true
		w.running.Go(func() {
			_ = s.write(disconnectFrame(reason))
			timer := time.NewTimer(w.opt.AckTimeout)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-w.stop:
			case <-s.gone:
			}
			_ = s.conn.Close()
		})
	}
}

// CutSockets ends every connection without a word.
func (w *Workspace) CutSockets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sockets.open {
		_ = s.conn.Close()
	}
}
