package publish_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/gcp"
	"secretstore/internal/publish"
)

func TestEveryRecordComesToItsPlaceAcrossTabsAndSpreadsheets(t *testing.T) {
	inWorld(t, emulator.Options{Quotas: true}, func(t *testing.T, w *world) {
		w.layout = publish.Layout{TabSize: 70, TabsPerSpreadsheet: 2}
		w.record(250)
		p := w.publishFor(time.Minute)
		w.checkSheet()
		if tabs := w.server.Hand().Tabs("second"); len(tabs) != 3 || tabs[2].Title != "audit-4" {
			t.Errorf("tabs of the second spreadsheet = %+v", tabs)
		}
		lag, err := p.Lag(t.Context())
		if s := p.Status(); lag != 0 || err != nil || s.Published != 250 || s.Batches != 4 || s.Leading {
			t.Errorf("lag %d, %v, status %+v", lag, err, s)
		}
	})
}

func TestBacklogGoesInBatchesOf500(t *testing.T) {
	inWorld(t, emulator.Options{Quotas: true}, func(t *testing.T, w *world) {
		w.record(1200)
		w.publishFor(time.Minute)
		w.checkSheet()
		writes := w.writes()
		if len(writes) != 3 || writes[0].Rows != 500 || writes[1].Rows != 500 || writes[2].Rows != 200 {
			t.Errorf("writes = %+v, want 500, 500 and 200 rows", writes)
		}
	})
}

func TestTwentyThousandRowsAreDrainedInAMinute(t *testing.T) {
	inWorld(t, emulator.Options{Quotas: true}, func(t *testing.T, w *world) {
		const rows = 20_000
		w.record(rows)
		if p := w.publishFor(time.Minute - time.Second); p.Status().Published != rows {
			t.Errorf("status after a minute = %+v, want %d published", p.Status(), rows)
		}
		if n := len(w.writes()); n != 40 {
			t.Errorf("%d value writes, want 40", n)
		}
		w.checkSheet()
	})
}

// With the emulator's quotas on, any excess would show as a 429.
func TestSteadyTrickleStaysWithinTheQuotas(t *testing.T) {
	inWorld(t, emulator.Options{Quotas: true}, func(t *testing.T, w *world) {
		stop := w.run(w.publisher(w.log))
		began := len(w.server.Requests())
		const minutes = 3
		for range minutes * 60 * 4 {
			w.record(1)
			time.Sleep(time.Second / 4)
		}
		if n := len(w.writes()); n > minutes*40+1 || n < minutes*39 {
			t.Errorf("%d value writes in %d minutes, want at most and about 40 a minute", n, minutes)
		}
		time.Sleep(10 * time.Second)
		stop()
		for _, r := range w.server.Requests()[began:] {
			if r.Status != 200 {
				t.Errorf("a call was refused: %+v", r)
			}
		}
		w.checkSheet()
	})
}

func TestPublisherResumesWhereItStopped(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(30)
		w.publishFor(10 * time.Second)
		w.record(30)
		before := len(w.writes())
		w.publishFor(10 * time.Second)
		w.checkSheet()
		if writes := w.writes()[before:]; len(writes) != 1 || writes[0].Rows != 30 {
			t.Errorf("after the restart: %+v, want one write of the new rows", writes)
		}
	})
}

