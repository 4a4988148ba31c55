package audit

import (
	"context"
	"database/sql"
	"errors"
)

// Some events stand until the next of their kind: the newest record of EventPolicy tells
// which policy is in force. Such records concern no secret, and have a text that is too
// long for a cell, under whose hash it can be checked.

// Newest returns the newest record of an event that concerns no secret, and whether there
// is one.
func (l *Log) Newest(ctx context.Context, e Event) (r Record, ok bool, err error) {
	rows, err := l.read.QueryContext(ctx, readHistory, string(e), 1)
	found, err := reading(ctx, l, rows, err, scanRecord)
	if err != nil || len(found) == 0 {
		return Record{}, false, err
	}
	return found[0], true, nil
}

// Supersede writes r, which concerns no secret, and its text as the newest of its event
// after record number after; 0 means that there is none yet. When another one is the
// newest, it gives ErrMoved and nothing is written.
func (l *Log) Supersede(ctx context.Context, after int64, r Record, text []byte) error {
	ready, err := drafts([]Record{r})
	if err != nil {
		return err
	}
	_, err = write(ctx, l, func(b *batch) (struct{}, error) {
		newest, err := b.newest(refOf(r))
		switch {
		case err != nil:
			return struct{}{}, err
		case newest != after:
			return struct{}{}, ErrMoved
		}
		if err := b.add(ready); err != nil {
			return struct{}{}, err
		}
		_, err = b.exec(insertText, b.seq, blob(text))
		return struct{}{}, err
	})
	return err
}

// newest is the number of the newest record filed under ref, 0 if there is none. It may
// be one of this batch, which is not written yet.
func (b *batch) newest(ref string) (int64, error) {
	for i := len(b.lines) - 1; i >= 0; i-- {
		if b.lines[i].ref == ref {
			return b.lines[i].seq, nil
		}
	}
	l, err := scanLine(b.row(readHistory, ref, 1))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return l.seq, err
}

// Attachment returns the text that was written with record number seq, nil if none was.
// Hold it against the hash in the record: the tables around the log prove nothing.
func (l *Log) Attachment(ctx context.Context, seq int64) ([]byte, error) {
	var text []byte
	err := l.read.QueryRowContext(ctx, readText, seq).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return text, l.readError(ctx, err)
}
