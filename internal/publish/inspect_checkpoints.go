package publish

import (
	"context"
	"errors"
	"strconv"

	"secretstore/internal/audit"
)

// checkpoints inspects the tab of checkpoints.
func (i *inspection) checkpoints(ctx context.Context, tab Tab) error {
	least := firstRow + int(i.written) - 1
	return i.pages(ctx, 0, tab, least, func(from int, rows [][]string) error {
		for k, row := range rows {
			if err := i.point(ctx, from+k, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// point inspects one row of the tab.
func (i *inspection) point(ctx context.Context, row int, cells []string) error {
	fault := SheetFault{Spreadsheet: 1, Tab: tabCheckpoints, Row: row}
	if row < firstRow {
		if fault.Columns = differing(checkpointHeader(), checkpointHeader(), cells); len(fault.Columns) > 0 {
			fault.Code = FaultHeader
			i.report(fault)
		}
		return nil
	}
	if same(cells, nil) {
		if fault.Code = FaultRowMissing; row < firstRow+int(i.written) {
			i.report(fault)
		}
		return nil
	}
	i.Checkpoints++
	c, signed := i.Verify(cell(cells, 2))
	if !signed {
		fault.Code = FaultUnsigned
		i.report(fault)
		return nil
	}
	fault.Seq = c.Size
	return i.signed(ctx, fault, c, cells)
}

// signed inspects a row whose note one of our keys has signed.
func (i *inspection) signed(ctx context.Context, fault SheetFault, c audit.Checkpoint, cells []string) error {
	want, err := i.pointCells(ctx, c, cells)
	if err != nil {
		return err
	}
	if fault.Columns = differing(checkpointHeader(), want, cells); len(fault.Columns) > 0 {
		fault.Code = FaultPoint
		i.report(fault)
		fault.Columns = nil
	}
	if c.Size < i.newest {
		fault.Code = FaultOrder
		i.report(fault)
	}
	i.newest = max(i.newest, c.Size)
	err = i.Log.Extends(ctx, c)
	if _, damaged := errors.AsType[*audit.Damage](err); damaged || errors.Is(err, audit.ErrOrigin) {
		fault.Code = FaultRestored
		i.report(fault)
		return nil
	}
	return err
}

// pointCells is what the row of a checkpoint shows. The time is not signed: it is known as
// long as the log has the same note.
func (i *inspection) pointCells(ctx context.Context, c audit.Checkpoint, cells []string) ([]string, error) {
	stored, ok, err := i.Log.StoredAt(ctx, c.Size)
	if ok && stored.Note == c.Note {
		return rowOf(stored), err
	}
	return []string{strconv.FormatInt(c.Size, 10), c.Root.String(), c.Note, cell(cells, 3)}, err
}
