package audit

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Vote is one person's decision about a change. Change, Person and Kind together are
// unique, so that nobody counts twice.
type Vote struct {
	Change string
	// Person is who decided (secret.Person.String).
	Person string
	Kind   VoteKind
	// Stage is the round of approval it belongs to, from 0.
	Stage int
	// Body is the sealed vote exactly as the store wrote it; Seal is its MAC. The log never
	// looks inside.
	Body []byte
	Seal string
	// Created is the log's own time when the caller leaves it zero.
	Created time.Time
}

// VoteKind is what a vote says.
type VoteKind string

// The kinds of votes.
const (
	VoteApprove VoteKind = "approve"
	VoteRefuse  VoteKind = "refuse"
	// VoteStop ends a change that was approved and is held.
	VoteStop VoteKind = "stop"
	// VoteCancel is the requester's own.
	VoteCancel VoteKind = "cancel"
	// VoteReview judges an emergency afterwards.
	VoteReview VoteKind = "review"
)

// Vote writes v and takes the step in one transaction. When the person voted so before,
// it returns the change as it stands, fresh is false, and nothing is written. When the
// change is not as the step expects, it gives ErrMoved, and nothing is written either.
func (l *Log) Vote(ctx context.Context, v Vote, s Step) (c Change, fresh bool, err error) {
	ready, err := drafts(s.Records)
	if err != nil {
		return Change{}, false, err
	}
	if len(s.From) == 0 || v.Change != s.ID {
		return Change{}, false, ErrMoved
	}
	if v.Created.IsZero() {
		v.Created = l.clock()
	}
	got, err := write(ctx, l, func(b *batch) (claimed[Change], error) {
		if voted, err := b.voted(v); err != nil || voted {
			c, err := scanChange(b.row(readByID, v.Change))
			return claimed[Change]{c, false}, err
		}
		c, err := b.advance(s)
		if err != nil {
			return claimed[Change]{}, err
		}
		if _, err := b.exec(insertVote, v.args()...); err != nil {
			return claimed[Change]{}, err
		}
		return claimed[Change]{c, true}, b.add(ready)
	})
	return got.row, got.fresh, err
}

func (b *batch) voted(v Vote) (bool, error) {
	var n int
	err := b.row(hasVote, v.Change, v.Person, string(v.Kind)).Scan(&n)
	return n > 0, err
}

func (v Vote) args() []any {
	return []any{v.Change, v.Person, string(v.Kind), v.Stage, blob(v.Body), v.Seal, toMS(v.Created)}
}

// Votes returns every vote about each of the changes, at most 10,000, the oldest first.
func (l *Log) Votes(ctx context.Context, changes ...string) ([]Vote, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	args := padded(changes)
	rows, err := l.read.QueryContext(ctx, readVotes+list(1, len(args))+oldestFirst, args...)
	return reading(ctx, l, rows, err, scanVote)
}

func scanVote(row scanner) (Vote, error) {
	var v Vote
	var created int64
	err := row.Scan(&v.Change, &v.Person, &v.Kind, &v.Stage, &v.Body, &v.Seal, &created)
	v.Created = fromMS(created)
	return v, err
}

// keep stores or deletes the key of a staged value as the step asks. With the end of a
// change what is staged for it can't be read any more.
func (b *batch) keep(s Step) (err error) {
	if s.Key != nil {
		_, err = b.exec(insertKey, s.ID, s.Key)
	}
	if err == nil && s.To.Ends() {
		_, err = b.exec(deleteKey, s.ID)
	}
	return err
}

// Key returns the key of the value that is staged for a change, nil when there is none.
func (l *Log) Key(ctx context.Context, change string) ([]byte, error) {
	var key []byte
	err := l.read.QueryRowContext(ctx, readKey, change).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return key, l.readError(ctx, err)
}
