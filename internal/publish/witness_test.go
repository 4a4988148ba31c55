package publish_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/publish"
)

// statement runs SQL on the file of a log.
func statement(t *testing.T, file, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// keep makes this world's log one in a file, and returns its path.
func (w *world) keep() string {
	file := filepath.Join(w.t.TempDir(), "kept.db")
	w.open(file)
	return file
}

// open makes the file this world's log, in place of the one before.
func (w *world) open(file string) {
	w.t.Helper()
	if err := w.log.Close(); err != nil {
		w.t.Fatal(err)
	}
	log, err := audit.Open(w.t.Context(), audit.Options{URL: "sqlite:" + file, Ephemeral: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { log.Close() })
	w.log = log
}

// witnessed runs a publisher and checkpoints beside each other, under one witness.
func (w *world) witnessed(d time.Duration, s note.Signer, v note.Verifier) {
	witness := publish.NewWitness(publish.WitnessOptions{Log: w.log, Sheet: w.sheet, Spreadsheet: spreadsheets[0],
		Verify: func(signed string) (audit.Checkpoint, bool) {
			c, ok := audit.ParseCheckpoint(signed)
			_, err := note.Open([]byte(signed), note.VerifierList(v))
			return c, ok && err == nil
		}})
	p := w.publisher(w.log)
	p.Vouched = witness.Check
	stop := w.run(p)
	defer stop()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		publish.NewCheckpoints(publish.CheckpointsOptions{
			Log: w.log, Signer: s, Sheet: w.sheet, Spreadsheet: spreadsheets[0], Owner: "one", Vouched: witness.Check,
		}).Run(ctx)
	}()
	time.Sleep(d)
	cancel()
	<-done
}

func TestARestoredDatabaseIsHeldAgainstTheCheckpointsOfTheSheet(t *testing.T) {
	parked := []publish.Parked{{Reason: publish.ParkRestored, Seq: 8, Spreadsheet: 1, Tab: "checkpoints", Row: 3}}
	for name, c := range map[string]struct {
		back    string // what is done to the backup; "" leaves it as it is
		records int    // written after the restore
		alarms  []publish.Parked
	}{
		"known at the start, before there is anything to write": {"", 0, parked},
		"shorter than its checkpoint":                           {"", 1, parked},
		"longer, and another":                                   {"", 9, parked},
		"pointing past the checkpoints":                         {"UPDATE feed SET watermark = 77 WHERE name = 'checkpoints'", 1, parked},
		"pointing at the first one":                             {"UPDATE feed SET watermark = 0 WHERE name = 'checkpoints'", 1, parked},
		"told once in all that time":                            {"UPDATE feed SET watermark = 0", 20, parked},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
				file := w.keep()
				signer, verifier := w.signer()
				w.record(5)
				w.witnessed(2*time.Minute, signer, verifier)
				backup := filepath.Join(t.TempDir(), "backup.db")
				statement(t, file, "VACUUM INTO '"+backup+"'")
				w.record(3)
				w.witnessed(2*time.Minute, signer, verifier)
				rows, points := w.server.Hand().Rows("first", "audit-1"), w.server.Hand().Rows("first", "checkpoints")
				if len(rows) != 9 || len(points) != 3 || len(w.alarmed()) > 0 {
					t.Fatalf("%d rows, %d checkpoints, alarms %v before the restore", len(rows), len(points), w.alarmed())
				}
				if c.back != "" {
					statement(t, backup, c.back)
				}
				w.open(backup)
				w.record(c.records)
				w.witnessed(30*time.Minute, signer, verifier)
				if diff := cmp.Diff(c.alarms, w.alarmed()); diff != "" {
					t.Errorf("alarms (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(rows, w.server.Hand().Rows("first", "audit-1")); diff != "" {
					t.Errorf("rows were written:\n%s", diff)
				}
				if diff := cmp.Diff(points, w.server.Hand().Rows("first", "checkpoints")); diff != "" {
					t.Errorf("a second tree was signed:\n%s", diff)
				}
			})
		})
	}
}

func TestAnotherLogIsNotPublishedUnderTheCheckpointsOfTheFirst(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		signer, verifier := w.signer()
		w.record(5)
		w.witnessed(2*time.Minute, signer, verifier)
		w.open(filepath.Join(t.TempDir(), "fresh.db"))
		other, _ := w.signer()
		w.record(1)
		w.witnessed(10*time.Minute, other, verifier)
		want := []publish.Parked{{Reason: publish.ParkRestored, Seq: 5, Spreadsheet: 1, Tab: "checkpoints", Row: 2}}
		if diff := cmp.Diff(want, w.alarmed()); diff != "" {
			t.Errorf("alarms (-want +got):\n%s", diff)
		}
	})
}

func TestALogThatExtendsItsCheckpointsGoesOn(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		signer, verifier := w.signer()
		for range 3 {
			w.record(4)
			w.witnessed(2*time.Minute, signer, verifier)
		}
		w.server.Hand().Share("first", false) // Sheets is not to be had at the start, for a while
		go func() {
			time.Sleep(2 * time.Minute)
			w.server.Hand().Share("first", true)
		}()
		w.record(2)
		w.witnessed(20*time.Minute, signer, verifier)
		for _, alarm := range w.alarmed() {
			if alarm.Reason != publish.ParkGone {
				t.Errorf("alarm %v", alarm)
			}
		}
		if got := w.server.Hand().Cell("first", "checkpoints", "A5"); got != "14" {
			t.Errorf("the newest checkpoint is of size %q, want 14", got)
		}
	})
}

// TestWhatNoKeyOfOursSignedStopsNothing: who may edit the sheet could else stop the publisher.
func TestWhatNoKeyOfOursSignedStopsNothing(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		lost, _ := w.signer()
		w.record(5)
		_, verifier := w.signer()
		w.witnessed(2*time.Minute, lost, verifier)
		w.record(1)
		w.witnessed(2*time.Minute, lost, verifier)
		if len(w.alarmed()) > 0 {
			t.Errorf("alarms %v", w.alarmed())
		}
		if got := w.server.Hand().Cell("first", "audit-1", "A7"); got != "6" {
			t.Errorf("row 7 shows record %q, want 6", got)
		}
	})
}

// strangers is a tab of 2,500 checkpoints that no key of ours signed, of which Sheets shows
// two pages at a time.
type strangers struct {
	publish.Sheet
	reads int
}

func (*strangers) Tabs(context.Context, string) ([]publish.Tab, error) {
	return []publish.Tab{{Title: "checkpoints", Rows: 2501}}, nil
}

func (s *strangers) Read(_ context.Context, _, _ string, first, last int) ([][]string, error) {
	if s.reads++; s.reads%3 == 0 {
		return nil, &publish.SheetError{Kind: publish.SheetBusy}
	}
	rows := make([][]string, last-first+1)
	for i := range rows {
		rows[i] = []string{"5", "root", "not signed", "time"}
	}
	return rows, nil
}

func (*strangers) Watermark(context.Context, string) (int64, error) { return 2500, nil }

func (*strangers) Extends(context.Context, audit.Checkpoint) error { return nil }

// TestALongTabIsReadToItsEnd: what was read before the quota was used up is not read again.
func TestALongTabIsReadToItsEnd(t *testing.T) {
	s := new(strangers)
	w := publish.NewWitness(publish.WitnessOptions{Log: s, Sheet: s, Spreadsheet: "first",
		Verify: func(string) (audit.Checkpoint, bool) { return audit.Checkpoint{}, false }})
	for range 10 {
		if w.Check(t.Context()) == nil {
			return
		}
	}
	t.Errorf("not known after %d reads", s.reads)
}
