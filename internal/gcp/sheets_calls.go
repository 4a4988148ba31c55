package gcp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"

	"secretstore/internal/publish"
)

// tabFields is all that Tabs reads.
const tabFields = "sheets(properties(sheetId,title,gridProperties(rowCount,columnCount,frozenRowCount)),protectedRanges(range,unprotectedRanges,warningOnly,editors))"

// Tabs implements publish.Sheet.
func (s *Sheets) Tabs(ctx context.Context, spreadsheet string) ([]publish.Tab, error) {
	reply, err := s.api.Get(spreadsheet).Fields(tabFields).Context(ctx).Do()
	if err != nil {
		return nil, sheetError(err)
	}
	tabs := []publish.Tab{}
	for _, sheet := range reply.Sheets {
		tab, ok := tabOf(sheet.Properties)
		if !ok {
			continue // a chart or a data source: it has no grid
		}
		tab.Protected, tab.Shared = protection(sheet.ProtectedRanges)
		tabs = append(tabs, tab)
	}
	return tabs, nil
}

func tabOf(p *sheets.SheetProperties) (publish.Tab, bool) {
	if p == nil || p.GridProperties == nil {
		return publish.Tab{}, false
	}
	g := p.GridProperties
	return publish.Tab{Title: p.Title, ID: p.SheetId, Rows: int(g.RowCount), Columns: int(g.ColumnCount), Frozen: int(g.FrozenRowCount)}, true
}

// protection says whether a tab is protected as a whole, and if so, whether by ranges alone
// that let more people in: who is let in by all of them can edit.
func protection(all []*sheets.ProtectedRange) (whole, more bool) {
	for _, p := range all {
		if wholeTab(p) && !shared(p) {
			return true, false
		}
		whole = whole || wholeTab(p)
	}
	return whole, whole
}

// wholeTab reports whether p keeps others out of every cell of its tab.
func wholeTab(p *sheets.ProtectedRange) bool {
	r := p.Range
	return !p.WarningOnly && r != nil && len(p.UnprotectedRanges) == 0 &&
		r.StartRowIndex == 0 && r.EndRowIndex == 0 && r.StartColumnIndex == 0 && r.EndColumnIndex == 0
}

// shared reports whether p lets more in than whoever made it and the owner of the file, whom
// Sheets puts among the users. To others the editors are not shown.
func shared(p *sheets.ProtectedRange) bool {
	e := p.Editors
	return e != nil && (e.DomainUsersCanEdit || len(e.Groups) > 0 || len(e.Users) > 2)
}

// newTabRows is the smallest grid that can have one frozen row.
const newTabRows = 2

// AddTab implements publish.Sheet.
func (s *Sheets) AddTab(ctx context.Context, spreadsheet, title string, header []string) (publish.Tab, error) {
	tab := publish.Tab{Title: title, ID: rand.Int64N(1<<31-1) + 1, Rows: newTabRows, Columns: len(header), Frozen: 1, Protected: true}
	err := s.batch(ctx, spreadsheet,
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{
			Title: title, SheetId: tab.ID, GridProperties: &sheets.GridProperties{
				RowCount: newTabRows, ColumnCount: int64(len(header)), FrozenRowCount: 1}}}},
		cells(tab, 1, [][]string{header}),
		// An empty list of editors leaves the requester and the owner of the file.
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: &sheets.ProtectedRange{
			Range: &sheets.GridRange{SheetId: tab.ID}, Description: "written by Secret Store",
			Editors: &sheets.Editors{ForceSendFields: []string{"Users", "Groups"}}}}},
	)
	if err == nil {
		return tab, nil
	}
	if refused(err) {
		if existing, ok, err := s.titled(ctx, spreadsheet, title); err != nil || ok {
			return existing, err
		}
	}
	return publish.Tab{}, err
}

func (s *Sheets) titled(ctx context.Context, spreadsheet, title string) (publish.Tab, bool, error) {
	tabs, err := s.Tabs(ctx, spreadsheet)
	if i := slices.IndexFunc(tabs, func(t publish.Tab) bool { return t.Title == title }); i >= 0 {
		return tabs[i], true, err
	}
	return publish.Tab{}, false, err
}

// Read implements publish.Sheet.
func (s *Sheets) Read(ctx context.Context, spreadsheet, title string, first, last int) ([][]string, error) {
	rows := make([][]string, last-first+1)
	a1 := fmt.Sprintf("'%s'!%d:%d", strings.ReplaceAll(title, "'", "''"), first, last)
	reply, err := s.api.Values.Get(spreadsheet, a1).ValueRenderOption("UNFORMATTED_VALUE").Context(ctx).Do()
	if err = sheetError(err); refused(err) {
		// Rows below the grid are refused like a wrong title: only the tabs can tell.
		if tab, ok, lookErr := s.titled(ctx, spreadsheet, title); lookErr == nil && ok && tab.Rows < first {
			return rows, nil
		}
	}
	if err != nil {
		return nil, err
	}
	for i, row := range reply.Values[:min(len(reply.Values), len(rows))] {
		for _, cell := range row {
			rows[i] = append(rows[i], shown(cell))
		}
	}
	return rows, nil
}

// shown is a cell as text. Numbers and booleans are what people typed: the publisher
// writes text alone.
func shown(cell any) string {
	switch x := cell.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		return strings.ToUpper(strconv.FormatBool(x))
	}
	return "" // null: no content
}

// Grow implements publish.Sheet. Growing by a number and not to a number: a late
// duplicate can then cut nothing off.
func (s *Sheets) Grow(ctx context.Context, spreadsheet string, tab publish.Tab, rows int) error {
	return s.batch(ctx, spreadsheet, &sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{
		SheetId: tab.ID, Dimension: "ROWS", Length: int64(rows)}})
}

// Write implements publish.Sheet.
func (s *Sheets) Write(ctx context.Context, spreadsheet string, tab publish.Tab, first int, rows [][]string) error {
	return s.batch(ctx, spreadsheet, cells(tab, first, rows))
}

// cells is a request that writes text, which the service neither parses nor calculates.
func cells(tab publish.Tab, first int, rows [][]string) *sheets.Request {
	update := &sheets.UpdateCellsRequest{Fields: "userEnteredValue", Rows: make([]*sheets.RowData, len(rows)),
		Start: &sheets.GridCoordinate{SheetId: tab.ID, RowIndex: int64(first - 1)}}
	for i, row := range rows {
		update.Rows[i] = &sheets.RowData{Values: make([]*sheets.CellData, len(row))}
		for j := range row {
			update.Rows[i].Values[j] = &sheets.CellData{UserEnteredValue: &sheets.ExtendedValue{StringValue: &row[j]}}
		}
	}
	return &sheets.Request{UpdateCells: update}
}

func (s *Sheets) batch(ctx context.Context, spreadsheet string, requests ...*sheets.Request) error {
	_, err := s.api.BatchUpdate(spreadsheet, &sheets.BatchUpdateSpreadsheetRequest{Requests: requests}).
		Fields("spreadsheetId").Context(ctx).Do()
	return sheetError(err)
}

func refused(err error) bool {
	e, ok := errors.AsType[*publish.SheetError](err)
	return ok && e.Kind == publish.SheetRefused
}
