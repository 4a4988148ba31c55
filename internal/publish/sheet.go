package publish

import (
	"context"
	"time"
)

// Sheet is the spreadsheets as the publisher sees them. Rows count from 1, the header's.
// Every error is a *SheetError; none of the methods tries again by itself.
type Sheet interface {
	// Tabs lists the tabs of a spreadsheet in their order.
	Tabs(ctx context.Context, spreadsheet string) ([]Tab, error)
	// AddTab makes a protected tab with header in a frozen first row, all or nothing, and
	// as many columns as header has. A tab that has the title already is returned as it
	// is, so that a caller may repeat after an answer was lost.
	AddTab(ctx context.Context, spreadsheet, title string, header []string) (Tab, error)
	// Read returns the rows first to last, both included, in all columns. Empty cells and
	// rows at the end may be missing from a row, but never a row from the result.
	Read(ctx context.Context, spreadsheet, title string, first, last int) ([][]string, error)
	// Grow appends empty rows. Repeating it appends more of them.
	Grow(ctx context.Context, spreadsheet string, tab Tab, rows int) error
	// Write puts rows of text at first and below, all or nothing; "" clears a cell.
	// Repeating it changes nothing. The grid must have the rows already.
	Write(ctx context.Context, spreadsheet string, tab Tab, first int, rows [][]string) error
}

// Tab is one tab of a spreadsheet.
type Tab struct {
	Title   string
	ID      int64
	Rows    int // of the grid, empty ones too
	Columns int
	Frozen  int // rows at the top that stay in view
	// Protected: who was not let in can't edit any of it.
	Protected bool
	// Shared: more were let in than the publisher and the file's owner. Only who was let in
	// sees that; for anybody else it is false (docs: sheets ProtectedRange.editors).
	Shared bool
}

// SheetError is every error of a Sheet. It holds none of the service's own text and no
// spreadsheet id: who knows the id of a shared file may be able to open it.
type SheetError struct {
	Kind       SheetErrorKind
	RetryAfter time.Duration // 0: the service named none
}

// SheetErrorKind is what one may conclude from a SheetError.
type SheetErrorKind string

// The kinds of a SheetError.
const (
	SheetBusy    SheetErrorKind = "busy"    // over quota: nothing was done
	SheetDown    SheetErrorKind = "down"    // no usable answer: it may have been done
	SheetRefused SheetErrorKind = "refused" // not a request the service carries out; nothing was done
	SheetGone    SheetErrorKind = "gone"    // the spreadsheet is not there, or not shared with us
)

var sheetWords = map[SheetErrorKind]string{
	SheetBusy:    "sheets: over quota, nothing was written",
	SheetDown:    "sheets: no usable answer, the effect is unknown",
	SheetRefused: "sheets: the request was refused, nothing was written",
	SheetGone:    "sheets: the spreadsheet is missing or not shared with the service account as Editor",
}

func (e *SheetError) Error() string { return sheetWords[e.Kind] }
