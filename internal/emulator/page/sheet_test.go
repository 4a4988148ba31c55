package page_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	api "google.golang.org/api/sheets/v4"
)

type gridSeen struct {
	Frozen, Rows         []rowSeen
	From, Total, Columns int
}

type rowSeen struct {
	Row   int
	Cells []string
}

// columnOf is a column of the rows as they stand in the view.
func (g gridSeen) columnOf(n int) string {
	var cells []string
	for _, row := range g.Rows {
		cells = append(cells, row.Cells[n])
	}
	return strings.Join(cells, " ")
}

// withRecords writes a tab as Secret Store does: a frozen header, a protected range, text.
func withRecords(t *testing.T, s services) {
	t.Helper()
	service, err := api.NewService(t.Context(), option.WithEndpoint(s.sheet.URL()), option.WithoutAuthentication())
	must(t, err)
	_, err = service.Spreadsheets.BatchUpdate("book", &api.BatchUpdateSpreadsheetRequest{Requests: []*api.Request{
		{AddSheet: &api.AddSheetRequest{Properties: &api.SheetProperties{
			SheetId: 7, Title: "audit-1", GridProperties: &api.GridProperties{RowCount: 20, ColumnCount: 5, FrozenRowCount: 1},
		}}},
		{AddProtectedRange: &api.AddProtectedRangeRequest{ProtectedRange: &api.ProtectedRange{Range: &api.GridRange{SheetId: 7}}}},
	}}).Do()
	must(t, err)
	hand := s.sheet.Hand()
	for i, row := range [][]string{{"seq", "event"}, {"1", "requested"}, {"2", "applied"}, {"10", "refused"}} {
		must(t, hand.SetRow("book", "audit-1", i+1, row))
	}
}

func look(t *testing.T, s services, query ...string) gridSeen {
	t.Helper()
	return get[gridSeen](t, s, "/api/sheet/rows", append([]string{"spreadsheet", "book", "tab", "audit-1"}, query...)...)
}

func TestSheetTabListsTheTabs(t *testing.T) {
	s := served(t, nil)
	withRecords(t, s)
	type tab struct {
		Title         string
		Used, Columns int
		Protected     bool
	}
	got := get[struct {
		Spreadsheets []struct {
			ID   string
			Tabs []tab
		}
	}](t, s, "/api/sheet")
	if len(got.Spreadsheets) != 1 || got.Spreadsheets[0].ID != "book" {
		t.Fatalf("spreadsheets = %+v", got)
	}
	want := []tab{{Title: "Sheet1", Columns: 26}, {"audit-1", 4, 5, true}}
	if diff := cmp.Diff(want, got.Spreadsheets[0].Tabs); diff != "" {
		t.Errorf("tabs (-want +got):\n%s", diff)
	}
}

func TestSheetTabSortsTheViewAndLeavesTheSheetAsItIs(t *testing.T) {
	s := served(t, nil)
	withRecords(t, s)
	before := s.sheet.Hand().Rows("book", "audit-1")
	for _, tt := range []struct {
		name, column, descending, want string
	}{
		{"unsorted", "", "", "1 2 10"},
		{"numbers by their size", "0", "false", "1 2 10"},
		{"numbers from the end", "0", "true", "10 2 1"},
		{"words", "1", "false", "2 10 1"},
		{"a column that is not there", "9", "true", "1 2 10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := look(t, s, "sort", tt.column, "descending", tt.descending).columnOf(0); got != tt.want {
				t.Errorf("order = %s, want %s", got, tt.want)
			}
		})
	}
	if diff := cmp.Diff(before, s.sheet.Hand().Rows("book", "audit-1")); diff != "" {
		t.Errorf("looking changed the sheet (-want +got):\n%s", diff)
	}
	sorted := look(t, s, "sort", "0", "descending", "true")
	if sorted.Rows[0].Row != 4 || sorted.Frozen[0].Cells[0] != "seq" {
		t.Errorf("the view lost the numbers of the rows or its header: %+v", sorted)
	}
}

