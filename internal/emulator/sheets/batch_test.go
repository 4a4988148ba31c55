package sheets_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	api "google.golang.org/api/sheets/v4"

	"secretstore/internal/emulator/sheets"
)

func addSheet(title string, id, rows, frozen int64) *api.Request {
	return &api.Request{AddSheet: &api.AddSheetRequest{Properties: &api.SheetProperties{Title: title, SheetId: id,
		GridProperties: &api.GridProperties{RowCount: rows, ColumnCount: 10, FrozenRowCount: frozen}}}}
}

func appendRows(id, n int64) *api.Request {
	return &api.Request{AppendDimension: &api.AppendDimensionRequest{SheetId: id, Dimension: "ROWS", Length: n}}
}

// cells writes one text to each row from the row on.
func cells(id, row int64, texts ...string) *api.Request {
	u := &api.UpdateCellsRequest{Fields: "userEnteredValue", Start: &api.GridCoordinate{SheetId: id, RowIndex: row}}
	for _, text := range texts {
		u.Rows = append(u.Rows, &api.RowData{Values: []*api.CellData{{UserEnteredValue: &api.ExtendedValue{StringValue: &text}}}})
	}
	return &api.Request{UpdateCells: u}
}

func protect(id int64) *api.Request {
	return &api.Request{AddProtectedRange: &api.AddProtectedRangeRequest{ProtectedRange: &api.ProtectedRange{
		Range: &api.GridRange{SheetId: id}, Description: "audit", Editors: &api.Editors{Users: []string{"robot@example.com"}}}}}
}

func TestOneBatchMakesAProtectedTabWithAHeader(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	reply, err := batch(c, addSheet("audit-1", 7, 5, 1), cells(7, 0, "seq"), protect(7), appendRows(7, 3), cells(7, 7, "=last"))
	if err != nil {
		t.Fatal(err)
	}
	if p := reply.Replies[0].AddSheet.Properties; p.SheetId != 7 || p.Index != 1 || reply.Replies[2].AddProtectedRange.ProtectedRange.ProtectedRangeId == 0 {
		t.Errorf("replies = %+v", reply.Replies)
	}
	want := []sheets.TabView{
		{Title: "Sheet1", Rows: 1000, Columns: 26},
		{Title: "audit-1", ID: 7, Rows: 8, Columns: 10, FrozenRows: 1, Protected: true},
	}
	if diff := cmp.Diff(want, s.Hand().Tabs(book)); diff != "" {
		t.Errorf("tabs (-want +got):\n%s", diff)
	}
	if got := s.Hand().Cell(book, "audit-1", "A8"); got != "=last" {
		t.Errorf("stringValue was read as %q", got)
	}
	got, err := c.Get(book).Fields("sheets(properties(title),protectedRanges(range,description))").Do()
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Sheets[1].ProtectedRanges[0]; p.Range.SheetId != 7 || p.Description != "audit" || p.ProtectedRangeId != 0 {
		t.Errorf("protected range under the mask = %+v", p)
	}
}

func TestOneInvalidRequestUndoesTheWholeBatch(t *testing.T) {
	invalid := map[string]*api.Request{
		"cells below the grid": cells(7, 5, "x"),
		"an unknown tab":       cells(8, 0, "x"),
		"the same tab again":   addSheet("audit-1", 9, 5, 1),
		"the same id again":    addSheet("audit-2", 7, 5, 1),
		"two kinds in one":     {DeleteSheet: &api.DeleteSheetRequest{SheetId: 7}, AddSheet: &api.AddSheetRequest{}},
		"a negative growth":    appendRows(7, -1),
		"no fields":            {UpdateCells: &api.UpdateCellsRequest{Start: &api.GridCoordinate{SheetId: 7}}},
		"an unknown protection": {UpdateProtectedRange: &api.UpdateProtectedRangeRequest{Fields: "description",
			ProtectedRange: &api.ProtectedRange{ProtectedRangeId: 5}}},
	}
	for name, request := range invalid {
		t.Run(name, func(t *testing.T) {
			s := start(t, sheets.Options{})
			before := s.Hand().Tabs(book)
			_, err := batch(client(t, s), addSheet("audit-1", 7, 5, 1), cells(0, 0, "lost"), request)
			if code, _ := fault(t, err); code != 400 {
				t.Errorf("status = %d, want 400", code)
			}
			if diff := cmp.Diff(before, s.Hand().Tabs(book)); diff != "" {
				t.Errorf("tabs changed:\n%s", diff)
			}
			if rows := s.Hand().Rows(book, "Sheet1"); len(rows) != 0 {
				t.Errorf("cells changed: %v", rows)
			}
		})
	}
}

