package store_test

import (
	"strings"
	"testing"
	"time"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// fallen are the ways in which a request stops being what was asked for, one at a time.
var fallen = []struct {
	name   string
	happen func(*council)
	voided string // why the change ends
}{
	{"the base moved", func(c *council) { c.console.AddVersion("acme-prod", "held-key", []byte("by hand")) }, "base_moved"},
	{"the secret was deleted", func(c *council) { c.console.Delete("acme-prod", "held-key") }, "secret_changed"},
	{"a label changed", func(c *council) {
		c.console.SetLabels("acme-prod", "held-key", map[string]string{"secretstore": "main", "team": "b"})
	}, "metadata_changed"},
	{"Terraform owns it now", func(c *council) {
		c.console.SetLabels("acme-prod", "held-key", map[string]string{"secretstore": "main", "goog-terraform-provisioned": "true"})
	}, "secret_changed"},
	{"an annotation changed", func(c *council) {
		c.console.SetAnnotations("acme-prod", "held-key", map[string]string{"a": "b"})
	}, "metadata_changed"},
	{"the requester left", func(c *council) { c.crowd.be(func(crowd *crowd) { crowd.left[carol.User] = true }) }, "requester_left"},
	{"the requester may not any more", func(c *council) {
		c.amend("secrets: [\"prod/held-*\"]\n    do: [create, update, delete]\n    who: anyone", "secrets: [\"prod/held-*\"]\n    do: [create, update, delete]\n    who: [U0FRANK]")
	}, "policy_changed"},
	{"a deny rule came", func(c *council) {
		c.amend("rules:", "rules:\n  - {name: frozen, secrets: [\"prod/held-*\"], do: [update], who: anyone, deny: true}")
	}, "policy_changed"},
	{"the rule has another name", func(c *council) { c.amend("name: held", "name: held again") }, "policy_changed"},
	{"others decide now", func(c *council) {
		c.amend("approve: {by: [security], count: 1}\n    hold", "approve: {by: [leads], count: 1}\n    hold")
	}, "policy_changed"},
	{"one more decides now", func(c *council) {
		c.amend("approve: {by: [security], count: 1}\n    hold", "approve: {by: [security, U0FRANK], count: 1}\n    hold")
	}, "policy_changed"},
	{"more have to agree", func(c *council) {
		c.amend("approve: {by: [security], count: 1}\n    hold", "approve: {by: [security], count: 2}\n    hold")
	}, "policy_changed"},
	{"nobody has to agree any more", func(c *council) {
		c.amend("    approve: {by: [security], count: 1}\n    hold: 10m\n", "")
	}, "policy_changed"},
	{"the hold is another", func(c *council) { c.amend("hold: 10m", "hold: 11m") }, "policy_changed"},
	{"the environment is another project", func(c *council) { c.amend("acme-prod", "acme-other") }, "policy_changed"},
	{"the environment is gone", func(c *council) {
		text := strings.ReplaceAll(councilPolicy, "prod/", "stage/")
		c.decree(strings.ReplaceAll(text, "prod: {", "stage: {"))
	}, "policy_changed"},
}

// approverLeft are the ways in which somebody who agreed stops counting.
var approverLeft = map[string]func(*crowd){
	"the approver left the group":   func(c *crowd) { c.group = []string{dave.User, erin.User} },
	"the approver left the company": func(c *crowd) { c.left[bob.User] = true },
}

func TestWhatWasApprovedIsNotAppliedOnceItChanged(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		outer := c.T
		fresh := func(t *testing.T) (id string) {
			c.T = t
			c.decree(councilPolicy)
			c.crowd.be((*crowd).gather)
			_ = c.console.Delete("acme-prod", "held-key")
			first := c.ask(of(held, create("the first value")))
			c.approve(first, bob, store.AnswerApproved)
			c.clock.skip(10 * time.Minute)
			c.store.Round(t.Context())
			c.is(first, "applied")
			return c.ask(of(held, update(1, "the second value")))
		}
		check := func(t *testing.T, id, want string) {
			t.Helper()
			c.is(id, want)
			for n := range c.versions(held) {
				if c.payload(held, int64(n+1)) == "the second value" {
					t.Error("it was written")
				}
			}
			if left := c.stagings(); len(left) != 0 {
				t.Errorf("still staged: %v", left)
			}
		}
		for _, row := range fallen {
			t.Run(row.name+" after the approval", func(t *testing.T) {
				id := fresh(t)
				c.approve(id, bob, store.AnswerApproved)
				c.clock.skip(10*time.Minute - time.Second)
				row.happen(c)
				c.clock.skip(time.Second)
				c.store.Round(t.Context())
				check(t, id, "voided: "+row.voided)
			})
			t.Run(row.name+" while it waits", func(t *testing.T) {
				id := fresh(t)
				row.happen(c)
				c.patrol()
				check(t, id, "voided: "+row.voided)
				c.approve(id, bob, store.AnswerVoided)
			})
		}
		for name, leave := range approverLeft {
			t.Run(name, func(t *testing.T) {
				id := fresh(t)
				c.approve(id, bob, store.AnswerApproved)
				c.crowd.be(leave)
				c.clock.skip(10 * time.Minute)
				c.store.Round(t.Context())
				check(t, id, "voided: approver_left")
			})
		}
		c.T = outer
	})
}

