package publish_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/faults"
	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/publish"
)

// What people do to the sheet parks the publisher: it tells once, writes nothing, and
// goes on by itself after they have undone it.
func TestPeoplesEditsParkThePublisher(t *testing.T) {
	const id, tab = "first", "audit-1"
	type hand = emulator.Hand
	for _, tt := range []struct {
		name string
		edit func(*hand) error
		undo func(*hand) error
		want publish.Parked // the next record is the 21st, in row 22
	}{
		{"sorted the rows", func(h *hand) error { return h.Sort(id, tab, 0, true) },
			nil, publish.Parked{Reason: publish.ParkShifted, Seq: 21, Row: 22}},
		{"inserted a row", func(h *hand) error { return h.InsertRows(id, tab, 5, 1) },
			func(h *hand) error { return h.DeleteRows(id, tab, 5, 1) },
			publish.Parked{Reason: publish.ParkShifted, Seq: 21, Row: 22}},
		{"deleted a row", func(h *hand) error { return h.DeleteRows(id, tab, 5, 1) },
			nil, publish.Parked{Reason: publish.ParkShifted, Seq: 21, Row: 22}},
		{"edited the newest hash", func(h *hand) error { return h.SetCell(id, tab, "R21", "0000") },
			nil, publish.Parked{Reason: publish.ParkShifted, Seq: 21, Row: 22}},
		{"wrote where a record will go", func(h *hand) error { return h.SetCell(id, tab, "E23", "note to self") },
			func(h *hand) error { return h.SetCell(id, tab, "E23", "") },
			publish.Parked{Reason: publish.ParkOccupied, Seq: 22, Row: 23}},
		{"deleted the tab", func(h *hand) error { return h.DeleteTab(id, tab) },
			nil, publish.Parked{Reason: publish.ParkMissing, Seq: 21, Row: 22}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
				w.record(20)
				w.publishFor(10 * time.Second)
				if err := tt.edit(w.server.Hand()); err != nil {
					t.Fatal(err)
				}
				before, writes := w.server.Hand().Rows(id, tab), len(w.writes())
				tt.want.Spreadsheet, tt.want.Tab = 1, tab
				w.record(5)
				p := w.publisher(w.log)
				stop := w.run(p)
				time.Sleep(time.Hour)
				if diff := cmp.Diff([]publish.Parked{tt.want}, w.alarmed()); diff != "" {
					t.Errorf("alarms (-want +got):\n%s", diff)
				}
				if got, ok := p.Parked(); !ok || got != tt.want {
					t.Errorf("Parked = %+v, %v", got, ok)
				}
				if lag, err := p.Lag(t.Context()); lag != 5 || err != nil {
					t.Errorf("lag = %d, %v, want 5", lag, err)
				}
				if diff := cmp.Diff(before, w.server.Hand().Rows(id, tab)); diff != "" || len(w.writes()) != writes {
					t.Errorf("a parked publisher wrote:\n%s", diff)
				}
				if tt.undo != nil {
					if err := tt.undo(w.server.Hand()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(6 * time.Minute)
					if got, ok := p.Parked(); ok {
						t.Errorf("still parked: %+v", got)
					}
					w.checkSheet()
				}
				stop()
			})
		})
	}
}

// An edit of a row that is long written is not the guard's to see: `audit verify` does.
func TestEditOfAnOldRowStopsNobody(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(20)
		w.publishFor(10 * time.Second)
		if err := w.server.Hand().SetCell("first", "audit-1", "E5", "mallory"); err != nil {
			t.Fatal(err)
		}
		w.record(5)
		if p := w.publishFor(10 * time.Second); p.Status().Published != 25 {
			t.Errorf("status = %+v, want 25 published", p.Status())
		}
		if got := w.server.Hand().Cell("first", "audit-1", "E5"); got != "mallory" {
			t.Errorf("the edited cell = %q: the publisher wrote over it", got)
		}
	})
}

func TestTabWithAnotherHeaderStopsTheFirstRecord(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(1)
		if _, err := w.sheet.AddTab(t.Context(), "first", "audit-1", []string{"their", "own"}); err != nil {
			t.Fatal(err)
		}
		w.publishFor(time.Minute)
		want := []publish.Parked{{Reason: publish.ParkShifted, Seq: 1, Spreadsheet: 1, Tab: "audit-1", Row: 2}}
		if diff := cmp.Diff(want, w.alarmed()); diff != "" {
			t.Errorf("alarms (-want +got):\n%s", diff)
		}
	})
}

