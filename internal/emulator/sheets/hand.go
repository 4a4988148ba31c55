package sheets

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

// ErrProtected is a collaborator's edit of protected cells.
var ErrProtected = errors.New("you are trying to edit a protected cell or object")

var errNoTab = errors.New("there is no such spreadsheet, tab or cell")

// Hand is a person with the spreadsheets open in a browser: no quota, no faults. It is
// the owner of the file, who may edit what is protected; see Collaborator.
type Hand struct {
	server       *Server
	collaborator bool
}

// Hand returns the owner's hand.
func (s *Server) Hand() *Hand { return &Hand{server: s} }

// Collaborator returns the hand of someone with whom the file was shared; its edits of
// protected ranges fail with ErrProtected.
func (h *Hand) Collaborator() *Hand { return &Hand{server: h.server, collaborator: true} }

// Subscribe is for whoever wants to be woken after a change of any spreadsheet; see
// watch.Watchers.
func (h *Hand) Subscribe() (changed <-chan struct{}, cancel func()) {
	return h.server.watchers.Subscribe()
}

// Spreadsheets returns the ids of all spreadsheets in their order.
func (h *Hand) Spreadsheets() []string {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	return slices.Sorted(maps.Keys(h.server.shelf))
}

// TabView is a tab as its strip at the foot of the window tells it.
type TabView struct {
	Title               string
	ID                  int64
	Rows, Columns       int
	FrozenRows          int
	Protected           bool
	ProtectionIsWarning bool
}

// Tabs lists the tabs in order, nil for an unknown spreadsheet.
func (h *Hand) Tabs(spreadsheet string) []TabView {
	b := h.look(spreadsheet)
	if b == nil {
		return nil
	}
	views := make([]TabView, len(b.Tabs))
	for i, t := range b.Tabs {
		views[i] = TabView{Title: t.Title, ID: t.ID, Rows: t.Rows, Columns: t.Columns, FrozenRows: t.FrozenRows}
		for _, p := range b.Protected {
			if p.Area.SheetID == t.ID {
				views[i].Protected = true
				views[i].ProtectionIsWarning = p.WarningOnly
			}
		}
	}
	return views
}

// Rows reads the used rows of a tab as they are shown, header included; nil without such
// a tab.
func (h *Hand) Rows(spreadsheet, tab string) [][]string {
	b := h.look(spreadsheet)
	if b == nil || b.titled(tab) == nil {
		return nil
	}
	rows := [][]string{}
	for _, cells := range b.titled(tab).Cells {
		row := make([]string, len(cells))
		for i, v := range cells {
			row[i] = v.shown()
		}
		rows = append(rows, row)
	}
	return rows
}

// Cell reads one cell such as "B7" as it is shown; "" when there is none.
func (h *Hand) Cell(spreadsheet, tab, cell string) string {
	at, ok := parseCorner(cell)
	b := h.look(spreadsheet)
	if b == nil || b.titled(tab) == nil || !ok || at.row < 0 || at.column < 0 {
		return ""
	}
	return b.titled(tab).at(at.row, at.column).shown()
}

// SetCell types content into one cell; "" clears it.
func (h *Hand) SetCell(spreadsheet, tab, cell, content string) error {
	at, ok := parseCorner(cell)
	if !ok || at.row < 0 || at.column < 0 {
		return errNoTab
	}
	return h.edit(spreadsheet, tab, at.row, at.row+1, func(t *tabEdit) error {
		if at.row >= t.Rows || at.column >= t.Columns {
			return errNoTab
		}
		v := typed(content)
		t.set(at.row, at.column, []*value{&v})
		return nil
	})
}

// SetRow pastes texts into the first cells of a row (1 is the first), as text whatever
// they look like.
func (h *Hand) SetRow(spreadsheet, tab string, row int, cells []string) error {
	return h.edit(spreadsheet, tab, row-1, row, func(t *tabEdit) error {
		if row < 1 || row > t.Rows || len(cells) > t.Columns {
			return errNoTab
		}
		values := make([]*value, len(cells))
		for i, content := range cells {
			v := textValue(content)
			values[i] = &v
		}
		t.set(row-1, 0, values)
		return nil
	})
}

