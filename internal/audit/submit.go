package audit

import (
	"context"
	"database/sql"
	"time"
)

// claimed is a row and whether this call made it.
type claimed[T any] struct {
	row   T
	fresh bool
}

// Submit claims c.Key and writes the change and its records, at least one, in one
// transaction. When the key is taken it returns the change that is stored, fresh is
// false, and nothing is written. Nor is it when all places of c's pool are taken, which
// gives ErrNoPlace.
func (l *Log) Submit(ctx context.Context, c Change, records ...Record) (stored Change, fresh bool, err error) {
	if len(records) == 0 {
		return Change{}, false, &RecordError{"", RecordMissing}
	}
	ready, err := drafts(records)
	if err != nil {
		return Change{}, false, err
	}
	if c.Created.IsZero() {
		c.Created = l.clock()
	}
	got, err := write(ctx, l, func(b *batch) (claimed[Change], error) {
		if err := b.place(c); err != nil {
			return claimed[Change]{}, err
		}
		n, err := b.exec(insertChange, c.args()...)
		switch {
		case err != nil:
			return claimed[Change]{}, err
		case n == 0:
			taken, err := scanChange(b.row(readByKey, c.Key))
			return claimed[Change]{taken, false}, err
		}
		return claimed[Change]{c.stored(), true}, b.add(ready)
	})
	return got.row, got.fresh, err
}

// place gives ErrNoPlace when the pool of c is full, unless c has its place there already.
// Nobody else writes meanwhile.
func (b *batch) place(c Change) error {
	if c.Pool == "" {
		return nil
	}
	var taken, known int
	err := b.row(countPool, c.Pool, c.Key).Scan(&taken, &known)
	if err == nil && taken >= c.Places && known == 0 {
		return ErrNoPlace
	}
	return err
}

// Advance takes one step and returns the change after it. When the change is not in one
// of the step's states, or someone else's lease on it is alive, it gives ErrMoved.
func (l *Log) Advance(ctx context.Context, s Step) (Change, error) {
	ready, err := drafts(s.Records)
	if err != nil {
		return Change{}, err
	}
	if len(s.From) == 0 {
		return Change{}, ErrMoved
	}
	return write(ctx, l, func(b *batch) (Change, error) {
		c, err := b.advance(s)
		if err != nil {
			return Change{}, err
		}
		return c, b.add(ready)
	})
}

// advance moves the change, or writes nothing and gives ErrMoved.
func (b *batch) advance(s Step) (Change, error) {
	args := s.args(b.now)
	text := advanceChange + list(len(args)-len(s.From)+1, len(s.From)) + ` RETURNING ` + changeColumns
	c, err := scanChange(b.row(text, args...))
	switch {
	case err == sql.ErrNoRows:
		return Change{}, ErrMoved
	case err != nil:
		return Change{}, err
	}
	return c, b.keep(s)
}

// args are the arguments of advanceChange and its list of states.
func (s Step) args(now time.Time) []any {
	var attempt, seal, version, pool any // nil leaves the column as it is
	if s.Attempt != nil {
		attempt, seal = s.Attempt, s.AttemptSeal
	}
	if s.Version != 0 {
		version = int64(s.Version)
	}
	if s.Leave {
		pool = ""
	}
	args := []any{
		string(s.To), s.Owner, toMS(s.LeaseUntil), toMS(s.Due), watched(s.To, s.Due),
		attempt, seal, version, pool, s.ID, toMS(now),
	}
	for _, state := range s.From {
		args = append(args, string(state))
	}
	return args
}

// watched is 1 for a change that Claim looks at.
func watched(state Event, due time.Time) int {
	if !state.Ends() || !due.IsZero() {
		return 1
	}
	return 0
}

// Claim takes over at most limit changes that nobody works on: the lease has expired, Due
// is past or none, and the change has not ended or is watched.
func (l *Log) Claim(ctx context.Context, owner string, until time.Time, limit int) ([]Change, error) {
	return write(ctx, l, func(b *batch) ([]Change, error) {
		rows, err := b.QueryContext(b.ctx, claimChanges, owner, toMS(until), toMS(b.now), limit)
		return collect(rows, err, scanChange)
	})
}

// stored returns c as it comes back from the database: times in UTC, whole milliseconds.
func (c Change) stored() Change {
	c.Places = 0
	for _, t := range []*time.Time{&c.Created, &c.LeaseUntil, &c.Due} {
		*t = fromMS(toMS(*t))
	}
	return c
}

// args are the arguments of insertChange.
func (c Change) args() []any {
	return []any{
		c.ID, c.Key, string(c.Action), string(c.Ref.Environment), string(c.Ref.Name),
		c.Requester.Scope, c.Requester.User, blob(c.Request), c.Seal, blob(c.Attempt), c.AttemptSeal,
		string(c.State), int64(c.Version), toMS(c.Created), c.Owner, toMS(c.LeaseUntil), toMS(c.Due),
		c.Pool, watched(c.State, c.Due),
	}
}

// blob keeps an absent value from becoming NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// scanChange reads changeColumns.
func scanChange(row scanner) (Change, error) {
	var c Change
	var created, lease, due int64
	err := row.Scan(&c.ID, &c.Key, &c.Action, &c.Ref.Environment, &c.Ref.Name,
		&c.Requester.Scope, &c.Requester.User, &c.Request, &c.Seal, &c.Attempt, &c.AttemptSeal,
		&c.State, &c.Version, &created, &c.Owner, &lease, &due, &c.Pool)
	c.Created, c.LeaseUntil, c.Due = fromMS(created), fromMS(lease), fromMS(due)
	if len(c.Attempt) == 0 {
		c.Attempt = nil
	}
	return c, err
}

// Append writes records that belong to no change, in one transaction.
func (l *Log) Append(ctx context.Context, records ...Record) error {
	ready, err := drafts(records)
	if err != nil {
		return err
	}
	_, err = write(ctx, l, func(b *batch) (struct{}, error) { return struct{}{}, b.add(ready) })
	return err
}
