package audit

import (
	"context"
	"database/sql"
)

// queryer is what reads need: a pool, or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scanner is one row of an answer.
type scanner interface{ Scan(...any) error }

// session is the writer's connection and the statements prepared on it. One goroutine
// uses it. The connection is kept between transactions, and replaced when it fails.
type session struct {
	db       *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt // :: text -> statement
}

// begin starts a transaction. Its statements go through exec, query and row.
func (s *session) begin(ctx context.Context) (*sql.Tx, error) {
	if s.conn == nil {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		s.conn, s.prepared = conn, make(map[string]*sql.Stmt)
	}
	return s.conn.BeginTx(ctx, nil)
}

// reset lets go of a connection that may be broken; the pool drops it if it is.
func (s *session) reset() {
	if s.conn == nil {
		return
	}
	for _, stmt := range s.prepared {
		stmt.Close()
	}
	s.conn.Close()
	s.conn, s.prepared = nil, nil
}

// stmt prepares a text once. A statement of the connection is part of whatever
// transaction is open on it.
func (s *session) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := s.prepared[text]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, text)
	if err == nil {
		s.prepared[text] = stmt
	}
	return stmt, err
}

// exec returns the number of rows that changed.
func (s *session) exec(ctx context.Context, text string, args ...any) (int64, error) {
	stmt, err := s.stmt(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// QueryContext and QueryRowContext implement queryer.
func (s *session) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.stmt(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *session) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	stmt, err := s.stmt(ctx, text)
	if err != nil {
		return s.conn.QueryRowContext(ctx, text, args...) // bears the same error
	}
	return stmt.QueryRowContext(ctx, args...)
}
