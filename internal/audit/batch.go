package audit

import (
	"context"
	"database/sql"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// batch is one transaction that carries out many items. Changes, feeds and notices are
// written as the items ask; records are numbered and hashed in memory and written at the
// end, many to a statement. The numbers are spent only with the COMMIT, so they have no gaps.
type batch struct {
	*session
	ctx context.Context
	tx  *sql.Tx
	now time.Time // the clock's, for leases

	first, seq int64 // the newest record before the batch, and now
	timeMS     int64 // the newest record's time
	lines      []line
	records    []Record // as they read once they are written
	edge       frontier // nil: not read yet
	hashes     []storedHash
}

// storedHash is a row of table tlog_hash.
type storedHash struct {
	index int64
	hash  tlog.Hash
}

// beginBatch starts the transaction and locks the chain: whoever writes does this first.
func beginBatch(ctx context.Context, s *session, now time.Time) (*batch, error) {
	tx, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	b := &batch{session: s, ctx: ctx, tx: tx, now: now}
	if err := b.QueryRowContext(ctx, lockChain).Scan(&b.seq, &b.timeMS); err != nil {
		tx.Rollback()
		return nil, err
	}
	b.first = b.seq
	return b, nil
}

// exec returns the number of rows that changed.
func (b *batch) exec(text string, args ...any) (int64, error) {
	return b.session.exec(b.ctx, text, args...)
}

func (b *batch) row(text string, args ...any) *sql.Row {
	return b.QueryRowContext(b.ctx, text, args...)
}

// add gives records their numbers, times and hashes.
func (b *batch) add(drafts []draft) error {
	for _, d := range drafts {
		if err := b.addOne(d); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) addOne(d draft) (err error) {
	if b.edge == nil {
		if _, b.edge, err = root(b.ctx, b, b.seq); err != nil {
			return err
		}
	}
	b.seq++
	b.timeMS = max(b.timeMS, toMS(b.now))
	d.Seq, d.Time = b.seq, fromMS(b.timeMS)
	leaf := d.encode()
	first, hashes, err := b.edge.grow(d.Seq, leaf)
	if err != nil {
		return err
	}
	for i, hash := range hashes {
		b.hashes = append(b.hashes, storedHash{first + int64(i), hash})
	}
	b.lines = append(b.lines, line{d.Seq, refOf(d.Record), leaf, d.Reason, d.salt})
	b.records = append(b.records, d.written(hashes[0]))
	return nil
}

// flush writes what add collected.
func (b *batch) flush() error {
	if len(b.lines) == 0 {
		return nil
	}
	err := insert(b, insertRecords, b.lines, 5, func(args []any, l line) []any {
		return append(args, l.seq, l.ref, l.leaf, l.reason, l.salt)
	})
	if err != nil {
		return err
	}
	err = insert(b, insertHashes, b.hashes, 2, func(args []any, h storedHash) []any {
		return append(args, h.index, h.hash[:])
	})
	if err != nil {
		return err
	}
	_, err = b.exec(moveChain, b.seq, b.timeMS)
	return err
}

// maxRows keeps a statement far below SQLite's 32,766 and PostgreSQL's 65,535 parameters.
const maxRows = 256

// insert writes rows with as few statements as there are powers of two in their number,
// so that a handful of texts, prepared once, serves every size of batch.
func insert[T any](b *batch, text string, values []T, width int, bind func([]any, T) []any) error {
	for n := maxRows; len(values) > 0; {
		if n > len(values) {
			n /= 2
			continue
		}
		args := make([]any, 0, n*width)
		for _, v := range values[:n] {
			args = bind(args, v)
		}
		if _, err := b.exec(text+rows(width, n), args...); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// last is the newest hash of the batch, by which its COMMIT can be recognised; ok is
// false for a batch without records.
func (b *batch) last() (h storedHash, ok bool) {
	if len(b.hashes) == 0 {
		return h, false
	}
	return b.hashes[len(b.hashes)-1], true
}

// toMS is a time as the database holds it: unix milliseconds, 0 for none.
func toMS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMS(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
