package publish_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/audit"
	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/gcp"
	"secretstore/internal/publish"
)

// world is a log, the Sheets emulator, and the real adapter between a publisher and it,
// all in one bubble of time.
type world struct {
	t      *testing.T
	log    *audit.Log
	server *emulator.Server
	sheet  *gcp.Sheets
	layout publish.Layout

	mu     sync.Mutex
	alarms []publish.Parked
}

// spreadsheets of every world, in order.
var spreadsheets = []string{"first", "second"}

// inWorld runs test in a bubble. The emulator listens outside it and is called without a
// network, whose waiting would stop the bubble's clock.
func inWorld(t *testing.T, o emulator.Options, test func(*testing.T, *world)) {
	t.Helper()
	o.Spreadsheets = spreadsheets
	server, err := emulator.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, server: server, log: openLog(t)}
		w.sheet, err = gcp.NewSheets(t.Context(), gcp.SheetsOptions{Endpoint: server.URL(),
			HTTPClient: &http.Client{Transport: direct{server}, Timeout: 185 * time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

func openLog(t testing.TB) *audit.Log {
	t.Helper()
	log, err := audit.Open(t.Context(), audit.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "log.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return log
}

// direct carries requests to a handler in this process. Who gives up waiting leaves the
// handler at work, as with a real service.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := make(chan *http.Response, 1)
	go func() {
		defer func() {
			if p := recover(); p == http.ErrAbortHandler {
				close(answer)
			} else if p != nil {
				panic(p)
			}
		}()
		arrived := r.Clone(context.WithoutCancel(r.Context()))
		arrived.Host = r.URL.Host
		if arrived.Body == nil {
			arrived.Body = http.NoBody
		}
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, arrived)
		answer <- w.Result()
	}()
	select {
	case got, ok := <-answer:
		if !ok {
			return nil, io.ErrUnexpectedEOF
		}
		return got, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// record appends n records.
func (w *world) record(n int) {
	w.t.Helper()
	for n > 0 {
		some := make([]audit.Record, min(n, 100))
		for i := range some {
			some[i] = audit.Record{Event: audit.EventPolicy, Actor: "alice", Reason: fmt.Sprintf("=cmd|%d,\"'%d", i, n)}
		}
		if err := w.log.Append(w.t.Context(), some...); err != nil {
			w.t.Fatal(err)
		}
		n -= len(some)
	}
}

// publisher is one of this world's.
func (w *world) publisher(log publish.Log) *publish.Publisher {
	return publish.NewPublisher(publish.PublisherOptions{Log: log, Sheet: w.sheet, Spreadsheets: spreadsheets,
		Layout: w.layout, Alarm: func(_ context.Context, p publish.Parked) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alarms = append(w.alarms, p)
			return nil
		}})
}

// run starts p and returns what stops it and waits for its end.
func (w *world) run(p *publish.Publisher) (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	return sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
}

// publishFor runs one publisher for d.
func (w *world) publishFor(d time.Duration) *publish.Publisher {
	p := w.publisher(w.log)
	stop := w.run(p)
	time.Sleep(d)
	stop()
	return p
}

// alarmed returns the alarms so far.
func (w *world) alarmed() []publish.Parked {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]publish.Parked(nil), w.alarms...)
}

// checkSheet holds every record against its place, and every row of every audit tab
// against a record: nothing is missing, doubled or left over.
func (w *world) checkSheet() {
	w.t.Helper()
	records, err := w.log.Records(w.t.Context(), 1, 1_000_000)
	if err != nil {
		w.t.Fatal(err)
	}
	want := map[string][][]string{}
	for _, r := range records {
		place := w.layout.Place(r.Seq)
		key := spreadsheets[place.Spreadsheet] + " " + place.Title
		if want[key] == nil {
			want[key] = [][]string{audit.Header()}
		}
		want[key] = append(want[key], r.Cells())
	}
	got := map[string][][]string{}
	for _, id := range spreadsheets {
		for _, tab := range w.server.Hand().Tabs(id)[1:] {
			got[id+" "+tab.Title] = w.server.Hand().Rows(id, tab.Title)
			if tab.FrozenRows != 1 || !tab.Protected || tab.Columns != len(audit.Header()) {
				w.t.Errorf("tab %+v is not frozen, protected and as wide as the header", tab)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("the sheet differs from the log (-log +sheet):\n%.4000s", diff)
	}
}

// writes returns the calls that wrote rows of records.
func (w *world) writes() []emulator.Request {
	var writes []emulator.Request
	for _, r := range w.server.Requests() {
		if r.Write && r.Rows > 0 && r.Sub == 1 {
			writes = append(writes, r)
		}
	}
	return writes
}
