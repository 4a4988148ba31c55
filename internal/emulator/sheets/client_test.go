package sheets_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	api "google.golang.org/api/sheets/v4"

	"secretstore/internal/emulator/sheets"
)

// book is the spreadsheet of these tests.
const book = "book"

func start(t *testing.T, o sheets.Options) *sheets.Server {
	t.Helper()
	if o.Spreadsheets == nil {
		o.Spreadsheets = []string{book}
	}
	s, err := sheets.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func client(t *testing.T, s *sheets.Server) *api.SpreadsheetsService {
	t.Helper()
	service, err := api.NewService(t.Context(), option.WithEndpoint(s.URL()), option.WithoutAuthentication(),
		option.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}))
	if err != nil {
		t.Fatal(err)
	}
	return service.Spreadsheets
}

func update(t *testing.T, c *api.SpreadsheetsService, a1, option string, values ...[]any) error {
	t.Helper()
	_, err := c.Values.Update(book, a1, &api.ValueRange{Values: values}).ValueInputOption(option).Do()
	return err
}

func mustUpdate(t *testing.T, c *api.SpreadsheetsService, a1 string, values ...[]any) {
	t.Helper()
	if err := update(t, c, a1, "RAW", values...); err != nil {
		t.Fatal(err)
	}
}

func batch(c *api.SpreadsheetsService, requests ...*api.Request) (*api.BatchUpdateSpreadsheetResponse, error) {
	return c.BatchUpdate(book, &api.BatchUpdateSpreadsheetRequest{Requests: requests}).Do()
}

// fault reads status and message of a refusal; anything else fails the test.
func fault(t *testing.T, err error) (int, string) {
	t.Helper()
	refused, ok := errors.AsType[*googleapi.Error](err)
	if !ok {
		t.Fatalf("error = %v, want an answer of the service", err)
	}
	return refused.Code, refused.Message
}

func TestNewSpreadsheetHasOneTabWithTheServicesDefaults(t *testing.T) {
	got, err := client(t, start(t, sheets.Options{})).Get(book).Fields("sheets.properties").Do()
	if err != nil {
		t.Fatal(err)
	}
	p := got.Sheets[0].Properties
	if len(got.Sheets) != 1 || p.Title != "Sheet1" || p.SheetId != 0 || p.GridProperties.RowCount != 1000 || p.GridProperties.ColumnCount != 26 {
		t.Errorf("a new spreadsheet has %d tabs, the first %+v", len(got.Sheets), p)
	}
	if got.SpreadsheetId != "" {
		t.Errorf("the mask let %q through", got.SpreadsheetId)
	}
}

func TestReadsLeaveOutEmptyCellsAndRowsAtTheEnd(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	mustUpdate(t, c, "Sheet1!A1:D5", []any{"a", "", "c", ""}, []any{}, []any{"e", 4.5, true}, []any{""}, []any{"", ""})
	got, err := c.Values.Get(book, "Sheet1!A1:Z900").ValueRenderOption("UNFORMATTED_VALUE").Do()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{{"a", "", "c"}, {}, {"e", 4.5, true}}
	if diff := cmp.Diff(want, got.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if got.Range != "Sheet1!A1:Z900" || got.MajorDimension != "ROWS" {
		t.Errorf("range = %q, dimension = %q", got.Range, got.MajorDimension)
	}
	many, err := c.Values.BatchGet(book).Ranges("A3:B3", "Sheet1!Y:Z").Do()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]any{{"e", "4.5"}}, many.ValueRanges[0].Values); diff != "" {
		t.Errorf("formatted values (-want +got):\n%s", diff)
	}
	if many.ValueRanges[1].Values != nil || many.ValueRanges[1].Range != "Sheet1!Y1:Z1000" {
		t.Errorf("an empty range answers %+v", many.ValueRanges[1])
	}
}

