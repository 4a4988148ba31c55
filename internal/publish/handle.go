package publish

import (
	"context"
	"errors"
	"sync"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// errUntold is a record that was not dealt with; its reason was logged.
var errUntold = errors.New("publish: a record was not told of")

// handle tells of records: of all their changes at the same time, because a person who
// decides must not wait while others are told, and of each change in the order of its
// records. What was told of a later record than the first that failed is not told again.
func (n *Notifier) handle(ctx context.Context, records []audit.Record) (done int, err error) {
	failed := make([]error, len(records)) // :: nil where the record is done with
	var changes sync.WaitGroup
	for _, of := range byChange(records) {
		for _, i := range of {
			failed[i] = errUntold
		}
		changes.Go(func() {
			secret.Guard(n.Logger, "publish: notices", func() { n.follow(ctx, records, of, failed) })
		})
	}
	changes.Wait()
	for i, err := range failed {
		if err != nil {
			return i, err
		}
	}
	return len(records), nil
}

// follow tells of the records of one change, until one of them fails.
func (n *Notifier) follow(ctx context.Context, records []audit.Record, of []int, failed []error) {
	for k, i := range of {
		last := k == len(of)-1
		if failed[i] = n.inform(ctx, records[i], !last); failed[i] != nil {
			return
		}
	}
}

// byChange groups the places of records by their change, each in order. Records of no
// change are a group too: one policy follows another.
func byChange(records []audit.Record) map[string][]int {
	groups := make(map[string][]int) // :: change id -> places
	for i, r := range records {
		groups[r.Change] = append(groups[r.Change], i)
	}
	return groups
}
