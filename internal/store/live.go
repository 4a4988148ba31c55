package store

import (
	"maps"
	"slices"
	"sync"
	"time"

	"secretstore/internal/secret"
)

// live is what this process holds in memory: unwritten values, counted by environment,
// one lock for every secret that is being written, and the changes that are worked on.
type live struct {
	mu        sync.Mutex
	changes   map[string]int // :: change id -> workers
	unwritten map[secret.Environment]int
	locks     map[secret.Ref]*lock
	running   sync.WaitGroup
	onPatrol  bool
	setOutAt  time.Time // of the last patrol
	stuck     map[string]bool
	rush      rush
}

type lock struct {
	sync.Mutex
	users int
}

func newLive(now time.Time) *live {
	return &live{setOutAt: now, changes: make(map[string]int), unwritten: make(map[secret.Environment]int), locks: make(map[secret.Ref]*lock)}
}

// reserve takes a place for the submission's value; ok is false when all are taken.
// Releasing twice is harmless.
func (l *live) reserve(sub Submission) (release func(), ok bool) {
	if !sub.Action.CarriesValue() {
		return func() {}, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	env := sub.Ref.Environment
	if l.unwritten[env] >= MaxUnwritten {
		return nil, false
	}
	l.unwritten[env]++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.unwritten[env]--
	}), true
}

// run runs f and keeps the change's lease alive until f returns, and no longer: what a
// worker gave up is free for the next owner. The channel closes when it is.
func (l *live) run(id string, f func()) (over <-chan struct{}) {
	l.count(id, 1)
	done := make(chan struct{})
	l.running.Go(func() {
		defer close(done)
		defer l.count(id, -1)
		f()
	})
	return done
}

func (l *live) count(id string, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changes[id] += by; l.changes[id] == 0 {
		delete(l.changes, id)
	}
}

// has reports whether the change is worked on.
func (l *live) has(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes[id] > 0
}

// working lists the changes that are worked on.
func (l *live) working() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.changes))
}

// lock waits for the secret's turn: Adds to one secret follow each other, so that the
// number after the base has one possible writer in this process.
func (l *live) lock(t secret.Ref) (unlock func()) {
	l.mu.Lock()
	k := l.locks[t]
	if k == nil {
		k = &lock{}
		l.locks[t] = k
	}
	k.users++
	l.mu.Unlock()
	k.Lock()
	return func() {
		k.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(l.locks, t)
		}
	}
}
