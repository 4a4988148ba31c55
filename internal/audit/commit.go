package audit

import (
	"context"
	"errors"
	"log/slog"

	"secretstore/internal/secret"
)

// commitSafely answers every item, whatever happens.
func (l *Log) commitSafely(items []*item) {
	if secret.Guard(l.logger, "audit: writing", func() { l.commit(items) }) {
		l.fail()
		answer(items, ErrUnknown)
	}
}

// commit carries items out together. When the database rejects a statement, they are
// carried out one by one, so that only the one at fault fails.
func (l *Log) commit(items []*item) {
	if len(items) == 0 {
		return
	}
	v, code, err := l.transact(items)
	if err != nil && v == lost && l.surviving && errors.Is(err, ErrUnavailable) {
		l.reset()
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
		l.reset()
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
	b.edge = l.edge.take(b.seq)
	if err := b.carryOut(items); err != nil {
		b.tx.Rollback()
		return l.undone(err)
	}
	if err := b.tx.Commit(); err != nil {
		return l.settle(b, err)
	}
	l.took(b)
	return rejected, "", nil
}

// reset lets go of a connection that may be broken, and of what is known of the log: the next
// one may lead to a server that took over, and lacks what the one before it had not sent on.
func (l *Log) reset() {
	l.session.reset()
	l.edge = keptEdge{}
	l.tail.drop()
	l.head.forget()
}

// took lets everyone know of a batch that is durable.
func (l *Log) took(b *batch) {
	l.edge = keptEdge{b.seq, b.edge}
	l.tail.add(b.first, b.records)
	l.head.advance(b.seq)
}

// carryOut runs every item and writes the records. That it does not apply any more is an
// item's own answer.
func (b *batch) carryOut(items []*item) error {
	for _, it := range items {
		it.err = it.do(b)
		if it.err != nil && !errors.Is(it.err, ErrMoved) && !errors.Is(it.err, ErrNoPlace) {
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
	l.reset()
	ctx, cancel := context.WithTimeout(context.Background(), settleLimit)
	defer cancel()
	found, err := l.committed(ctx, last)
	switch {
	case err != nil:
		return lost, code, unknown
	case !found:
		return v, code, &DatabaseError{ErrUnavailable, code}
	}
	l.took(b)
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
