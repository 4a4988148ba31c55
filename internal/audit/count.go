package audit

import (
	"context"
	"database/sql"
	"time"
)

// What an operator watches: how much waits, and for how long. None of it names anybody.

// OpenChanges is how many changes of an environment are in a state that does not end them.
type OpenChanges struct {
	Environment string
	State       Event
	Count       int64
}

// OpenChanges counts the changes that have no outcome yet.
func (l *Log) OpenChanges(ctx context.Context) ([]OpenChanges, error) {
	rows, err := l.read.QueryContext(ctx, countOpen)
	found, err := reading(ctx, l, rows, err, func(row scanner) (c OpenChanges, err error) {
		return c, row.Scan(&c.Environment, &c.State, &c.Count)
	})
	var open []OpenChanges
	for _, c := range found {
		if !c.State.Ends() { // an ended change is watched for a late effect, or for what was staged
			open = append(open, c)
		}
	}
	return open, err
}

// FailedNotices returns how many notices reached nobody and wait to be shown, and the time
// of the oldest record that such a notice tells of; zero when no record asked for any.
func (l *Log) FailedNotices(ctx context.Context) (count int64, oldest time.Time, err error) {
	var first sql.NullInt64
	if err := l.read.QueryRowContext(ctx, countFailed).Scan(&count, &first); err != nil {
		return 0, time.Time{}, l.readError(ctx, err)
	}
	if !first.Valid {
		return count, time.Time{}, nil
	}
	oldest, err = l.TimeOf(ctx, first.Int64)
	return count, oldest, err
}

// TimeOf is the time of a record; zero when there is none of that number.
func (l *Log) TimeOf(ctx context.Context, seq int64) (time.Time, error) {
	records, err := l.Records(ctx, seq, 1)
	if err != nil || len(records) == 0 || records[0].Seq != seq {
		return time.Time{}, err
	}
	return records[0].Time, nil
}

// Queue is how many writes wait for the writer; at 4096 further ones are refused.
func (l *Log) Queue() int { return len(l.queue) }