func TestAClickOnWhatHasFallenVoidsIt(t *testing.T) {
	for _, click := range []func(c *council, id string){
		func(c *council, id string) { c.approve(id, bob, store.AnswerVoided) },
		func(c *council, id string) { c.refuse(id, bob, store.AnswerVoided) },
	} {
		c := newCouncil(t)
		id := c.ask(of(pay, create("correct horse battery")))
		c.amend("count: 2", "count: 1")
		click(c, id)
		c.is(id, "voided: policy_changed")
		c.unchanged(pay, 0)
	}
}

func TestAnApproverWhoLeftDoesNotCountTowardsTheQuorum(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(pay, create("correct horse battery")))
	c.approve(id, bob, store.AnswerCounted)
	c.crowd.be(approverLeft["the approver left the group"])
	c.approve(id, bob, store.AnswerRepeated)
	c.approve(id, dave, store.AnswerCounted)
	c.is(id, "staged")
	c.approve(id, erin, store.AnswerApproved)
	c.is(id, "applied")
}

func TestAnotherPolicyThatAsksForTheSameVoidsNothing(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(pay, create("correct horse battery")))
	c.approve(id, bob, store.AnswerCounted)
	c.amend("name: one vote", "name: one vote alone")
	c.approve(id, dave, store.AnswerApproved)
	c.is(id, "applied")
}

func TestNothingIsDecidedWhileSlackDoesNotAnswer(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(held, create("correct horse battery")))
		c.crowd.be(func(crowd *crowd) { crowd.down = true })
		c.clock.skip(2 * policy.FreshToApply)
		before := c.size()
		c.approve(id, bob, store.AnswerUnsure)
		c.refuse(id, bob, store.AnswerUnsure)
		c.cancel(id, carol, store.AnswerUnsure)
		c.patrol()
		if c.size() != before {
			t.Errorf("%d records were written: %v", c.size()-before, c.lines())
		}
		c.crowd.be(func(crowd *crowd) { crowd.down = false })
		c.approve(id, bob, store.AnswerApproved)
		c.crowd.be(func(crowd *crowd) { crowd.down = true })
		c.clock.skip(10 * time.Minute)
		c.store.Round(t.Context())
		c.is(id, "held") // nobody can say whether Bob still counts
		c.unchanged(held, 0)
		c.crowd.be(func(crowd *crowd) { crowd.down = false })
		c.clock.skip(time.Minute)
		c.store.Round(t.Context())
		c.is(id, "applied")
	})
}

// Whoever gave the last vote has done all they could: nobody else will look after it.
func TestWhatEveryoneAgreedToGoesOnOnceSlackAnswers(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(one, create("correct horse battery")))
		c.hooks.on("after Vote approve", func() { c.crowd.be(func(crowd *crowd) { crowd.down = true }) })
		c.approve(id, bob, store.AnswerCounted)
		for range 3 {
			c.clock.skip(time.Minute)
			c.store.Round(t.Context())
		}
		c.is(id, "staged")
		c.crowd.be(func(crowd *crowd) { crowd.down = false })
		c.clock.skip(time.Minute)
		c.store.Round(t.Context())
		c.is(id, "applied")
	})
}

func TestASupersededPolicyDecidesNothing(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(one, create("correct horse battery")))
	c.rules.Store(c.rules.Load().Superseded())
	c.approve(id, bob, store.AnswerUnsure)
	c.patrol()
	c.is(id, "staged")
	c.decree(councilPolicy)
	c.approve(id, bob, store.AnswerApproved)
	c.is(id, "applied")
}

func TestACreateIsVoidedWhenSomebodyElseMadeTheSecret(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(held, create("correct horse battery")))
	c.approve(id, bob, store.AnswerApproved)
	must(t, c.console.Create("acme-prod", "held-key", nil))
	c.clock.skip(10 * time.Minute)
	c.store.Round(t.Context())
	c.is(id, "voided: base_moved")
	if c.versions(secret.Ref{Environment: "prod", Name: "held-key"}) != 0 {
		t.Error("a version was added to somebody else's secret")
	}
}
