package publish

import (
	"context"
	"errors"
)

// inspectTries is how often a call is made before it is given up: for longer than the
// minute by which Google counts, and the publisher beside it counts against the same quota.
const inspectTries = 8

// gently makes a call that reads, within the quota, and again after a passing fault.
func gently[T any](ctx context.Context, i *inspection, call func() (T, error)) (T, error) {
	for n := 0; ; n++ {
		if err := i.pace.reads.Wait(ctx); err != nil {
			var none T
			return none, err
		}
		got, err := call()
		fault, ok := errors.AsType[*SheetError](err)
		passing := ok && (fault.Kind == SheetBusy || fault.Kind == SheetDown)
		if !passing || n+1 == inspectTries || !wait(ctx, delay(n, fault.RetryAfter)) {
			return got, err
		}
	}
}
