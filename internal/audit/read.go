package audit

import (
	"context"
	"encoding/hex"
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

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
