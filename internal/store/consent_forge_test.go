package store_test

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"strings"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// insertVote writes a vote as somebody who can write the database.
func (w *world) insertVote(v audit.Vote) {
	w.Helper()
	w.forge(`INSERT INTO vote (change_id, person, kind, stage, body, seal, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		v.Change, v.Person, string(v.Kind), v.Stage, v.Body, v.Seal, v.Created.UnixMilli())
}

// retouch makes the row due at once for whoever comes next.
func (w *world) retouch(id string) {
	w.Helper()
	w.forge(`UPDATE change SET due_ms = 1, lease_ms = 0, watched = 1, owner = 'x' WHERE id = $1`, id)
}

// forgeries are what somebody may write who can write the database and has no key. The
// change is a delete or an update that two people have to agree to, and one did.
var forgeries = []struct {
	name  string
	forge func(c *council, id string)
}{
	{"state held", func(c *council, id string) { c.forge(`UPDATE change SET state = 'held' WHERE id = $1`, id) }},
	{"state requested", func(c *council, id string) { c.forge(`UPDATE change SET state = 'requested' WHERE id = $1`, id) }},
	{"state applying", func(c *council, id string) { c.forge(`UPDATE change SET state = 'applying' WHERE id = $1`, id) }},
	{"state unknown", func(c *council, id string) { c.forge(`UPDATE change SET state = 'unknown' WHERE id = $1`, id) }},
	{"state approved", func(c *council, id string) { c.forge(`UPDATE change SET state = 'approved' WHERE id = $1`, id) }},
	{"state emergency", func(c *council, id string) { c.forge(`UPDATE change SET state = 'emergency' WHERE id = $1`, id) }},
	{"requester", func(c *council, id string) {
		c.forge(`UPDATE change SET requester_user = 'U0DAVE', state = 'held' WHERE id = $1`, id)
	}},
	{"action", func(c *council, id string) {
		c.forge(`UPDATE change SET action = 'rollback', state = 'requested' WHERE id = $1`, id)
	}},
	{"quorum of the sealed request", func(c *council, id string) {
		row := c.change(id)
		c.forge(`UPDATE change SET request = $1 WHERE id = $2`, []byte(strings.ReplaceAll(string(row.Request), `"count":2`, `"count":1`)), id)
	}},
	{"no stages in the sealed request", func(c *council, id string) {
		row := c.change(id)
		c.forge(`UPDATE change SET state = 'requested', request = $1 WHERE id = $2`, []byte(strings.Replace(string(row.Request), `"stages"`, `"stager"`, 1)), id)
	}},
	{"an invented vote", func(c *council, id string) {
		c.insertVote(audit.Vote{Change: id, Person: dave.String(), Kind: audit.VoteApprove, Body: []byte(`{"change":"` + id + `"}`), Seal: "s1:" + strings.Repeat("0", 64)})
	}},
	{"a vote without a seal", func(c *council, id string) {
		c.insertVote(audit.Vote{Change: id, Person: dave.String(), Kind: audit.VoteApprove, Body: []byte(`{}`)})
	}},
	{"a whole vote under another key", func(c *council, id string) {
		r, err := c.store.Request(c.change(id))
		must(c.T, err)
		intruder := c.replica("intruder", func(o *store.Options) { o.Seal = ring(c.T, "s1", "99") })
		c.insertVote(intruder.SealedVote(r, dave, audit.VoteApprove, 0))
	}},
	{"Bob's vote as Dave's", func(c *council, id string) {
		v := c.votes(id)[0]
		v.Person = dave.String()
		c.insertVote(v)
	}},
	{"Bob's vote twice, of two kinds", func(c *council, id string) {
		v := c.votes(id)[0]
		v.Kind = audit.VoteReview
		c.insertVote(v)
	}},
	{"Dave's vote about another change", func(c *council, id string) {
		other := c.ask(of(secret.Ref{Environment: "prod", Name: "pay-other"}, create("of another change")))
		c.approve(other, dave, store.AnswerCounted)
		v := c.votes(other)[0]
		v.Change = id
		c.insertVote(v)
	}},
	{"the request's own seal for a vote", func(c *council, id string) {
		row := c.change(id)
		c.insertVote(audit.Vote{Change: id, Person: dave.String(), Kind: audit.VoteApprove, Body: row.Request, Seal: row.Seal})
	}},
	{"a vote changed to another stage's", func(c *council, id string) {
		c.forge(`UPDATE vote SET body = $1 WHERE change_id = $2`, []byte(`{"stage":1}`), id)
	}},
}

func (c *council) votes(id string) []audit.Vote {
	c.Helper()
	votes, err := c.log.Votes(c.Context(), id)
	must(c.T, err)
	return votes
}

func TestForgedConsentIsNeverApplied(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		for i, row := range forgeries {
			for _, action := range []secret.Action{secret.Delete, secret.Update} {
				t.Run(fmt.Sprintf("%s, %s", action, row.name), func(t *testing.T) {
					c.T = t
					ref := secret.Ref{Environment: "prod", Name: secret.Name(fmt.Sprintf("pay-%s-%d", action, i))}
					c.made(ref)
					s := remove(1)
					if action == secret.Update {
						s = update(1, "the forged one")
					}
					id := c.ask(of(ref, s))
					c.approve(id, bob, store.AnswerCounted)
					row.forge(c, id)
					c.retouch(id)
					c.takeOver()
					c.takeOver()
					if got := c.states(ref); got != "e" {
						t.Errorf("versions %q: %v", got, c.lines())
					}
					if got := c.outcome(id); strings.HasPrefix(got, "applied") || got == "staged" && row.name != "state requested" {
						t.Errorf("outcome %q", got)
					}
					for _, other := range c.open() {
						c.cancel(other, carol, store.AnswerCancelled)
					}
				})
			}
		}
	})
}

// made is a secret with one version that two people agreed to.
func (c *council) made(ref secret.Ref) {
	c.Helper()
	id := c.ask(of(ref, create("the one before")))
	c.approve(id, bob, store.AnswerCounted)
	c.approve(id, dave, store.AnswerApproved)
	c.is(id, "applied")
}

func (c *council) open() (ids []string) {
	c.Helper()
	cards, err := c.store.Open(c.Context())
	must(c.T, err)
	for _, card := range cards {
		ids = append(ids, card.Change)
	}
	return ids
}

// A change that ended stays ended, whatever is set back and whichever vote is removed.
func TestAChangeThatEndedIsNotAppliedWhenItsRowIsSetBack(t *testing.T) {
	ends := map[string]func(c *council, id string){
		"refused":   func(c *council, id string) { c.refuse(id, dave, store.AnswerRefused) },
		"cancelled": func(c *council, id string) { c.cancel(id, carol, store.AnswerCancelled) },
	}
	councils(t, func(t *testing.T, c *council) {
		for end, how := range ends {
			for _, removed := range []bool{false, true} {
				for _, state := range []string{"staged", "held", "requested"} {
					t.Run(fmt.Sprintf("%s, set back to %s, vote removed %t", end, state, removed), func(t *testing.T) {
						c.T = t
						ref := secret.Ref{Environment: "prod", Name: secret.Name(fmt.Sprintf("held-%s-%s-%t", end, state, removed))}
						first := c.ask(of(ref, create("the one before")))
						c.approve(first, bob, store.AnswerApproved)
						c.clock.skip(10 * time.Minute)
						c.store.Round(t.Context())
						id := c.ask(of(ref, remove(1)))
						c.insertVote(c.sealedVote(id, erin)) // genuine, or as good as that
						how(c, id)
						if removed {
							c.forge(`DELETE FROM vote WHERE change_id = $1 AND kind <> 'approve'`, id)
						}
						c.forge(`UPDATE change SET state = $1 WHERE id = $2`, state, id)
						c.clock.skip(time.Hour)
						for range 3 {
							c.retouch(id)
							c.takeOver()
						}
						if got := c.states(ref); got != "e" {
							t.Errorf("versions %q: %v", got, c.lines())
						}
					})
				}
			}
		}
	})
}

func (c *council) sealedVote(id string, p secret.Person) audit.Vote {
	c.Helper()
	r, err := c.store.Request(c.change(id))
	must(c.T, err)
	return c.store.SealedVote(r, p, audit.VoteApprove, 0)
}

// Even a vote that bears the seal does not count when it breaks a rule: the recount is a
// guard of its own.
func TestTheRecountKnowsTheRulesItself(t *testing.T) {
	rows := []struct {
		name  string
		votes []secret.Person
	}{
		{"the requester's own", []secret.Person{carol, bob}},
		{"the requester's under the other id", []secret.Person{{Scope: "T0TEAM", User: "W0CAROL"}, bob}},
		{"a stranger's", []secret.Person{{Scope: "T0TEAM", User: "U0NOBODY"}, bob}},
		{"one alone", []secret.Person{bob}},
		{"one person's under two scopes", []secret.Person{bob, {Scope: "E0GRID", User: bob.User}}},
		{"none", nil},
	}
	councils(t, func(t *testing.T, c *council) {
		for i, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				c.T = t
				ref := secret.Ref{Environment: "prod", Name: secret.Name(fmt.Sprintf("pay-recount-%d", i))}
				c.made(ref)
				// Her ids are asked too, as if the request had been resolved wrongly.
				id := c.ask(of(ref, remove(1)))
				c.reseal(id, func(r *store.Request) {
					r.Stages[0].Members = append(r.Stages[0].Members, carol.User, "W0CAROL")
				})
				for _, p := range row.votes {
					c.insertVote(c.sealedVote(id, p))
				}
				for _, state := range []string{"staged", "held"} {
					c.forge(`UPDATE change SET state = $1 WHERE id = $2`, state, id)
					c.retouch(id)
					c.takeOver()
				}
				if got := c.states(ref); got != "e" {
					t.Errorf("versions %q: %v", got, c.lines())
				}
			})
		}
	})
}

// reseal changes the sealed request as somebody could who has the key.
func (c *council) reseal(id string, change func(*store.Request)) {
	c.Helper()
	r, err := c.store.Request(c.change(id))
	must(c.T, err)
	text, seal := c.store.Reseal(r, change)
	change(&r)
	person, _ := secret.ParsePerson(r.Requester)
	c.forge(`UPDATE change SET request = $1, seal = $2, action = $3, environment = $4, name = $5, requester_user = $6 WHERE id = $7`,
		text, seal, string(r.Action), string(r.Environment), string(r.Name), person.User, id)
}

// committed are the fields that the commitment binds. Each is changed between the approval
// and the apply, under a seal that fits: what is applied must be what was agreed to.
var committed = []struct {
	name   string
	change func(*store.Request)
}{
	{"action", func(r *store.Request) { r.Action = secret.Create }},
	{"environment", func(r *store.Request) { r.Environment, r.Project = "dev", "acme-dev" }},
	{"project", func(r *store.Request) { r.Project = "acme-dev" }},
	{"name", func(r *store.Request) { r.Name = "held-other" }},
	{"base", func(r *store.Request) { r.Base = 2 }},
	{"recipe", func(r *store.Request) { r.Recipe = secret.JSON }},
	{"source", func(r *store.Request) { r.Source = 1 }},
	{"what becomes of the old version", func(r *store.Request) { r.Old.Do = store.OldDestroy }},
	{"when", func(r *store.Request) { r.Old.Days = 9 }},
	{"requester", func(r *store.Request) { r.Requester = "T0TEAM/U0FRANK" }},
	{"a label", func(r *store.Request) { r.Labels["team"] = "b" }},
	{"an annotation", func(r *store.Request) { r.Annotations[store.NoteOwner] = "U0FRANK" }},
	{"the commitment", func(r *store.Request) { r.Commitment = "s1:" + strings.Repeat("0", 64) }},
}

func TestEachCommittedFieldIsChecked(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		for i, row := range committed {
			t.Run(row.name, func(t *testing.T) {
				c.T = t
				ref := secret.Ref{Environment: "prod", Name: secret.Name(fmt.Sprintf("held-%d", i))}
				first := c.ask(of(ref, create("the one before")))
				c.approve(first, bob, store.AnswerApproved)
				c.clock.skip(10 * time.Minute)
				c.store.Round(t.Context())
				s := of(ref, update(1, `"the agreed bytes"`))
				s.Old = store.OldPlan{Do: store.OldDisable, Days: 3}
				id := c.ask(s)
				c.approve(id, bob, store.AnswerApproved)
				c.reseal(id, row.change)
				c.clock.skip(10 * time.Minute)
				c.takeOver()
				if got := c.outcome(id); strings.HasPrefix(got, "applied") || !strings.Contains(got, ":") {
					t.Errorf("outcome %q: %v", got, c.lines())
				}
				c.unchanged(ref, 1)
			})
		}
		c.unchanged(secret.Ref{Environment: "prod", Name: "held-other"}, 0)
	})
}

// With a new commitment too, the votes are about something else.
func TestAVoteCountsForItsCommitmentAlone(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(held, create("the agreed bytes")))
	c.approve(id, bob, store.AnswerApproved)
	c.reseal(id, func(r *store.Request) {
		r.Annotations[store.NoteOwner] = "U0FRANK"
		c.store.Recommit(r, []byte("the agreed bytes"))
	})
	c.clock.skip(10 * time.Minute)
	c.takeOver()
	c.is(id, "failed: forged")
	c.unchanged(held, 0)
}

// Who has the database and the staging secret can seal other bytes, but not commit to them.
func TestOtherStagedBytesAreNotApplied(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(held, create("the agreed bytes")))
		c.approve(id, bob, store.AnswerApproved)
		r, err := c.store.Request(c.change(id))
		must(t, err)
		key, err := c.log.Key(t.Context(), id)
		must(t, err)
		block, err := aes.NewCipher(key)
		must(t, err)
		aead, err := cipher.NewGCMWithRandomNonce(block)
		must(t, err)
		name := c.stagings()[0]
		must(t, c.console.Delete("acme-prod", name))
		must(t, c.console.Create("acme-prod", name, map[string]string{store.StagingLabel: "main"}))
		if _, err := c.console.AddVersion("acme-prod", name, aead.Seal(nil, nil, []byte("the other bytes!"), []byte(id+"\n"+r.Commitment))); err != nil {
			t.Fatal(err)
		}
		c.clock.skip(10 * time.Minute)
		c.store.Round(t.Context())
		c.is(id, "failed: not_as_approved")
		c.unchanged(held, 0)
	})
}

// A hold that is brought forward in the database is not over.
func TestAHoldThatIsBroughtForwardIsForged(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(held, create("the agreed bytes")))
		c.approve(id, bob, store.AnswerApproved)
		c.retouch(id)
		c.store.Round(t.Context())
		c.is(id, "failed: forged")
		c.unchanged(held, 0)
	})
}

// Who was not asked does not count, even if they could be by now.
func TestOnlyThoseWhoWereAskedCount(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(one, create("the agreed bytes")))
	late := secret.Person{Scope: "T0TEAM", User: "U0LATE"}
	c.crowd.be(func(crowd *crowd) { crowd.group = append(crowd.group, late.User) })
	c.insertVote(c.sealedVote(id, late))
	c.retouch(id)
	c.store.Round(t.Context())
	c.is(id, "staged")
	c.approve(id, bob, store.AnswerApproved)
	c.is(id, "applied")
}

func TestZeroVotesAreNoConsent(t *testing.T) {
	members := []string{bob.User}
	for name, stages := range map[string][]store.Stage{
		"no stages":                        nil,
		"a stage that asks for nobody":     {{Count: 0, Members: members}},
		"a stage that asks for less":       {{Count: -1, Members: members}},
		"one that does not, one that does": {{Count: 0, Members: members}, {Count: 1, Members: members}},
	} {
		if store.Met(stages, 0) {
			t.Errorf("%s: nobody agreed, and that is enough", name)
		}
	}
	both := []store.Stage{{Count: 1, Members: members}}
	if !store.Met(both, 0, audit.VoteApprove) || store.Met(both, 0, audit.VoteApprove, audit.VoteRefuse) {
		t.Error("an objection does not count against a consent")
	}
}
