package store_test

import (
	"testing"
	"time"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestAPatrolFindsWhatCantBeMetAnyMore(t *testing.T) {
	rounds := secret.Ref{Environment: "prod", Name: "two-key"}
	rows := []struct {
		name  string
		ref   secret.Ref
		play  func(c *council, id string)
		stuck bool
	}{
		{"nobody left", pay, func(*council, string) {}, false},
		{"enough are left", pay, func(c *council, _ string) { c.group(bob, dave) }, false},
		{"the group shrank", pay, func(c *council, _ string) { c.group(bob) }, true},
		{"others joined, who were not asked", pay, func(c *council, _ string) { c.group(bob, lead, lina) }, true},
		{"the requester does not count", pay, func(c *council, _ string) { c.group(bob, carol) }, true},
		{"who agreed is not needed again", pay, func(c *council, id string) {
			c.approve(id, bob, store.AnswerCounted)
			c.group(bob, dave)
		}, false},
		{"who agreed left, and is needed", pay, func(c *council, id string) {
			c.approve(id, bob, store.AnswerCounted)
			c.group(dave)
		}, true},
		{"who agreed does not count in a later stage", rounds, func(c *council, id string) {
			c.approve(id, lead, store.AnswerStageMet)
			c.crowd.be(func(crowd *crowd) { crowd.left[lina.User] = true })
		}, true},
		{"those whom the policy names left", rounds, func(c *council, _ string) {
			c.crowd.be(func(crowd *crowd) { crowd.left[lead.User], crowd.left[lina.User] = true, true })
		}, true},
		{"one of them may do for one stage alone", rounds, func(c *council, _ string) {
			c.group()
			c.crowd.be(func(crowd *crowd) { crowd.left[lina.User] = true })
		}, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := newCouncil(t)
			id := c.ask(of(row.ref, create("waits")))
			row.play(c, id)
			s := c.replica("patrol", func(o *store.Options) { o.Patrol = 1 })
			found := func(want bool) {
				t.Helper()
				c.clock.skip(time.Minute)
				s.Round(t.Context())
				cards, err := s.Open(t.Context())
				must(t, err)
				if len(cards) != 1 || cards[0].Stuck != want {
					t.Errorf("stuck: %t, want %t: %v", !want, want, c.lines())
				}
			}
			found(row.stuck)
			c.crowd.be(func(crowd *crowd) { crowd.down = true })
			found(row.stuck) // nobody can say otherwise
			c.crowd.be(func(crowd *crowd) { crowd.down = false; crowd.gather() })
			found(false)
		})
	}
}

// group is who is in the usergroup from now on.
func (c *council) group(people ...secret.Person) {
	c.crowd.be(func(crowd *crowd) {
		crowd.group = nil
		for _, p := range people {
			crowd.group = append(crowd.group, p.User)
		}
	})
}

// By their number there are enough people, but two stages ask for the same one.
func TestAFormIsRefusedThatNoPeopleCanMeet(t *testing.T) {
	c := newCouncil(t)
	c.amend("approve: [{by: [security, leads], count: 1}, {by: [leads], count: 1}]",
		"approve: [{by: [security], count: 1}, {by: [leads], count: 1}, {by: [security], count: 1}]")
	ref := secret.Ref{Environment: "prod", Name: "two-key"}
	c.group(bob, carol)
	c.refused(of(ref, create("for nobody")), secret.Fault{Field: secret.FieldName, Code: store.CodeNoApprovers})
	c.group(bob, dave)
	c.ask(of(ref, create("for both")))
}
