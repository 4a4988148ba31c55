package sheets_test

import (
	"slices"
	"testing"

	"secretstore/internal/emulator/sheets"
)

func TestWatchersAreWokenByCallsAndByHands(t *testing.T) {
	s := start(t, sheets.Options{})
	changed, cancel := s.Hand().Subscribe()
	defer cancel()
	mustUpdate(t, client(t, s), "A1", []any{"by a call"})
	awaited(t, changed, "a call")
	if err := s.Hand().SetCell(book, "Sheet1", "A1", "by hand"); err != nil {
		t.Fatal(err)
	}
	awaited(t, changed, "a hand")
	if err := s.Hand().SetCell(book, "Sheet1", "A0", "nowhere"); err == nil {
		t.Error("a cell that is not there was written")
	}
	select {
	case <-changed:
		t.Error("an edit that was refused woke the watcher")
	default:
	}
}

func awaited(t *testing.T, changed <-chan struct{}, by string) {
	t.Helper()
	select {
	case <-changed:
	default:
		t.Errorf("%s did not wake the watcher", by)
	}
}

func TestHandListsTheSpreadsheetsInOrder(t *testing.T) {
	s := start(t, sheets.Options{Spreadsheets: []string{"second", "first"}})
	if got, want := s.Hand().Spreadsheets(), []string{"first", "second"}; !slices.Equal(got, want) {
		t.Errorf("spreadsheets = %v, want %v", got, want)
	}
}

func TestHandPastesARowAsTextWhateverItLooksLike(t *testing.T) {
	s := start(t, sheets.Options{})
	want := []string{"007", "=1+1", "'quoted"}
	if err := s.Hand().SetRow(book, "Sheet1", 2, want); err != nil {
		t.Fatal(err)
	}
	if got := s.Hand().Rows(book, "Sheet1")[1]; !slices.Equal(got, want) {
		t.Errorf("row = %q, want %q", got, want)
	}
	if err := s.Hand().SetRow(book, "Sheet1", 0, want); err == nil {
		t.Error("a row that is not there was written")
	}
}
