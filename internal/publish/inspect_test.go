package publish_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/publish"
)

// inspect holds the sheet of this world against the log in a file.
func (w *world) inspect(file string, v note.Verifier) (found []publish.SheetFault, seen publish.Inspected, err error) {
	w.t.Helper()
	reader, err := audit.OpenReader(w.t.Context(), "sqlite:"+file)
	if err != nil {
		w.t.Fatal(err)
	}
	defer reader.Close()
	seen, err = publish.Inspect(w.t.Context(), publish.InspectOptions{
		Log: reader, Sheet: w.sheet, Spreadsheets: spreadsheets, Layout: w.layout,
		Verify: func(signed string) (audit.Checkpoint, bool) {
			c, ok := audit.ParseCheckpoint(signed)
			_, err := note.Open([]byte(signed), note.VerifierList(v))
			return c, ok && err == nil
		},
		Found: func(f publish.SheetFault) { found = append(found, f) },
	})
	return found, seen, err
}

// published is a world with 12 records in two spreadsheets and two checkpoints.
func published(t *testing.T, test func(t *testing.T, w *world, file string, v note.Verifier)) {
	inWorld(t, emulator.Options{Quotas: true}, func(t *testing.T, w *world) {
		w.layout = publish.Layout{TabSize: 5, TabsPerSpreadsheet: 2}
		file := w.keep()
		signer, verifier := w.signer()
		w.record(8)
		w.publishFor(2 * time.Minute)
		w.checkpointsFor(90*time.Second, signer, "one")
		w.record(4)
		w.publishFor(2 * time.Minute)
		w.checkpointsFor(90*time.Second, signer, "one")
		test(t, w, file, verifier)
	})
}

