package store

import (
	"sync"
	"time"
)

// Slack waits 3 s for the answer to a form, and nobody waits that short for what comes
// after it. So where many forms arrive at once, their answers go first, and changes that
// are recorded already begin a little later.
const (
	// rushCalm is for how long nothing may have arrived for a rush to be over.
	rushCalm = 20 * time.Millisecond
	// rushMost is the longest that a change steps aside.
	rushMost = 2 * time.Second
)

// rush counts the submissions that are on their way to their answer. The zero rush is none.
type rush struct {
	mu     sync.Mutex
	inside int
	over   chan struct{} // closed when the rush is over; nil when there is none
	timer  *time.Timer
}

// enter counts one submission until it leaves.
func (r *rush) enter() (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside++
	if r.timer != nil {
		r.timer.Stop()
	}
	return r.leave
}

func (r *rush) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inside--; r.inside == 0 && r.over != nil {
		r.timer = time.AfterFunc(rushCalm, r.end)
	}
}

func (r *rush) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inside == 0 && r.over != nil {
		close(r.over)
		r.over, r.timer = nil, nil
	}
}

// aside returns a func that waits until the rush is over, at most for rushMost. It does
// not wait where the submission that asks is the only one.
func (r *rush) aside() (wait func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over == nil && r.inside <= 1 {
		return func() {}
	}
	if r.over == nil {
		r.over = make(chan struct{})
	}
	over := r.over
	return func() {
		most := time.NewTimer(rushMost)
		defer most.Stop()
		select {
		case <-over:
		case <-most.C:
		}
	}
}
