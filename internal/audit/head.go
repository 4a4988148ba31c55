package audit

import (
	"context"
	"sync"
	"time"
)

// pollEvery is how soon records of other replicas are noticed.
const pollEvery = time.Second

// head is the newest record number that this process knows of.
type head struct {
	mu    sync.Mutex
	seq   int64
	moved chan struct{} // closed when seq rises
}

// advance wakes everyone who waits for records up to seq.
func (h *head) advance(seq int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if seq > h.seq {
		h.seq = seq
		close(h.moved)
		h.moved = make(chan struct{})
	}
}

// forget has the newest number be read anew.
func (h *head) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq = 0
}

// now returns the newest number, and a channel closed when there is a newer one.
func (h *head) now() (int64, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq, h.moved
}

// Wait returns when a record after number after exists: at once for one that this process
// wrote, within a second for another replica's.
func (l *Log) Wait(ctx context.Context, after int64) error {
	for {
		seq, moved := l.head.now()
		if seq > after {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.quit:
			return ErrClosed
		case <-l.failed:
			return ErrClosed
		case <-time.After(pollEvery):
			size, err := l.Size(ctx)
			if err != nil {
				return err
			}
			if size > seq {
				l.tail.drop()
			}
			l.head.advance(size)
		}
	}
}
