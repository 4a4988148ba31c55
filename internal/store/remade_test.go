package store_test

import (
	"testing"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// A name outlives its secret: who makes a secret anew begins again with version 1.

// vanish deletes the secret for good, as its expiry does.
func (w *world) vanish(ref secret.Ref) {
	w.Helper()
	must(w.T, w.console.Delete(project(ref.Environment), string(ref.Name)))
}

func TestARetirementIsNotOfASecretThatWasMadeAnew(t *testing.T) {
	rows := map[string]func(*world){
		"here": func(w *world) {
			w.applied(create("one of the new one"))
			w.applied(update(1, "two of the new one"))
		},
		"elsewhere, and adopted": func(w *world) {
			must(w.T, w.console.Create("acme-dev", "db-password", nil))
			_, err := w.console.AddVersion("acme-dev", "db-password", []byte("one of the new one"))
			must(w.T, err)
			s := update(1, "two of the new one")
			s.Adopt = true
			w.applied(s)
		},
	}
	for name, remake := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.applied(create("one"))
			w.applied(replaces(store.OldDestroy))
			w.clock.skip(days(7))
			w.vanish(db)
			remake(w)
			w.afterDays(24)
			if got := w.states(db); got != "ee" {
				t.Errorf("versions %q: %v", got, w.lines())
			}
			if last := w.records()[len(w.records())-1]; w.outcome(last.Change) != "failed: versions_changed" {
				t.Errorf("the retirement ended as %q", w.outcome(last.Change))
			}
		})
	}
}

func TestAVersionIsNotClaimedByASecretThatIsGone(t *testing.T) {
	rows := []struct {
		name string
		lost func(*world) store.Submission // whose Add is not answered
	}{
		{"create", func(*world) store.Submission { return create("one of the new one") }},
		{"update", func(w *world) store.Submission {
			w.applied(create("one of the new one"))
			return update(1, "two of the new one")
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.seed(db)
			w.applied(remove(2))
			w.clock.skip(days(8)) // its expiry is over
			s := row.lost(w)
			w.quick()
			w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Lose, Times: 1})
			w.ends(s, "applied")
		})
	}
}
