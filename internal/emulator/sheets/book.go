package sheets

import (
	"maps"
	"slices"
)

// Limits of one spreadsheet (docs: sheets/api/limits; column count by third parties).
const (
	maxCells       = 10_000_000
	maxColumns     = 18_278
	defaultRows    = 1000
	defaultColumns = 26
)

// book is one spreadsheet at one moment. A published book never changes: who writes
// works on a draft and publishes that, so a failed batch leaves no trace and a stale
// read has something to read.
type book struct {
	ID         string             `json:"id"`
	Tabs       []*tab             `json:"tabs"`
	Protected  []protectedRange   `json:"protected,omitempty"`
	Metadata   map[int64]metadata `json:"metadata,omitempty"`
	LastNumber int64              `json:"last_number"` // ids given out so far

	fresh map[int64]bool // :: tab id -> this draft owns its copy
}

// newBook is a spreadsheet as a person has just made it.
func newBook(id string) *book {
	return &book{ID: id, Tabs: []*tab{{Title: "Sheet1", Rows: defaultRows, Columns: defaultColumns}}}
}

// draft is a copy of b to work on. Cells are shared until they are written.
func (b *book) draft() *book {
	return &book{ID: b.ID, Tabs: slices.Clone(b.Tabs), Protected: slices.Clone(b.Protected),
		Metadata: maps.Clone(b.Metadata), LastNumber: b.LastNumber, fresh: map[int64]bool{}}
}

// number gives out an id that no tab and no range of b has yet.
func (b *book) number() int64 {
	for {
		b.LastNumber++
		id := b.LastNumber * 104_729 % 2_147_483_647 // far apart, like the service's
		if b.tab(id) == nil && !slices.ContainsFunc(b.Protected, func(p protectedRange) bool { return p.ID == id }) {
			return id
		}
	}
}

func (b *book) tab(id int64) *tab {
	if i := b.index(id); i >= 0 {
		return b.Tabs[i]
	}
	return nil
}

func (b *book) index(id int64) int {
	return slices.IndexFunc(b.Tabs, func(t *tab) bool { return t.ID == id })
}

func (b *book) titled(title string) *tab {
	if i := slices.IndexFunc(b.Tabs, func(t *tab) bool { return t.Title == title }); i >= 0 {
		return b.Tabs[i]
	}
	return nil
}

// edit returns the tab of a draft for writing, nil if there is none.
func (b *book) edit(id int64) *tab {
	i := b.index(id)
	if i < 0 {
		return nil
	}
	if !b.fresh[id] {
		t := *b.Tabs[i]
		t.Cells = slices.Clone(t.Cells)
		b.Tabs[i], b.fresh[id] = &t, true
	}
	return b.Tabs[i]
}

// editTitled is edit by title, for callers that have found the tab before.
func (b *book) editTitled(title string) *tab { return b.edit(b.titled(title).ID) }

// checkSize refuses a grid that is larger than a spreadsheet may be.
func (b *book) checkSize() *apiError {
	cells := int64(0)
	for _, t := range b.Tabs {
		if t.Columns > maxColumns {
			return badRequest("This action would increase the number of columns in the sheet above the limit of %d columns.", maxColumns)
		}
		if cells += int64(t.Rows) * int64(t.Columns); cells > maxCells {
			return badRequest("This action would increase the number of cells in the workbook above the limit of %d cells.", maxCells)
		}
	}
	return nil
}

// tab is one sheet. Cells holds the used rows only; its rows are never written in place.
type tab struct {
	ID            int64     `json:"id"`
	Title         string    `json:"title"`
	Rows          int       `json:"rows"`
	Columns       int       `json:"columns"`
	FrozenRows    int       `json:"frozen_rows,omitempty"`
	FrozenColumns int       `json:"frozen_columns,omitempty"`
	Cells         [][]value `json:"cells,omitempty"`
}

func (t *tab) at(row, column int) value {
	if row >= len(t.Cells) || column >= len(t.Cells[row]) {
		return value{}
	}
	return t.Cells[row][column]
}

// set writes cells from column on; nil leaves a cell as it is. The caller has checked
// the grid.
func (t *tab) set(row, column int, cells []*value) {
	for len(t.Cells) <= row {
		t.Cells = append(t.Cells, nil)
	}
	written := make([]value, max(len(t.Cells[row]), column+len(cells)))
	copy(written, t.Cells[row])
	for i, v := range cells {
		if v != nil {
			written[column+i] = *v
		}
	}
	t.Cells[row] = trimmed(written)
}

// trimmed drops the empty cells at the end.
func trimmed(row []value) []value {
	for len(row) > 0 && row[len(row)-1].Kind == empty {
		row = row[:len(row)-1]
	}
	return row
}

// protectedRange keeps collaborators out of a part of a tab, or of all of it.
type protectedRange struct {
	ID          int64    `json:"protectedRangeId"`
	Area        area     `json:"range"`
	Description string   `json:"description,omitempty"`
	WarningOnly bool     `json:"warningOnly,omitempty"`
	Editors     *editors `json:"editors,omitempty"`
}

type metadata struct {
	Key        string `json:"key"`
	Value      string `json:"value,omitempty"`
	Visibility string `json:"visibility"`
}
