package audit

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"
)

// Group commit: one goroutine owns the writes. It takes what is waiting, carries it out in
// one transaction, commits once and answers everyone.
const (
	maxQueue = 4096 // waiting items; one more gets ErrFull
	maxBatch = 256  // items of one transaction
	// writeLimit bounds a transaction. It does not end with the caller's context: a client
	// that hangs up must not take back its own record.
	writeLimit = 10 * time.Second
	// settleLimit bounds the search for the outcome of a COMMIT.
	settleLimit = 5 * time.Second
)

// item is one caller's write.
type item struct {
	// do writes through the batch, and may run again after a rollback. It returns ErrMoved
	// before it has written anything, or a driver's error.
	do    func(*batch) error
	taken atomic.Bool // by the writer, or by a caller who gave up waiting
	err   error
	done  chan struct{}
}

// write queues do and waits until it is durable.
func write[T any](ctx context.Context, l *Log, do func(*batch) (T, error)) (T, error) {
	var result, none T
	it := &item{done: make(chan struct{})}
	it.do = func(b *batch) (err error) {
		result, err = do(b)
		return err
	}
	if err := l.enqueue(ctx, it); err != nil {
		return none, err
	}
	select {
	case <-it.done:
	case <-l.stopped:
		if it.taken.CompareAndSwap(false, true) {
			return none, ErrClosed
		}
		<-it.done
	case <-ctx.Done():
		if it.taken.CompareAndSwap(false, true) {
			return none, context.Cause(ctx)
		}
		select {
		case <-it.done:
		default:
			return none, errors.Join(ErrUnknown, context.Cause(ctx))
		}
	}
	if it.err != nil {
		return none, it.err
	}
	return result, nil
}

func (l *Log) enqueue(ctx context.Context, it *item) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	select {
	case <-l.quit:
		return ErrClosed
	case <-l.failed:
		return ErrClosed
	default:
	}
	select {
	case l.queue <- it:
		return nil
	default:
		return ErrFull
	}
}

// run is the writer's goroutine. It ends when the log is closed and the queue is empty.
func (l *Log) run() {
	defer close(l.stopped)
	defer l.session.reset()
	for {
		select {
		case it := <-l.queue:
			l.commitSafely(l.drain(it))
		case <-l.quit:
			select {
			case it := <-l.queue:
				l.commitSafely(l.drain(it))
			default:
				return
			}
		}
	}
}

// drain takes what else is waiting, up to a full batch, without the items whose callers gave up.
//
// It yields first: callers that were answered a moment ago are ready to run and about to
// write again, and would else find a transaction with a single item under way.
func (l *Log) drain(it *item) []*item {
	runtime.Gosched()
	var items []*item
	for {
		if it.taken.CompareAndSwap(false, true) {
			items = append(items, it)
		}
		if len(items) == maxBatch {
			return items
		}
		select {
		case it = <-l.queue:
		default:
			return items
		}
	}
}

// commitSafely answers every item, whatever happens.
func (l *Log) commitSafely(items []*item) {
	defer func() {
		if r := recover(); r != nil {
			l.logPanic(r)
			l.fail()
			answer(items, ErrUnknown)
		}
	}()
	l.commit(items)
}

// commit carries items out together. When the database rejects a statement, they are
// carried out one by one, so that only the one at fault fails.
func (l *Log) commit(items []*item) {
	if len(items) == 0 {
		return
	}
	v, code, err := l.transact(items)
	if err != nil && v == lost && l.surviving && errors.Is(err, ErrUnavailable) {
		l.session.reset()
		v, code, err = l.transact(items) // nothing was written: a second try is safe
	}
	switch {
	case err == nil:
		answer(items, nil)
	case v == broken:
		l.logger.Error("audit: the database failed; the log closes itself", slog.String("code", code))
		l.fail()
		answer(items, err)
	case v == rejected && len(items) > 1:
		for _, it := range items {
			l.commit([]*item{it})
		}
	default:
		l.session.reset()
		answer(items, err)
	}
}

// transact is one transaction. Its error is a *DatabaseError, with the verdict on it.
func (l *Log) transact(items []*item) (verdict, string, error) {
	if l.hasFailed() {
		return lost, "", ErrClosed
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeLimit)
	defer cancel()
	b, err := beginBatch(ctx, &l.session, l.clock())
	if err != nil {
		return l.undone(err)
	}
	if err := b.carryOut(items); err != nil {
		b.tx.Rollback()
		return l.undone(err)
	}
	if err := b.tx.Commit(); err != nil {
		return l.settle(b, err)
	}
	l.head.advance(b.seq)
	return rejected, "", nil
}

// carryOut runs every item and writes the records. ErrMoved is an item's own answer.
func (b *batch) carryOut(items []*item) error {
	for _, it := range items {
		it.err = it.do(b)
		if it.err != nil && !errors.Is(it.err, ErrMoved) {
			return it.err
		}
	}
	return b.flush()
}

// undone judges an error before COMMIT was sent: nothing was written.
func (l *Log) undone(err error) (verdict, string, error) {
	if errors.Is(err, errHashMissing) {
		return broken, string(DamageHash), ErrClosed
	}
	v, code := l.judge(err)
	if v == broken {
		return v, code, &DatabaseError{ErrClosed, code}
	}
	return v, code, &DatabaseError{ErrUnavailable, code}
}

// settle finds out what became of a COMMIT that was not answered. The lock on the chain
// comes free only when the old transaction has ended one way or the other; then its last
// hash is there or it is not. SQLite has nobody to ask: there a failed COMMIT is a failed disk.
func (l *Log) settle(b *batch, cause error) (verdict, string, error) {
	v, code := l.judge(cause)
	unknown := &DatabaseError{ErrUnknown, code}
	last, ok := b.last()
	switch {
	case !l.surviving:
		return broken, code, unknown
	case !ok:
		return lost, code, unknown
	}
	l.session.reset()
	ctx, cancel := context.WithTimeout(context.Background(), settleLimit)
	defer cancel()
	found, err := l.committed(ctx, last)
	switch {
	case err != nil:
		return lost, code, unknown
	case !found:
		return v, code, &DatabaseError{ErrUnavailable, code}
	}
	l.head.advance(b.seq)
	return rejected, "", nil
}

// committed reports whether a hash was stored, once nobody else is writing.
func (l *Log) committed(ctx context.Context, want storedHash) (bool, error) {
	b, err := beginBatch(ctx, &l.session, l.clock())
	if err != nil {
		return false, err
	}
	defer b.tx.Rollback()
	found := make(frontier)
	err = found.load(ctx, b, []int64{want.index})
	if errors.Is(err, errHashMissing) {
		return false, nil
	}
	return err == nil && found[want.index] == want.hash, err
}

// answer tells the callers; an item that has an answer of its own keeps it when err is nil.
func answer(items []*item, err error) {
	for _, it := range items {
		select {
		case <-it.done: // answered before a panic
			continue
		default:
		}
		if err != nil {
			it.err = err
		}
		close(it.done)
	}
}

// logPanic logs a panic's type and frames, never its text, which may quote anything.
func (l *Log) logPanic(r any) {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	var names []string
	for {
		frame, more := frames.Next()
		names = append(names, frame.Function)
		if !more {
			break
		}
	}
	l.logger.Error("audit: panic while writing", slog.String("type", typeName(r)), slog.Any("frames", names))
}
