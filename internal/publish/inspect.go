package publish

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"secretstore/internal/audit"
)

// InspectLog is what an inspection reads of the log; *audit.Reader is the real one.
type InspectLog interface {
	Watermark(ctx context.Context, feed string) (int64, error)
	Readable(ctx context.Context, from, to int64) ([]audit.Record, error)
	Extends(ctx context.Context, c audit.Checkpoint) error
	StoredAt(ctx context.Context, size int64) (c audit.Checkpoint, ok bool, err error)
}

// InspectOptions are the parts of an inspection; all but Layout and Progress are required.
type InspectOptions struct {
	Log          InspectLog
	Sheet        Sheet
	Spreadsheets []string // ids, in order
	Layout       Layout
	// Verify reads a signed note; false when no key of this installation signed it.
	Verify func(signed string) (audit.Checkpoint, bool)
	// Found is told of every fault, in the order of the rows.
	Found func(SheetFault)
	// Progress, if not nil, is told how many rows of records were compared, of how many.
	Progress func(done, all int64)
}

// Inspected is what an inspection looked at.
type Inspected struct {
	Rows        int64 // of records that were published
	Checkpoints int64
	// Kept counts the reasons that were erased in the log and still stand in the sheet. They
	// are no faults: such a row still proves to be its record's.
	Kept int64
}

// Inspect holds every row of the sheet against the log, and changes neither. It may run
// beside a publisher: a row that is not marked as published yet may stand there already.
// An error means that it could not be done to the end; it is a *SheetError or the log's.
func Inspect(ctx context.Context, o InspectOptions) (Inspected, error) {
	i := &inspection{InspectOptions: o, pace: newPace()}
	var err error
	if i.published, err = o.Log.Watermark(ctx, feedSheet); err != nil {
		return i.Inspected, err
	}
	if i.written, err = o.Log.Watermark(ctx, feedCheckpoints); err != nil {
		return i.Inspected, err
	}
	for at := range o.Spreadsheets {
		if err := i.spreadsheet(ctx, at); err != nil {
			return i.Inspected, err
		}
	}
	i.unreachable()
	return i.Inspected, nil
}

// inspection is one run. What the log marks as published is read first, the sheet then, and
// the records of each page last, so that whatever is right when it is read passes.
type inspection struct {
	InspectOptions
	Inspected
	pace               pace
	published, written int64 // the watermarks of records and of checkpoints
	newest             int64 // size of the newest checkpoint so far
	pending            *SheetFault
}

// spreadsheet inspects the spreadsheet at a place of the settings.
func (i *inspection) spreadsheet(ctx context.Context, at int) error {
	tabs, err := gently(ctx, i, func() ([]Tab, error) { return i.Sheet.Tabs(ctx, i.Spreadsheets[at]) })
	if err != nil {
		return err
	}
	i.missing(at, tabs)
	for _, tab := range tabs {
		number, ours := i.Layout.tabNumber(at, tab.Title)
		switch {
		case ours:
			i.protection(at, tab)
			err = i.records(ctx, at, number, tab)
		case at == 0 && tab.Title == tabCheckpoints:
			i.protection(at, tab)
			err = i.checkpoints(ctx, tab)
		default:
			err = i.stranger(ctx, at, tab)
		}
		if err != nil {
			return err
		}
		i.flush()
	}
	return nil
}

// protection finds out whether others may edit a tab of ours.
func (i *inspection) protection(at int, tab Tab) {
	fault := SheetFault{Code: FaultUnprotected, Spreadsheet: at + 1, Tab: tab.Title}
	if tab.Protected {
		fault.Code = FaultShared
	}
	if !tab.Protected || tab.Shared {
		i.report(fault)
	}
}

// missing finds the tabs that are gone, of those that belong into a spreadsheet.
func (i *inspection) missing(at int, tabs []Tab) {
	gone := func(title string) bool {
		return !slices.ContainsFunc(tabs, func(t Tab) bool { return t.Title == title })
	}
	for seq := int64(1); seq <= i.published; seq += int64(i.Layout.size()) {
		if place := i.Layout.Place(seq); place.Spreadsheet == at && gone(place.Title) {
			i.report(SheetFault{Code: FaultTabMissing, Spreadsheet: at + 1, Tab: place.Title, Seq: seq})
		}
	}
	if at == 0 && i.written > 0 && gone(tabCheckpoints) {
		i.report(SheetFault{Code: FaultTabMissing, Spreadsheet: 1, Tab: tabCheckpoints})
	}
}

// unreachable finds the tabs of spreadsheets that the settings do not name any more.
func (i *inspection) unreachable() {
	for seq := int64(1); seq <= i.published; seq += int64(i.Layout.size()) {
		if place := i.Layout.Place(seq); place.Spreadsheet >= len(i.Spreadsheets) {
			i.report(SheetFault{Code: FaultTabMissing, Spreadsheet: place.Spreadsheet + 1, Tab: place.Title, Seq: seq})
		}
	}
	i.flush()
}

// tabNumber reads which tab of records a title is, from 1, if it belongs into a spreadsheet.
func (l Layout) tabNumber(spreadsheet int, title string) (number int64, ours bool) {
	digits, audits := strings.CutPrefix(title, "audit-")
	number, err := strconv.ParseInt(digits, 10, 32)
	if !audits || err != nil || number < 1 {
		return 0, false
	}
	place := l.Place((number-1)*int64(l.size()) + 1)
	return number, place.Title == title && place.Spreadsheet == spreadsheet
}

// stranger finds a tab that is not ours. An empty one is what every new spreadsheet has.
func (i *inspection) stranger(ctx context.Context, at int, tab Tab) error {
	return i.pages(ctx, at, tab, 0, func(_ int, rows [][]string) error {
		if i.pending == nil && slices.ContainsFunc(rows, func(row []string) bool { return !same(row, nil) }) {
			i.report(SheetFault{Code: FaultTabExtra, Spreadsheet: at + 1, Tab: tab.Title})
		}
		return nil
	})
}

// inspectRows is how many rows are read at once: a few megabytes, and a full tab in ten
// reads, of the 60 a minute that the publisher beside it has to share.
const inspectRows = 10_000

// pages reads a tab from its first row to the end of its grid, or to row least where the
// grid ends before it; such rows are empty.
func (i *inspection) pages(ctx context.Context, at int, tab Tab, least int, each func(from int, rows [][]string) error) error {
	for from := 1; from <= max(tab.Rows, least); from += inspectRows {
		rows := make([][]string, min(inspectRows, max(tab.Rows, least)-from+1))
		if last := min(from+len(rows)-1, tab.Rows); last >= from {
			there, err := gently(ctx, i, func() ([][]string, error) {
				return i.Sheet.Read(ctx, i.Spreadsheets[at], tab.Title, from, last)
			})
			if err != nil {
				return err
			}
			copy(rows, there)
		}
		if err := each(from, rows); err != nil {
			return err
		}
	}
	return nil
}

// column names a column of a tab with that header; those beyond it by their letters.
func column(header []string, i int) string {
	if i < len(header) {
		return header[i]
	}
	letters := ""
	for n := i + 1; n > 0; n = (n - 1) / 26 {
		letters = fmt.Sprintf("%c%s", 'A'+(n-1)%26, letters)
	}
	return letters
}

// differing names the columns in which two rows differ.
func differing(header, a, b []string) []string {
	var columns []string
	for i := range max(len(a), len(b)) {
		if cell(a, i) != cell(b, i) {
			columns = append(columns, column(header, i))
		}
	}
	return columns
}

// cell is the ith cell of a row, which may lack empty ones at its end.
func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}
