package store_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// database opens the log's database as somebody who can write it and has no key.
func (w *world) database() *sql.DB {
	w.Helper()
	w.forged = true
	driver, address := "pgx", w.url
	if path, ok := strings.CutPrefix(w.url, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, address)
	must(w.T, err)
	w.Cleanup(func() { _ = db.Close() })
	return db
}

func (w *world) forge(statement string, args ...any) {
	w.Helper()
	result, err := w.database().Exec(statement, args...)
	must(w.T, err)
	if n, _ := result.RowsAffected(); n != 1 {
		w.Fatalf("the forgery changed %d rows", n)
	}
}

func TestAForgedRowIsNeverApplied(t *testing.T) {
	victim := secret.Ref{Environment: "dev", Name: "victim"}
	rows := []struct {
		name    string
		forgery string // of the only change that is not ended: a delete
		point   string // where its process crashed
		want    string
	}{
		{"nothing (control)", `UPDATE change SET owner = owner WHERE state = 'requested'`, "after Submit", "applied"},
		{"requester", `UPDATE change SET requester_user = 'U0ADMIN' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"action", `UPDATE change SET action = 'restore' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"name", `UPDATE change SET name = 'victim' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"name that is none", `UPDATE change SET name = 'a/b' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"environment", `UPDATE change SET environment = 'prod' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"id", `UPDATE change SET id = '01another' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"key", `UPDATE change SET key = 'V-other' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"seal", `UPDATE change SET seal = 's1:00' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"no seal", `UPDATE change SET seal = '' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"request", `UPDATE change SET request = CAST('{}' AS ` + blobType + `) WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"another's sealed request", `UPDATE change SET request = (SELECT request FROM change WHERE name = 'victim' AND action = 'create'),
			seal = (SELECT seal FROM change WHERE name = 'victim' AND action = 'create') WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"state without an attempt", `UPDATE change SET state = 'applying' WHERE state = 'requested'`, "after Submit", "failed: forged"},
		{"attempt", `UPDATE change SET attempt = CAST('{"prior":[1]}' AS ` + blobType + `) WHERE state = 'applying'`, "after Advance applying", "failed: forged"},
		{"attempt's seal", `UPDATE change SET attempt_seal = seal WHERE state = 'applying'`, "after Advance applying", "failed: forged"},
	}
	engines(t, func(t *testing.T, w *world) {
		w.seed(victim)
		for i, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				w.T = t
				ref := secret.Ref{Environment: "dev", Name: secret.Name("forged-" + string(rune('a'+i)))}
				w.seed(ref)
				before, seen := w.size(), "ee"
				w.crashAt(row.point, of(ref, remove(2)))
				blob := "BLOB"
				if w.url[:8] == "postgres" {
					blob = "BYTEA"
				}
				w.forge(strings.ReplaceAll(row.forgery, blobType, blob))
				w.takeOver()
				if row.want == "applied" {
					seen = "dd trashed"
				}
				last := w.records()[len(w.records())-1]
				if got := w.outcome(last.Change); got != row.want || w.size() == before {
					t.Errorf("outcome %q, want %q", got, row.want)
				}
				if got := w.states(ref); got != seen {
					t.Errorf("versions %q", got)
				}
				if got := w.states(victim); got != "ee" {
					t.Errorf("the versions of another secret are %q", got)
				}
			})
		}
	})
}

// blobType stands for the engine's own name in a forgery.
const blobType = "BLOBTYPE"

func TestABroughtForwardDueDateIsForged(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.applied(create("one"))
		s := update(1, "two")
		s.Old = store.OldPlan{Do: store.OldDestroy, Days: 30}
		w.applied(s)
		w.forge(`UPDATE change SET due_ms = 1, lease_ms = 0 WHERE action = 'retire'`)
		w.store.Round(t.Context())
		if got := w.latest(db, secret.Retire); got != "failed: forged" || w.states(db) != "ee" {
			t.Errorf("outcome %q, versions %q", got, w.states(db))
		}
	})
}

func TestAnEndedRowThatIsBroughtBackHasNoEffect(t *testing.T) {
	revive := func(w *world, a secret.Action) {
		w.forge(`UPDATE change SET state = 'requested', watched = 1, lease_ms = 0 WHERE action = $1`, string(a))
		w.store.Round(w.Context())
	}
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.seed(db)
		w.applied(rollback(2, 1))
		revive(w, secret.Rollback)
		if got := w.versions(db); got != 3 {
			t.Errorf("a rollback brought back: %d versions", got)
		}
		w.applied(remove(3))
		w.applied(restore())
		revive(w, secret.Delete)
		if got := w.states(db); got != "eee" {
			t.Errorf("a delete brought back: versions %q", got)
		}
		w.clock.skip(time.Hour)
		revive(w, secret.Rollback)
		if got := w.latest(db, secret.Restore); w.versions(db) != 3 {
			t.Errorf("an old rollback brought back: %d versions, %s", w.versions(db), got)
		}
	})
}

func TestARequestMadeUpWithoutTheKeyIsForged(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.options.Seal = ring(t, "s1", "99") // the id is known, the key is not
	w.store = w.replica("intruder", nil)
	w.crashAt("after Submit", store.Submission{Action: secret.Delete, Ref: db, Base: 2, Adopt: true})
	w.options.Seal = ring(t, "s1", "11")
	w.takeOver()
	if got := w.latest(db, secret.Delete); got != "failed: forged" || w.states(db) != "ee" {
		t.Errorf("outcome %q, versions %q", got, w.states(db))
	}
}

// What failed without leaving anything behind looks as it did when it was approved: only
// the log tells that the attempt is over.
func TestAnAttemptThatEndedIsNotMadeAgain(t *testing.T) {
	councils(t, func(t *testing.T, c *council) {
		c.T = t
		first := c.ask(of(one, create("the one before")))
		c.approve(first, bob, store.AnswerApproved)
		id := c.ask(of(one, remove(1)))
		c.manager.Faults().Add(faults.Fault{Method: "UpdateSecret", Kind: faults.Refuse, Status: 403, Times: 2})
		c.approve(id, bob, store.AnswerApproved)
		c.is(id, "failed: service_denied")
		for _, state := range []string{"applying", "unknown"} {
			c.forge(`UPDATE change SET state = $1 WHERE id = $2`, state, id)
			c.retouch(id)
			c.takeOver()
			if got := c.states(one); got != "e" {
				t.Errorf("set back to %s: versions %q, %v", state, got, c.lines())
			}
		}
	})
}