func TestSheetPropertiesChangeUnderTheirMask(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	if _, err := batch(c, addSheet("old", 7, 5, 1), cells(7, 4, "cut off")); err != nil {
		t.Fatal(err)
	}
	_, err := batch(c, &api.Request{UpdateSheetProperties: &api.UpdateSheetPropertiesRequest{
		Fields: "title,gridProperties(rowCount,frozenRowCount)",
		Properties: &api.SheetProperties{SheetId: 7, Title: "new",
			GridProperties: &api.GridProperties{RowCount: 3, ColumnCount: 99}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := sheets.TabView{Title: "new", ID: 7, Rows: 3, Columns: 10}
	if diff := cmp.Diff(want, s.Hand().Tabs(book)[1]); diff != "" {
		t.Errorf("tab (-want +got):\n%s", diff)
	}
	if _, err := batch(c, appendRows(7, 2)); err != nil || s.Hand().Cell(book, "new", "A5") != "" {
		t.Errorf("a cut row came back: %q, %v", s.Hand().Cell(book, "new", "A5"), err)
	}
}

func TestCellsWithoutValueAreCleared(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	mustUpdate(t, c, "A1", []any{"a", "b", "c"})
	_, err := batch(c, &api.Request{UpdateCells: &api.UpdateCellsRequest{Fields: "userEnteredValue",
		Start: &api.GridCoordinate{ColumnIndex: 1}, Rows: []*api.RowData{{Values: []*api.CellData{{}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"a", "", "c"}}, s.Hand().Rows(book, "Sheet1")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestRepeatCellFillsAnArea(t *testing.T) {
	s := start(t, sheets.Options{})
	yes := true
	_, err := batch(client(t, s), &api.Request{RepeatCell: &api.RepeatCellRequest{Fields: "userEnteredValue,userEnteredFormat.textFormat.bold",
		Cell:  &api.CellData{UserEnteredValue: &api.ExtendedValue{BoolValue: &yes}, UserEnteredFormat: &api.CellFormat{TextFormat: &api.TextFormat{Bold: true}}},
		Range: &api.GridRange{StartRowIndex: 1, EndRowIndex: 2, EndColumnIndex: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{}, {"TRUE", "TRUE"}}, s.Hand().Rows(book, "Sheet1")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestMetadataIDFencesABatch(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	fence := &api.Request{CreateDeveloperMetadata: &api.CreateDeveloperMetadataRequest{DeveloperMetadata: &api.DeveloperMetadata{
		MetadataId: 41, MetadataKey: "q", Visibility: "DOCUMENT", Location: &api.DeveloperMetadataLocation{Spreadsheet: true}}}}
	if _, err := batch(c, fence, cells(0, 0, "once")); err != nil {
		t.Fatal(err)
	}
	if _, err := batch(c, fence, cells(0, 0, "twice")); err == nil {
		t.Error("a fenced batch was applied twice")
	}
	if got := s.Hand().Cell(book, "Sheet1", "A1"); got != "once" {
		t.Errorf("cell = %q, want once", got)
	}
}

func TestProtectionKeepsCollaboratorsOutAndTheOwnerIn(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	reply, err := batch(c, addSheet("audit-1", 7, 9, 1), cells(7, 0, "h", "b", "a"), protect(7))
	if err != nil {
		t.Fatal(err)
	}
	guest, owner := s.Hand().Collaborator(), s.Hand()
	edits := map[string]func(*sheets.Hand) error{
		"typing":         func(h *sheets.Hand) error { return h.SetCell(book, "audit-1", "A2", "=1+1") },
		"inserting rows": func(h *sheets.Hand) error { return h.InsertRows(book, "audit-1", 2, 1) },
		"deleting rows":  func(h *sheets.Hand) error { return h.DeleteRows(book, "audit-1", 2, 1) },
		"sorting":        func(h *sheets.Hand) error { return h.Sort(book, "audit-1", 0, false) },
	}
	for name, edit := range edits {
		if err := edit(guest); err != sheets.ErrProtected {
			t.Errorf("%s by a collaborator: %v, want ErrProtected", name, err)
		}
		if err := edit(owner); err != nil {
			t.Errorf("%s by the owner: %v", name, err)
		}
	}
	if err := guest.Protect(book, "audit-1", nil); err != sheets.ErrProtected {
		t.Errorf("taking the protection away by a collaborator: %v, want ErrProtected", err)
	}
	_, err = batch(c, &api.Request{UpdateProtectedRange: &api.UpdateProtectedRangeRequest{Fields: "warningOnly",
		ProtectedRange: &api.ProtectedRange{ProtectedRangeId: reply.Replies[2].AddProtectedRange.ProtectedRange.ProtectedRangeId, WarningOnly: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := guest.SetCell(book, "audit-1", "A2", "in"); err != nil {
		t.Errorf("a warning kept a collaborator out: %v", err)
	}
}
