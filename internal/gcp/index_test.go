package gcp

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// listing is a list that a test sets; nothing else is asked of it.
type listing struct {
	store.Secrets
	mu      sync.Mutex
	secrets []store.Secret
	err     error         // after half of them
	during  func()        // called while it is read
	took    time.Duration // for one read
	calls   int
}

// set changes what is listed from now on.
func (l *listing) set(err error, names ...secret.Name) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets, l.err = named(names...), err
}

func (l *listing) List(context.Context, string) iter.Seq2[store.Secret, error] {
	return func(yield func(store.Secret, error) bool) {
		time.Sleep(l.took)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.calls++
		if l.during != nil {
			l.during()
		}
		for i, s := range l.secrets {
			if l.err != nil && i == len(l.secrets)/2 {
				yield(store.Secret{}, l.err)
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

func named(names ...secret.Name) (all []store.Secret) {
	for _, n := range names {
		all = append(all, store.Secret{Target: store.Target{Project: "p", Name: n}})
	}
	return all
}

func anyone(secret.Name) bool { return true }

func shows(t *testing.T, x *Index, want ...secret.Name) {
	t.Helper()
	entries, _ := x.Find("p", "", 100, anyone)
	var got []secret.Name
	for _, e := range entries {
		got = append(got, e.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the index shows %v, want %v", got, want)
	}
}

// inTime runs the index over the listing in a bubble whose time is the test's.
func inTime(t *testing.T, l *listing, test func(t *testing.T, x *Index)) {
	synctest.Test(t, func(t *testing.T) {
		x := NewIndex(l, "main", func() []string { return []string{"p"} }, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { x.Run(ctx); close(ended) }()
		synctest.Wait()
		test(t, x)
		cancel()
		<-ended
	})
}

func TestTheIndexReadsAtOnceAndEveryMinute(t *testing.T) {
	l := &listing{secrets: named("b", "a")}
	inTime(t, l, func(t *testing.T, x *Index) {
		shows(t, x, "a", "b")
		l.set(nil, "c")
		time.Sleep(Refresh - time.Second)
		synctest.Wait()
		shows(t, x, "a", "b")
		if _, age := x.Find("p", "", 1, anyone); age != Refresh-time.Second {
			t.Errorf("age %v", age)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		shows(t, x, "c")
	})
}

func TestAReadThatFailsHalfWayChangesNothing(t *testing.T) {
	l := &listing{secrets: named("a", "b")}
	inTime(t, l, func(t *testing.T, x *Index) {
		l.set(errors.New("down"), "c", "d")
		time.Sleep(Refresh)
		synctest.Wait()
		shows(t, x, "a", "b")
		if _, age := x.Find("p", "", 1, anyone); l.calls != 2 || age != Refresh {
			t.Errorf("%d reads, age %v", l.calls, age)
		}
	})
}

func TestOwnWritesStandAgainstAListThatLags(t *testing.T) {
	l := &listing{secrets: named("a")}
	inTime(t, l, func(t *testing.T, x *Index) {
		x.Note("p", store.Secret{Target: store.Target{Project: "p", Name: "new"}, Labels: map[string]string{store.ManagedLabel: "main"}})
		shows(t, x, "a", "new")
		for range int(lag / Refresh) {
			time.Sleep(Refresh - time.Second)
			synctest.Wait()
			shows(t, x, "a", "new")
		}
		time.Sleep(2 * Refresh)
		synctest.Wait()
		shows(t, x, "a") // still not listed: it is gone
	})
}

func TestAWriteDuringAReadIsNotLost(t *testing.T) {
	l := &listing{took: time.Second}
	inTime(t, l, func(t *testing.T, x *Index) {
		l.mu.Lock()
		l.during = func() { x.Note("p", named("new")[0]) }
		l.mu.Unlock()
		time.Sleep(Refresh + 2*time.Second)
		synctest.Wait()
		shows(t, x, "new")
	})
}

func TestOurOwnKeysAndStagedValuesAreNotShown(t *testing.T) {
	l := &listing{secrets: named("secretstore-key-seal", "secretstore-staging-01", "a")}
	inTime(t, l, func(t *testing.T, x *Index) {
		x.Note("p", named("secretstore-key-other")[0])
		shows(t, x, "a")
	})
}

func TestFindNarrows(t *testing.T) {
	l := &listing{secrets: named("DB-main", "api", "db-second", "db-third", "other")}
	inTime(t, l, func(t *testing.T, x *Index) {
		visible := func(n secret.Name) bool { return n != "db-second" }
		entries, _ := x.Find("p", "dB", 5, visible)
		if len(entries) != 2 || entries[0].Name != "DB-main" || entries[1].Name != "db-third" {
			t.Errorf("entries %v", entries)
		}
		for limit := range 3 {
			if entries, _ = x.Find("p", "", limit, anyone); len(entries) != limit {
				t.Errorf("%d entries, limit %d", len(entries), limit)
			}
		}
		if entries, age := x.Find("q", "", 5, anyone); len(entries) > 0 || age != store.NeverRead {
			t.Errorf("a project that was never read: %v, age %v", entries, age)
		}
	})
}
