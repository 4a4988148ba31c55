package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

const canary = "canary-4f1d9a7c2b8e60535f"

func TestAStagedValueIsSealedAndMarked(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		id := c.ask(of(one, create(canary)))
		if diff := cmp.Diff([]string{"secretstore-staging-" + id}, c.stagings()); diff != "" {
			t.Fatalf("staging secrets (-want +got):\n%s", diff)
		}
		view, _ := c.console.Secret("acme-prod", "secretstore-staging-"+id)
		if diff := cmp.Diff(map[string]string{"secretstore-staging": "main"}, view.Labels); diff != "" {
			t.Errorf("labels (-want +got):\n%s", diff)
		}
		if want := c.card(id).Expires.Add(time.Hour); !view.Expires.Equal(want) {
			t.Errorf("it expires at %v, want %v", view.Expires, want)
		}
		// Whoever may access every secret of the project sees sealed bytes.
		sealed, _ := c.console.Payload("acme-prod", "secretstore-staging-"+id, 1)
		for _, form := range forms(canary) {
			if bytes.Contains(sealed, []byte(form)) {
				t.Errorf("the staged bytes hold the value as %q", form)
			}
		}
		c.unchanged(one, 0)
	})
}

// forms are in which a value could hide.
func forms(text string) []string {
	return []string{text, text[3:11], hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text))[:20]}
}

func TestADumpOfTheDatabaseHoldsNoValueThatWaits(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(one, create(canary)))
	c.approve(id, bob, store.AnswerApproved)
	for _, suffix := range []string{"", "-wal"} {
		file, err := os.ReadFile(strings.TrimPrefix(c.url, "sqlite:") + suffix)
		must(t, err)
		for _, form := range forms(canary) {
			if bytes.Contains(file, []byte(form)) {
				t.Errorf("log.db%s holds the value as %q", suffix, form)
			}
		}
	}
}

// ways are in which a waiting change can end.
var ways = map[string]func(c *council, id string){
	"applied": func(c *council, id string) { c.approve(id, bob, store.AnswerApproved) },
	"refused": func(c *council, id string) { c.refuse(id, bob, store.AnswerRefused) },
	"cancelled": func(c *council, id string) {
		c.cancel(id, carol, store.AnswerCancelled)
	},
	"expired": func(c *council, id string) {
		c.clock.skip(24 * time.Hour)
		c.store.Round(c.Context())
	},
	"voided": func(c *council, id string) {
		c.crowd.be(func(crowd *crowd) { crowd.left[carol.User] = true })
		c.patrol()
		c.crowd.be((*crowd).gather)
	},
	"failed": func(c *council, id string) {
		c.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
		c.approve(id, bob, store.AnswerApproved)
	},
}

func TestWhatIsStagedGoesWithTheEndOfItsChange(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		for end, how := range ways {
			t.Run(end, func(t *testing.T) {
				c.T = t
				ref := one
				ref.Name += secret.Name("-" + end)
				id := c.ask(of(ref, create(canary)))
				how(c, id)
				if got := string(c.change(id).State); got != end {
					t.Errorf("it ended as %s", got)
				}
				if left := c.stagings(); len(left) != 0 {
					t.Errorf("still staged: %v", left)
				}
				if key, err := c.log.Key(t.Context(), id); err != nil || key != nil {
					t.Errorf("the key is still there: %d bytes, %v", len(key), err)
				}
			})
		}
	})
}

func TestWhatCouldNotBeDeletedIsSweptLater(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		c.quick()
		c.manager.Faults().Add(faults.Fault{Method: "DeleteSecret", Kind: faults.Refuse, Times: 1})
		id := c.ask(of(one, create(canary)))
		c.refuse(id, bob, store.AnswerRefused)
		if left := c.stagings(); len(left) != 1 {
			t.Fatalf("the fault did not happen: %v", left)
		}
		c.patrol()
		if left := c.stagings(); len(left) != 0 {
			t.Errorf("still staged: %v", left)
		}
	})
}

func TestTheSweeperDeletesNothingElse(t *testing.T) {
	c := newCouncil(t)
	waits := c.ask(of(one, create(canary)))
	c.done(of(secret.Ref{Environment: "dev", Name: "ended"}, create("of dev")))
	ended := c.records()[len(c.records())-1].Change
	ours := map[string]string{store.StagingLabel: "main"}
	must(t, c.console.Create("acme-prod", "secretstore-staging-01jd7y3k5m8q2v4x6z9b1c2d3e", ours)) // of no change
	must(t, c.console.Create("acme-prod", "secretstore-staging-"+ended, ours))                     // of another environment's
	must(t, c.console.Create("acme-prod", "staging-"+ended, ours))
	gone := c.ask(of(pay, create(canary)))
	c.manager.Faults().Add(faults.Fault{Method: "DeleteSecret", Kind: faults.Refuse, Status: 403, Times: 1})
	c.cancel(gone, carol, store.AnswerCancelled)
	must(t, c.console.SetLabels("acme-prod", "secretstore-staging-"+gone, map[string]string{store.StagingLabel: "other"}))
	c.patrol()
	for _, name := range []string{"secretstore-staging-" + waits, "secretstore-staging-01jd7y3k5m8q2v4x6z9b1c2d3e",
		"secretstore-staging-" + ended, "staging-" + ended, "secretstore-staging-" + gone} {
		if _, ok := c.console.Secret("acme-prod", name); !ok {
			t.Errorf("%s was deleted", name)
		}
	}
}

