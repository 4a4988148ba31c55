package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// append adds a record with the hashes that belong to it, which needs no key.
func (w *world) append(r audit.Record) {
	w.Helper()
	w.forged = true
	must(w.T, w.log.Append(w.Context(), r))
}

// hidings are what somebody may write who can write the database, so that an emergency is
// forgotten which nobody reviewed.
var hidings = []struct {
	name string
	hide func(c *council, id string)
	want *secret.Fault // of another on the same day
}{
	{"its place is blanked", func(c *council, id string) { c.forge(`UPDATE change SET pool = '' WHERE id = $1`, id) }, &capped},
	{"its place is another's", func(c *council, id string) { c.forge(`UPDATE change SET pool = 'open/x' WHERE id = $1`, id) }, &capped},
	{"its row is deleted", func(c *council, id string) { c.forge(`DELETE FROM change WHERE id = $1`, id) }, &locked},
	{"its row bears another id", func(c *council, id string) {
		c.forge(`UPDATE change SET id = '01another', key = 'V-another', pool = '' WHERE id = $1`, id)
	}, &locked},
	{"a review is recorded, and nobody made it", func(c *council, id string) {
		c.append(audit.Record{Event: audit.EventReviewed, Change: id, Environment: "prod", Secret: "pay-a"})
		c.forge(`UPDATE change SET pool = '' WHERE id = $1`, id)
	}, &capped},
	{"a review is recorded, and invented", func(c *council, id string) {
		c.insertVote(audit.Vote{Change: id, Person: lead.String(), Kind: audit.VoteReview, Body: []byte(`{}`)})
		c.append(audit.Record{Event: audit.EventReviewed, Change: id, Environment: "prod", Secret: "pay-a"})
		c.forge(`UPDATE change SET pool = '' WHERE id = $1`, id)
	}, &capped},
}

var (
	capped = secret.Fault{Field: secret.FieldEmergency, Code: store.CodeEmergencyCap, Limit: 2}
	locked = secret.Fault{Field: secret.FieldEmergency, Code: store.CodeReviewOverdue}
	unsure = secret.Fault{Field: secret.FieldEmergency, Code: store.CodeEmergencyUnsure}
)

func TestAnEmergencyThatIsHiddenCapsAndLocksAllTheSame(t *testing.T) {
	for _, row := range hidings {
		t.Run(row.name, func(t *testing.T) {
			councils(t, func(t *testing.T, c *council) {
				c.T = t
				hidden := c.applied(alarmed(nth(0), create("correct horse battery")))
				reviewed := c.applied(alarmed(nth(1), create("correct horse battery")))
				row.hide(c, hidden.ID)
				c.refused(alarmed(nth(2), create("one too many")), *row.want)
				c.store = c.replica("restarted", nil)
				c.refused(alarmed(nth(2), create("one too many")), *row.want)
				c.review(reviewed.ID, lina, store.AnswerReviewed)
				c.clock.skip(25 * time.Hour)
				c.refused(alarmed(nth(2), create("too late")), locked)
			})
		})
	}
}

// rewritings are what somebody may write who wants the log to say something else.
var rewritings = []struct {
	name  string
	write func(c *council, seq int64)
}{
	{"a record is another's", func(c *council, seq int64) {
		c.forge(`UPDATE record SET leaf = (SELECT leaf FROM record WHERE seq = 1) WHERE seq = $1`, seq)
	}},
	{"a record is taken out", func(c *council, seq int64) { c.forge(`DELETE FROM record WHERE seq = $1`, seq) }},
	{"a record is filed elsewhere", func(c *council, seq int64) { c.forge(`UPDATE record SET ref = 'dev/x' WHERE seq = $1`, seq) }},
	{"a hash is another", func(c *council, seq int64) {
		c.forge(`UPDATE tlog_hash SET hash = (SELECT hash FROM tlog_hash WHERE idx = 0) WHERE idx = $1`, tlog.StoredHashIndex(0, seq-1))
	}},
}