func TestNullSkipsACellAndEmptyTextClearsIt(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	mustUpdate(t, c, "A1:C1", []any{"a", "b", "c"})
	mustUpdate(t, c, "A1:C1", []any{nil, "", "d"})
	if diff := cmp.Diff([][]string{{"a", "", "d"}}, s.Hand().Rows(book, "Sheet1")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestRawKeepsTextAndUserEnteredReadsItAsTyping(t *testing.T) {
	for _, tt := range []struct{ name, option, typed, want string }{
		{"raw text keeps its zeros", "RAW", "007", "007"},
		{"raw text that looks like a formula stays text", "RAW", "=1+2", "=1+2"},
		{"typed digits lose their zeros", "USER_ENTERED", "007", "7"},
		{"a typed formula is worked out", "USER_ENTERED", "=1+2", "3"},
		{"a formula beyond plain sums shows an error", "USER_ENTERED", "=HYPERLINK(1)", "#NAME?"},
		{"an endless sum shows an error", "USER_ENTERED", "=1e308+1e308", "#NUM!"},
		{"an apostrophe makes text", "USER_ENTERED", "'007", "007"},
		{"a typed truth is shown in capitals", "USER_ENTERED", "true", "TRUE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, sheets.Options{})
			if err := update(t, client(t, s), "B2", tt.option, []any{tt.typed}); err != nil {
				t.Fatal(err)
			}
			if got := s.Hand().Cell(book, "Sheet1", "B2"); got != tt.want {
				t.Errorf("cell = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBatchOfValuesIsAllOrNothing(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	send := func(second string) (*api.BatchUpdateValuesResponse, error) {
		return c.Values.BatchUpdate(book, &api.BatchUpdateValuesRequest{ValueInputOption: "RAW", Data: []*api.ValueRange{
			{Range: "A1", Values: [][]any{{"one"}}}, {Range: second, Values: [][]any{{"two"}}},
		}}).Do()
	}
	if _, err := send("A1001"); err == nil {
		t.Error("a batch beyond the grid was accepted")
	}
	if rows := s.Hand().Rows(book, "Sheet1"); len(rows) != 0 {
		t.Errorf("a refused batch left %v", rows)
	}
	got, err := send("A2")
	if err != nil || got.TotalUpdatedRows != 2 || got.Responses[1].UpdatedRange != "Sheet1!A2" {
		t.Errorf("batch = %+v, %v", got, err)
	}
}

func TestRefusalsSpeakTheServicesWords(t *testing.T) {
	s := start(t, sheets.Options{Spreadsheets: []string{book, "private"}})
	s.Hand().Share("private", false)
	c := client(t, s)
	get := func(id, a1 string) error { _, err := c.Values.Get(id, a1).Do(); return err }
	do := func(r *api.Request) error { _, err := batch(c, r); return err }
	long := string(make([]byte, 50_001))
	for _, tt := range []struct {
		name    string
		err     error
		code    int
		message string
	}{
		{"unknown spreadsheet", get("nowhere", "A1"), 404, "Requested entity was not found."},
		{"spreadsheet of others", get("private", "A1"), 403, "The caller does not have permission"},
		{"unknown tab", get(book, "Nowhere!A1"), 400, "Unable to parse range: Nowhere!A1"},
		{"read below the grid", get(book, "A1001:B1002"), 400, "Range (Sheet1!A1001:B1002) exceeds grid limits. Max rows: 1000, max columns: 26"},
		{"write below the grid", update(t, c, "Sheet1!A1017", "RAW", []any{"x"}), 400, "Range (Sheet1!A1017) exceeds grid limits. Max rows: 1000, max columns: 26"},
		{"write that runs out of the grid", update(t, c, "A1000", "RAW", []any{"x"}, []any{"y"}), 400, "Range (Sheet1!A1000:A1001) exceeds grid limits. Max rows: 1000, max columns: 26"},
		{"write beyond its own range", update(t, c, "A1:B1", "RAW", []any{1, 2, 3}), 400, "Requested writing within range [Sheet1!A1:B1], but tried writing to column [C]"},
		{"more rows than its own range", update(t, c, "A1:B1", "RAW", []any{1}, []any{2}), 400, "Requested writing within range [Sheet1!A1:B1], but tried writing to row [2]"},
		{"no input option", update(t, c, "A1", "", []any{"x"}), 400, "'valueInputOption' is required but not specified"},
		{"too long a text", update(t, c, "A1", "RAW", []any{long}), 400, "Your input contains more than the maximum of 50000 characters in a single cell."},
		{"a batch of nothing", func() error { _, err := batch(c); return err }(), 400, "Must specify at least one request."},
		{"duplicate title", do(&api.Request{AddSheet: &api.AddSheetRequest{Properties: &api.SheetProperties{Title: "Sheet1"}}}), 400, `Invalid requests[0].addSheet: A sheet with the name "Sheet1" already exists. Please enter another name.`},
		{"all rows frozen", do(addSheet("t", 7, 1, 1)), 400, "Invalid requests[0].addSheet: You can't freeze all visible rows on the sheet."},
		{"too many cells", do(addSheet("t", 7, 999_975, 10)), 400, "Invalid requests[0].addSheet: This action would increase the number of cells in the workbook above the limit of 10000000 cells."},
		{"rows for an unknown tab", do(appendRows(9, 1)), 400, "Invalid requests[0].appendDimension: No grid with id: 9"},
		{"cells that start below the grid", do(cells(0, 1000, "x")), 400, "Invalid requests[0].updateCells: GridCoordinate.rowIndex[1000] is after last row in grid[999]"},
		{"cells that run out of the grid", do(cells(0, 999, "x", "y")), 400, "Invalid requests[0].updateCells: Attempting to write row: 1000, beyond the last requested row of: 999"},
		{"a request the emulator has not", do(&api.Request{SortRange: &api.SortRangeRequest{}}), 400, "Invalid JSON payload received. Unknown name or invalid value: Cannot find field."},
		{"the last tab", do(&api.Request{DeleteSheet: &api.DeleteSheetRequest{}}), 400, "Invalid requests[0].deleteSheet: You can't remove all the sheets in a document."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, message := fault(t, tt.err)
			if code != tt.code || message != tt.message {
				t.Errorf("answer = %d %q, want %d %q", code, message, tt.code, tt.message)
			}
		})
	}
	if rows := s.Hand().Rows(book, "Sheet1"); len(rows) != 0 {
		t.Errorf("refused calls left %v", rows)
	}
}

func TestAppendFindsTheWrongTable(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before [][]any
		a1     string
		insert string
		want   string // where the row lands
	}{
		{"an empty sheet takes it at the start", nil, "Sheet1!A1", "", "Sheet1!A1:B1"},
		{"a whole table takes it at its end", [][]any{{"h", "i"}, {1, 2}}, "Sheet1!A1", "", "Sheet1!A3:B3"},
		{"a blank row ends the table, what follows is overwritten", [][]any{{"h"}, {}, {"lost", "lost"}}, "Sheet1!A1", "", "Sheet1!A2:B2"},
		{"a table without first cells shifts the row to the right", [][]any{{"h"}, {}, {"", "", "x"}}, "Sheet1", "", "Sheet1!C4:D4"},
		{"rows are inserted when asked for", [][]any{{"h"}, {}, {"kept", "kept"}}, "Sheet1!A1", "INSERT_ROWS", "Sheet1!A2:B2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, sheets.Options{})
			c := client(t, s)
			if tt.before != nil {
				mustUpdate(t, c, "A1", tt.before...)
			}
			got, err := c.Values.Append(book, tt.a1, &api.ValueRange{Values: [][]any{{"new", "row"}}}).
				ValueInputOption("RAW").InsertDataOption(tt.insert).Do()
			if err != nil {
				t.Fatal(err)
			}
			if got.Updates.UpdatedRange != tt.want {
				t.Errorf("the row landed in %s, want %s", got.Updates.UpdatedRange, tt.want)
			}
			last := s.Hand().Rows(book, "Sheet1")
			if kept := tt.insert != ""; kept && last[len(last)-1][0] != "kept" {
				t.Errorf("rows = %v, the last was not kept", last)
			}
		})
	}
}

func TestSpreadsheetsOutliveTheServerWithAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sheets.json")
	first := start(t, sheets.Options{Persist: file})
	mustUpdate(t, client(t, first), "A1", []any{"kept", 7})
	first.Close()
	second := start(t, sheets.Options{Persist: file})
	if diff := cmp.Diff([][]string{{"kept", "7"}}, second.Hand().Rows(book, "Sheet1")); diff != "" {
		t.Errorf("rows after a restart (-want +got):\n%s", diff)
	}
	mustUpdate(t, client(t, second), "A2", []any{"more"})
}

func TestListensOnLoopbackOnly(t *testing.T) {
	if _, err := sheets.Start(sheets.Options{Listen: "0.0.0.0:0"}); err == nil {
		t.Error("listened on every interface")
	}
	s := start(t, sheets.Options{})
	r, err := http.NewRequest(http.MethodGet, s.URL()+"v4/spreadsheets/book", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "rebound.example.com"
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign host name got %d, want 403", answer.StatusCode)
	}
}
