package audit

import (
	"context"
	"database/sql"
	"errors"
)

// Memo is what the store remembers of the records up to some number, so that it need not
// read them again. It replaces nothing: without it, they are read again.
type Memo struct {
	Name string
	// Body is the sealed text exactly as the store wrote it; Seal is its MAC. The log never
	// looks inside.
	Body []byte
	Seal string
}

// Memo returns the memo of that name; one without a Body when there is none.
func (l *Log) Memo(ctx context.Context, name string) (Memo, error) {
	m := Memo{Name: name}
	err := l.read.QueryRowContext(ctx, readMemo, name).Scan(&m.Body, &m.Seal)
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil
	}
	return m, l.readError(ctx, err)
}

// SetMemo writes m in place of the memo of that name.
func (l *Log) SetMemo(ctx context.Context, m Memo) error {
	_, err := write(ctx, l, func(b *batch) (struct{}, error) {
		_, err := b.exec(writeMemo, m.Name, blob(m.Body), m.Seal)
		return struct{}{}, err
	})
	return err
}
