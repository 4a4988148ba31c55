package sheets

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// call is one request, understood but not yet carried out.
type call struct {
	method      string // as in Faults
	spreadsheet string
	write       bool
	user        string // whose quota it spends
	fields      mask   // over the answer; empty: everything
	stale       bool   // reads see the state before the newest write
	op          operation
}

// operation is what a call does to one spreadsheet.
type operation interface {
	// apply answers from b and returns the spreadsheet after it, nil for a read.
	// It never changes b, so a refusal half way has no effect.
	apply(b *book) (*book, any, *apiError)
	// size counts its sub-requests or ranges, and the rows it writes.
	size() (sub, rows int)
}

// route reads the call from the address and the body of a request.
func route(r *http.Request, body []byte) (*call, *apiError) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v4/spreadsheets/")
	if !ok {
		return nil, noSuchPage()
	}
	segments := strings.Split(rest, "/")
	for i, escaped := range segments {
		segment, err := url.PathUnescape(escaped)
		if err != nil {
			return nil, noSuchPage()
		}
		segments[i] = segment
	}
	query := r.URL.Query()
	c := &call{user: r.Header.Get("Authorization")}
	if fields := query.Get("fields"); fields != "" {
		if c.fields, ok = parseMask(fields); !ok {
			return nil, badRequest("Request contains an invalid argument: fields.")
		}
	}
	return c, c.resolve(r.Method, segments, query, body)
}

// resolve picks the method, by verb and path as in the service's discovery document.
func (c *call) resolve(verb string, path []string, query url.Values, body []byte) *apiError {
	c.spreadsheet = path[0]
	tail := strings.Join(path[1:], "/")
	id, custom := strings.CutSuffix(c.spreadsheet, ":batchUpdate")
	switch {
	case len(path) == 1 && verb == http.MethodGet:
		if query.Get("includeGridData") == "true" {
			return &apiError{code: 501, message: "The emulator serves no grid data."}
		}
		return c.read("get", getSpreadsheet{})
	case len(path) == 1 && verb == http.MethodPost && custom:
		c.spreadsheet = id
		return c.post("batchUpdate", body, &batchUpdate{})
	case len(path) == 2 && verb == http.MethodGet && tail == "values:batchGet":
		return c.read("values.batchGet", getValues{query["ranges"], renderOf(query), true})
	case len(path) == 2 && verb == http.MethodPost && tail == "values:batchUpdate":
		return c.post("values.batchUpdate", body, &batchUpdateValues{})
	case len(path) == 3 && path[1] == "values":
		return c.resolveRange(verb, path[2], query, body)
	}
	return noSuchPage()
}

func (c *call) resolveRange(verb, a1 string, query url.Values, body []byte) *apiError {
	appended, isAppend := strings.CutSuffix(a1, ":append")
	switch {
	case verb == http.MethodGet:
		return c.read("values.get", getValues{[]string{a1}, renderOf(query), false})
	case verb == http.MethodPut:
		return c.post("values.update", body, &updateValues{a1: a1, input: query.Get("valueInputOption")})
	case verb == http.MethodPost && isAppend:
		return c.post("values.append", body, &appendValues{a1: appended, input: query.Get("valueInputOption"),
			insert: query.Get("insertDataOption") == "INSERT_ROWS"})
	}
	return noSuchPage()
}

func (c *call) read(method string, op operation) *apiError {
	c.method, c.op = method, op
	return nil
}

func (c *call) post(method string, body []byte, op operation) *apiError {
	c.method, c.op, c.write = method, op, true
	return decode(body, op)
}

// decode reads a JSON body. Unknown names are refused, as the service does, so that a
// request the emulator cannot carry out is never half understood.
func decode(body []byte, into any) *apiError {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("Invalid JSON payload received. Unknown name or invalid value: Cannot find field.")
	}
	if _, err := d.Token(); err != io.EOF {
		return badRequest("Invalid JSON payload received. Parsing terminated before end of input.")
	}
	return nil
}

func noSuchPage() *apiError {
	return &apiError{code: 404, message: "The requested URL was not found on this server."}
}

// render says how cells are read.
type render struct{ option, major string }

func renderOf(query url.Values) render {
	return render{query.Get("valueRenderOption"), query.Get("majorDimension")}
}

func (r render) check() *apiError {
	switch r.option {
	case "", "FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA":
	default:
		return badRequest("Invalid value at 'value_render_option'")
	}
	if r.major != "" && r.major != "ROWS" {
		return &apiError{code: 501, message: "The emulator reads by ROWS only."}
	}
	return nil
}
