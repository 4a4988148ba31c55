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
	changes := padded(ids)
	args := append([]any{toMS(until), owner}, changes...)
	_, err := write(ctx, l, func(b *batch) (int64, error) {
		return b.exec(renewLeases+list(3, len(changes)), args...)
	})
	return err
}
