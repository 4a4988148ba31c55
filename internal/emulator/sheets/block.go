package sheets

import "fmt"

// block is a range that exists: a tab and cells within it, ends not included.
type block struct {
	tab                    *tab
	top, left, bottom, end int
	anchor                 bool // given by one cell
	bounded                bool // given by two corners with rows
}

// block finds the range s in b. A start outside the grid is refused; an end outside is
// cut off, which readers want and writers check for themselves.
func (b *book) block(s string) (block, *apiError) {
	r, ok := parseA1(s)
	if !ok {
		return block{}, badRequest("Unable to parse range: %s", s)
	}
	t := b.Tabs[0]
	if r.title != "" {
		if t = b.titled(r.title); t == nil {
			return block{}, badRequest("Unable to parse range: %s", s)
		}
	}
	if r.top >= t.Rows || r.left >= t.Columns {
		return block{}, beyondGrid(t, r)
	}
	return block{t, r.top, r.left, clip(r.bottom, t.Rows), clip(r.end, t.Columns), r.anchor, !r.anchor && r.bottom != open}, nil
}

// writable is block for a write, which may not name cells outside the grid at all.
func (b *book) writable(s string) (block, *apiError) {
	found, fault := b.block(s)
	if fault != nil {
		return found, fault
	}
	if r, _ := parseA1(s); r.bottom > found.tab.Rows || r.end > found.tab.Columns {
		return found, beyondGrid(found.tab, r)
	}
	return found, nil
}

func clip(end, limit int) int {
	if end == open {
		return limit
	}
	return min(end, limit)
}

func beyondGrid(t *tab, r a1Range) *apiError {
	name := rangeName(t, r.top, r.left, r.bottom, r.end)
	if r.anchor {
		name = quoteTitle(t.Title) + "!" + cellName(r.top, r.left)
	}
	return exceeds(t, name)
}

func exceeds(t *tab, name string) *apiError {
	return badRequest("Range (%s) exceeds grid limits. Max rows: %d, max columns: %d", name, t.Rows, t.Columns)
}

// rangeName is how the service writes a range in its answers.
func rangeName(t *tab, top, left, bottom, end int) string {
	title := quoteTitle(t.Title)
	switch {
	case bottom == open:
		return fmt.Sprintf("%s!%s:%s", title, cellName(top, left), columnName(max(end-1, left)))
	case end == open:
		return fmt.Sprintf("%s!%s:%d", title, cellName(top, left), bottom)
	case bottom-top == 1 && end-left == 1:
		return title + "!" + cellName(top, left)
	}
	return fmt.Sprintf("%s!%s:%s", title, cellName(top, left), cellName(bottom-1, end-1))
}

func (k block) name() string { return rangeName(k.tab, k.top, k.left, k.bottom, k.end) }

// values reads the cells by row, without the empty cells and rows at the end.
func (k block) values(option string) [][]any {
	var rows [][]any
	filled := 0
	for r := k.top; r < min(k.bottom, len(k.tab.Cells)); r++ {
		row := []any{}
		for _, v := range k.row(r) {
			row = append(row, v.read(option))
		}
		rows = append(rows, row)
		if len(row) > 0 {
			filled = len(rows)
		}
	}
	return rows[:filled]
}

// row is the used part of one row within the block.
func (k block) row(r int) []value {
	cells := k.tab.Cells[r]
	if k.left >= len(cells) {
		return nil
	}
	return trimmed(cells[k.left:min(k.end, len(cells))])
}
