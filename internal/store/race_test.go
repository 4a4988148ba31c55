package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestAFormSentManyTimesAtOnceHasOneEffect(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.applied(create("first"))
		second := w.replica("second", nil)
		ids := make(chan string, 16)
		var sent sync.WaitGroup
		for i := range 16 {
			sent.Go(func() {
				s := update(1, "second")
				s.Key, s.Person = "VSAME", carol
				r, faults, err := []*store.Store{w.store, second}[i%2].Submit(t.Context(), s)
				if err != nil || len(faults) > 0 {
					t.Errorf("error %v, faults %v", err, faults)
				}
				if r.Done != nil {
					<-r.Done
				}
				ids <- r.Change.ID
			})
		}
		sent.Wait()
		close(ids)
		first := <-ids
		for id := range ids {
			if id != first {
				t.Errorf("one form made the changes %s and %s", first, id)
			}
		}
		if got := w.outcome(first); got != "applied" || w.versions(db) != 2 {
			t.Errorf("outcome %q, %d versions", got, w.versions(db))
		}
	})
}

func TestATwinThatWasFasterIsTheAnswer(t *testing.T) {
	w := newWorld(t)
	w.applied(create("first"))
	s, twin := update(1, "second"), update(1, "second")
	s.Key, twin.Key = "VSAME", "VSAME"
	var faster store.Receipt
	w.hooks.on("before Get", func() { // the slower one has claimed nothing so far
		faster = w.start(twin)
		<-faster.Done
	})
	r, faults := w.submit(s)
	if len(faults) > 0 || r.Fresh || r.Change.ID != faster.Change.ID || r.Change.State != audit.EventApplied {
		t.Errorf("faults %v, change %s, state %s", faults, r.Change.ID, r.Change.State)
	}
}

func TestAFormSentAgainIsAnsweredWithoutSecretManager(t *testing.T) {
	w := newWorld(t)
	s := create("first")
	s.Key = "VSAME"
	first := w.applied(s)
	w.manager.Faults().Add(faults.Fault{Method: "GetSecret", Kind: faults.Refuse, Status: http.StatusForbidden})
	s.Value = value("first") // the first one was wiped
	r, found := w.submit(s)
	if len(found) > 0 || r.Fresh || r.Change.ID != first.ID || r.Change.State != audit.EventApplied {
		t.Errorf("faults %v, change %s, state %s", found, r.Change.ID, r.Change.State)
	}
}

func TestReplicasThatRaceForOneSecretLoseNothingUntold(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		w.applied(create("first"))
		replicas := []*store.Store{w.store, w.replica("second", nil)}
		ids := make(chan string, 12)
		var sent sync.WaitGroup
		for i := range cap(ids) {
			sent.Go(func() {
				s := update(1, fmt.Sprintf("value %d", i))
				s.Key, s.Person = fmt.Sprintf("V-race-%d", i), carol
				r, faults, err := replicas[i%2].Submit(t.Context(), s)
				if err != nil || len(faults) > 0 && faults[0].Code != store.CodeMoved {
					t.Errorf("error %v, faults %v", err, faults)
				}
				if r.Done != nil {
					<-r.Done
					ids <- r.Change.ID
				}
			})
		}
		sent.Wait()
		close(ids)
		applied := 0
		for id := range ids {
			c := w.change(id)
			switch got := w.outcome(id); {
			case c.State == audit.EventApplied:
				applied++
				if gap := c.Version != 2; gap != strings.HasSuffix(got, "raced") {
					t.Errorf("version %d was told as %q", c.Version, got)
				}
			case got != "raced: raced" && got != "raced: metadata_changed":
				t.Errorf("outcome %q", got)
			}
		}
		if applied == 0 || w.versions(db) != 1+applied {
			t.Errorf("%d changes were applied, and there are %d versions", applied, w.versions(db))
		}
	})
}

func TestWhatHappensBetweenSubmitAndApplyIsTold(t *testing.T) {
	add := func(w *world) func() {
		return func() {
			_, err := w.console.AddVersion("acme-dev", "db-password", []byte("by hand"))
			must(w.T, err)
		}
	}
	label := func(w *world) func() {
		return func() {
			must(w.T, w.console.SetLabels("acme-dev", "db-password", map[string]string{"secretstore": "main", "new": "label"}))
		}
	}
	remake := func(w *world) func() {
		return func() { must(w.T, w.console.Create("acme-dev", "db-password", nil)) }
	}
	rows := []struct {
		name, point string
		do          func(*world) func()
		s           store.Submission
		want        string
		marked      bool // our marks were written before
	}{
		{"a version, before anything is written", "after Advance applying", add, update(2, "v"), "raced: raced", false},
		{"a version, after the metadata", "after Update", add, update(2, "v"), "raced: raced", true},
		{"a version, in the gap", "before Add", add, update(2, "v"), "applied: raced", true},
		{"a version, before a rollback", "after Advance applying", add, rollback(2, 1), "raced: raced", false},
		{"labels", "before Update", label, update(2, "v"), "raced: metadata_changed", false},
		{"labels, before a delete", "before Update", label, remove(2), "raced: metadata_changed", false},
		{"the same name", "before Create", remake, of(db, create("v")), "raced: metadata_changed", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if row.s.Action != secret.Create {
				w.seed(db)
			}
			w.hooks.on(row.point, row.do(w))
			c := w.ends(row.s, row.want)
			view, _ := w.console.Secret("acme-dev", "db-password")
			if marked := view.Annotations[store.NoteOp] == c.ID; marked != row.marked {
				t.Errorf("our marks are there: %v, want %v", marked, row.marked)
			}
			if c.State == audit.EventApplied && (c.Version != 4 || w.payload(db, 4) != "v") {
				t.Errorf("applied as version %d", c.Version)
			}
		})
	}
}

// TestAFormSentAgainAfterALostCommitIsTakenUp: the record was made, but nobody was told.
func TestAFormSentAgainAfterALostCommitIsTakenUp(t *testing.T) {
	w := newWorld(t)
	w.store = w.replica("first", func(o *store.Options) { o.Log = deafLog{o.Log, new(atomic.Bool)} })
	s := create("one")
	s.Key = "V0LOST"
	s.Person, s.PersonName = carol, "Carol"
	if _, _, err := w.store.Submit(t.Context(), s); !errors.Is(err, audit.ErrUnknown) {
		t.Fatalf("the lost answer: %v", err)
	}
	other := s
	other.Value = value("another value")
	if r, _ := w.submit(other); r.Done != nil {
		t.Error("other bytes were taken up for the recorded ones")
	}
	s.Value = value("one")
	r, _ := w.submit(s)
	if r.Done == nil {
		t.Fatal("the same form was not taken up")
	}
	<-r.Done
	if got := w.outcome(r.Change.ID); got != "applied" {
		t.Errorf("outcome %q: %v", got, w.lines())
	}
	if got := w.payload(db, 1); got != "one" {
		t.Errorf("version 1 holds %d other bytes", len(got))
	}
}

// deafLog does not hear the answer to its first Submit.
type deafLog struct {
	store.Log
	heard *atomic.Bool
}

func (l deafLog) Submit(ctx context.Context, c audit.Change, r ...audit.Record) (audit.Change, bool, error) {
	stored, fresh, err := l.Log.Submit(ctx, c, r...)
	if l.heard.CompareAndSwap(false, true) {
		return audit.Change{}, false, audit.ErrUnknown
	}
	return stored, fresh, err
}