func TestALogThatContradictsItselfAllowsNoEmergency(t *testing.T) {
	for _, row := range rewritings {
		t.Run(row.name, func(t *testing.T) {
			councils(t, func(t *testing.T, c *council) {
				c.T = t
				c.made(secret.Ref{Environment: "prod", Name: "pay-first"})
				c.applied(alarmed(nth(0), create("correct horse battery")))
				row.write(c, c.record(audit.EventEmergency).Seq)
				c.store = c.replica("restarted", nil)
				c.refused(alarmed(nth(1), create("who knows")), unsure)
			})
		})
	}
}

// record is the newest of its event.
func (w *world) record(e audit.Event) (newest audit.Record) {
	w.Helper()
	for _, r := range w.records() {
		if r.Event == e {
			newest = r
		}
	}
	return newest
}

// cut takes the records after number size out, with their hashes, as a database that was
// put back has none of them. It makes a whole log.
func (w *world) cut(size int64) {
	w.Helper()
	db := w.database()
	for text, arg := range map[string]int64{
		`DELETE FROM record WHERE seq > $1`:     size,
		`DELETE FROM tlog_hash WHERE idx >= $1`: tlog.StoredHashCount(size),
		`UPDATE chain SET seq = $1`:             size,
	} {
		_, err := db.Exec(text, arg)
		must(w.T, err)
	}
}

func TestWhatWasReadOfTheLogCantBeTakenOutOfIt(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		c.made(secret.Ref{Environment: "prod", Name: "pay-first"})
		before := c.size()
		c.applied(alarmed(nth(0), create("correct horse battery")))
		c.patrol()
		if _, err := c.store.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.cut(before)
		c.refused(alarmed(nth(1), create("who knows")), unsure)
		for range 20 { // the numbers are given anew
			c.append(audit.Record{Event: audit.EventExternal, Environment: "prod", Secret: "x"})
		}
		c.refused(alarmed(nth(1), create("who knows")), unsure)
	})
}

// Between the form and its record others may be written, and their places be blanked.
func TestTheOrderOfTheLogDecidesWhoHasAPlace(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		c.hooks.on("before Submit", func() {
			for n := range 2 {
				c.applied(alarmed(nth(n), create("correct horse battery")))
			}
			_, err := c.database().Exec(`UPDATE change SET pool = ''`)
			must(t, err)
		})
		c.ends(alarmed(nth(2), create("one too many")), "failed: forged")
		c.unchanged(nth(2), 0)
	})
}

// An emergency that is not in the log would be reviewed by nobody.
func TestAnEmergencyWithoutItsRecordIsNotApplied(t *testing.T) {
	c := newCouncil(t)
	c.applied(alarmed(nth(0), create("correct horse battery")))
	c.hooks.on("after Submit", func() { c.cut(c.size() - 2) })
	r := c.start(alarmed(nth(1), create("nobody knows")))
	<-r.Done
	c.unchanged(nth(1), 0)
}

// stoppings are what somebody may write so that a change is taken up again that was
// stopped after everyone had agreed to it.
var stoppings = []struct {
	name  string
	forge func(c *council, id string)
}{
	{"nothing else (control)", func(*council, string) {}},
	{"its end is filed elsewhere", func(c *council, id string) {
		c.forge(`UPDATE record SET ref = 'dev/x' WHERE seq = $1`, c.record(audit.EventRefused).Seq)
	}},
	{"its end is taken out", func(c *council, id string) {
		c.forge(`DELETE FROM record WHERE seq = $1`, c.record(audit.EventRefused).Seq)
	}},
	{"a beginning is added", func(c *council, id string) {
		for _, e := range []audit.Event{audit.EventStaged, audit.EventHeld, audit.EventApplying} {
			c.append(audit.Record{Event: e, Change: id, Environment: "prod", Secret: "held-key", Detail: "delete"})
		}
	}},
	{"thousands of records follow", func(c *council, id string) {
		records := make([]audit.Record, 5100)
		for i := range records {
			records[i] = audit.Record{Event: audit.EventExternal, Environment: "prod", Secret: "held-key"}
		}
		must(c.T, c.log.Append(c.Context(), records...))
	}},
}

