package store_test

import (
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// replaces is an update of version 1 whose old version is retired after 30 days.
func replaces(do store.OldAction) store.Submission {
	s := update(1, "two")
	s.Old = store.OldPlan{Do: do, Days: 30}
	return s
}

// afterDays is one round of a process that starts then.
func (w *world) afterDays(n int) {
	w.clock.skip(days(n))
	w.replica("restarted", nil).Round(w.Context())
}

func TestAnOldVersionIsRetiredOnItsDay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		for do, states := range map[store.OldAction]string{store.OldKeep: "ee", store.OldDisable: "de", store.OldDestroy: "xe"} {
			ref := secret.Ref{Environment: "dev", Name: secret.Name("old-" + do)}
			w.applied(of(ref, create("one")))
			w.applied(of(ref, replaces(do)))
			w.afterDays(29)
			if got := w.states(ref); got != "ee" {
				t.Errorf("%s: a day before: %q", do, got)
			}
			w.afterDays(1)
			w.afterDays(1)
			if got := w.states(ref); got != states {
				t.Errorf("%s: on its day: %q, want %q", do, got, states)
			}
		}
	})
}

func TestARetirementSurvivesACrashAroundItsPlan(t *testing.T) {
	for _, point := range []string{"before Advance applied", "after Advance applied"} {
		w := newWorld(t)
		w.applied(create("one"))
		w.crashAt(point, replaces(store.OldDisable))
		w.takeOver()
		w.afterDays(31)
		if got := w.states(db); got != "de" {
			t.Errorf("%s: versions %q: %v", point, got, w.lines())
		}
		planned := 0
		for _, r := range w.records() {
			if r.Event == audit.EventRequested && r.Detail[:6] == "retire" {
				planned++
			}
		}
		if planned != 1 {
			t.Errorf("%s: planned %d times", point, planned)
		}
	}
}

func TestAFailedUpdateRetiresNothing(t *testing.T) {
	w := newWorld(t)
	w.applied(create("one"))
	w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Status: 403, Times: 1})
	w.ends(replaces(store.OldDestroy), "failed: service_denied")
	w.afterDays(31)
	if got := w.latest(db, secret.Retire); got != "none" || w.states(db) != "e" {
		t.Errorf("retirement %q, versions %q", got, w.states(db))
	}
}

func TestWhatIsNoLongerAsPlannedIsNotRetired(t *testing.T) {
	remake := func(w *world, labels map[string]string) {
		must(w.T, w.console.Delete("acme-dev", "db-password"))
		must(w.T, w.console.Create("acme-dev", "db-password", labels))
	}
	ours := map[string]string{"secretstore": "main"}
	rows := []struct {
		name string
		do   func(*world)
		want string
	}{
		{"the version is the newest again", func(w *world) {
			remake(w, ours)
			_, err := w.console.AddVersion("acme-dev", "db-password", []byte("new"))
			must(w.T, err)
		}, "failed: versions_changed"},
		{"there is no version", func(w *world) { remake(w, ours) }, "failed: versions_changed"},
		{"the secret is gone", func(w *world) { must(w.T, w.console.Delete("acme-dev", "db-password")) }, "failed: service_not_found"},
		{"it is not ours any more", func(w *world) { must(w.T, w.console.SetLabels("acme-dev", "db-password", nil)) }, "failed: metadata_changed"},
		{"Terraform took it over", func(w *world) {
			must(w.T, w.console.SetLabels("acme-dev", "db-password", map[string]string{"secretstore": "main", "goog-terraform-provisioned": "true"}))
		}, "failed: metadata_changed"},
		{"its update is not recorded as applied", func(w *world) {
			w.forge(`UPDATE change SET state = 'failed' WHERE action = 'update'`)
		}, "failed: parent_not_applied"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.applied(create("one"))
			w.applied(replaces(store.OldDestroy))
			row.do(w)
			before := w.states(db)
			w.afterDays(31)
			if got := w.latest(db, secret.Retire); got != row.want || w.states(db) != before {
				t.Errorf("outcome %q, want %q, versions %q", got, row.want, w.states(db))
			}
		})
	}
}

func TestACrashInARetirementIsFinished(t *testing.T) {
	for _, point := range []string{"after Advance applying", "before SetState", "after SetState"} {
		w := newWorld(t)
		w.applied(create("one"))
		w.applied(replaces(store.OldDestroy))
		w.clock.skip(days(31))
		crashed := w.hooks.crash(point)
		w.store.Round(t.Context())
		<-crashed
		w.clock.skip(time.Hour) // nobody hurries a retirement
		w.takeOver()
		if got := w.latest(db, secret.Retire); got != "applied" || w.states(db) != "xe" {
			t.Errorf("%s: outcome %q, versions %q", point, got, w.states(db))
		}
	}
}
