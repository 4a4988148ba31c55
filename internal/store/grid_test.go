package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// mute is a crowd that tells of groups but not of people.
type mute struct{ *crowd }

func (mute) Person(context.Context, string, time.Duration) (store.Standing, error) {
	return store.Standing{}, errors.New("no answer")
}

// Asked about a workspace's id, Slack names the organisation's too; asked about the
// organisation's, no other. So an id that was not known when the change was asked for is
// found out by asking about the requester again.
func TestARequesterIsKnownByAnIDThatSlackToldOfLater(t *testing.T) {
	organisation := secret.Person{Scope: "T0TEAM", User: "W0CAROL"}
	asked := func(t *testing.T, s store.Submission) (*council, string) {
		c := newCouncil(t)
		c.crowd.be(func(crowd *crowd) {
			crowd.other = map[string][]string{carol.User: {carol.User, organisation.User}}
			crowd.group = append(crowd.group, organisation.User)
		})
		c.options.Crowd = mute{c.crowd}
		c.store = c.replica("first", nil)
		r := c.start(s)
		<-r.Done
		c.options.Crowd = c.crowd
		c.store = c.replica("first", nil)
		return c, r.Change.ID
	}
	t.Run("and agrees to nothing of their own", func(t *testing.T) {
		c, id := asked(t, of(one, create("their own")))
		c.approve(id, organisation, store.AnswerNotYours)
		c.is(id, "staged")
		c.approve(id, bob, store.AnswerApproved)
	})
	t.Run("even by a vote that bears the seal", func(t *testing.T) {
		c, id := asked(t, of(one, create("their own")))
		c.insertVote(c.sealedVote(id, organisation))
		c.retouch(id)
		c.takeOver()
		c.is(id, "staged")
	})
	t.Run("and reviews no emergency of their own", func(t *testing.T) {
		c, id := asked(t, alarmed(pay, create("their own")))
		c.amend("leads: {members: [U0LEAD, U0LINA]}", "leads: {members: [U0LEAD, W0CAROL]}")
		c.review(id, organisation, store.AnswerOwn)
		c.review(id, lead, store.AnswerReviewed)
	})
}
