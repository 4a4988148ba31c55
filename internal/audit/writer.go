package audit

import (
	"context"
	"errors"
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
	// or ErrNoPlace before it has written anything, or a driver's error.
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
