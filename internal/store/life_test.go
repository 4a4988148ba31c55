package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestTheLifeOfASecret(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.applied(create("correct horse"))
		w.applied(update(1, "battery staple"))
		w.applied(store.Submission{Action: secret.Rollback, Ref: db, Base: 2, Source: 1})
		w.applied(store.Submission{Action: secret.Delete, Ref: db, Base: 3})
		if view, _ := w.console.Secret("acme-dev", "db-password"); view.Versions[0].State != secretmanager.Disabled {
			t.Errorf("after the delete version 1 is %s", view.Versions[0].State)
		}
		w.applied(store.Submission{Action: secret.Restore, Ref: db, Base: 3})

		if got := w.payload(db, 3); got != "correct horse" {
			t.Errorf("version 3 is not what was rolled back to: %d bytes", len(got))
		}
		want := []string{
			"requested db-password create", "applying db-password create", "applied db-password 1 create",
			"requested db-password update", "applying db-password 1 update", "applied db-password 2 update",
			"requested db-password rollback to 1", "applying db-password 2 rollback to 1", "applied db-password 3 rollback to 1",
			"requested db-password delete", "applying db-password 3 delete, enabled before: 1 2 3", "applied db-password delete",
			"requested db-password restore", "applying db-password 3 restore, enabled before: 1 2 3", "applied db-password restore",
		}
		if diff := cmp.Diff(want, w.lines()); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		for n := range 3 {
			view, _ := w.console.Secret("acme-dev", "db-password")
			if view.Versions[n].State != secretmanager.Enabled || !view.Expires.IsZero() {
				t.Errorf("after the restore version %d is %s, expiry %v", n+1, view.Versions[n].State, view.Expires)
			}
		}
	})
}

func TestTheSameFormHasOneEffect(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := create("once")
		s.Key = "V0SAME"
		first, _ := w.submit(s)
		<-first.Done
		s.Value = value("once") // the first one was wiped
		again, faults := w.submit(s)
		if again.Fresh || len(faults) > 0 || again.Change.ID != first.Change.ID || again.Change.State != audit.EventApplied {
			t.Errorf("the same form again: %+v, faults %v", again.Change.State, faults)
		}
		if _, ok := w.console.Payload("acme-dev", "db-password", 2); ok {
			t.Error("the same form made two versions")
		}
	})
}

func TestADenialIsRecordedAndNothingElseHappens(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := create("no")
		s.Ref.Environment = "prod"
		r, faults := w.submit(s)
		if r.Denied == nil || len(faults) > 0 || r.Change.State != audit.EventDenied {
			t.Fatalf("denied = %v, faults %v", r.Denied, faults)
		}
		if diff := cmp.Diff([]string{"denied db-password create"}, w.lines()); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if n := len(w.manager.Calls()); n != 0 {
			t.Errorf("a denied change made %d calls", n)
		}
	})
}
