package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// reader is a pool to read from. Each text is prepared once on each connection: SQLite
// takes longer to read one than to carry it out. The texts must be few.
type reader struct {
	db       *sql.DB
	prepared sync.Map // :: text -> *sql.Stmt
}

func (r *reader) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := r.prepared.Load(text); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := r.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if first, late := r.prepared.LoadOrStore(text, stmt); late {
		stmt.Close()
		return first.(*sql.Stmt), nil
	}
	return stmt, nil
}

// QueryContext and QueryRowContext implement queryer.
func (r *reader) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := r.stmt(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (r *reader) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	stmt, err := r.stmt(ctx, text)
	if err != nil {
		return r.db.QueryRowContext(ctx, text, args...) // bears the same error
	}
	return stmt.QueryRowContext(ctx, args...)
}

// readError gives an error met while reading its public form.
func (l *Log) readError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Damage](err); ok {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, code := l.judge(err)
	return &DatabaseError{ErrUnavailable, code}
}

func scanLine(row scanner) (line, error) {
	var l line
	err := row.Scan(&l.seq, &l.ref, &l.leaf, &l.reason, &l.salt)
	return l, err
}

func scanRecord(row scanner) (Record, error) {
	l, err := scanLine(row)
	if err != nil {
		return Record{}, err
	}
	return l.record()
}

// record puts a record together again: the leaf, and what stands beside it.
func (l line) record() (Record, error) {
	r, err := ParseLeaf(l.leaf)
	if err != nil {
		return Record{}, &Damage{l.seq, DamageLeaf}
	}
	hash := tlog.RecordHash(l.leaf)
	r.Hash = hex.EncodeToString(hash[:])
	r.Reason = l.reason
	if len(l.salt) > 0 {
		r.ReasonHash = hex.EncodeToString(l.salt) + ":" + r.ReasonHash
	}
	return r, nil
}
