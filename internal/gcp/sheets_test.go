package gcp_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/faults"
	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/gcp"
	"secretstore/internal/publish"
)

const spreadsheet = "1spreadsheet-id"

func sheetsEmulator(t *testing.T) *emulator.Server {
	t.Helper()
	server, err := emulator.Start(emulator.Options{Spreadsheets: []string{spreadsheet}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

func sheetsAt(t *testing.T, endpoint string) *gcp.Sheets {
	t.Helper()
	s, err := gcp.NewSheets(t.Context(), gcp.SheetsOptions{Endpoint: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func addTab(t *testing.T, s *gcp.Sheets, title string, header ...string) publish.Tab {
	t.Helper()
	tab, err := s.AddTab(t.Context(), spreadsheet, title, header)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestSheetsAddTabMakesAProtectedTabAsWideAsItsHeader(t *testing.T) {
	server := sheetsEmulator(t)
	s := sheetsAt(t, server.URL())
	tab := addTab(t, s, "audit-1", "seq", "hash")
	want := publish.Tab{Title: "audit-1", ID: tab.ID, Rows: 2, Columns: 2, Frozen: 1, Protected: true}
	if diff := cmp.Diff(want, tab); diff != "" {
		t.Errorf("tab (-want +got):\n%s", diff)
	}
	tabs, err := s.Tabs(t.Context(), spreadsheet)
	if err != nil || len(tabs) != 2 {
		t.Fatalf("Tabs = %+v, %v", tabs, err)
	}
	if diff := cmp.Diff(tab, tabs[1]); diff != "" {
		t.Errorf("the tab as listed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"seq", "hash"}}, server.Hand().Rows(spreadsheet, "audit-1")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(server.Requests()) != 2 {
		t.Errorf("requests = %+v, want one write and one read", server.Requests())
	}
}

func TestSheetsAddTabMayBeRepeatedAfterALostAnswer(t *testing.T) {
	server := sheetsEmulator(t)
	s := sheetsAt(t, server.URL())
	server.Faults().Add(faults.Fault{Method: "batchUpdate", Kind: faults.Cut, Times: 1})
	if _, err := s.AddTab(t.Context(), spreadsheet, "audit-1", []string{"seq"}); kindOf(t, err) != publish.SheetDown {
		t.Errorf("a lost answer is %v, want down", err)
	}
	tab := addTab(t, s, "audit-1", "seq")
	if tabs := server.Hand().Tabs(spreadsheet); len(tabs) != 2 || tabs[1].ID != tab.ID {
		t.Errorf("tabs = %+v, want the one that %+v names", tabs, tab)
	}
}

func TestSheetsWritesTextAlone(t *testing.T) {
	server := sheetsEmulator(t)
	s := sheetsAt(t, server.URL())
	tab := addTab(t, s, "audit-1", "a", "b", "c")
	if err := s.Grow(t.Context(), spreadsheet, tab, 2); err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"=1+1", "007", "TRUE"}, {"", "+SUM(A1)", "2026-11-21"}}
	if err := s.Write(t.Context(), spreadsheet, tab, 3, rows); err != nil {
		t.Fatal(err)
	}
	want := [][]string{nil, rows[0], rows[1], nil, nil}
	got, err := s.Read(t.Context(), spreadsheet, "audit-1", 2, 6)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if err := s.Write(t.Context(), spreadsheet, tab, 3, [][]string{{"", "", ""}}); err != nil {
		t.Fatal(err)
	}
	if got := server.Hand().Rows(spreadsheet, "audit-1")[2]; len(got) != 0 {
		t.Errorf("cleared cells show %q", got)
	}
}

func TestSheetsReadShowsWhatAPersonTyped(t *testing.T) {
	server := sheetsEmulator(t)
	s := sheetsAt(t, server.URL())
	for cell, typed := range map[string]string{"A1": "12345678.5", "B1": "true", "C1": "=2+3", "D1": "text"} {
		if err := server.Hand().SetCell(spreadsheet, "Sheet1", cell, typed); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Read(t.Context(), spreadsheet, "Sheet1", 1, 1)
	if diff := cmp.Diff([][]string{{"12345678.5", "TRUE", "5", "text"}}, got); diff != "" || err != nil {
		t.Errorf("read %v (-want +got):\n%s", err, diff)
	}
}

func TestSheetsReadTellsMissingRowsFromAMissingTab(t *testing.T) {
	s := sheetsAt(t, sheetsEmulator(t).URL())
	addTab(t, s, "it's one", "a")
	got, err := s.Read(t.Context(), spreadsheet, "it's one", 500, 501)
	if diff := cmp.Diff([][]string{nil, nil}, got); diff != "" || err != nil {
		t.Errorf("rows below the grid: %v (-want +got):\n%s", err, diff)
	}
	if _, err := s.Read(t.Context(), spreadsheet, "nowhere", 1, 2); kindOf(t, err) != publish.SheetRefused {
		t.Errorf("a missing tab is %v, want refused", err)
	}
}

func TestSheetsErrorsAreOursAlone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault faults.Fault
		want  publish.SheetError
	}{
		{"over quota with a delay", faults.Fault{Kind: faults.Refuse, Status: 429, RetryAfter: 7 * time.Second}, publish.SheetError{Kind: publish.SheetBusy, RetryAfter: 7 * time.Second}},
		{"over quota", faults.Fault{Kind: faults.Refuse, Status: 429}, publish.SheetError{Kind: publish.SheetBusy}},
		{"unavailable", faults.Fault{Kind: faults.Refuse, Status: 503}, publish.SheetError{Kind: publish.SheetDown}},
		{"internal error after the effect", faults.Fault{Kind: faults.Lose, Status: 500}, publish.SheetError{Kind: publish.SheetDown}},
		{"a connection cut after the effect", faults.Fault{Kind: faults.Cut}, publish.SheetError{Kind: publish.SheetDown}},
		{"a bad request", faults.Fault{Kind: faults.Refuse, Status: 400}, publish.SheetError{Kind: publish.SheetRefused}},
		{"no credentials", faults.Fault{Kind: faults.Refuse, Status: 401}, publish.SheetError{Kind: publish.SheetGone}},
		{"not shared", faults.Fault{Kind: faults.Refuse, Status: 403}, publish.SheetError{Kind: publish.SheetGone}},
		{"not there", faults.Fault{Kind: faults.Refuse, Status: 404}, publish.SheetError{Kind: publish.SheetGone}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := sheetsEmulator(t)
			s := sheetsAt(t, server.URL())
			tt.fault.Method = "*"
			server.Faults().Add(tt.fault)
			for call, err := range everyCall(t, s) {
				got, ok := errors.AsType[*publish.SheetError](err)
				if !ok || *got != tt.want {
					t.Errorf("%s: %#v, want %+v", call, err, tt.want)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), spreadsheet) {
					t.Errorf("%s: the error names the spreadsheet", call)
				}
			}
		})
	}
}

// everyCall makes each call once and returns its error.
func everyCall(t *testing.T, s *gcp.Sheets) map[string]error {
	ctx, tab := t.Context(), publish.Tab{Title: "Sheet1"}
	_, tabs := s.Tabs(ctx, spreadsheet)
	_, add := s.AddTab(ctx, spreadsheet, "audit-1", []string{"seq"})
	_, read := s.Read(ctx, spreadsheet, "Sheet1", 1, 2)
	return map[string]error{"Tabs": tabs, "AddTab": add, "Read": read,
		"Grow":  s.Grow(ctx, spreadsheet, tab, 1),
		"Write": s.Write(ctx, spreadsheet, tab, 1, [][]string{{"x"}})}
}

func TestSheetsAnswersThatAreNoneAreDown(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"truncated JSON": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"sheets":[{`)) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:9/", http.StatusTemporaryRedirect)
		},
		"a page of a middle box": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			if _, err := sheetsAt(t, server.URL+"/").Tabs(t.Context(), spreadsheet); kindOf(t, err) != publish.SheetDown {
				t.Errorf("error = %v, want down", err)
			}
		})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if _, err := sheetsAt(t, "http://"+listener.Addr().String()+"/").Tabs(t.Context(), spreadsheet); kindOf(t, err) != publish.SheetDown {
		t.Errorf("a closed port: %v, want down", err)
	}
}

// TestSheetsTabsTellWhoIsKeptOut: replies as the service gives them to the app, or to others,
// who are not shown the editors (docs: sheets ProtectedRange.editors).
func TestSheetsTabsTellWhoIsKeptOut(t *testing.T) {
	const whole = `"range":{"sheetId":7}`
	for name, c := range map[string]struct {
		ranges            string
		protected, shared bool
	}{
		"nothing":                        {``, false, false},
		"the app and the owner":          {`{` + whole + `,"editors":{"users":["app@example.com","owner@example.com"]}}`, true, false},
		"editors that are not shown":     {`{` + whole + `}`, true, false},
		"a third person":                 {`{` + whole + `,"editors":{"users":["a@example.com","b@example.com","c@example.com"]}}`, true, true},
		"a group":                        {`{` + whole + `,"editors":{"users":["a@example.com"],"groups":["all@example.com"]}}`, true, true},
		"the domain":                     {`{` + whole + `,"editors":{"domainUsersCanEdit":true}}`, true, true},
		"a group, and a range without":   {`{` + whole + `,"editors":{"groups":["all@example.com"]}},{` + whole + `}`, true, false},
		"a warning":                      {`{` + whole + `,"warningOnly":true}`, false, false},
		"cells that are let out":         {`{` + whole + `,"unprotectedRanges":[{"sheetId":7,"endRowIndex":2}]}`, false, false},
		"the first rows alone":           {`{"range":{"sheetId":7,"endRowIndex":100}}`, false, false},
		"the columns but the first":      {`{"range":{"sheetId":7,"startColumnIndex":1}}`, false, false},
		"a part, shared with everybody":  {`{"range":{"sheetId":7,"endRowIndex":9},"editors":{"domainUsersCanEdit":true}}`, false, false},
		"a named range, which has no id": {`{"namedRangeId":"x"}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"sheets":[{"properties":{"sheetId":7,"title":"audit-1","gridProperties":{"rowCount":2,"columnCount":18}},"protectedRanges":[%s]}]}`, c.ranges)
			}))
			defer server.Close()
			tabs, err := sheetsAt(t, server.URL+"/").Tabs(t.Context(), spreadsheet)
			if err != nil || len(tabs) != 1 || tabs[0].Protected != c.protected || tabs[0].Shared != c.shared {
				t.Errorf("%+v, %v, want protected %v, shared %v", tabs, err, c.protected, c.shared)
			}
		})
	}
}

func TestSheetsRetryAfterMayBeADate(t *testing.T) {
	at := time.Now().Add(time.Hour)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", at.UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	_, err := sheetsAt(t, server.URL+"/").Tabs(t.Context(), spreadsheet)
	got, ok := errors.AsType[*publish.SheetError](err)
	if !ok || got.RetryAfter <= 50*time.Minute || got.RetryAfter > time.Hour {
		t.Errorf("error = %#v, want about an hour of delay", err)
	}
}

func TestSheetsEndpointIsLoopbackOrGoogle(t *testing.T) {
	for _, endpoint := range []string{
		"http://sheets.example.com/", "https://127.0.0.1:1/", "http://127.0.0.1/", "http://localhost:1/",
		"http://127.0.0.1:1", "http://127.0.0.1:1/v4/", "http://user@127.0.0.1:1/", "127.0.0.1:1", "http://%zz/",
	} {
		if _, err := gcp.NewSheets(t.Context(), gcp.SheetsOptions{Endpoint: endpoint}); !errors.Is(err, gcp.ErrNotLoopback) {
			t.Errorf("%s: error = %v, want ErrNotLoopback", endpoint, err)
		}
	}
}

func kindOf(t *testing.T, err error) publish.SheetErrorKind {
	t.Helper()
	e, ok := errors.AsType[*publish.SheetError](err)
	if !ok {
		t.Fatalf("error = %#v, want a SheetError", err)
	}
	return e.Kind
}
