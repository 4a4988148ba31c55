package publish

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

var (
	// errUntold is a record that was not dealt with; its reason was logged.
	errUntold = errors.New("publish: a record was not told of")
	// errUnderWay is a record that is being told of.
	errUnderWay = errors.New("publish: a record is being told of")
)

// patient is how long others wait for the messages of a record, before they are told
// beside it.
const patient = time.Second

// flights are the records after the watermark that are being told of, or were: all changes
// at the same time, because a person who decides must not wait while others are told, and
// each change in the order of its records. What Slack puts off holds up its own change
// alone. The watermark stays before it, and the notices know what was told beyond.
type flights struct {
	mu     sync.Mutex
	fates  map[int64]error           // :: record number -> nil once it is told of
	queues map[string][]audit.Record // :: change id -> what is being told of, and what follows
	young  int                       // queues that began less than patient ago
	moved  chan struct{}             // closed when something ended
	ctx    context.Context           // of everything under way
	stop   context.CancelFunc
	over   sync.WaitGroup
}

// handle tells of records, and returns how many of the first are told of: all of them, or
// as many as there are after a while.
func (n *Notifier) handle(ctx context.Context, records []audit.Record) (done int, err error) {
	late := time.NewTimer(patient)
	defer late.Stop()
	for {
		done, open, moved, err := n.takeUp(ctx, records)
		if err != nil || !open {
			return done, err
		}
		select {
		case <-moved:
		case <-late.C:
			return done, nil
		case <-ctx.Done(): // someone else is at it, or nobody will be
			n.ground()
			return done, ctx.Err()
		}
	}
}

// takeUp begins what of the records has not begun, as many as are told of at once, and says
// how far they are. One that failed is begun anew by the next call.
func (n *Notifier) takeUp(ctx context.Context, records []audit.Record) (done int, open bool, moved <-chan struct{}, err error) {
	f := &n.flights
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepare(ctx, records[0].Seq)
	for _, r := range records {
		fate, known := f.fates[r.Seq]
		switch {
		case !known:
			if f.young < noticeBatch {
				n.take(r)
			}
			open = true
		case fate == errUnderWay:
			open = true
		case fate != nil:
			delete(f.fates, r.Seq)
			err = fate
		case !open && err == nil:
			done++
		}
	}
	return done, open, f.moved, err
}

// prepare forgets what stands before the watermark.
func (f *flights) prepare(ctx context.Context, first int64) {
	if f.stop == nil {
		f.fates, f.queues, f.moved = make(map[int64]error), make(map[string][]audit.Record), make(chan struct{})
		f.ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	}
	maps.DeleteFunc(f.fates, func(seq int64, _ error) bool { return seq < first })
}

// take has a record told of, after those of its change that are under way. Records of no
// change follow each other too: one policy follows another.
func (n *Notifier) take(r audit.Record) {
	f := &n.flights
	queue, busy := f.queues[r.Change]
	f.queues[r.Change], f.fates[r.Seq] = append(queue, r), errUnderWay
	if busy {
		return
	}
	f.young++
	grown := sync.OnceFunc(func() { f.change(func() { f.young-- }) })
	time.AfterFunc(patient, grown)
	ctx := f.ctx
	f.over.Go(func() {
		defer grown()
		told := false
		secret.Guard(n.Logger, "publish: notices", func() { told = n.follow(ctx, r.Change) })
		if !told {
			f.change(func() { f.fail(r.Change) })
		}
	})
}

// follow tells of the records of one change, until none is left or one of them fails.
func (n *Notifier) follow(ctx context.Context, change string) (told bool) {
	for {
		r, more, ok := n.flights.next(change)
		if !ok {
			return true
		}
		err := n.inform(ctx, r, more)
		n.flights.change(func() { n.flights.fates[r.Seq] = err })
		if err != nil {
			return false
		}
	}
}

// next takes a record off the queue of its change; more follow.
func (f *flights) next(change string) (r audit.Record, more, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	queue := f.queues[change]
	for len(queue) > 0 && f.fates[queue[0].Seq] != errUnderWay {
		queue = queue[1:]
	}
	f.queues[change] = queue
	if len(queue) == 0 {
		delete(f.queues, change) // what comes from now on begins anew
		return r, false, false
	}
	return queue[0], len(queue) > 1, true
}

// fail ends the queue of a change of which a record failed.
func (f *flights) fail(change string) {
	for _, r := range f.queues[change] {
		if f.fates[r.Seq] == errUnderWay {
			f.fates[r.Seq] = errUntold
		}
	}
	delete(f.queues, change)
}

// change changes what is known of the flights, and wakes whoever waits for that.
func (f *flights) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how()
	close(f.moved)
	f.moved = make(chan struct{})
}

// has reports whether a change is being told of.
func (f *flights) has(change string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, busy := f.queues[change]
	return busy
}

// ground stops everything that is under way, and waits for it.
func (n *Notifier) ground() {
	f := &n.flights
	if f.stop == nil {
		return
	}
	f.stop()
	f.over.Wait()
	f.stop = nil
}
