package publish

// SheetFault is one contradiction between the sheet and the log. It never holds what a cell
// shows, which may be anything.
type SheetFault struct {
	Code        FaultCode
	Spreadsheet int    // its place in the settings, from 1
	Tab         string // the title, which may be anything when Code is FaultTabExtra
	// Row and LastRow are the rows concerned, 0 for the tab as a whole.
	Row, LastRow int
	// Seq is the record whose place Row is, or the first one of a missing tab, or the size
	// of a checkpoint; 0 for none.
	Seq int64
	// Shows is the record that stands in Row instead, unchanged: of FaultRowMoved.
	Shows   int64
	Columns []string // names of the columns that differ
}

// FaultCode names what is wrong in the sheet.
type FaultCode string

// The codes of a SheetFault.
const (
	// FaultRowDiffers: the row does not show its record.
	FaultRowDiffers FaultCode = "row_differs"
	// FaultRowMissing: the row is empty, and its record or checkpoint was published.
	FaultRowMissing FaultCode = "row_missing"
	// FaultRowMoved: the row shows another record, as it was published elsewhere.
	FaultRowMoved FaultCode = "row_moved"
	// FaultRowExtra: something stands where the log has no record that can be read.
	FaultRowExtra FaultCode = "row_extra"
	// FaultHeader: the first row does not name the columns.
	FaultHeader FaultCode = "header_differs"
	// FaultTabMissing: records were published to a tab that is not there.
	FaultTabMissing FaultCode = "tab_missing"
	// FaultTabExtra: a tab that is not ours, and not empty.
	FaultTabExtra FaultCode = "tab_extra"
	// FaultUnprotected: the tab, or a part of it, is not protected any more.
	FaultUnprotected FaultCode = "tab_unprotected"
	// FaultShared: others than the publisher and the file's owner were let in.
	FaultShared FaultCode = "tab_shared"
	// FaultUnsigned: no key of this installation signed the note, or it is none.
	FaultUnsigned FaultCode = "checkpoint_unsigned"
	// FaultPoint: the row's other cells do not say what its signed note says.
	FaultPoint FaultCode = "checkpoint_differs"
	// FaultOrder: the checkpoint is older than the one above it.
	FaultOrder FaultCode = "checkpoint_order"
	// FaultRestored: the log does not hold what the signed checkpoint vouches for.
	FaultRestored FaultCode = "log_restored"
)

// report passes a fault on. Rows that follow each other with the same fault are one.
func (i *inspection) report(f SheetFault) {
	if f.LastRow = f.Row; i.pending != nil && i.pending.continues(f) {
		i.pending.LastRow = f.Row
		return
	}
	i.flush()
	i.pending = &f
}

// flush passes on what report has kept back.
func (i *inspection) flush() {
	if i.pending != nil {
		i.Found(*i.pending)
		i.pending = nil
	}
}

// continues reports whether next is the same fault one row further.
func (f *SheetFault) continues(next SheetFault) bool {
	alike := f.Code == FaultRowMissing || f.Code == FaultRowExtra || f.Code == FaultRowMoved && f.Shows-f.Seq == next.Shows-next.Seq
	return alike && f.Code == next.Code && f.Spreadsheet == next.Spreadsheet && f.Tab == next.Tab &&
		f.LastRow+1 == next.Row && (f.Seq == 0) == (next.Seq == 0)
}
