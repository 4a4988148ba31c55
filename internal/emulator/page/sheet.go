package page

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"secretstore/internal/emulator/sheets"
)

// sheetRoutes serve the audit sheet tab: the spreadsheets as a person sees them in a
// browser, who may type into them.
func (p *page) sheetRoutes(mux *http.ServeMux) {
	if p.Sheets == nil {
		return
	}
	s := &sheet{hand: p.Sheets.Hand()}
	mux.HandleFunc("GET /api/sheet", api(s.books))
	mux.HandleFunc("GET /api/sheet/rows", api(s.rows))
	mux.HandleFunc("POST /api/sheet/cell", api(s.setCell))
	mux.HandleFunc("POST /api/sheet/insert", api(s.insertRow))
	mux.HandleFunc("POST /api/sheet/delete", api(s.deleteRow))
	mux.HandleFunc("POST /api/sheet/undo", api(s.undo))
}

// sheet remembers what was changed by hand here, so that it can be undone.
type sheet struct {
	hand *sheets.Hand

	mu    sync.Mutex
	edits []edit // the newest last
}

type bookCard struct {
	ID   string    `json:"id"`
	Tabs []tabCard `json:"tabs"`
}

type tabCard struct {
	Title     string `json:"title"`
	Used      int    `json:"used"` // rows with something in them, the frozen ones included
	Rows      int    `json:"rows"`
	Columns   int    `json:"columns"`
	Protected bool   `json:"protected"`
}

// books lists every spreadsheet with its tabs, and what was done last by hand.
func (s *sheet) books(*http.Request, none) (any, error) {
	books := []bookCard{}
	for _, id := range s.hand.Spreadsheets() {
		card := bookCard{ID: id, Tabs: []tabCard{}}
		for _, t := range s.hand.Tabs(id) {
			card.Tabs = append(card.Tabs, tabCard{
				Title: t.Title, Used: len(s.hand.Rows(id, t.Title)), Rows: t.Rows, Columns: t.Columns,
				Protected: t.Protected && !t.ProtectionIsWarning,
			})
		}
		books = append(books, card)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := map[string]any{"spreadsheets": books}
	if n := len(s.edits); n > 0 {
		answer["last"] = s.edits[n-1]
	}
	return answer, nil
}

// maxShown bounds how many rows one answer carries.
const maxShown = 500

// grid is a part of a tab as it is looked at. Total counts the rows that are not frozen.
type grid struct {
	Frozen  []gridRow `json:"frozen"`
	Rows    []gridRow `json:"rows"`
	From    int       `json:"from"`
	Total   int       `json:"total"`
	Columns int       `json:"columns"`
}

// gridRow keeps the number of its row in the tab, whatever the order of the view.
type gridRow struct {
	Row   int      `json:"row"`
	Cells []string `json:"cells"`
}

// rows gives a part of a tab, in the order that the view asks for. The spreadsheet itself
// stays as it is: who sorts the view changes nothing for anybody else.
func (s *sheet) rows(r *http.Request, _ none) (any, error) {
	tab, ok := s.find(r.FormValue("spreadsheet"), r.FormValue("tab"))
	if !ok {
		return nil, asked("sheet.gone")
	}
	g := grid{Rows: []gridRow{}, Frozen: []gridRow{}}
	for i, cells := range s.hand.Rows(r.FormValue("spreadsheet"), tab.Title) {
		g.Columns = max(g.Columns, len(cells))
		row := gridRow{Row: i + 1, Cells: cells}
		if i < tab.FrozenRows {
			g.Frozen = append(g.Frozen, row)
		} else {
			g.Rows = append(g.Rows, row)
		}
	}
	if column, err := strconv.Atoi(r.FormValue("sort")); err == nil && column >= 0 {
		sortView(g.Rows, column, r.FormValue("descending") == "true")
	}
	g.Total = len(g.Rows)
	g.cut(r.FormValue("from"), r.FormValue("count"))
	return g, nil
}

func (s *sheet) find(spreadsheet, tab string) (sheets.TabView, bool) {
	tabs := s.hand.Tabs(spreadsheet)
	i := slices.IndexFunc(tabs, func(t sheets.TabView) bool { return t.Title == tab })
	if i < 0 {
		return sheets.TabView{}, false
	}
	return tabs[i], true
}

// cut keeps count rows from the row `from` on; a `from` that is no number means the end.
func (g *grid) cut(from, count string) {
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxShown {
		n = maxShown
	}
	start, err := strconv.Atoi(from)
	if err != nil || start < 0 {
		start = max(0, g.Total-1) / n * n
	}
	g.From = min(start, g.Total)
	g.Rows = g.Rows[g.From:min(g.From+n, g.Total)]
}

// sortView orders rows by a column, numbers by their size; empty cells come last.
func sortView(rows []gridRow, column int, descending bool) {
	slices.SortStableFunc(rows, func(x, y gridRow) int {
		a, b := x.cell(column), y.cell(column)
		if a == "" || b == "" {
			return cmp.Compare(len(b), len(a))
		}
		if descending {
			a, b = b, a
		}
		n, notA := strconv.ParseFloat(a, 64)
		m, notB := strconv.ParseFloat(b, 64)
		if notA == nil && notB == nil {
			return cmp.Compare(n, m)
		}
		return cmp.Compare(a, b)
	})
}

func (r gridRow) cell(column int) string {
	if column < len(r.Cells) {
		return r.Cells[column]
	}
	return ""
}