func TestAStagedValueThatSomebodyTookAwayIsNotApplied(t *testing.T) {
	takes := map[string]func(c *council, id string){
		"deleted in the console": func(c *council, id string) { must(c.T, c.console.Delete("acme-prod", "secretstore-staging-"+id)) },
		"disabled": func(c *council, id string) {
			must(c.T, c.console.SetState("acme-prod", "secretstore-staging-"+id, 1, "DISABLED"))
		},
		"destroyed": func(c *council, id string) {
			must(c.T, c.console.SetState("acme-prod", "secretstore-staging-"+id, 1, "DESTROYED"))
		},
		"its key deleted": func(c *council, id string) { c.forge(`DELETE FROM staged_key WHERE change_id = $1`, id) },
		"another key": func(c *council, id string) {
			c.forge(`UPDATE staged_key SET key = $1 WHERE change_id = $2`, make([]byte, 32), id)
		},
		"a short key": func(c *council, id string) {
			c.forge(`UPDATE staged_key SET key = $1 WHERE change_id = $2`, []byte{1}, id)
		},
		"other bytes": func(c *council, id string) {
			name := "secretstore-staging-" + id
			must(c.T, c.console.Delete("acme-prod", name))
			must(c.T, c.console.Create("acme-prod", name, map[string]string{store.StagingLabel: "main"}))
			_, err := c.console.AddVersion("acme-prod", name, []byte("whatever else there is"))
			must(c.T, err)
		},
		"that of another change": func(c *council, id string) {
			other := c.ask(of(secret.Ref{Environment: "prod", Name: "pay-other"}, create("of another change")))
			sealed, _ := c.console.Payload("acme-prod", "secretstore-staging-"+other, 1)
			name := "secretstore-staging-" + id
			must(c.T, c.console.Delete("acme-prod", name))
			must(c.T, c.console.Create("acme-prod", name, map[string]string{store.StagingLabel: "main"}))
			_, err := c.console.AddVersion("acme-prod", name, sealed)
			must(c.T, err)
			c.forge(`UPDATE staged_key SET key = (SELECT key FROM staged_key WHERE change_id = $1) WHERE change_id = $2`, other, id)
			c.cancel(other, carol, store.AnswerCancelled)
		},
	}
	councils(t, func(t *testing.T, c *council) {
		for name, take := range takes {
			t.Run(name, func(t *testing.T) {
				c.T = t
				id := c.ask(of(one, create(canary)))
				take(c, id)
				c.approve(id, bob, store.AnswerApproved)
				c.is(id, "failed: staged_gone")
				c.unchanged(one, 0)
				if left := c.stagings(); len(left) != 0 {
					t.Errorf("still staged: %v", left)
				}
			})
		}
	})
}

func TestAValueThatCouldNotBeStagedIsNotAskedFor(t *testing.T) {
	for _, method := range []string{"CreateSecret", "AddSecretVersion"} {
		c := newCouncil(t)
		c.manager.Faults().Add(faults.Fault{Method: method, Kind: faults.Refuse, Status: 403, Times: 1})
		change := c.done(of(one, create(canary)))
		c.is(change.ID, "failed: service_denied")
		c.approve(change.ID, bob, store.AnswerDecided)
	}
}

func TestStagingOutlivesLostAnswers(t *testing.T) {
	for _, method := range []string{"CreateSecret", "AddSecretVersion"} {
		for _, kind := range []faults.Kind{faults.Lose, faults.Cut, faults.Refuse, faults.Drop} {
			t.Run(method+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				c := newCouncil(t)
				c.manager.Faults().Add(faults.Fault{Method: method, Kind: kind, Times: 1})
				id := c.ask(of(one, create(canary)))
				c.approve(id, bob, store.AnswerApproved)
				c.is(id, "applied")
				if got := c.payload(one, 1); got != canary || len(c.stagings()) != 0 {
					t.Errorf("%d other bytes were written; staged: %v", len(got), c.stagings())
				}
			})
		}
	}
}

// A consent is not lost to a lost answer: the staged value is still there.
func TestAnAgreedChangeIsAppliedAgainWhenItsAddLeftNothing(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		c.quick()
		id := c.ask(of(one, create(canary)))
		c.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Drop, Times: 1})
		c.approve(id, bob, store.AnswerApproved)
		c.is(id, "applied")
		if got := c.payload(one, 1); got != canary || c.versions(one) != 1 {
			t.Errorf("%d versions, %d other bytes", c.versions(one), len(got))
		}
	})
}

