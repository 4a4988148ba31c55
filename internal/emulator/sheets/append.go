package sheets

import "slices"

// appendValues is values.append. It looks for a table in the range and writes after its
// last row, in the table's first column. That is the service's documented behaviour and
// a trap: a blank row ends the table, and a table whose first cells are empty begins
// further right.
type appendValues struct {
	valueRange
	a1, input string
	insert    bool // INSERT_ROWS: make room; else overwrite what is there
}

type appendReply struct {
	SpreadsheetID string      `json:"spreadsheetId"`
	TableRange    string      `json:"tableRange,omitempty"`
	Updates       updateReply `json:"updates"`
}

func (a *appendValues) size() (sub, rows int) { return 1, len(a.Values) }

func (a *appendValues) apply(b *book) (*book, any, *apiError) {
	rows, fault := parseRows(a.valueRange, a.input)
	if fault != nil {
		return nil, nil, fault
	}
	next := b.draft()
	k, fault := next.block(a.a1)
	if fault != nil {
		return nil, nil, fault
	}
	reply := appendReply{SpreadsheetID: b.ID}
	if table, ok := k.table(); ok {
		reply.TableRange = table.name()
		k = block{tab: k.tab, top: table.bottom, left: table.left}
	}
	width := 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	if fault := next.makeRoom(k, len(rows), width, a.insert); fault != nil {
		return nil, nil, fault
	}
	reply.Updates = next.put(k, rows, width)
	return next, reply, nil
}

// makeRoom grows the grid, which append does and update does not, and with insert moves
// down what stands in the way.
func (b *book) makeRoom(k block, rows, width int, insert bool) *apiError {
	t := b.edit(k.tab.ID)
	if insert && k.top < len(t.Cells) {
		t.Cells = slices.Insert(t.Cells, k.top, make([][]value, rows)...)
		t.Rows += rows
	}
	t.Rows = max(t.Rows, k.top+rows)
	t.Columns = max(t.Columns, k.left+width)
	return b.checkSize()
}

// table is the block of touching cells around the last used cell of the range.
func (k block) table() (block, bool) {
	row, column, ok := k.lastUsed()
	if !ok {
		return block{}, false
	}
	t := block{tab: k.tab, top: row, left: column, bottom: row + 1, end: column + 1}
	for grown := true; grown; {
		grown = t.grow()
	}
	return t, true
}

func (k block) lastUsed() (row, column int, ok bool) {
	for r := min(k.bottom, len(k.tab.Cells)) - 1; r >= k.top; r-- {
		cells := k.row(r)
		if i := slices.IndexFunc(cells, func(v value) bool { return v.Kind != empty }); i >= 0 {
			return r, k.left + i, true
		}
	}
	return 0, 0, false
}

// grow takes in one neighbouring row or column that has something in it.
func (k *block) grow() bool {
	switch {
	case k.used(k.bottom, k.left-1, k.bottom+1, k.end+1):
		k.bottom++
	case k.top > 0 && k.used(k.top-1, k.left-1, k.top, k.end+1):
		k.top--
	case k.used(k.top, k.end, k.bottom, k.end+1):
		k.end++
	case k.left > 0 && k.used(k.top, k.left-1, k.bottom, k.left):
		k.left--
	default:
		return false
	}
	return true
}

// used tells whether any cell of the rectangle has content.
func (k *block) used(top, left, bottom, end int) bool {
	for r := top; r < min(bottom, len(k.tab.Cells)); r++ {
		for c := max(left, 0); c < end; c++ {
			if k.tab.at(r, c).Kind != empty {
				return true
			}
		}
	}
	return false
}