func TestInspectFindsEveryEditOfTheSheet(t *testing.T) {
	in := func(f publish.SheetFault) publish.SheetFault {
		if f.Spreadsheet = max(f.Spreadsheet, 1); f.Tab == "" {
			f.Tab = "audit-1"
		}
		f.LastRow = max(f.LastRow, f.Row)
		return f
	}
	for name, c := range map[string]struct {
		edit func(t *testing.T, w *world, file string)
		want []publish.SheetFault
	}{
		"nothing": {func(*testing.T, *world, string) {}, nil},
		"two cells": {func(t *testing.T, w *world, _ string) {
			w.set("first", "audit-1", "C4", "applied")
			w.set("first", "audit-1", "M4", "\x1b[2J")
		}, []publish.SheetFault{{Code: publish.FaultRowDiffers, Row: 4, Seq: 3, Columns: []string{"event", "reason"}}}},
		"a number in place of the text": {func(t *testing.T, w *world, _ string) {
			w.set("second", "audit-3", "R3", "7")
		}, []publish.SheetFault{{Code: publish.FaultRowDiffers, Spreadsheet: 2, Tab: "audit-3", Row: 3, Seq: 12, Columns: []string{"hash"}}}},
		"the header": {func(t *testing.T, w *world, _ string) {
			w.set("first", "audit-2", "E1", "nobody")
		}, []publish.SheetFault{{Code: publish.FaultHeader, Tab: "audit-2", Row: 1, Columns: []string{"actor"}}}},
		"two rows swapped": {func(t *testing.T, w *world, _ string) {
			rows := w.server.Hand().Rows("first", "audit-1")
			w.row("first", "audit-1", 3, rows[3])
			w.row("first", "audit-1", 4, rows[2])
		}, []publish.SheetFault{
			{Code: publish.FaultRowMoved, Row: 3, Seq: 2, Shows: 3},
			{Code: publish.FaultRowMoved, Row: 4, Seq: 3, Shows: 2}}},
		"a row deleted": {func(t *testing.T, w *world, _ string) {
			w.do(w.server.Hand().DeleteRows("first", "audit-1", 3, 1))
		}, []publish.SheetFault{
			{Code: publish.FaultRowMoved, Row: 3, LastRow: 5, Seq: 2, Shows: 3},
			{Code: publish.FaultRowMissing, Row: 6, Seq: 5}}},
		"a row inserted": {func(t *testing.T, w *world, _ string) {
			w.do(w.server.Hand().InsertRows("first", "audit-1", 4, 1))
		}, []publish.SheetFault{
			{Code: publish.FaultRowMissing, Row: 4, Seq: 3},
			{Code: publish.FaultRowMoved, Row: 5, LastRow: 6, Seq: 4, Shows: 3},
			{Code: publish.FaultRowMoved, Row: 7, Shows: 5}}}, // beyond the tab's last place
		"rows emptied": {func(t *testing.T, w *world, _ string) {
			w.row("first", "audit-2", 3, make([]string, 18))
			w.row("first", "audit-2", 4, make([]string, 18))
		}, []publish.SheetFault{{Code: publish.FaultRowMissing, Tab: "audit-2", Row: 3, LastRow: 4, Seq: 7}}},
		"a row beyond the last record": {func(t *testing.T, w *world, _ string) {
			w.do(w.server.Hand().InsertRows("second", "audit-3", 4, 1))
			w.row("second", "audit-3", 4, []string{"13", "now", "applied"})
		}, []publish.SheetFault{{Code: publish.FaultRowExtra, Spreadsheet: 2, Tab: "audit-3", Row: 4, Seq: 13}}},
		"a tab deleted": {func(t *testing.T, w *world, _ string) {
			w.do(w.server.Hand().DeleteTab("first", "audit-2"))
		}, []publish.SheetFault{{Code: publish.FaultTabMissing, Tab: "audit-2", Seq: 6}}},
		"the checkpoints deleted": {func(t *testing.T, w *world, _ string) {
			w.do(w.server.Hand().DeleteTab("first", "checkpoints"))
		}, []publish.SheetFault{{Code: publish.FaultTabMissing, Tab: "checkpoints"}}},
		"something in a tab that is not ours": {func(t *testing.T, w *world, _ string) {
			w.set("second", "Sheet1", "B2", "a note")
		}, []publish.SheetFault{{Code: publish.FaultTabExtra, Spreadsheet: 2, Tab: "Sheet1"}}},
		"size and time of a checkpoint": {func(t *testing.T, w *world, _ string) {
			w.set("first", "checkpoints", "A2", "9")
			w.set("first", "checkpoints", "D2", "2020-01-01T00:00:00.000Z")
		}, []publish.SheetFault{{Code: publish.FaultPoint, Tab: "checkpoints", Row: 2, Seq: 8, Columns: []string{"size", "time"}}}},
		"a forged note": {func(t *testing.T, w *world, _ string) {
			signed := w.server.Hand().Cell("first", "checkpoints", "C2")
			w.set("first", "checkpoints", "C2", strings.Replace(signed, "\n8\n", "\n7\n", 1))
		}, []publish.SheetFault{{Code: publish.FaultUnsigned, Tab: "checkpoints", Row: 2}}},
		"checkpoints swapped": {func(t *testing.T, w *world, _ string) {
			rows := w.server.Hand().Rows("first", "checkpoints")
			w.row("first", "checkpoints", 2, rows[2])
			w.row("first", "checkpoints", 3, rows[1])
		}, []publish.SheetFault{{Code: publish.FaultOrder, Tab: "checkpoints", Row: 3, Seq: 8}}},
		"the newest checkpoint emptied": {func(t *testing.T, w *world, _ string) {
			w.row("first", "checkpoints", 3, make([]string, 4))
		}, []publish.SheetFault{{Code: publish.FaultRowMissing, Tab: "checkpoints", Row: 3}}},
		"a record changed in the database": {func(t *testing.T, w *world, file string) {
			statement(t, file, "UPDATE record SET reason = 'harmless' WHERE seq = 3")
		}, []publish.SheetFault{{Code: publish.FaultRowDiffers, Row: 4, Seq: 3, Columns: []string{"reason"}}}},
		"a record taken out of the database": {func(t *testing.T, w *world, file string) {
			statement(t, file, "DELETE FROM record WHERE seq = 3")
		}, []publish.SheetFault{{Code: publish.FaultRowExtra, Row: 4, Seq: 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			published(t, func(t *testing.T, w *world, file string, v note.Verifier) {
				c.edit(t, w, file)
				found, seen, err := w.inspect(file, v)
				var want []publish.SheetFault
				for _, f := range c.want {
					want = append(want, in(f))
				}
				if diff := cmp.Diff(want, found); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
				if name == "nothing" && seen != (publish.Inspected{Rows: 12, Checkpoints: 2}) {
					t.Errorf("looked at %+v", seen)
				}
			})
		})
	}
}

// set, row and do are a person's edits, who may.
func (w *world) set(spreadsheet, tab, cell, text string) {
	w.t.Helper()
	w.do(w.server.Hand().SetCell(spreadsheet, tab, cell, text))
}

func (w *world) row(spreadsheet, tab string, row int, cells []string) {
	w.t.Helper()
	w.do(w.server.Hand().SetRow(spreadsheet, tab, row, cells))
}

func (w *world) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestInspectFindsARestoredDatabase: a copy from before the last records agrees with itself.
func TestInspectFindsARestoredDatabase(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		file, backup := w.keep(), filepath.Join(t.TempDir(), "backup.db")
		signer, verifier := w.signer()
		w.record(5)
		w.publishFor(2 * time.Minute)
		w.checkpointsFor(2*time.Minute, signer, "one")
		statement(t, file, "VACUUM INTO '"+backup+"'")
		w.record(3)
		w.publishFor(2 * time.Minute)
		w.checkpointsFor(2*time.Minute, signer, "one")
		w.open(backup)
		w.record(3)
		found, _, err := w.inspect(backup, verifier)
		want := []publish.SheetFault{
			{Code: publish.FaultRestored, Spreadsheet: 1, Tab: "checkpoints", Row: 3, LastRow: 3, Seq: 8},
		}
		columns := []string{"time", "reason_hash", "hash"}
		for row := 7; row <= 9; row++ {
			want = append([]publish.SheetFault{{Code: publish.FaultRowDiffers, Spreadsheet: 1, Tab: "audit-1",
				Row: 16 - row, LastRow: 16 - row, Seq: int64(15 - row), Columns: columns}}, want...)
		}
		if diff := cmp.Diff(want, found); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// TestInspectPassesWhatIsPublishedMeanwhile: rows that are written and not yet marked, and
// reasons that were erased.
func TestInspectPassesWhatIsPublishedMeanwhile(t *testing.T) {
	published(t, func(t *testing.T, w *world, file string, v note.Verifier) {
		statement(t, file, "UPDATE feed SET watermark = watermark - 1")
		statement(t, file, "UPDATE record SET reason = '', salt = '' WHERE seq IN (2, 11)")
		found, seen, err := w.inspect(file, v)
		if found != nil || err != nil || seen.Kept != 2 {
			t.Errorf("%v, %v, reasons that still stand there: %d", found, err, seen.Kept)
		}
		w.set("first", "audit-1", "M3", "another")
		want := []publish.SheetFault{{Code: publish.FaultRowDiffers, Spreadsheet: 1, Tab: "audit-1", Row: 3, LastRow: 3, Seq: 2,
			Columns: []string{"reason", "reason_hash"}}}
		if found, _, err = w.inspect(file, v); cmp.Diff(want, found) != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(want, found))
		}
	})
}

// TestInspectReadsGently: passing faults are waited out, lasting ones end it.
func TestInspectReadsGently(t *testing.T) {
	published(t, func(t *testing.T, w *world, file string, v note.Verifier) {
		w.server.Faults().Add(faults.Fault{Method: "*", Kind: faults.Refuse, Status: 429, RetryAfter: 30 * time.Second, Times: 3})
		began := time.Now()
		if found, _, err := w.inspect(file, v); found != nil || err != nil || time.Since(began) < 90*time.Second {
			t.Errorf("%v, %v after %v", found, err, time.Since(began))
		}
		for kind, give := range map[publish.SheetErrorKind]func(){
			publish.SheetDown: func() { w.server.Faults().Add(faults.Fault{Method: "*", Kind: faults.Drop}) },
			publish.SheetGone: func() { w.server.Faults().Clear(); w.server.Hand().Share("second", false) },
		} {
			give()
			_, _, err := w.inspect(file, v)
			if fault, ok := errors.AsType[*publish.SheetError](err); !ok || fault.Kind != kind {
				t.Errorf("got %v, want %s", err, kind)
			}
			w.server.Faults().Clear()
			w.server.Hand().Share("second", true)
		}
	})
}
