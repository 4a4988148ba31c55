package publish

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// A flight tells of one record. All records after the watermark take off together, because a
// person who decides must not wait while others are told; but each waits for the one before
// it of its own change. So what Slack puts off holds up its own change alone. The watermark
// stays before it, and the notices know what was told beyond.
//
// A look is the flight of a patrol, which tells of a change what no record asks for. The
// records of its change wait for it, and no others.
type flight struct {
	change   string
	followed atomic.Bool   // by another of the same change
	begun    atomic.Bool   // of a look: it tells by now, or a record was faster
	landed   chan struct{} // closed when it ended
	err      error         // nil if the record was told of; to be read once it landed
}

// flights are those of the records after the watermark, landed ones too. Only flying itself
// is done outside the goroutine in Run.
type flights struct {
	all     map[int64]*flight  // :: record number -> its flight
	busy    chan struct{}      // holds one of noticeBatch places for each that others wait for
	looks   map[string]*flight // :: change id -> its last look
	looking chan struct{}      // holds one of lookBatch places for each look that has begun
	ctx     context.Context    // of all of them
	stop    context.CancelFunc
	over    sync.WaitGroup
}

// errUntold is a record that was not dealt with; its reason was logged, or is an earlier
// record's of the same change.
var errUntold = errors.New("publish: a record was not told of")

// patient is how long others wait for the messages of a record, before they are told
// beside it.
const patient = time.Second

// handle tells of records, and returns how many of the first are told of: all of them, or
// as many as there are after a while. An error is a record's that the next call tells of
// anew.
func (n *Notifier) handle(ctx context.Context, records []audit.Record) (done int, err error) {
	n.takeOff(ctx, records)
	while, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for _, r := range records {
		if f := n.flights.all[r.Seq]; !f.ended(while) || f.err != nil {
			break
		}
		done++
	}
	if ctx.Err() != nil { // someone else is at it, or nobody will be
		n.ground()
		return done, ctx.Err()
	}
	return done, n.flights.forgetFailed(records)
}

// open makes ready for what takes off.
func (fs *flights) open(ctx context.Context) {
	if fs.stop != nil {
		return
	}
	fs.all, fs.busy = make(map[int64]*flight), make(chan struct{}, noticeBatch)
	fs.looks, fs.looking = make(map[string]*flight), make(chan struct{}, lookBatch)
	fs.ctx, fs.stop = context.WithCancel(context.WithoutCancel(ctx))
}

// takeOff has every record told of that is not yet, and forgets what stands before them.
func (n *Notifier) takeOff(ctx context.Context, records []audit.Record) {
	fs := &n.flights
	fs.open(ctx)
	maps.DeleteFunc(fs.all, func(seq int64, _ *flight) bool { return seq < records[0].Seq })
	last := make(map[string]*flight) // :: change id -> its last flight so far
	for _, r := range records {
		f, known := fs.all[r.Seq]
		if !known {
			f = &flight{change: r.Change, landed: make(chan struct{})}
			fs.all[r.Seq] = f
			before, look := last[r.Change], fs.inTheWay(r.Change)
			if before != nil {
				before.followed.Store(true)
			}
			fs.over.Go(func() { n.fly(fs.ctx, r, f, before, look) })
		}
		last[r.Change] = f
	}
}

// inTheWay is the look that a record of the change has to wait for, nil for none: one that
// has not begun gives way, since what it was to tell may be different by now.
func (fs *flights) inTheWay(change string) *flight {
	look := fs.looks[change]
	if look != nil && look.begun.CompareAndSwap(false, true) {
		delete(fs.looks, change)
		return nil
	}
	return look
}

// forgetFailed lets what failed take off anew, and returns why the first did.
func (fs *flights) forgetFailed(records []audit.Record) (first error) {
	for _, r := range records {
		if f := fs.all[r.Seq]; f.hasLanded() && f.err != nil {
			delete(fs.all, r.Seq)
			first = cmp.Or(first, f.err)
		}
	}
	return first
}

// fly tells of a record, after those before it of its change. Records of no change follow
// each other too: one policy follows another.
func (n *Notifier) fly(ctx context.Context, r audit.Record, f *flight, before ...*flight) {
	defer close(f.landed)
	f.err = errUntold // unless it comes to its end
	for _, b := range before {
		if b == nil {
			continue
		}
		if <-b.landed; b.err != nil {
			return
		}
	}
	select {
	case n.flights.busy <- struct{}{}:
	case <-ctx.Done():
		return
	}
	free := sync.OnceFunc(func() { <-n.flights.busy })
	defer free()
	defer time.AfterFunc(patient, free).Stop()
	secret.Guard(n.Logger, "publish: notices", func() { f.err = n.inform(ctx, r, f.followed.Load()) })
}

// ended waits for a flight to land; false means that ctx ended first.
func (f *flight) ended(ctx context.Context) bool {
	select {
	case <-f.landed:
	case <-ctx.Done():
	}
	return f.hasLanded()
}

func (f *flight) hasLanded() bool {
	select {
	case <-f.landed:
		return true
	default:
		return false
	}
}

// has reports whether a change is being told of.
func (fs *flights) has(change string) bool {
	if look := fs.looks[change]; look != nil && !look.hasLanded() {
		return true
	}
	for _, f := range fs.all {
		if f.change == change && !f.hasLanded() {
			return true
		}
	}
	return false
}

// ground stops everything that is under way, and waits for it.
func (n *Notifier) ground() {
	fs := &n.flights
	if fs.stop == nil {
		return
	}
	fs.stop()
	fs.over.Wait()
	fs.stop, fs.all, fs.looks = nil, nil, nil
}
