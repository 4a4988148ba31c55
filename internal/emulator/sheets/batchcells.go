package sheets

import "encoding/json"

// area is a GridRange: rows and columns from 0, ends not included, open where absent.
type area struct {
	SheetID     int64 `json:"sheetId"`
	StartRow    int   `json:"startRowIndex,omitempty"`
	EndRow      *int  `json:"endRowIndex,omitempty"`
	StartColumn int   `json:"startColumnIndex,omitempty"`
	EndColumn   *int  `json:"endColumnIndex,omitempty"`
}

// block finds the area in b.
func (a area) block(b *book) (block, *apiError) {
	t := b.tab(a.SheetID)
	if t == nil {
		return block{}, badRequest("No grid with id: %d", a.SheetID)
	}
	k := block{tab: t, top: a.StartRow, left: a.StartColumn, bottom: t.Rows, end: t.Columns}
	if a.EndRow != nil {
		k.bottom = *a.EndRow
	}
	if a.EndColumn != nil {
		k.end = *a.EndColumn
	}
	if k.top < 0 || k.left < 0 || k.top >= k.bottom || k.left >= k.end {
		return block{}, badRequest("GridRange must not be empty or negative.")
	}
	if k.bottom > t.Rows || k.end > t.Columns {
		return block{}, exceeds(t, k.name())
	}
	return k, nil
}

type updateCells struct {
	Rows   []rowData   `json:"rows"`
	Fields string      `json:"fields"`
	Start  *coordinate `json:"start"`
}

type coordinate struct {
	SheetID     int64 `json:"sheetId"`
	RowIndex    int   `json:"rowIndex"`
	ColumnIndex int   `json:"columnIndex"`
}

type rowData struct {
	Values []cellData `json:"values"`
}

// cellData is one cell; a format is taken and forgotten, no call served here shows it.
type cellData struct {
	UserEnteredValue  *extendedValue  `json:"userEnteredValue"`
	UserEnteredFormat json.RawMessage `json:"userEnteredFormat"`
}

type extendedValue struct {
	StringValue  *string  `json:"stringValue"`
	NumberValue  *float64 `json:"numberValue"`
	BoolValue    *bool    `json:"boolValue"`
	FormulaValue *string  `json:"formulaValue"`
}

func (u *updateCells) edit(b *book) (any, *apiError) {
	writesValues, fault := cellFields(u.Fields)
	if fault != nil {
		return nil, fault
	}
	if u.Start == nil {
		return nil, badRequest("The emulator updates cells from a start only.")
	}
	t := b.edit(u.Start.SheetID)
	if t == nil {
		return nil, badRequest("No grid with id: %d", u.Start.SheetID)
	}
	if fault := u.check(t); fault != nil || !writesValues {
		return nil, fault
	}
	for i, row := range u.Rows {
		cells, fault := row.cells()
		if fault != nil {
			return nil, fault
		}
		t.set(u.Start.RowIndex+i, u.Start.ColumnIndex, cells)
	}
	return nil, nil
}

// check refuses cells outside the grid, in the words for updateCells.
func (u *updateCells) check(t *tab) *apiError {
	row, column := u.Start.RowIndex, u.Start.ColumnIndex
	switch {
	case row < 0 || column < 0:
		return badRequest("GridCoordinate indexes must be >= 0")
	case row >= t.Rows:
		return badRequest("GridCoordinate.rowIndex[%d] is after last row in grid[%d]", row, t.Rows-1)
	case column >= t.Columns:
		return badRequest("GridCoordinate.columnIndex[%d] is after last column in grid[%d]", column, t.Columns-1)
	case row+len(u.Rows) > t.Rows:
		return badRequest("Attempting to write row: %d, beyond the last requested row of: %d", t.Rows, t.Rows-1)
	}
	for _, r := range u.Rows {
		if column+len(r.Values) > t.Columns {
			return badRequest("Attempting to write column: %d, beyond the last requested column of: %d", t.Columns, t.Columns-1)
		}
	}
	return nil
}

// cells are the values of a row. A cell that is listed without a value is cleared: the
// mask names the field, so its absence is its new content.
func (r rowData) cells() ([]*value, *apiError) {
	cells := make([]*value, len(r.Values))
	for i, c := range r.Values {
		v, fault := c.UserEnteredValue.value()
		if fault != nil {
			return nil, fault
		}
		cells[i] = &v
	}
	return cells, nil
}

func (e *extendedValue) value() (value, *apiError) {
	var found []value
	if e == nil {
		return value{}, nil
	}
	if e.StringValue != nil {
		found = append(found, textValue(*e.StringValue))
	}
	if e.NumberValue != nil {
		found = append(found, value{Kind: number, Number: *e.NumberValue})
	}
	if e.BoolValue != nil {
		found = append(found, boolValue(*e.BoolValue))
	}
	if e.FormulaValue != nil {
		found = append(found, value{Kind: formula, Text: *e.FormulaValue})
	}
	if len(found) != 1 {
		return value{}, badRequest("ExtendedValue must have exactly one kind of value.")
	}
	return found[0], found[0].check()
}

// cellFields reads the mask of a cell update and tells whether it takes values.
func cellFields(s string) (writesValues bool, fault *apiError) {
	m, fault := fieldsOf(s)
	if fault != nil {
		return false, fault
	}
	if !m.only("userEnteredValue", "userEnteredFormat") {
		return false, badRequest("The emulator updates userEnteredValue and userEnteredFormat only.")
	}
	return m.has("userEnteredValue"), nil
}

type repeatCell struct {
	Range  area     `json:"range"`
	Cell   cellData `json:"cell"`
	Fields string   `json:"fields"`
}

func (r *repeatCell) edit(b *book) (any, *apiError) {
	writesValues, fault := cellFields(r.Fields)
	if fault != nil {
		return nil, fault
	}
	k, fault := r.Range.block(b)
	if fault != nil || !writesValues {
		return nil, fault
	}
	v, fault := r.Cell.UserEnteredValue.value()
	if fault != nil {
		return nil, fault
	}
	cells := make([]*value, k.end-k.left)
	for i := range cells {
		cells[i] = &v
	}
	t := b.edit(k.tab.ID)
	for row := k.top; row < k.bottom; row++ {
		t.set(row, k.left, cells)
	}
	return nil, nil
}