func TestSheetsFaultsLoseAndDoubleNothing(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault faults.Fault
	}{
		{"down for an hour of calls", faults.Fault{Method: "*", Kind: faults.Refuse, Times: 80}},
		{"connections dropped", faults.Fault{Method: "*", Kind: faults.Drop, Times: 9}},
		{"the first answers lost after the effect", faults.Fault{Method: "batchUpdate", Kind: faults.Cut, Times: 5}},
		{"errors after the effect", faults.Fault{Method: "batchUpdate", Kind: faults.Lose, Status: 500, Times: 5}},
		{"effects that come late", faults.Fault{Method: "batchUpdate", Kind: faults.Late, Delay: 20 * time.Second, Times: 4}},
		{"answers slower than the client waits", faults.Fault{Method: "batchUpdate", Kind: faults.Slow, Delay: 200 * time.Second, Times: 3}},
		{"over quota without a delay", faults.Fault{Method: "*", Kind: faults.Refuse, Status: 429, Times: 12}},
		{"guard reads that fail", faults.Fault{Method: "values.get", Kind: faults.Refuse, Status: 502, Times: 12}},
		{"one refusal, which may come from an old view of the grid", faults.Fault{Method: "batchUpdate", Kind: faults.Refuse, Status: 400, Times: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
				w.layout = publish.Layout{TabSize: 60, TabsPerSpreadsheet: 2}
				w.server.Faults().Add(tt.fault)
				p := w.publisher(w.log)
				stop := w.run(p)
				for range 20 {
					w.record(8)
					time.Sleep(7 * time.Second)
				}
				for began := time.Now(); p.Status().Published < 160 && time.Since(began) < 3*time.Hour; {
					time.Sleep(time.Minute)
				}
				time.Sleep(5 * time.Minute) // for what is late
				stop()
				w.checkSheet()
				if w.server.Faults().Taken("batchUpdate")+w.server.Faults().Taken("values.get")+w.server.Faults().Taken("get") < min(tt.fault.Times, 3) {
					t.Error("the fault was not met")
				}
				if alarms := w.alarmed(); len(alarms) != 0 {
					t.Errorf("alarms = %+v for faults that pass", alarms)
				}
			})
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.server.Faults().Add(faults.Fault{Method: "*", Kind: faults.Refuse, Status: 429, RetryAfter: 90 * time.Second, Times: 1})
		w.record(1)
		stop := w.run(w.publisher(w.log))
		time.Sleep(89 * time.Second)
		if n := len(w.server.Requests()); n != 1 {
			t.Errorf("%d calls before the delay was over, want the refused one", n)
		}
		time.Sleep(20 * time.Second)
		stop()
		w.checkSheet()
	})
}

func TestOneOfTwoReplicasPublishesAndTheOtherTakesOver(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		one, two := w.publisher(w.log), w.publisher(w.log)
		stopOne := w.run(one)
		time.Sleep(time.Second)
		stopTwo := w.run(two)
		w.record(20)
		time.Sleep(10 * time.Second)
		if a, b := one.Status(), two.Status(); !a.Leading || b.Leading || a.Batches == 0 || b.Batches != 0 || b.Published != 20 {
			t.Errorf("status of the two = %+v and %+v", a, b)
		}
		stopOne()
		w.record(20)
		time.Sleep(5 * time.Second)
		if s := two.Status(); !s.Leading || s.Published != 40 {
			t.Errorf("five seconds after the first stopped, the second = %+v", s)
		}
		stopTwo()
		w.checkSheet()
	})
}

// everyoneLeads is a log whose lease binds nobody, as after a pause or under a skewed
// clock: only the compare-and-set of the watermark is left.
type everyoneLeads struct{ *audit.Log }

func (l everyoneLeads) Lease(ctx context.Context, feed, owner string, until time.Time) (int64, bool, error) {
	mark, _, err := l.Log.Lease(ctx, feed, owner, until)
	return mark, true, err
}

func TestTwoPublishersThatBothLeadConverge(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.layout = publish.Layout{TabSize: 50, TabsPerSpreadsheet: 3}
		w.server.Faults().Add(faults.Fault{Method: "batchUpdate", Kind: faults.Late, Delay: 70 * time.Second, Times: 3})
		stopOne, stopTwo := w.run(w.publisher(everyoneLeads{w.log})), w.run(w.publisher(everyoneLeads{w.log}))
		for range 20 {
			w.record(11)
			time.Sleep(5 * time.Second)
		}
		time.Sleep(10 * time.Minute)
		stopOne()
		stopTwo()
		w.checkSheet()
		if alarms := w.alarmed(); len(alarms) != 0 {
			t.Errorf("alarms = %+v for equal rows", alarms)
		}
	})
}

// Over a real connection, without a bubble.
func TestPublishesOverARealConnection(t *testing.T) {
	server, err := emulator.Start(emulator.Options{Spreadsheets: spreadsheets, Quotas: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	sheet, err := gcp.NewSheets(t.Context(), gcp.SheetsOptions{Endpoint: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(t.Context(), audit.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "log.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	w := &world{t: t, log: log, server: server, sheet: sheet}
	w.record(300)
	p := w.publisher(log)
	stop := w.run(p)
	for p.Status().Published < 300 && len(w.alarmed()) == 0 {
		time.Sleep(time.Millisecond) // real time: there is nothing else to wait on
	}
	stop()
	w.checkSheet()
}
