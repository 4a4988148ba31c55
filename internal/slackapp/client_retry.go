package slackapp

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// attempts is how often a call is made whose repetition changes nothing.
const attempts = 4

// once makes the only attempt.
func (c *Client) once(ctx context.Context, op string, call func(context.Context) error) error {
	return c.attempt(ctx, op, call, false)
}

// attempt makes one attempt and tells whoever counts them.
func (c *Client) attempt(ctx context.Context, op string, call func(context.Context) error, again bool) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	err := asSlackError(op, call(ctx))
	if c.called != nil {
		var kind SlackKind
		if e, failed := errors.AsType[*SlackError](err); failed {
			kind = e.Kind
		}
		c.called(op, again, kind)
	}
	return err
}

// repeat makes a call that may be made twice without harm until it succeeds, fails for
// good, or the next attempt would begin after ctx's deadline. It returns the last error.
func (c *Client) repeat(ctx context.Context, op string, call func(context.Context) error) error {
	return c.retry(ctx, op, call, func(e *SlackError) bool { return passes(e) })
}

// resume is repeat for a call that must not be made again once it may have happened.
func (c *Client) resume(ctx context.Context, op string, call func(context.Context) error) error {
	return c.retry(ctx, op, call, func(e *SlackError) bool { return e.Kind == SlackBusy || e.Kind == SlackDown })
}

func (c *Client) retry(ctx context.Context, op string, call func(context.Context) error, again func(*SlackError) bool) error {
	for attempt := 1; ; attempt++ {
		err := c.attempt(ctx, op, call, attempt > 1)
		e, failed := errors.AsType[*SlackError](err)
		if !failed || attempt == attempts || !again(e) {
			return err
		}
		// Slack's own word on when to come back is kept to, whatever our steps are.
		if wait := max(e.RetryAfter, step(attempt)); !fits(ctx, wait) || c.wait(ctx, wait) != nil {
			return err
		}
	}
}

// step doubles with each attempt, and varies so that replicas don't come back together.
func step(attempt int) time.Duration {
	d := 200 * time.Millisecond << (attempt - 1)
	return d + rand.N(d/2)
}

func fits(ctx context.Context, wait time.Duration) bool {
	deadline, has := ctx.Deadline()
	return ctx.Err() == nil && (!has || time.Until(deadline) > wait)
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// asSlackError lets an error that is typed already pass.
func asSlackError(op string, err error) error {
	if e, ok := errors.AsType[*SlackError](err); ok {
		return e
	}
	return slackError(op, err)
}
