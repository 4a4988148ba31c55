package publish

import (
	"context"
	"errors"
	"time"
)

// inspectPatience is how long a call that fails in passing is made again: longer than the
// minute by which Google counts, since the publisher beside it counts against the same quota.
const inspectPatience = 3 * time.Minute

// gently makes a call that reads, within the quota, and again after a passing fault.
func gently[T any](ctx context.Context, i *inspection, call func() (T, error)) (T, error) {
	began := time.Now()
	for n := 0; ; n++ {
		if err := i.pace.reads.Wait(ctx); err != nil {
			var none T
			return none, err
		}
		got, err := call()
		fault, ok := errors.AsType[*SheetError](err)
		passing := ok && (fault.Kind == SheetBusy || fault.Kind == SheetDown)
		if !passing || time.Since(began) > inspectPatience || !wait(ctx, delay(n, fault.RetryAfter)) {
			return got, err
		}
	}
}
