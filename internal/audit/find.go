package audit

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"secretstore/internal/secret"
)

// defaultLimit is how many changes Find returns when the query does not say.
const defaultLimit = 100

// Find returns the changes that match, newest first.
func (l *Log) Find(ctx context.Context, q Query) ([]Change, error) {
	text, args := q.statement()
	rows, err := l.read.QueryContext(ctx, text, args...)
	return reading(ctx, l, rows, err, scanChange)
}

// statement builds the one statement whose conditions vary: a column that is not asked
// for must not stand in the way of the index of one that is.
func (q Query) statement() (text string, args []any) {
	conditions := []string{"1 = 1"}
	where := func(column, value string) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf("%s = $%d", column, len(args)))
	}
	if q.ID != "" {
		where("id", q.ID)
	}
	if q.Key != "" {
		where("key", q.Key)
	}
	if q.Ref != nil {
		where("environment", string(q.Ref.Environment))
		where("name", string(q.Ref.Name))
	}
	if !q.Requester.IsZero() {
		where("requester_scope", q.Requester.Scope)
		where("requester_user", q.Requester.User)
	}
	if len(q.States) > 0 {
		if !slices.ContainsFunc(q.States, Event.Ends) {
			conditions = append(conditions, "watched = 1") // what is open is few, and has an index
		}
		conditions = append(conditions, "state IN "+list(len(args)+1, len(q.States)))
		for _, state := range q.States {
			args = append(args, string(state))
		}
	}
	args = append(args, q.limit())
	text = findChanges + strings.Join(conditions, " AND ") + newestFirst + fmt.Sprintf("$%d + 0", len(args))
	return text, args
}

func (q Query) limit() int {
	if q.Limit == 0 {
		return defaultLimit
	}
	return q.Limit
}

// Records returns at most limit records from number from on, in order. It verifies nothing.
func (l *Log) Records(ctx context.Context, from int64, limit int) ([]Record, error) {
	rows, err := l.read.QueryContext(ctx, readRecords, from, limit)
	return reading(ctx, l, rows, err, scanRecord)
}

// History returns at most limit records of one secret, newest first.
func (l *Log) History(ctx context.Context, ref secret.Ref, limit int) ([]Record, error) {
	rows, err := l.read.QueryContext(ctx, readHistory, ref.String(), limit)
	return reading(ctx, l, rows, err, scanRecord)
}

// Size is the number of records.
func (l *Log) Size(ctx context.Context) (int64, error) {
	var size int64
	return size, l.readError(ctx, l.read.QueryRowContext(ctx, readSize).Scan(&size))
}

// reading collects rows and gives errors their public form.
func reading[T any](ctx context.Context, l *Log, rows *sql.Rows, err error, scan func(scanner) (T, error)) ([]T, error) {
	found, err := collect(rows, err, scan)
	return found, l.readError(ctx, err)
}

func collect[T any](rows *sql.Rows, err error, scan func(scanner) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
