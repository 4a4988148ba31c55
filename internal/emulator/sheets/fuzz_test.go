package sheets_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"secretstore/internal/emulator/sheets"
)

type reply struct {
	code int
	body string
}

// call goes to the server without a network.
func call(t *testing.T, s *sheets.Server, method, target, body string) reply {
	t.Helper()
	r := httptest.NewRequest(method, "http://localhost/"+target, strings.NewReader(body))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return reply{w.Code, w.Body.String()}
}

// FuzzBatchUpdateBody sends any body: the answer is a success, or a refusal in Google's
// shape that changed nothing.
func FuzzBatchUpdateBody(f *testing.F) {
	for _, seed := range []string{
		`{"requests":[{"addSheet":{"properties":{"title":"t","sheetId":7,"gridProperties":{"rowCount":9,"frozenRowCount":1}}}},{"appendDimension":{"sheetId":7,"dimension":"ROWS","length":2}}]}`,
		`{"requests":[{"updateCells":{"start":{"rowIndex":1},"fields":"userEnteredValue","rows":[{"values":[{"userEnteredValue":{"stringValue":"x"}},null]}]}}]}`,
		`{"requests":[{"updateSheetProperties":{"fields":"gridProperties","properties":{"gridProperties":{"rowCount":-1}}}}]}`,
		`{"requests":[{"repeatCell":{"range":{"startRowIndex":-1},"fields":"*","cell":{}}},{"deleteSheet":{}}]}`,
		`{"requests":[{"addProtectedRange":{"protectedRange":{"range":{"endRowIndex":0}}}}]}`,
		`{"requests":[{}]}`, `{"requests":null} x`, `[]`, ``, `{"requests":[{"sortRange":{}}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := start(t, sheets.Options{})
		got := call(t, s, http.MethodPost, "v4/spreadsheets/book:batchUpdate", body)
		checkAnswer(t, got)
		if got.code != http.StatusOK && (len(s.Hand().Tabs(book)) != 1 || len(s.Hand().Rows(book, "Sheet1")) != 0) {
			t.Errorf("a refused body had an effect")
		}
	})
}

// FuzzValuesCall sends any range, mask and body to the values collection.
func FuzzValuesCall(f *testing.F) {
	f.Add("Sheet1!A1:B2", "range", `{"values":[["a",null,""],[1,true]]}`)
	f.Add("'Sheet1'!$A:B", "values", `{"values":[[{}]]}`)
	f.Add("'", "a(b.c/d,e),*", `{"values":null}`)
	f.Add("A1001", "((", `{"range":"B2"}`)
	f.Add("\xb4", "0", "0")
	f.Fuzz(func(t *testing.T, a1, fields, body string) {
		s := start(t, sheets.Options{})
		target := "v4/spreadsheets/book/values/" + escape(a1) + "?valueInputOption=USER_ENTERED&fields=" + escape(fields)
		checkAnswer(t, call(t, s, http.MethodPut, target, body))
		checkAnswer(t, call(t, s, http.MethodGet, target, ""))
	})
}

func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

func checkAnswer(t *testing.T, got reply) {
	t.Helper()
	var shape struct {
		Error *struct {
			Code            int
			Message, Status string
		}
	}
	if err := json.Unmarshal([]byte(got.body), &shape); err != nil {
		t.Fatalf("answer %d is not an object: %v: %s", got.code, err, got.body)
	}
	switch e := shape.Error; {
	case got.code == http.StatusOK && e != nil, got.code != http.StatusOK && e == nil:
		t.Fatalf("answer %d has the body %s", got.code, got.body)
	case e != nil && (e.Code != got.code || e.Message == "" || e.Status == "" || got.code >= 500 && got.code != 501):
		t.Fatalf("answer %d is not in Google's shape: %s", got.code, got.body)
	}
}
