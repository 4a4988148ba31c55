package page

import (
	"errors"
	"net/http"
	"strconv"

	"secretstore/internal/emulator/sheets"
)

// edit is one change by hand. Undo puts back what was there before, as text.
type edit struct {
	Tab    string `json:"tab"`
	Place  string `json:"place"` // "B7", or "7" for a row
	Kind   string `json:"kind"`  // "cell", "insert" or "delete"
	Before string `json:"before"`
	After  string `json:"after"`
	undo   func() error
}

// typing is what a person does to one cell or one row, as the owner of the file or as
// someone with whom it was shared.
type typing struct {
	Spreadsheet  string `json:"spreadsheet"`
	Tab          string `json:"tab"`
	Cell         string `json:"cell"`    // of setCell, such as "B7"
	Content      string `json:"content"` // of setCell
	Row          int    `json:"row"`     // of insertRow and deleteRow; 1 is the first
	Collaborator bool   `json:"collaborator"`
}

func (s *sheet) as(t typing) *sheets.Hand {
	if t.Collaborator {
		return s.hand.Collaborator()
	}
	return s.hand
}

func (s *sheet) setCell(_ *http.Request, t typing) (any, error) {
	before := s.hand.Cell(t.Spreadsheet, t.Tab, t.Cell)
	if err := s.as(t).SetCell(t.Spreadsheet, t.Tab, t.Cell, t.Content); err != nil {
		return nil, handFault(err)
	}
	after := s.hand.Cell(t.Spreadsheet, t.Tab, t.Cell)
	return s.keep(edit{Tab: t.Tab, Place: t.Cell, Kind: "cell", Before: before, After: after, undo: func() error {
		return s.hand.SetCell(t.Spreadsheet, t.Tab, t.Cell, asText(before))
	}})
}

// asText types content so that it stays text, as all cells of the audit sheet are.
func asText(content string) string { return "'" + content }

func (s *sheet) insertRow(_ *http.Request, t typing) (any, error) {
	if err := s.as(t).InsertRows(t.Spreadsheet, t.Tab, t.Row, 1); err != nil {
		return nil, handFault(err)
	}
	return s.keep(edit{Tab: t.Tab, Place: strconv.Itoa(t.Row), Kind: "insert", undo: func() error {
		return s.hand.DeleteRows(t.Spreadsheet, t.Tab, t.Row, 1)
	}})
}

func (s *sheet) deleteRow(_ *http.Request, t typing) (any, error) {
	var before []string
	if rows := s.hand.Rows(t.Spreadsheet, t.Tab); t.Row >= 1 && t.Row <= len(rows) {
		before = rows[t.Row-1]
	}
	if err := s.as(t).DeleteRows(t.Spreadsheet, t.Tab, t.Row, 1); err != nil {
		return nil, handFault(err)
	}
	return s.keep(edit{Tab: t.Tab, Place: strconv.Itoa(t.Row), Kind: "delete", undo: func() error {
		return s.putBack(t, before)
	}})
}

func (s *sheet) putBack(t typing, cells []string) error {
	if err := s.hand.InsertRows(t.Spreadsheet, t.Tab, t.Row, 1); err != nil {
		return err
	}
	return s.hand.SetRow(t.Spreadsheet, t.Tab, t.Row, cells)
}

func (s *sheet) keep(e edit) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edits = append(s.edits, e)
	return e, nil
}

// undo takes back the newest change by hand. Only that one: older ones may name cells
// that have moved since.
func (s *sheet) undo(*http.Request, none) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.edits)
	if n == 0 {
		return nil, asked("sheet.nothing_to_undo")
	}
	last := s.edits[n-1]
	if err := last.undo(); err != nil {
		return nil, handFault(err)
	}
	s.edits = s.edits[:n-1]
	return last, nil
}

// handFault keeps the words that the spreadsheet itself would show.
func handFault(err error) error {
	if errors.Is(err, sheets.ErrProtected) {
		return asked("sheet.protected")
	}
	return asked(err.Error())
}