// crashes are where the process ends between the request and the outcome, and what the
// next owner makes of it.
func TestWhatACrashLeavesOfAConsent(t *testing.T) {
	rows := []struct {
		point string
		want  string
	}{
		{"after Submit", "failed: value_lost"},
		{"after Create", "failed: value_lost"},
		{"after Add", "failed: value_lost"},
		{"before Advance staged", "failed: value_lost"},
		{"after Advance staged", "staged"},
		{"before Vote approve", "staged"},
		{"after Vote approve", "applied"},
		{"before Advance applying", "applied"},
		{"after Advance applying", "applied"},
		{"after Create of the secret", "applied"},
		{"before Add of the version", "applied"},
		{"after Add of the version", "applied"},
		{"before Advance applied", "applied"},
		{"after Advance applied", "applied"},
	}
	councils(t, func(t *testing.T, c *council) {
		for i, row := range rows {
			t.Run(row.point, func(t *testing.T) {
				c.T = t
				ref := one
				ref.Name += secret.Name(rune('a' + i))
				id := c.crashIn(ref, row.point)
				c.takeOver()
				c.takeOver()
				c.patrol()
				c.is(id, row.want)
				switch got := c.versions(ref); {
				case row.want == "applied" && (got != 1 || c.payload(ref, 1) != canary):
					t.Errorf("%d versions", got)
				case row.want != "applied" && got != 0:
					t.Errorf("%d versions", got)
				}
				if staged := len(c.stagings()); (row.want == "staged") != (staged == 1) {
					t.Errorf("%d values are staged", staged)
				}
				if row.want == "staged" {
					c.cancel(id, carol, store.AnswerCancelled)
				}
			})
		}
	})
}

// crashIn lets the process end at a point of a request by Carol that Bob approves.
func (c *council) crashIn(ref secret.Ref, point string) (id string) {
	c.Helper()
	before, ofTheSecret := strings.CutSuffix(strings.TrimSuffix(point, " of the version"), " of the secret")
	ofTheSecret = ofTheSecret || strings.HasSuffix(point, " of the version")
	late := ofTheSecret || strings.Contains(point, "Vote") || strings.Contains(point, "appl")
	if !late {
		c.crashAt(point, of(ref, create(canary)))
		return c.latestID(ref)
	}
	id = c.ask(of(ref, create(canary)))
	crashed := c.hooks.crash(before)
	vote := c.vote(id, bob)
	go c.store.Approve(c.Context(), vote) // it may never return
	<-crashed
	c.store.Drain(c.Context())
	return id
}

func (c *council) latestID(ref secret.Ref) string {
	c.Helper()
	found, err := c.log.Find(c.Context(), audit.Query{Ref: &ref, Limit: 1})
	must(c.T, err)
	if len(found) == 0 {
		c.Fatal("no change is recorded")
	}
	return found[0].ID
}

func TestAnActionWithoutBytesIsAskedForAfterACrash(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		first := c.ask(of(one, create(canary)))
		c.approve(first, bob, store.AnswerApproved)
		c.crashAt("after Submit", of(one, remove(1)))
		id := c.latestID(one)
		c.takeOver()
		c.is(id, "staged")
		if got := c.states(one); got != "e" {
			t.Fatalf("versions %q before anybody agreed", got)
		}
		c.approve(id, bob, store.AnswerApproved)
		c.is(id, "applied")
	})
}

// A process that was down until it was too late applies nothing.
func TestAnApprovedChangeThatNobodyBeganInTimeExpires(t *testing.T) {
	c := newCouncil(t)
	id := c.crashIn(one, "after Vote approve")
	c.clock.skip(25 * time.Hour)
	c.takeOver()
	c.is(id, "expired: approved_late")
	c.unchanged(one, 0)
}

func TestAValueThatWaitsIsInNoRecord(t *testing.T) {
	c := newCouncil(t)
	for _, how := range []string{"refused", "expired", "cancelled", "applied"} {
		ref := one
		ref.Name += secret.Name("-" + how)
		id := c.ask(of(ref, create(canary)))
		ways[how](c, id)
	}
	for _, r := range c.records() {
		for _, cell := range r.Cells() {
			if strings.Contains(cell, canary[:8]) {
				t.Errorf("record %d holds the value: %q", r.Seq, cell)
			}
		}
		if r.Fingerprint != "" && r.Event != audit.EventApplied {
			t.Errorf("a fingerprint stands on a record of %s", r.Event)
		}
	}
}

func TestOnlyOurOwnStagedValuesAreDeleted(t *testing.T) {
	c := newCouncil(t)
	id := c.ask(of(one, create(canary)))
	name := "secretstore-staging-" + id
	must(t, c.console.SetLabels("acme-prod", name, map[string]string{store.StagingLabel: "other"}))
	c.cancel(id, carol, store.AnswerCancelled)
	if _, ok := c.console.Secret("acme-prod", name); !ok {
		t.Error("a secret that bears another installation's label was deleted")
	}
}