func TestRestoredDatabaseDoesNotOverwriteWhatWasPublished(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(20)
		w.publishFor(10 * time.Second)
		before := w.server.Hand().Rows("first", "audit-1")
		w.log = openLog(t) // numbers begin again
		time.Sleep(time.Minute)
		w.record(30)
		w.publishFor(time.Hour)
		if alarms := w.alarmed(); len(alarms) != 1 || alarms[0].Reason != publish.ParkOccupied || alarms[0].Seq != 1 {
			t.Errorf("alarms = %+v, want one before record 1", alarms)
		}
		if diff := cmp.Diff(before, w.server.Hand().Rows("first", "audit-1")); diff != "" {
			t.Errorf("published rows changed:\n%s", diff)
		}
	})
}

func TestLostAccessAlarmsOnceAndKeepsTheBacklog(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(20)
		w.publishFor(10 * time.Second)
		w.server.Hand().Share("first", false)
		calls := len(w.server.Requests())
		p := w.publisher(w.log)
		stop := w.run(p)
		w.record(20)
		time.Sleep(3 * time.Hour)
		if n := len(w.server.Requests()) - calls; n > 3*12+1 {
			t.Errorf("%d calls in three hours without access, want one every few minutes", n)
		}
		want := []publish.Parked{{Reason: publish.ParkGone, Seq: 21, Spreadsheet: 1, Tab: "audit-1", Row: 22}}
		if diff := cmp.Diff(want, w.alarmed()); diff != "" {
			t.Errorf("alarms (-want +got):\n%s", diff)
		}
		w.server.Hand().Share("first", true)
		time.Sleep(6 * time.Minute)
		stop()
		w.checkSheet()
		if s := p.Status(); s.Parked != nil || s.Published != 40 {
			t.Errorf("status = %+v", s)
		}
	})
}

func TestRefusedTwiceParks(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(3)
		w.server.Faults().Add(faults.Fault{Method: "batchUpdate", Kind: faults.Refuse, Status: 400})
		p := w.publisher(w.log)
		stop := w.run(p)
		time.Sleep(4 * time.Minute)
		want := []publish.Parked{{Reason: publish.ParkRefused, Seq: 1, Spreadsheet: 1, Tab: "audit-1", Row: 2}}
		if diff := cmp.Diff(want, w.alarmed()); diff != "" {
			t.Errorf("alarms (-want +got):\n%s", diff)
		}
		if n := w.server.Faults().Taken("batchUpdate"); n != 2 {
			t.Errorf("a refused request was sent %d times, want 2", n)
		}
		stop()
	})
}

func TestFullSpreadsheetsParkAndNothingIsLost(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.layout = publish.Layout{TabSize: 10, TabsPerSpreadsheet: 1}
		w.record(25)
		p := w.publishFor(time.Hour)
		want := []publish.Parked{{Reason: publish.ParkFull, Seq: 21, Spreadsheet: 3, Tab: "audit-3", Row: 2}}
		if diff := cmp.Diff(want, w.alarmed()); diff != "" {
			t.Errorf("alarms (-want +got):\n%s", diff)
		}
		if lag, err := p.Lag(t.Context()); lag != 5 || err != nil {
			t.Errorf("lag = %d, %v, want 5", lag, err)
		}
	})
}

// A publisher remembers how high the grid was; people may have cut the empty rows off.
func TestEmptyRowsThatPeopleDeletedAreGrownAgain(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		w.record(20)
		p := w.publisher(w.log)
		stop := w.run(p)
		time.Sleep(10 * time.Second)
		height := w.server.Hand().Tabs("first")[1].Rows
		if err := w.server.Hand().DeleteRows("first", "audit-1", 22, height-21); err != nil {
			t.Fatal(err)
		}
		w.record(5)
		time.Sleep(time.Minute)
		stop()
		w.checkSheet()
		if alarms := w.alarmed(); len(alarms) != 0 {
			t.Errorf("alarms = %+v", alarms)
		}
	})
}
