package sheets

import "slices"

// batchUpdate is spreadsheets.batchUpdate: requests in order, all or none. A request
// sees what those before it did.
type batchUpdate struct {
	Requests                     []request `json:"requests"`
	IncludeSpreadsheetInResponse bool      `json:"includeSpreadsheetInResponse"`
	ResponseRanges               []string  `json:"responseRanges"`
	ResponseIncludeGridData      bool      `json:"responseIncludeGridData"`
}

// request is one of these, and exactly one.
type request struct {
	AddSheet                *addSheet                `json:"addSheet"`
	UpdateSheetProperties   *updateSheetProperties   `json:"updateSheetProperties"`
	DeleteSheet             *deleteSheet             `json:"deleteSheet"`
	AppendDimension         *appendDimension         `json:"appendDimension"`
	UpdateCells             *updateCells             `json:"updateCells"`
	RepeatCell              *repeatCell              `json:"repeatCell"`
	AddProtectedRange       *addProtectedRange       `json:"addProtectedRange"`
	UpdateProtectedRange    *updateProtectedRange    `json:"updateProtectedRange"`
	CreateDeveloperMetadata *createDeveloperMetadata `json:"createDeveloperMetadata"`
}

// edit changes a draft and answers, or refuses.
type edit interface {
	edit(b *book) (reply any, fault *apiError)
}

type namedEdit struct {
	kind string
	edit edit
}

type batchReply struct {
	SpreadsheetID string           `json:"spreadsheetId"`
	Replies       []map[string]any `json:"replies"`
}

func (u *batchUpdate) size() (sub, rows int) {
	for _, r := range u.Requests {
		if r.UpdateCells != nil {
			rows += len(r.UpdateCells.Rows)
		}
	}
	return len(u.Requests), rows
}

func (u *batchUpdate) apply(b *book) (*book, any, *apiError) {
	if len(u.Requests) == 0 {
		return nil, nil, badRequest("Must specify at least one request.")
	}
	next := b.draft()
	reply := batchReply{SpreadsheetID: b.ID}
	for i, r := range u.Requests {
		edits := r.edits()
		if len(edits) != 1 {
			return nil, nil, badRequest("Invalid requests[%d]: Exactly one kind of request must be set.", i)
		}
		e := edits[0]
		answer, fault := e.edit.edit(next)
		if fault == nil {
			fault = next.checkSize()
		}
		if fault != nil {
			return nil, nil, fault.within(i, e.kind)
		}
		one := map[string]any{}
		if answer != nil {
			one[e.kind] = answer
		}
		reply.Replies = append(reply.Replies, one)
	}
	return next, reply, nil
}

func (r request) edits() []namedEdit {
	return slices.Concat(
		given("addSheet", r.AddSheet),
		given("updateSheetProperties", r.UpdateSheetProperties),
		given("deleteSheet", r.DeleteSheet),
		given("appendDimension", r.AppendDimension),
		given("updateCells", r.UpdateCells),
		given("repeatCell", r.RepeatCell),
		given("addProtectedRange", r.AddProtectedRange),
		given("updateProtectedRange", r.UpdateProtectedRange),
		given("createDeveloperMetadata", r.CreateDeveloperMetadata),
	)
}

func given[T any, P interface {
	*T
	edit
}](kind string, p P) []namedEdit {
	if p == nil {
		return nil
	}
	return []namedEdit{{kind, p}}
}

// fieldsOf reads the mask that every update needs.
func fieldsOf(s string) (mask, *apiError) {
	if s == "" {
		return nil, badRequest("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
	}
	m, ok := parseMask(s)
	if !ok {
		return nil, badRequest("Invalid field: %s", s)
	}
	return m, nil
}
