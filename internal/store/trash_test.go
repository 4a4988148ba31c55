package store_test

import (
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestARestoreEnablesExactlyWhatTheDeleteDisabled(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.applied(update(2, "third"))
	w.applied(update(3, "fourth"))
	must(t, w.console.SetState("acme-dev", "db-password", 2, "DISABLED"))
	w.applied(remove(4))
	must(t, w.console.SetState("acme-dev", "db-password", 1, "DESTROYED")) // nothing brings that back
	if got := w.states(db); got != "xddd trashed" {
		t.Fatalf("in the trash: %q", got)
	}
	w.applied(restore())
	if got := w.states(db); got != "xdee" {
		t.Errorf("restored: %q", got)
	}
	w.applied(remove(4)) // the second time, the second delete counts
	w.applied(restore())
	if got := w.states(db); got != "xdee" {
		t.Errorf("restored again: %q", got)
	}
}

func TestADeleteReadsPastAListThatLags(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.manager.Faults().Add(faults.Fault{Method: "ListSecretVersions", Kind: faults.Stale, Times: 1})
	w.applied(remove(2))
	if got := w.states(db); got != "dd trashed" {
		t.Errorf("versions %q", got)
	}
}

func TestADeleteBelievesNoListAboutStates(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	must(t, w.console.SetState("acme-dev", "db-password", 1, "DISABLED"))
	w.manager.Faults().Add(faults.Fault{Method: "ListSecretVersions", Kind: faults.Stale, Times: 1}) // says that it is enabled
	w.applied(remove(2))
	w.applied(restore())
	if got := w.states(db); got != "de" {
		t.Errorf("a version that was disabled is enabled again: %q", got)
	}
	w.manager.Faults().Add(faults.Fault{Method: "ListSecretVersions", Kind: faults.Stale, Times: 1}) // says that none is
	w.applied(remove(2))
	if got := w.states(db); got != "dd trashed" {
		t.Errorf("a version is enabled in the trash: %q", got)
	}
}

func TestTheTrashEnds(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.applied(remove(2))
	w.clock.skip(days(store.TrashDays) - 59*time.Minute)
	w.refused(restore(), secret.Fault{Field: secret.FieldName, Code: store.CodeTooLate})
	w.clock.skip(time.Hour)
	w.refused(restore(), secret.Fault{Field: secret.FieldName, Code: store.CodeMissing})
}

func TestARestoreNeedsTheDeleteThatItTakesBack(t *testing.T) {
	w := newWorld(t)
	other := secret.Ref{Environment: "dev", Name: "other"}
	w.seed(other)
	elsewhere := w.applied(of(other, remove(2)))
	made := w.applied(create("first"))
	w.applied(remove(1))
	for name, note := range map[string]string{"none": "", "unknown": "01nobody", "a create": made.ID, "another secret's": elsewhere.ID} {
		must(t, w.console.SetAnnotations("acme-dev", "db-password", map[string]string{store.NoteOp: note}))
		w.refused(restore(), secret.Fault{Field: secret.FieldName, Code: store.CodeNotTrashed})
		if got := w.states(db); got != "d trashed" {
			t.Errorf("%s: versions %q", name, got)
		}
	}
}

func TestASecretDeletedByHandFailsPlainly(t *testing.T) {
	for _, s := range []store.Submission{remove(2), update(2, "v"), rollback(2, 1)} {
		w := newWorld(t)
		w.seed(db)
		w.hooks.on("after Update", func() { must(t, w.console.Delete("acme-dev", "db-password")) })
		w.ends(s, "failed: service_not_found")
	}
}

func TestADeleteThatIsRefusedHalfWayTakesItsExpiryBack(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.manager.Faults().Add(faults.Fault{Method: "DisableSecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
	w.ends(remove(2), "failed: service_denied")
	if got := w.states(db); got != "ee" {
		t.Errorf("versions %q", got)
	}
	w.applied(remove(2))
}

func TestADeleteThatTookItsExpiryBackIsNotGoneOnWith(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.manager.Faults().Add(faults.Fault{Method: "DisableSecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
	w.crashAt("before Advance failed", remove(2))
	w.takeOver()
	if got := w.latest(db, secret.Delete); got != "raced: metadata_changed" || w.states(db) != "ee" {
		t.Errorf("outcome %q, versions %q", got, w.states(db))
	}
}

func TestHalfADeleteIsUnknownUntilItIsDone(t *testing.T) {
	for _, method := range []string{"UpdateSecret", "DisableSecretVersion"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.seed(db)
			w.store = w.replica("impatient", func(o *store.Options) { o.Give = 4 * time.Second })
			w.manager.Faults().Add(faults.Fault{Method: method, Kind: faults.Lose})
			r := w.start(remove(2))
			w.awaits(r.Change.ID, audit.EventUnknown)
			<-r.Done
			w.manager.Faults().Clear()
			w.takeOver()
			if got := w.outcome(r.Change.ID); got != "applied" || w.states(db) != "dd trashed" {
				t.Errorf("outcome %q, versions %q", got, w.states(db))
			}
		})
	}
}

func TestARestoreBringsBackNoRetiredVersion(t *testing.T) {
	for do, want := range map[store.OldAction]string{store.OldDisable: "de", store.OldDestroy: "xe"} {
		w := newWorld(t)
		w.applied(create("one"))
		s := update(1, "two")
		s.Old = store.OldPlan{Do: do, Days: 2}
		w.applied(s)
		w.clock.skip(days(1))
		w.applied(remove(2))
		w.afterDays(2) // the retirement falls due in the trash
		// When it was deleted says the seal, whatever the column does.
		w.forge(`UPDATE change SET created_ms = $1 WHERE action = 'delete'`, w.clock.now().UnixMilli())
		w.afterDays(1)
		w.applied(restore())
		if got := w.states(db); got != want {
			t.Errorf("%s: restored: %q, want %q: %v", do, got, want, w.lines())
		}
	}
}

func TestAnExpiryOfSomebodyElseIsNoTrash(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	expires := w.clock.now().Add(days(30))
	_, err := w.options.Secrets.Update(t.Context(), store.Target{Project: "acme-dev", Name: db.Name}, store.Patch{Expires: &expires})
	must(t, err)
	w.refused(update(2, "three"), secret.Fault{Field: secret.FieldName, Code: store.CodeExpires})
	w.refused(restore(), secret.Fault{Field: secret.FieldName, Code: store.CodeNotTrashed})
	sight, err := w.store.Look(t.Context(), carol, db)
	if err != nil || !sight.Trashed.IsZero() {
		t.Errorf("the form says that it is trashed until %v, %v", sight.Trashed, err)
	}
}

func TestADeleteThatMayHaveHadItsEffectIsNotCalledFailed(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.store = w.replica("first", func(o *store.Options) { o.Give = 4 * time.Second })
	w.manager.Faults().Add(faults.Fault{Method: "UpdateSecret", Kind: faults.Lose, Times: 1}) // done, and not answered
	w.manager.Faults().Add(faults.Fault{Method: "UpdateSecret", Kind: faults.Refuse, Status: 429})
	r := w.start(remove(2))
	w.awaits(r.Change.ID, audit.EventUnknown)
	<-r.Done
	w.manager.Faults().Clear()
	w.takeOver()
	w.awaits(r.Change.ID, audit.EventApplied)
	if got := w.states(db); got != "dd trashed" {
		t.Errorf("versions %q", got)
	}
}

// What somebody adds between the form and the delete nobody agreed to throw away.
func TestADeleteConfirmsItsBase(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.hooks.on("after Submit", func() {
		_, err := w.console.AddVersion("acme-dev", "db-password", []byte("from outside"))
		must(t, err)
	})
	w.ends(remove(2), "failed: versions_changed")
	if got := w.states(db); got != "eee" {
		t.Errorf("versions %q", got)
	}
}
