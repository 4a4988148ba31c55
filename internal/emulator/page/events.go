package page

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// source is what wakes one tab of the open pages: a subscription to the service that it
// shows, as the emulators offer it.
type source struct {
	event     string
	subscribe func() (changed <-chan struct{}, cancel func())
}

// sources lists the tabs that change by themselves.
func (p *page) sources() []source {
	all := []source{{"chat", p.Workspace.Subscribe}, {"faults", p.Workspace.Faults().Subscribe}, {"faults", p.watchBacklog}}
	if p.Manager != nil {
		m := manager{p.Manager.Console()}
		all = append(all, source{"manager", m.subscribe}, source{"faults", p.Manager.Faults().Subscribe})
	}
	if p.Sheets != nil {
		all = append(all, source{"sheet", p.Sheets.Hand().Subscribe}, source{"faults", p.Sheets.Faults().Subscribe})
	}
	return all
}

// settle is how long changes are gathered before the pages are told: one act of the app is
// several.
const settle = 30 * time.Millisecond

// serveEvents tells an open page which tabs have changed, until it goes away. Every event
// is sent once at first, so that a page that was cut off looks again.
func (p *page) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	ctx := r.Context()
	changed, pending := follow(ctx, p.sources())
	due := time.After(0)
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-changed:
			if len(pending) == 0 {
				due = time.After(settle)
			}
			pending[event] = true
		case <-due:
			if !tell(w, pending) {
				return
			}
			clear(pending)
		}
	}
}

// follow sends the event of every source that changes until ctx ends, and names all events.
func follow(ctx context.Context, sources []source) (changed <-chan string, events map[string]bool) {
	to := make(chan string)
	events = make(map[string]bool)
	for _, s := range sources {
		events[s.event] = true
		woken, cancel := s.subscribe()
		go func() {
			defer cancel()
			for forward(ctx, woken, to, s.event) {
			}
		}()
	}
	return to, events
}

// forward passes one change on; false when ctx ended.
func forward(ctx context.Context, woken <-chan struct{}, to chan<- string, event string) bool {
	select {
	case <-woken:
	case <-ctx.Done():
		return false
	}
	select {
	case to <- event:
		return true
	case <-ctx.Done():
		return false
	}
}

func tell(w http.ResponseWriter, events map[string]bool) bool {
	for event := range events {
		if _, err := fmt.Fprintf(w, "event: %s\ndata: {}\n\n", event); err != nil {
			return false
		}
	}
	return http.NewResponseController(w).Flush() == nil
}