func TestSheetTabShowsAPartOfALongTab(t *testing.T) {
	s := served(t, nil)
	withRecords(t, s)
	for _, tt := range []struct {
		name, from, count, want string
		start                   int
	}{
		{"from the first row", "0", "2", "1 2", 0},
		{"from the third row", "2", "2", "10", 2},
		{"the end", "end", "2", "10", 2},
		{"behind the end", "99", "2", "", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := look(t, s, "from", tt.from, "count", tt.count)
			if got.columnOf(0) != tt.want || got.From != tt.start || got.Total != 3 {
				t.Errorf("got %q from %d of %d, want %q from %d of 3", got.columnOf(0), got.From, got.Total, tt.want, tt.start)
			}
		})
	}
}

func TestSheetTabTampersAndUndoes(t *testing.T) {
	for _, tt := range []struct {
		name, path, place, want string
		body                    map[string]any
	}{
		{"a cell", "cell", "B3", "requested denied refused", map[string]any{"cell": "B3", "content": "denied"}},
		{"a deleted row", "delete", "2", "applied refused", map[string]any{"row": 2}},
		{"the last row", "delete", "4", "requested applied", map[string]any{"row": 4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := served(t, nil)
			withRecords(t, s)
			before := s.sheet.Hand().Rows("book", "audit-1")
			tt.body["spreadsheet"], tt.body["tab"] = "book", "audit-1"
			made := post[struct{ Place string }](t, s, "/api/sheet/"+tt.path, tt.body)
			if got := look(t, s).columnOf(1); made.Place != tt.place || got != tt.want {
				t.Errorf("after %+v the events are %q, want %q", made, got, tt.want)
			}
			last := get[struct{ Last struct{ Place string } }](t, s, "/api/sheet")
			if last.Last.Place != tt.place {
				t.Errorf("the last change by hand was at %q, want %q", last.Last.Place, tt.place)
			}
			post[map[string]any](t, s, "/api/sheet/undo", map[string]any{})
			if diff := cmp.Diff(before, s.sheet.Hand().Rows("book", "audit-1")); diff != "" {
				t.Errorf("undone (-want +got):\n%s", diff)
			}
			if got := post[refusal](t, s, "/api/sheet/undo", map[string]any{}); got.Error != "sheet.nothing_to_undo" {
				t.Errorf("a second undo: %q", got.Error)
			}
		})
	}
}

func TestSheetTabInsertsARowAndUndoesIt(t *testing.T) {
	s := served(t, nil)
	withRecords(t, s)
	row := map[string]any{"spreadsheet": "book", "tab": "audit-1", "row": 3}
	post[map[string]any](t, s, "/api/sheet/insert", row)
	if got := s.sheet.Hand().Cell("book", "audit-1", "A4"); got != "2" {
		t.Errorf("below the new row stands %q, want 2", got)
	}
	post[map[string]any](t, s, "/api/sheet/undo", map[string]any{})
	if got := s.sheet.Hand().Cell("book", "audit-1", "A3"); got != "2" {
		t.Errorf("undone, row 3 has %q, want 2", got)
	}
}

func TestSheetTabKeepsCollaboratorsOutOfProtectedCells(t *testing.T) {
	s := served(t, nil)
	withRecords(t, s)
	body := map[string]any{"spreadsheet": "book", "tab": "audit-1", "cell": "B3", "content": "denied", "row": 3, "collaborator": true}
	for _, path := range []string{"cell", "insert", "delete"} {
		if got := post[refusal](t, s, "/api/sheet/"+path, body); got.Error != "sheet.protected" {
			t.Errorf("%s: %q", path, got.Error)
		}
	}
	body["tab"] = "none"
	if got := post[refusal](t, s, "/api/sheet/cell", body).Error; !strings.Contains(got, "no such spreadsheet") {
		t.Errorf("a tab that is not there: %q", got)
	}
	if got := get[refusal](t, s, "/api/sheet/rows", "spreadsheet", "book", "tab", "none").Error; got != "sheet.gone" {
		t.Errorf("a look at a tab that is not there: %q", got)
	}
}
