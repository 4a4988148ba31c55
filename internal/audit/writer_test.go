package audit

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// These tests look at the queue from inside, where a write can be held up on purpose.

func openHere(t *testing.T) *Log {
	t.Helper()
	l, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// hold keeps the writer busy until release is called.
func hold(t *testing.T, l *Log) (release func()) {
	started, ended := make(chan struct{}), make(chan struct{})
	var once sync.Once
	go write(context.WithoutCancel(t.Context()), l, func(b *batch) (int, error) {
		once.Do(func() { close(started) })
		<-ended
		return 0, nil
	})
	<-started
	return sync.OnceFunc(func() { close(ended) })
}

// untilQueued returns when a write waits behind the one that is held up.
func untilQueued(l *Log) {
	for len(l.queue) == 0 {
		runtime.Gosched()
	}
}

var policyRecord = Record{Event: EventPolicy}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	l := openHere(t)
	release := hold(t, l)
	defer release()
	var waiting sync.WaitGroup
	for range maxQueue {
		it := &item{do: func(*batch) error { return nil }, done: make(chan struct{})}
		if err := l.enqueue(t.Context(), it); err != nil {
			t.Fatal(err)
		}
		waiting.Go(func() { <-it.done })
	}
	if err := l.Append(t.Context(), policyRecord); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	release()
	waiting.Wait()
	if err := l.Append(t.Context(), policyRecord); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}

func TestACallerWhoGivesUpInTheQueueHasWrittenNothing(t *testing.T) {
	l := openHere(t)
	release := hold(t, l)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	outcome := make(chan error)
	go func() { outcome <- l.Append(ctx, policyRecord) }()
	untilQueued(l)
	cancel()
	if err := <-outcome; !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want the context's error alone", err)
	}
	release()
	expectSize(t, l, 0)
}

func TestACallerWhoGivesUpLaterIsToldThatTheOutcomeIsUnknownAndIsRecorded(t *testing.T) {
	l := openHere(t)
	started, ended := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ready, _ := drafts([]Record{policyRecord})
	outcome := make(chan error)
	go func() {
		_, err := write(ctx, l, func(b *batch) (int, error) {
			close(started)
			<-ended
			return 0, b.add(ready)
		})
		outcome <- err
	}()
	<-started
	cancel()
	if err := <-outcome; !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
	close(ended)
	expectSize(t, l, 1)
}

// expectSize looks after everything queued before it.
func expectSize(t *testing.T, l *Log, want int64) {
	t.Helper()
	if _, _, err := l.Lease(t.Context(), "fence", "", l.clock()); err != nil {
		t.Fatal(err)
	}
	if size, err := l.Size(t.Context()); err != nil || size != want {
		t.Errorf("size %d (%v), want %d", size, err, want)
	}
}

func TestCloseFinishesWhatIsQueuedAndTakesNothingMore(t *testing.T) {
	l := openHere(t)
	release := hold(t, l)
	outcome := make(chan error)
	go func() { outcome <- l.Append(t.Context(), policyRecord) }()
	untilQueued(l)
	closed := make(chan struct{})
	go func() { l.Close(); close(closed) }()
	<-l.quit
	if err := l.Append(t.Context(), policyRecord); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: got %v, want ErrClosed", err)
	}
	release()
	if err := <-outcome; err != nil {
		t.Errorf("what was queued before: %v", err)
	}
	<-closed
}

func TestAFullDiskClosesTheLog(t *testing.T) {
	l := openHere(t)
	if err := l.Append(t.Context(), policyRecord); err != nil {
		t.Fatal(err)
	}
	size, _ := l.Size(t.Context())
	_, err := write(t.Context(), l, func(b *batch) (pages int, err error) {
		return pages, b.row("PRAGMA max_page_count = 1").Scan(&pages) // no page more than there are
	})
	if err != nil {
		t.Fatal(err)
	}
	large := Record{Event: EventPolicy, Detail: strings.Repeat("x", MaxCell)}
	if err := l.Append(t.Context(), large); !errors.Is(err, ErrClosed) || strings.Contains(err.Error(), "full") {
		t.Errorf("got %v, want ErrClosed without SQLite's own words", err)
	}
	<-l.Failed()
	if err := l.Append(t.Context(), policyRecord); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: got %v, want ErrClosed", err)
	}
	if now, err := l.Size(t.Context()); err != nil || now != size {
		t.Errorf("size %d (%v), want %d: reads go on and nothing was written", now, err, size)
	}
}

func TestAPanicInTheWriterClosesTheLog(t *testing.T) {
	l := openHere(t)
	_, err := write(t.Context(), l, func(*batch) (int, error) { panic("quotes a value") })
	if !errors.Is(err, ErrUnknown) || strings.Contains(err.Error(), "quotes") {
		t.Errorf("got %v, want ErrUnknown alone", err)
	}
	<-l.Failed()
}

func TestOldSQLiteIsRefused(t *testing.T) {
	for version, want := range map[string]bool{
		"3.51.2": false, "3.51.3": true, "3.53.0": true, "3.9.9": false, "4.0.0": true, "": false,
	} {
		if got := atLeast(version, 3, 51, 3); got != want {
			t.Errorf("%q: %t, want %t", version, got, want)
		}
	}
}