func TestWhatWasStoppedIsNotTakenUpAgain(t *testing.T) {
	for _, row := range stoppings {
		t.Run(row.name, func(t *testing.T) {
			councils(t, func(t *testing.T, c *council) {
				c.T = t
				first := c.ask(of(held, create("the one before")))
				c.approve(first, bob, store.AnswerApproved)
				c.clock.skip(10 * time.Minute)
				c.store.Round(t.Context())
				id := c.ask(of(held, remove(1)))
				c.approve(id, bob, store.AnswerApproved)
				c.stop(id, dave, store.AnswerStopped)
				c.forge(`DELETE FROM vote WHERE change_id = $1 AND kind = 'stop'`, id)
				row.forge(c, id)
				c.clock.skip(time.Hour)
				for _, state := range []string{"staged", "held", "requested"} {
					c.forge(`UPDATE change SET state = $1 WHERE id = $2`, state, id)
					c.retouch(id)
					c.takeOver()
				}
				if got := c.states(held); got != "e" {
					t.Errorf("versions %q: %v", got, c.lines())
				}
			})
		})
	}
}

// A database that was put back in part has the row and the votes, and no record of them.
func TestAChangeThatTheLogDoesNotHaveIsNotApplied(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		c.fill(3)
		id := c.ask(of(held, create("the agreed bytes")))
		c.approve(id, bob, store.AnswerApproved)
		c.cut(3)
		c.takeOver()
		c.clock.skip(10 * time.Minute)
		c.takeOver()
		c.is(id, "failed: forged")
		c.unchanged(held, 0)
	})
}

// What is repeated without asking is not begun again under a record that was added.
func TestAnAttemptThatEndedIsNotBegunByARecord(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		c.applied(create("one"))
		deleted := c.applied(remove(1))
		c.applied(restore())
		for _, later := range []time.Duration{0, days(59), days(3)} {
			c.clock.skip(later)
			c.append(audit.Record{Event: audit.EventApplying, Change: deleted.ID, Environment: "dev", Secret: "db-password", Detail: "delete"})
			c.forge(`UPDATE change SET state = 'applying' WHERE id = $1`, deleted.ID)
			c.retouch(deleted.ID)
			c.takeOver()
			if got := c.states(db); got != "e" {
				t.Errorf("after %s: versions %q", later, got)
			}
		}
	})
}

// Nobody waits for a retirement, and it is never too late for one: only the log tells that
// it was tried.
func TestARetirementThatFailedIsNotTriedAgain(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.applied(create("one"))
		s := update(1, "two")
		s.Old = store.OldPlan{Do: store.OldDestroy, Days: 1}
		w.applied(s)
		w.clock.skip(days(1) + time.Hour)
		w.manager.Faults().Add(faults.Fault{Method: "DestroySecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
		w.store.Round(t.Context())
		if got := w.latest(db, secret.Retire); got != "failed: service_denied" {
			t.Fatalf("outcome %q", got)
		}
		for _, later := range []time.Duration{0, days(58), days(10)} {
			w.clock.skip(later)
			w.forge(`UPDATE change SET state = 'requested', watched = 1, lease_ms = 0, due_ms = 1 WHERE action = 'retire'`)
			w.replica("next", nil).Round(t.Context())
			if got := w.states(db); got != "ee" {
				t.Fatalf("after %s: versions %q: %v", later, got, w.lines())
			}
		}
	})
}

func TestWhatFailedAMomentAgoIsNotTriedAgain(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.seed(db)
		for _, s := range []store.Submission{rollback(2, 1), remove(2)} {
			w.manager.Faults().Add(faults.Fault{Method: "UpdateSecret", Kind: faults.Refuse, Status: 403, Times: 2})
			w.ends(s, "failed: service_denied")
			w.manager.Faults().Clear()
			w.forge(`UPDATE change SET state = 'requested', watched = 1, lease_ms = 0, due_ms = 1 WHERE action = $1`, string(s.Action))
			w.replica("next", nil).Round(t.Context())
			if got := w.states(db); got != "ee" {
				t.Errorf("%s: versions %q: %v", s.Action, got, w.lines())
			}
		}
	})
}

