package store_test

import (
	"context"
	"testing"
	"time"

	"secretstore/internal/store"
)

// slowly is a crowd that takes its time to tell of people.
type slowly struct {
	*crowd
	wait func()
}

func (s slowly) Person(ctx context.Context, user string, within time.Duration) (store.Standing, error) {
	s.wait()
	return s.crowd.Person(ctx, user, within)
}

func TestAVoteInTheLastMoment(t *testing.T) {
	lastMoment := 24*time.Hour - time.Second
	t.Run("counts, though the change is taken up a little later", func(t *testing.T) {
		c := newCouncil(t)
		id := c.ask(of(one, create("just in time")))
		c.clock.skip(lastMoment)
		c.hooks.on("before Vote approve", func() { c.clock.skip(2 * time.Second) })
		c.approve(id, bob, store.AnswerApproved)
		c.is(id, "applied")
	})
	t.Run("is too late where Slack took too long to tell who it was", func(t *testing.T) {
		c := newCouncil(t)
		id := c.ask(of(one, create("not in time")))
		c.clock.skip(lastMoment)
		c.options.Crowd = slowly{c.crowd, func() { c.clock.skip(time.Second) }}
		c.store = c.replica("first", nil)
		c.approve(id, bob, store.AnswerExpired)
		c.is(id, "expired: unanswered")
	})
}
