package publish

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"secretstore/internal/audit"
)

// WitnessLog is what a Witness reads of the log; *audit.Log is the real one.
type WitnessLog interface {
	Watermark(ctx context.Context, feed string) (int64, error)
	Extends(ctx context.Context, c audit.Checkpoint) error
}

// WitnessOptions are the parts of a Witness; all but Logger are required.
type WitnessOptions struct {
	Log         WitnessLog
	Sheet       Sheet
	Spreadsheet string // the first one
	// Verify reads a signed note; false when no key of this installation signed it.
	Verify func(signed string) (audit.Checkpoint, bool)
	Logger *slog.Logger
}

// Witness holds the log against the newest checkpoint that stands signed in the sheet. A
// database that was put back to an earlier state agrees with itself: only what was written
// down elsewhere shows that it would give published numbers to other records, and sign
// another tree of the same size.
type Witness struct {
	WitnessOptions

	mu      sync.Mutex
	vouched bool
	next    int // the first row that was not compared yet, 0 before it is known where to begin
}

// The names of the two feeds in the log, for metrics.
const (
	FeedSheet   = feedSheet
	FeedNotices = feedNotices
)

// witnessRows is how many rows are read at once.
const witnessRows = 500

// NewWitness returns a Witness.
func NewWitness(o WitnessOptions) *Witness {
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	return &Witness{WitnessOptions: o}
}

// Check is nil once the log was seen to hold all that the newest checkpoint vouches for, or
// there is none; from then on it costs nothing. A log that does not is a *Parked of
// ParkRestored. Any other error means that it could not be found out yet.
func (w *Witness) Check(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.vouched {
		return nil
	}
	err := w.compare(ctx)
	w.vouched = err == nil
	return err
}

// compare reads to the end of the tab. What was read before a fault of Sheets, whose quota
// a long tab may use up, is not read again.
func (w *Witness) compare(ctx context.Context) error {
	tabs, err := w.Sheet.Tabs(ctx, w.Spreadsheet)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tabs, func(t Tab) bool { return t.Title == tabCheckpoints })
	if i < 0 {
		return nil
	}
	height := tabs[i].Rows
	if w.next == 0 {
		if w.next, err = w.begin(ctx, height); err != nil {
			return err
		}
	}
	for {
		more, _, err := w.page(ctx, height, w.next)
		if err != nil || !more {
			return err
		}
		w.next += witnessRows
	}
}

// begin is the row that the log knows to be the newest: what was restored lacks the rows
// after it. A log that points at nothing of ours is not believed, and all is read. With an
// error it is 0.
func (w *Witness) begin(ctx context.Context, height int) (row int, err error) {
	written, err := w.Log.Watermark(ctx, feedCheckpoints)
	if err != nil {
		return 0, err
	}
	newest := firstRow + int(max(0, written-1))
	switch _, found, err := w.page(ctx, height, newest); {
	case err != nil:
		return 0, err
	case !found:
		return firstRow, nil
	}
	return newest, nil
}

// page holds the newest checkpoint of one page of rows against the log. More says that
// rows may follow, found that there was a checkpoint.
func (w *Witness) page(ctx context.Context, height, from int) (more, found bool, err error) {
	last := min(from+witnessRows-1, height)
	if from > last {
		return false, false, nil
	}
	rows, err := w.Sheet.Read(ctx, w.Spreadsheet, tabCheckpoints, from, last)
	if err != nil {
		return false, false, err
	}
	more = last < height && !same(rows[len(rows)-1], nil)
	strange := 0
	for i, row := range slices.Backward(rows) {
		if len(row) < 3 {
			continue
		}
		if c, signed := w.Verify(row[2]); signed {
			return more, true, w.agree(ctx, c, from+i)
		}
		strange++
	}
	if strange > 0 {
		w.Logger.Warn("checkpoints in the sheet are signed by no key of this installation, and not compared", "rows", strange, "from", from)
	}
	return more, false, nil
}

// agree holds the log against the checkpoint that stands in a row.
func (w *Witness) agree(ctx context.Context, c audit.Checkpoint, row int) error {
	err := w.Log.Extends(ctx, c)
	if _, damaged := errors.AsType[*audit.Damage](err); damaged || errors.Is(err, audit.ErrOrigin) {
		return &Parked{Reason: ParkRestored, Seq: c.Size, Spreadsheet: 1, Tab: tabCheckpoints, Row: row}
	}
	return err
}
