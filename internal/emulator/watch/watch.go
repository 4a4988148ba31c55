// Package watch wakes whoever looks at an emulated service when something in it changed:
// the local page, and tests that wait for a sight instead of sleeping.
package watch

import "sync"

// Watchers are those who want to be woken. The zero Watchers has none and is ready for
// use; all its methods may be called at the same time.
type Watchers struct {
	mu  sync.Mutex
	all map[chan struct{}]struct{}
}

// Subscribe returns a channel that is woken after any change and a function that ends
// the subscription. Several changes in a row may wake it once: look at everything each
// time.
func (w *Watchers) Subscribe() (changed <-chan struct{}, cancel func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = make(map[chan struct{}]struct{})
	}
	c := make(chan struct{}, 1)
	w.all[c] = struct{}{}
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, c)
	}
}

// Wake wakes everyone who does not have to be told twice. It never blocks.
func (w *Watchers) Wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.all {
		select {
		case c <- struct{}{}:
		default: // woken already and not looked yet
		}
	}
}
