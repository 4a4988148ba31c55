package sheets

import "encoding/json"

// valueRange is cells under a range, in requests.
type valueRange struct {
	Range          string              `json:"range"`
	MajorDimension string              `json:"majorDimension"`
	Values         [][]json.RawMessage `json:"values"`
}

// valuesReply is cells under a range, in answers.
type valuesReply struct {
	Range          string  `json:"range"`
	MajorDimension string  `json:"majorDimension"`
	Values         [][]any `json:"values,omitempty"`
}

type batchValuesReply struct {
	SpreadsheetID string        `json:"spreadsheetId"`
	ValueRanges   []valuesReply `json:"valueRanges"`
}

// getValues is values.get, and values.batchGet when it is for many ranges.
type getValues struct {
	ranges []string
	render render
	many   bool
}

func (g getValues) size() (sub, rows int) { return len(g.ranges), 0 }

func (g getValues) apply(b *book) (*book, any, *apiError) {
	if fault := g.render.check(); fault != nil {
		return nil, nil, fault
	}
	reply := batchValuesReply{SpreadsheetID: b.ID, ValueRanges: []valuesReply{}}
	for _, a1 := range g.ranges {
		k, fault := b.block(a1)
		if fault != nil {
			return nil, nil, fault
		}
		reply.ValueRanges = append(reply.ValueRanges, valuesReply{k.name(), "ROWS", k.values(g.render.option)})
	}
	if g.many {
		return nil, reply, nil
	}
	return nil, reply.ValueRanges[0], nil
}

type updateReply struct {
	SpreadsheetID  string `json:"spreadsheetId"`
	UpdatedRange   string `json:"updatedRange"`
	UpdatedRows    int    `json:"updatedRows,omitempty"`
	UpdatedColumns int    `json:"updatedColumns,omitempty"`
	UpdatedCells   int    `json:"updatedCells,omitempty"`
}

// updateValues is values.update.
type updateValues struct {
	valueRange
	a1, input string
}

func (u *updateValues) size() (sub, rows int) { return 1, len(u.Values) }

func (u *updateValues) apply(b *book) (*book, any, *apiError) {
	if u.Range != "" && u.Range != u.a1 {
		return nil, nil, badRequest("Requested writing within range [%s], but the data names range [%s]", u.a1, u.Range)
	}
	u.Range = u.a1
	next := b.draft()
	reply, fault := next.write(u.valueRange, u.input)
	return next, reply, fault
}

// batchUpdateValues is values.batchUpdate: many ranges, all or none.
type batchUpdateValues struct {
	ValueInputOption             string       `json:"valueInputOption"`
	Data                         []valueRange `json:"data"`
	IncludeValuesInResponse      bool         `json:"includeValuesInResponse"`
	ResponseValueRenderOption    string       `json:"responseValueRenderOption"`
	ResponseDateTimeRenderOption string       `json:"responseDateTimeRenderOption"`
}

type batchUpdateValuesReply struct {
	SpreadsheetID     string        `json:"spreadsheetId"`
	TotalUpdatedRows  int           `json:"totalUpdatedRows,omitempty"`
	TotalUpdatedCells int           `json:"totalUpdatedCells,omitempty"`
	Responses         []updateReply `json:"responses"`
}

func (u *batchUpdateValues) size() (sub, rows int) {
	for _, d := range u.Data {
		rows += len(d.Values)
	}
	return len(u.Data), rows
}

func (u *batchUpdateValues) apply(b *book) (*book, any, *apiError) {
	next := b.draft()
	reply := batchUpdateValuesReply{SpreadsheetID: b.ID, Responses: []updateReply{}}
	for _, d := range u.Data {
		one, fault := next.write(d, u.ValueInputOption)
		if fault != nil {
			return nil, nil, fault
		}
		reply.Responses = append(reply.Responses, one)
		reply.TotalUpdatedRows += one.UpdatedRows
		reply.TotalUpdatedCells += one.UpdatedCells
	}
	return next, reply, nil
}

// write puts values into a draft. The grid does not grow for it.
func (b *book) write(v valueRange, option string) (updateReply, *apiError) {
	rows, fault := parseRows(v, option)
	if fault != nil {
		return updateReply{}, fault
	}
	k, fault := b.writable(v.Range)
	if fault != nil {
		return updateReply{}, fault
	}
	width := 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	if fault := k.fits(len(rows), width); fault != nil {
		return updateReply{}, fault
	}
	return b.put(k, rows, width), nil
}

// put writes checked rows from the block's corner on.
func (b *book) put(k block, rows [][]*value, width int) updateReply {
	t := b.edit(k.tab.ID)
	cells := 0
	for i, row := range rows {
		t.set(k.top+i, k.left, row)
		for _, v := range row {
			if v != nil {
				cells++
			}
		}
	}
	name := rangeName(t, k.top, k.left, k.top+max(len(rows), 1), k.left+max(width, 1))
	return updateReply{b.ID, name, len(rows), width, cells}
}

func parseRows(v valueRange, option string) ([][]*value, *apiError) {
	switch option {
	case "RAW", "USER_ENTERED":
	default:
		return nil, badRequest("'valueInputOption' is required but not specified")
	}
	if v.MajorDimension != "" && v.MajorDimension != "ROWS" {
		return nil, &apiError{code: 501, message: "The emulator writes by ROWS only."}
	}
	rows := make([][]*value, len(v.Values))
	for i, raw := range v.Values {
		row, fault := inputs(raw, option)
		if fault != nil {
			return nil, fault
		}
		rows[i] = row
	}
	return rows, nil
}

// fits refuses data that would go beyond the range asked for, or beyond the grid.
func (k block) fits(rows, columns int) *apiError {
	bottom, end := k.top+rows, k.left+columns
	switch {
	case k.bounded && bottom > k.bottom:
		return badRequest("Requested writing within range [%s], but tried writing to row [%d]", k.name(), k.bottom+1)
	case !k.anchor && end > k.end:
		return badRequest("Requested writing within range [%s], but tried writing to column [%s]", k.name(), columnName(k.end))
	case bottom > k.tab.Rows || end > k.tab.Columns:
		return exceeds(k.tab, rangeName(k.tab, k.top, k.left, bottom, end))
	}
	return nil
}
