package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// seed makes a secret with two versions.
func (w *world) seed(ref secret.Ref) {
	w.Helper()
	w.applied(of(ref, create("first of "+string(ref.Name))))
	w.applied(of(ref, update(1, "second of "+string(ref.Name))))
}

// seedTrash makes one of whose two versions only the newer is enabled, and deletes it.
func (w *world) seedTrash(ref secret.Ref) {
	w.Helper()
	w.seed(ref)
	must(w.T, w.console.SetState(project(ref.Environment), string(ref.Name), 1, "DISABLED"))
	w.applied(of(ref, remove(2)))
}

func nothing(*world, secret.Ref) {}

// crashAt submits, and returns when the process that works on it is no more.
func (w *world) crashAt(point string, s store.Submission) {
	w.Helper()
	w.keys++
	s.Key, s.Person, s.PersonName = fmt.Sprintf("V%d", w.keys), carol, "Carol"
	crashed := w.hooks.crash(point)
	go w.store.Submit(w.Context(), s) // it may never return
	<-crashed
	w.store.Drain(w.Context())
}

func TestWhatACrashLeavesIsFinishedByTheNextOwner(t *testing.T) {
	seed, seedTrash := (*world).seed, (*world).seedTrash
	rows := []struct {
		seed    func(*world, secret.Ref)
		s       store.Submission
		point   string
		outcome string
		states  string // of the versions: enabled, disabled, x destroyed
	}{
		{nothing, create("v"), "before Submit", "none", "gone"},
		{nothing, create("v"), "after Submit", "failed: value_lost", "gone"},
		{nothing, create("v"), "before Advance applying", "failed: value_lost", "gone"},
		{nothing, create("v"), "after Advance applying", "failed: not_written", "gone"},
		{nothing, create("v"), "before Create", "failed: not_written", "gone"},
		{nothing, create("v"), "after Create", "failed: not_written", ""},
		{nothing, create("v"), "before Add", "failed: not_written", ""},
		{nothing, create("v"), "after Add", "applied", "e"},
		{nothing, create("v"), "before Advance applied", "applied", "e"},
		{nothing, create("v"), "after Advance applied", "applied", "e"},
		{seed, update(2, "v"), "after Submit", "failed: value_lost", "ee"},
		{seed, update(2, "v"), "after Update", "failed: not_written", "ee"},
		{seed, update(2, "v"), "before Add", "failed: not_written", "ee"},
		{seed, update(2, "v"), "after Add", "applied", "eee"},
		{seed, rollback(2, 1), "after Submit", "applied", "eee"}, // its bytes are in Secret Manager
		{seed, rollback(2, 1), "after Advance applying", "failed: not_written", "ee"},
		{seed, rollback(2, 1), "after Add", "applied", "eee"},
		{seed, remove(2), "after Submit", "applied", "dd trashed"},
		{seed, remove(2), "after Advance applying", "applied", "dd trashed"},
		{seed, remove(2), "after Update", "applied", "dd trashed"},
		{seed, remove(2), "after SetState", "applied", "dd trashed"},
		{seed, remove(2), "before Advance applied", "applied", "dd trashed"},
		{seedTrash, restore(), "after Submit", "applied", "de"},
		{seedTrash, restore(), "after Update", "applied", "de"},
		{seedTrash, restore(), "before SetState", "applied", "de"},
		{seedTrash, restore(), "after SetState", "applied", "de"},
	}
	engines(t, func(t *testing.T, w *world) {
		for i, row := range rows {
			t.Run(fmt.Sprintf("%s, %s", row.s.Action, row.point), func(t *testing.T) {
				w.T = t
				ref := secret.Ref{Environment: "dev", Name: secret.Name(fmt.Sprintf("crash-%d", i))}
				row.seed(w, ref)
				s := of(ref, row.s)
				s.Value = value("v") // the other engine's was wiped
				w.crashAt(row.point, s)
				w.takeOver()
				w.takeOver() // nothing is left to do
				if got := w.latest(ref, row.s.Action); got != row.outcome {
					t.Errorf("outcome %q, want %q: %v", got, row.outcome, w.lines())
				}
				if got := w.states(ref); got != row.states {
					t.Errorf("versions %q, want %q", got, row.states)
				}
			})
		}
	})
}

// latest is the outcome of the newest change of the secret, which must be one of the action.
func (w *world) latest(ref secret.Ref, a secret.Action) string {
	w.Helper()
	found, err := w.log.Find(w.Context(), audit.Query{Ref: &ref, Limit: 1})
	must(w.T, err)
	if len(found) == 0 || found[0].Action != a {
		return "none"
	}
	return w.outcome(found[0].ID)
}

