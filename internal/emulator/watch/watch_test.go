package watch

import "testing"

func TestSeveralChangesWakeAWatcherOnceUntilItLooks(t *testing.T) {
	var w Watchers
	changed, cancel := w.Subscribe()
	defer cancel()
	w.Wake()
	w.Wake()
	if got := woken(changed); !got {
		t.Error("a change woke nobody")
	}
	if got := woken(changed); got {
		t.Error("two changes woke a watcher that had not looked twice")
	}
	w.Wake()
	if got := woken(changed); !got {
		t.Error("the change after a look woke nobody")
	}
}

func TestACancelledWatcherSleeps(t *testing.T) {
	var w Watchers
	gone, cancel := w.Subscribe()
	here, end := w.Subscribe()
	defer end()
	cancel()
	w.Wake()
	if woken(gone) || !woken(here) {
		t.Error("a change woke the watcher that has gone, or not the one that is here")
	}
}

func woken(changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	default:
		return false
	}
}