// InsertRows inserts count empty rows before the row (1 is the first).
func (h *Hand) InsertRows(spreadsheet, tab string, row, count int) error {
	return h.edit(spreadsheet, tab, row-1, open, func(t *tabEdit) error {
		if row < 1 || row > t.Rows || count < 1 {
			return errNoTab
		}
		if row-1 < len(t.Cells) {
			t.Cells = slices.Insert(t.Cells, row-1, make([][]value, count)...)
		}
		t.Rows += count
		return nil
	})
}

// DeleteRows deletes count rows from the row on (1 is the first).
func (h *Hand) DeleteRows(spreadsheet, tab string, row, count int) error {
	return h.edit(spreadsheet, tab, row-1, open, func(t *tabEdit) error {
		if row < 1 || count < 1 || row-1+count > t.Rows || count >= t.Rows-t.FrozenRows {
			return errNoTab
		}
		from, to := min(row-1, len(t.Cells)), min(row-1+count, len(t.Cells))
		t.Cells = slices.Delete(t.Cells, from, to)
		t.Rows -= count
		return nil
	})
}

// Sort orders the rows under the frozen ones by what a column (0 is A) shows; empty
// cells come last.
func (h *Hand) Sort(spreadsheet, tab string, column int, descending bool) error {
	return h.edit(spreadsheet, tab, 0, open, func(t *tabEdit) error {
		rows := t.Cells[min(t.FrozenRows, len(t.Cells)):]
		key := func(row []value) string {
			if column < 0 || column >= len(row) {
				return ""
			}
			return row[column].shown()
		}
		slices.SortStableFunc(rows, func(x, y []value) int {
			a, b := key(x), key(y)
			if a == "" || b == "" {
				return cmp.Compare(len(b), len(a))
			}
			if descending {
				a, b = b, a
			}
			return strings.Compare(a, b)
		})
		return nil
	})
}

// DeleteTab removes a tab.
func (h *Hand) DeleteTab(spreadsheet, tab string) error {
	return h.edit(spreadsheet, tab, 0, open, func(t *tabEdit) error {
		if _, fault := (&deleteSheet{SheetID: t.ID}).edit(t.book); fault != nil {
			return errNoTab
		}
		return nil
	})
}

// Share gives the caller of the API access to a spreadsheet or takes it away; without
// access its calls answer 403.
func (h *Hand) Share(spreadsheet string, with bool) {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.server.private[spreadsheet] = !with
}

// tabEdit is a tab of a draft, with the draft.
type tabEdit struct {
	*tab
	book *book
}

func (h *Hand) look(spreadsheet string) *book {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	return h.server.shelf[spreadsheet]
}

// edit changes rows top to bottom of a tab, if this person may.
func (h *Hand) edit(spreadsheet, tab string, top, bottom int, change func(*tabEdit) error) error {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	b := h.server.shelf[spreadsheet]
	if b == nil || b.titled(tab) == nil {
		return errNoTab
	}
	if h.collaborator && b.keepsOut(b.titled(tab), top, bottom) {
		return ErrProtected
	}
	next := b.draft()
	if err := change(&tabEdit{next.editTitled(tab), next}); err != nil {
		return err
	}
	if fault := h.server.publishLocked(next); fault != nil {
		return errors.New(fault.message)
	}
	return nil
}

// keepsOut tells whether a protection that is more than a warning covers one of the rows.
func (b *book) keepsOut(t *tab, top, bottom int) bool {
	return slices.ContainsFunc(b.Protected, func(p protectedRange) bool {
		if p.Area.SheetID != t.ID || p.WarningOnly {
			return false
		}
		k, fault := p.Area.block(b)
		return fault != nil || top < k.bottom && k.top < clip(bottom, t.Rows)
	})
}