func TestALivingOwnerKeepsItsChange(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		reached, proceed := make(chan struct{}), make(chan struct{})
		w.hooks.on("before Add", func() { close(reached); <-proceed })
		r := w.start(create("slow"))
		<-reached
		w.replica("next", nil).Round(t.Context())
		if got := w.outcome(r.Change.ID); got != "applying" {
			t.Errorf("another process made %q of a living owner's change", got)
		}
		w.clock.skip(time.Minute)
		w.store.Claim(t.Context()) // even an owner that was late to renew leaves its own work alone
		if got := w.outcome(r.Change.ID); got != "applying" {
			t.Errorf("the owner itself made %q of its change", got)
		}
		close(proceed)
		<-r.Done
		if got := w.outcome(r.Change.ID); got != "applied" {
			t.Errorf("ended as %q", got)
		}
	})
}

// unrenewed is a log that can't renew leases for once.
type unrenewed struct{ store.Log }

func (unrenewed) Renew(context.Context, string, time.Time, []string) error {
	return audit.ErrUnavailable
}

func TestAnOwnerThatCouldNotRenewLeavesItsOwnWorkAlone(t *testing.T) {
	w := newWorld(t)
	w.store = w.replica("first", func(o *store.Options) { o.Log = unrenewed{o.Log} })
	reached, proceed := make(chan struct{}), make(chan struct{})
	w.hooks.on("before Add", func() { close(reached); <-proceed })
	first := w.start(create("slow"))
	<-reached
	waiting := w.start(create("waits for its turn"))
	w.clock.skip(time.Minute)
	w.store.Claim(t.Context())
	if got := w.outcome(waiting.Change.ID); got != "requested" {
		t.Errorf("the owner made %q of a change whose value it holds", got)
	}
	close(proceed)
	<-first.Done
	<-waiting.Done
	if got := w.outcome(waiting.Change.ID); got != "raced: raced" {
		t.Errorf("the second ended as %q", got)
	}
}

func TestAnOwnerThatWakesUpLateDoesNotWriteTwice(t *testing.T) {
	w := newWorld(t)
	reached, proceed := make(chan struct{}), make(chan struct{})
	w.hooks.on("before Add", func() { close(reached); <-proceed })
	r := w.start(create("slow"))
	<-reached
	w.takeOver()
	if got := w.outcome(r.Change.ID); got != "failed: not_written" {
		t.Errorf("the next owner made %q of it", got)
	}
	close(proceed) // the Add that was about to leave leaves now
	<-r.Done
	w.clock.skip(11 * time.Minute)
	w.replica("third", nil).Round(t.Context())
	if got := w.outcome(r.Change.ID); got != "applied: late" || w.versions(db) != 1 {
		t.Errorf("outcome %q, %d versions: %v", got, w.versions(db), w.lines())
	}
}

// What the next owner did may have been taken back by then.
func TestAnOwnerThatWakesUpLateTouchesNoVersionAnyMore(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.seed(db)
		w.hooks.on("after SetState", func() {
			w.takeOver()
			w.store = w.replica("third", nil)
			w.applied(restore())
		})
		<-w.start(remove(2)).Done
		if got := w.states(db); got != "ee" {
			t.Errorf("a delete that was taken back: versions %q, %v", got, w.lines())
		}
	})
}

func TestNothingBeginsLongAfterItWasAskedFor(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	w.crashAt("after Submit", remove(2))
	w.clock.skip(3 * time.Hour)
	w.takeOver()
	if got := w.latest(db, secret.Delete); got != "failed: overdue" || w.states(db) != "ee" {
		t.Errorf("a delete of three hours ago: %q, versions %q", got, w.states(db))
	}
}

func TestTheNextCreateAdoptsWhatACrashLeft(t *testing.T) {
	w := newWorld(t)
	w.crashAt("after Create", create("lost"))
	w.takeOver()
	w.applied(create("again"))
	if got := w.payload(db, 1); got != "again" {
		t.Errorf("version 1 holds %q", got)
	}
}

func TestRunTakesOverByItself(t *testing.T) {
	w := newWorld(t)
	w.crashAt("after Add", create("v"))
	w.clock.skip(3 * time.Minute)
	next := w.replica("next", nil)
	go next.Run(t.Context())
	found, err := w.log.Find(t.Context(), audit.Query{Ref: &db})
	must(t, err)
	w.awaits(found[0].ID, audit.EventApplied)
}

func TestAPanicEndsNoProcessAndLosesNoOutcome(t *testing.T) {
	w := newWorld(t)
	w.hooks.on("after Add", func() { panic("with the value in its text") })
	r := w.start(create("v"))
	<-r.Done
	w.takeOver()
	if got := w.outcome(r.Change.ID); got != "applied" || w.versions(db) != 1 {
		t.Errorf("outcome %q, %d versions", got, w.versions(db))
	}
}
