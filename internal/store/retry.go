package store

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"secretstore/internal/audit"
)

// retry repeats an idempotent step while its fault may pass, for s.give at most.
func (s *Store) retry(ctx context.Context, f func(context.Context) error) error {
	once := func() (struct{}, error) {
		err := f(ctx)
		call, _ := errors.AsType[*CallError](err)
		switch {
		case err == nil:
			return struct{}{}, nil
		case call != nil && passing(err) && call.RetryAfter > 0:
			return struct{}{}, errors.Join(err, &backoff.RetryAfterError{Duration: call.RetryAfter})
		case call != nil && passing(err), busyLog(err):
			return struct{}{}, err
		}
		return struct{}{}, backoff.Permanent(err)
	}
	steps := backoff.NewExponentialBackOff()
	steps.InitialInterval, steps.MaxInterval = s.call/100, s.call
	_, err := backoff.Retry(ctx, once, backoff.WithBackOff(steps), backoff.WithMaxElapsedTime(s.give), backoff.WithNotify(s.noted))
	if call, ok := errors.AsType[*CallError](err); ok {
		return call // without what backoff joined to it
	}
	return err
}

// noted counts a repetition for whoever asked.
func (s *Store) noted(err error, _ time.Duration) {
	if s.retried != nil {
		s.retried(err)
	}
}

// busyLog reports whether the log may take the same step a little later.
func busyLog(err error) bool {
	return errors.Is(err, audit.ErrFull) || errors.Is(err, audit.ErrUnavailable) || errors.Is(err, audit.ErrUnknown)
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

// pause is a wait that doubles each time.
type pause struct{ next, most time.Duration }

func (s *Store) pause() *pause { return &pause{s.call / 20, s.call} }

// wait waits, for least at the least; false means that ctx ended first.
func (p *pause) wait(ctx context.Context, least time.Duration) bool {
	now := time.NewTimer(max(p.next, least))
	defer now.Stop()
	p.next = min(2*p.next, p.most)
	select {
	case <-ctx.Done():
		return false
	case <-now.C:
		return true
	}
}
