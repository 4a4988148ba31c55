package publish

import (
	"cmp"
	"fmt"
)

// Layout says where records stand. Its zero is the one that people's sheets depend on;
// another belongs to tests.
type Layout struct {
	TabSize            int // records in a tab; 0: 100,000
	TabsPerSpreadsheet int // 0: 4
}

// Place is the one place of a record, computed from its number.
type Place struct {
	Spreadsheet int // from 0, in the order of the settings
	Title       string
	Row         int // from 1, the header's
	Room        int // records that go from here to the tab's end
}

// firstRow is the row of a tab's first record, under the header.
const firstRow = 2

// Place returns the place of record seq, which counts from 1.
func (l Layout) Place(seq int64) Place {
	size, tabs := int64(l.size()), int64(cmp.Or(l.TabsPerSpreadsheet, 4))
	tab, offset := (seq-1)/size, (seq-1)%size
	return Place{
		Spreadsheet: int(tab / tabs), Title: fmt.Sprintf("audit-%d", tab+1),
		Row: firstRow + int(offset), Room: int(size - offset),
	}
}

func (l Layout) size() int { return cmp.Or(l.TabSize, 100_000) }

// rows is the height of a full tab, header included.
func (l Layout) rows() int { return l.size() + firstRow - 1 }
