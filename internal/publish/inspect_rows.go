package publish

import (
	"context"
	"slices"
	"strconv"

	"secretstore/internal/audit"
)

// recordTab is the tab of records that is being inspected.
type recordTab struct {
	*inspection
	at          int // its spreadsheet
	title       string
	first, last int64                  // the records whose places it has
	page        map[int64]audit.Record // of the rows that were read :: number -> record
}

// records inspects the tab of records of a number.
func (i *inspection) records(ctx context.Context, at int, number int64, tab Tab) error {
	size := int64(i.Layout.size())
	t := recordTab{inspection: i, at: at, title: tab.Title, first: (number-1)*size + 1, last: number * size}
	least := int(max(0, min(t.last, i.published)-t.first+firstRow))
	return i.pages(ctx, at, tab, least, func(from int, rows [][]string) error {
		if err := t.load(ctx, from, len(rows)); err != nil {
			return err
		}
		for k, row := range rows {
			if err := t.row(ctx, from+k, row); err != nil {
				return err
			}
		}
		if i.Progress != nil {
			i.Progress(i.Rows, i.published)
		}
		return nil
	})
}

// load reads the records of n rows: later than the rows, so that what was published
// meanwhile is known.
func (t *recordTab) load(ctx context.Context, from, n int) error {
	found, err := t.Log.Readable(ctx, t.number(max(from, firstRow)), min(t.last, t.number(from+n-1)))
	t.page = make(map[int64]audit.Record, len(found))
	for _, r := range found {
		t.page[r.Seq] = r
	}
	return err
}

// number is the record that a row is for, were the tab without end.
func (t *recordTab) number(row int) int64 { return t.first + int64(row-firstRow) }

// row inspects one row.
func (t *recordTab) row(ctx context.Context, row int, cells []string) error {
	fault := SheetFault{Spreadsheet: t.at + 1, Tab: t.title, Row: row}
	if row < firstRow {
		if fault.Columns = differing(audit.Header(), audit.Header(), cells); len(fault.Columns) > 0 {
			fault.Code = FaultHeader
			t.report(fault)
		}
		return nil
	}
	if fault.Seq = t.number(row); fault.Seq > t.last {
		fault.Seq = 0 // the grid is higher than the tab has places
	}
	due := fault.Seq != 0 && fault.Seq <= t.published
	if due {
		t.Rows++
	}
	switch empty := same(cells, nil); {
	case empty && due:
		fault.Code = FaultRowMissing
		t.report(fault)
		return nil
	case empty:
		return nil
	}
	return t.filled(ctx, fault, cells)
}

// filled inspects a row in which something stands.
func (t *recordTab) filled(ctx context.Context, fault SheetFault, cells []string) error {
	record, known := t.page[fault.Seq]
	if known {
		if t.shows(record, cells) {
			return nil
		}
		fault.Code, fault.Columns = FaultRowDiffers, differing(audit.Header(), record.Cells(), cells)
	} else {
		fault.Code = FaultRowExtra
	}
	other, err := t.elsewhere(ctx, cells)
	if err != nil {
		return err
	}
	if other != 0 && other != fault.Seq {
		fault.Code, fault.Shows, fault.Columns = FaultRowMoved, other, nil
	}
	t.report(fault)
	return nil
}

// elsewhere is the number of the record that a row shows unchanged, 0 for none.
func (t *recordTab) elsewhere(ctx context.Context, cells []string) (int64, error) {
	seq, err := strconv.ParseInt(cell(cells, 0), 10, 64)
	if err != nil || seq < 1 {
		return 0, nil
	}
	if record, known := t.page[seq]; known {
		return shown(record, cells), nil
	}
	found, err := t.Log.Readable(ctx, seq, seq)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return shown(found[0], cells), nil
}

// shown is the number of a record if a row shows it.
func shown(r audit.Record, cells []string) int64 {
	if showsRecord(r, cells) {
		return r.Seq
	}
	return 0
}

// shows reports whether a row shows a record, and counts reasons that were to be erased.
func (t *recordTab) shows(r audit.Record, cells []string) bool {
	if same(cells, r.Cells()) {
		return true
	}
	if !showsRecord(r, cells) {
		return false
	}
	t.Kept++
	return true
}

// showsRecord reports whether a row shows a record. A reason that was erased in the log may
// still stand there.
func showsRecord(r audit.Record, cells []string) bool {
	want := r.Cells()
	reason := slices.Index(audit.Header(), "reason")
	if r.Proves(cell(cells, reason), cell(cells, reason+1)) {
		want[reason], want[reason+1] = cell(cells, reason), cell(cells, reason+1)
	}
	return same(cells, want)
}
