package sheets

import (
	"fmt"
	"slices"
)

type addSheet struct {
	Properties sheetProperties `json:"properties"`
}

type addSheetReply struct {
	Properties sheetProperties `json:"properties"`
}

func (a *addSheet) edit(b *book) (any, *apiError) {
	p := a.Properties
	t := &tab{Title: p.Title, Rows: defaultRows, Columns: defaultColumns}
	if p.SheetID == nil {
		t.ID = b.number()
	} else if t.ID = *p.SheetID; t.ID < 0 || b.tab(t.ID) != nil {
		return nil, badRequest("Invalid sheet id: %d is negative or already in use.", t.ID)
	}
	if t.Title == "" {
		t.Title = b.freeTitle()
	}
	if fault := b.checkTitle(t.Title); fault != nil {
		return nil, fault
	}
	if g := p.GridProperties; g != nil {
		t.grid(*g, mask{})
	}
	if fault := t.checkGrid(); fault != nil {
		return nil, fault
	}
	at := len(b.Tabs)
	if p.Index != nil {
		at = min(max(*p.Index, 0), at)
	}
	b.Tabs = slices.Insert(b.Tabs, at, t)
	b.fresh[t.ID] = true
	return addSheetReply{t.properties(at)}, nil
}

func (b *book) freeTitle() string {
	for n := len(b.Tabs) + 1; ; n++ {
		if title := fmt.Sprintf("Sheet%d", n); b.titled(title) == nil {
			return title
		}
	}
}

func (b *book) checkTitle(title string) *apiError {
	if title == "" {
		return badRequest("Sheet title must not be empty.")
	}
	if b.titled(title) != nil {
		return badRequest("A sheet with the name %q already exists. Please enter another name.", title)
	}
	return nil
}

// grid takes over the properties under the mask; zero means the default for a new tab,
// so only counts that are given are taken with an empty mask.
func (t *tab) grid(g gridProperties, m mask) {
	for _, p := range []struct {
		name string
		from int
		to   *int
	}{
		{"rowCount", g.RowCount, &t.Rows}, {"columnCount", g.ColumnCount, &t.Columns},
		{"frozenRowCount", g.FrozenRowCount, &t.FrozenRows}, {"frozenColumnCount", g.FrozenColumnCount, &t.FrozenColumns},
	} {
		if m.has(p.name) && (p.from != 0 || len(m) > 0) {
			*p.to = p.from
		}
	}
}

func (t *tab) checkGrid() *apiError {
	switch {
	case t.Rows < 1 || t.Columns < 1 || t.Rows > maxCells || t.FrozenRows < 0 || t.FrozenColumns < 0:
		return badRequest("Sheet must have at least one row and one column and no negative count.")
	case t.FrozenRows >= t.Rows:
		return badRequest("You can't freeze all visible rows on the sheet.")
	case t.FrozenColumns >= t.Columns:
		return badRequest("You can't freeze all visible columns on the sheet.")
	}
	return nil
}

type updateSheetProperties struct {
	Properties sheetProperties `json:"properties"`
	Fields     string          `json:"fields"`
}

func (u *updateSheetProperties) edit(b *book) (any, *apiError) {
	m, fault := fieldsOf(u.Fields)
	if fault != nil {
		return nil, fault
	}
	if !m.only("title", "gridProperties") {
		return nil, badRequest("The emulator updates title and gridProperties only.")
	}
	t := b.edit(idOf(u.Properties.SheetID))
	if t == nil {
		return nil, badRequest("No sheet with id: %d", idOf(u.Properties.SheetID))
	}
	if title := u.Properties.Title; m.has("title") && title != t.Title {
		if fault := b.checkTitle(title); fault != nil {
			return nil, fault
		}
		t.Title = title
	}
	if m.has("gridProperties") {
		t.grid(gridOf(u.Properties.GridProperties), wholeIfEmpty(m["gridProperties"]))
		t.cut()
	}
	return nil, t.checkGrid()
}

// wholeIfEmpty makes "all of it" explicit, for a mask that names the parent alone.
func wholeIfEmpty(m mask) mask {
	if len(m) == 0 {
		return mask{"*": nil}
	}
	return m
}

func gridOf(g *gridProperties) gridProperties {
	if g == nil {
		return gridProperties{}
	}
	return *g
}

// cut drops the cells that a smaller grid no longer has.
func (t *tab) cut() {
	t.Cells = t.Cells[:min(len(t.Cells), max(t.Rows, 0))]
	for i, row := range t.Cells {
		t.Cells[i] = trimmed(row[:min(len(row), max(t.Columns, 0))])
	}
}

// idOf reads a tab id; JSON without one means the tab 0.
func idOf(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}

type deleteSheet struct {
	SheetID int64 `json:"sheetId"`
}

func (d *deleteSheet) edit(b *book) (any, *apiError) {
	i := b.index(d.SheetID)
	if i < 0 {
		return nil, badRequest("No sheet with id: %d", d.SheetID)
	}
	if len(b.Tabs) == 1 {
		return nil, badRequest("You can't remove all the sheets in a document.")
	}
	b.Tabs = slices.Delete(b.Tabs, i, i+1)
	b.Protected = slices.DeleteFunc(b.Protected, func(p protectedRange) bool { return p.Area.SheetID == d.SheetID })
	delete(b.fresh, d.SheetID)
	return nil, nil
}

type appendDimension struct {
	SheetID   int64  `json:"sheetId"`
	Dimension string `json:"dimension"`
	Length    int    `json:"length"`
}

func (a *appendDimension) edit(b *book) (any, *apiError) {
	t := b.edit(a.SheetID)
	if t == nil {
		return nil, badRequest("No grid with id: %d", a.SheetID)
	}
	if a.Length < 1 || a.Length > maxCells {
		return nil, badRequest("length must be greater than 0 and within the limits of a sheet")
	}
	switch a.Dimension {
	case "ROWS":
		t.Rows += a.Length
	case "COLUMNS":
		t.Columns += a.Length
	default:
		return nil, badRequest("dimension must be specified")
	}
	return nil, nil
}
