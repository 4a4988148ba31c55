package audit

import (
	"context"
	"time"
)

// Renew prolongs the leases of the changes that owner is at work on. A lease that was lost
// in the meantime stays lost: the next Advance says so.
func (l *Log) Renew(ctx context.Context, owner string, until time.Time, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	args := []any{toMS(until), owner}
	for _, id := range ids {
		args = append(args, id)
	}
	_, err := write(ctx, l, func(b *batch) (int64, error) {
		return b.exec(renewLeases+list(len(args)-len(ids)+1, len(ids)), args...)
	})
	return err
}
