package sheets

type spreadsheetReply struct {
	SpreadsheetID  string         `json:"spreadsheetId"`
	Properties     bookProperties `json:"properties"`
	Sheets         []sheetReply   `json:"sheets"`
	SpreadsheetURL string         `json:"spreadsheetUrl"`
}

type bookProperties struct {
	Title    string `json:"title"`
	Locale   string `json:"locale"`
	TimeZone string `json:"timeZone"`
}

type sheetReply struct {
	Properties      sheetProperties  `json:"properties"`
	ProtectedRanges []protectedRange `json:"protectedRanges,omitempty"`
}

type sheetProperties struct {
	SheetID        *int64          `json:"sheetId,omitempty"` // 0 is the first tab of a new spreadsheet
	Title          string          `json:"title,omitempty"`
	Index          *int            `json:"index,omitempty"`
	SheetType      string          `json:"sheetType,omitempty"`
	GridProperties *gridProperties `json:"gridProperties,omitempty"`
}

type gridProperties struct {
	RowCount          int `json:"rowCount,omitempty"`
	ColumnCount       int `json:"columnCount,omitempty"`
	FrozenRowCount    int `json:"frozenRowCount,omitempty"`
	FrozenColumnCount int `json:"frozenColumnCount,omitempty"`
}

// getSpreadsheet is spreadsheets.get without grid data.
type getSpreadsheet struct{}

func (getSpreadsheet) size() (sub, rows int) { return 1, 0 }

func (getSpreadsheet) apply(b *book) (*book, any, *apiError) {
	reply := spreadsheetReply{SpreadsheetID: b.ID, Properties: bookProperties{"Spreadsheet", "en_US", "Etc/GMT"},
		SpreadsheetURL: "https://docs.google.com/spreadsheets/d/" + b.ID + "/edit"}
	for i, t := range b.Tabs {
		sheet := sheetReply{Properties: t.properties(i)}
		for _, p := range b.Protected {
			if p.Area.SheetID == t.ID {
				sheet.ProtectedRanges = append(sheet.ProtectedRanges, p)
			}
		}
		reply.Sheets = append(reply.Sheets, sheet)
	}
	return nil, reply, nil
}

func (t *tab) properties(index int) sheetProperties {
	return sheetProperties{&t.ID, t.Title, &index, "GRID",
		&gridProperties{t.Rows, t.Columns, t.FrozenRows, t.FrozenColumns}}
}
