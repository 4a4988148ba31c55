package slackapp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"secretstore/internal/secret"
)

// Limits of what goes on after an answer.
const (
	// maxWork is how many views are being filled at once.
	maxWork = 256
	// pageWithin is how long a view may take to be filled; a view that says why it was
	// not has as long again.
	pageWithin = 12 * time.Second
)

// work is what goes on after Slack got its answer, in goroutines of its own: bounded in
// number, each with a deadline, none able to end the process.
type work struct {
	logger  *slog.Logger
	places  chan struct{}
	running sync.WaitGroup
}

func newWork(logger *slog.Logger) *work {
	return &work{logger: logger, places: make(chan struct{}, maxWork)}
}

// reserve takes a place; nil if there is none. What is reserved is either started or given back.
func (w *work) reserve() *place {
	select {
	case w.places <- struct{}{}:
		return &place{w}
	default:
		return nil
	}
}

// place is room for one task.
type place struct {
	work *work
}

// start runs task in it, with a context that ends after within.
func (p *place) start(name string, within time.Duration, task func(context.Context)) {
	p.work.running.Go(func() {
		defer p.back()
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		secret.Guard(p.work.logger, "slackapp: "+name, func() { task(ctx) })
	})
}

func (p *place) back() { <-p.work.places }

// drain waits until nothing runs, or ctx ends.
func (w *work) drain(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.running.Wait()
	}()
	select {
	case <-ctx.Done():
	case <-done:
	}
}