// reads counts the records that are read on.
type reads struct {
	store.Past
	records atomic.Int64
}

func (r *reads) Proven(ctx context.Context, from int64, limit int) ([]audit.Record, error) {
	records, err := r.Past.Proven(ctx, from, limit)
	r.records.Add(int64(len(records)))
	return records, err
}

func TestAStartReadsTheLogFromItsMemoOn(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		read := func(want int64) {
			t.Helper()
			past := &reads{Past: c.options.Past}
			c.store = c.replica("restarted", func(o *store.Options) { o.Past = past })
			c.refused(alarmed(nth(3), create("one too many")), capped)
			if got := past.records.Load(); got < want || got > want+8 {
				t.Errorf("%d records were read, want %d", got, want)
			}
		}
		c.applied(alarmed(nth(0), create("correct horse battery")))
		c.fill(1200)
		c.patrol()
		old, err := c.log.Memo(t.Context(), "ledger")
		must(t, err)
		c.applied(alarmed(nth(1), create("correct horse battery")))
		read(c.size() - 1204)
		c.fill(600)
		c.patrol()
		read(1)
		must(t, c.log.SetMemo(t.Context(), old)) // what came after it is read again
		read(600)
		c.forge(`UPDATE memo SET body = $1`, []byte(`{"seq":1800,"changes":{}}`))
		read(c.size())
		c.forge(`DELETE FROM memo`)
		read(c.size())
	})
}

// fill appends records that are of no concern.
func (w *world) fill(n int) {
	w.Helper()
	records := make([]audit.Record, n)
	for i := range records {
		records[i] = audit.Record{Event: audit.EventExternal, Environment: "dev", Secret: fmt.Sprintf("s%d", i)}
	}
	must(w.T, w.log.Append(w.Context(), records...))
}

// The memo of another log, or of this one before it was rewritten, vouches for nothing.
func TestAMemoOfAnotherLogAllowsNoEmergency(t *testing.T) {
	c, other := newCouncil(t), newCouncil(t)
	other.fill(600)
	other.patrol()
	memo, err := other.log.Memo(t.Context(), "ledger")
	must(t, err)
	c.applied(alarmed(nth(0), create("correct horse battery")))
	for _, more := range []int{0, 700} {
		c.fill(more + 1)
		must(t, c.log.SetMemo(t.Context(), memo))
		c.store = c.replica("restarted", nil)
		c.refused(alarmed(nth(1), create("who knows")), unsure)
	}
}

// A log that can't be read stands in the way of nobody who decides about others, and of no
// change that has its consent: it waits.
func TestALogThatContradictsItselfVoidsNothing(t *testing.T) {
	c := newCouncil(t)
	waiting := c.ask(of(one, create("waits")))
	c.forge(`UPDATE record SET ref = 'dev/x' WHERE seq = 1`)
	c.store = c.replica("restarted", nil)
	if cards, err := c.store.Open(t.Context()); err != nil || len(cards) != 1 {
		t.Errorf("%d changes wait: %v", len(cards), err)
	}
	c.approve(waiting, bob, store.AnswerApproved)
	c.is(waiting, "staged")
	c.forge(`UPDATE record SET ref = 'prod/one-key' WHERE seq = 1`)
	c.takeOver()
	c.is(waiting, "applied")
}

// A log that can't be read stands in the way of no change that somebody sends just now and
// that takes no consent: going back to the last good version can't wait for a repair.
func TestALogThatContradictsItselfHoldsUpNothingFree(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.seed(db)
		w.applied(update(2, "three"))
		w.forge(`UPDATE record SET ref = 'dev/x' WHERE seq = 1`)
		w.store = w.replica("restarted", nil)
		w.applied(rollback(3, 1))
		w.applied(remove(4))
	})
}
