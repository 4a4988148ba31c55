package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/cenkalti/backoff/v5"

	"secretstore/internal/audit"
)

// retry repeats an idempotent call while its fault may pass, for s.give at most.
func (s *Store) retry(ctx context.Context, f func(context.Context) error) error {
	once := func() (struct{}, error) {
		err := f(ctx)
		var call *CallError
		switch {
		case err == nil:
			return struct{}{}, nil
		case errors.As(err, &call) && call.RetryAfter > 0 && passing(err):
			return struct{}{}, errors.Join(err, backoff.RetryAfter(int(call.RetryAfter/time.Second)))
		case errors.As(err, &call) && passing(err), busyLog(err):
			return struct{}{}, err
		}
		return struct{}{}, backoff.Permanent(err)
	}
	steps := backoff.NewExponentialBackOff()
	steps.InitialInterval, steps.MaxInterval = 100*time.Millisecond, 10*time.Second
	_, err := backoff.Retry(ctx, once, backoff.WithBackOff(steps), backoff.WithMaxElapsedTime(s.give))
	return unwrapRetry(err)
}

// busyLog reports whether the log may take the same step a little later. A step whose
// commit is unknown is repeated too: its states make the repeat a no-op (ErrMoved).
func busyLog(err error) bool {
	return errors.Is(err, audit.ErrFull) || errors.Is(err, audit.ErrUnavailable) || errors.Is(err, audit.ErrUnknown)
}

// unwrapRetry gives back the cause that backoff wrapped.
func unwrapRetry(err error) error {
	if call, ok := errors.AsType[*CallError](err); ok {
		return call
	}
	return err
}

// within runs one call under its own time limit.
func (s *Store) within(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.call)
	defer cancel()
	return f(ctx)
}

// persist is retry over within: one idempotent call to Secret Manager, repeated while its
// fault may pass.
func (s *Store) persist(ctx context.Context, f func(context.Context) error) error {
	return s.retry(ctx, func(ctx context.Context) error { return s.within(ctx, f) })
}

// typeName and frames describe a panic without its text.
func typeName(p any) string { return fmt.Sprintf("%T", p) }

func frames() []string {
	pcs := make([]uintptr, 32)
	walk := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var names []string
	for {
		f, more := walk.Next()
		names = append(names, f.Function+":"+fmt.Sprint(f.Line))
		if !more {
			return names
		}
	}
}
