package sheets_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/googleapi"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/sheets"
)

func TestEveryFaultKind(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  faults.Fault
		status int  // 0: no answer
		effect bool // whether the row is there
	}{
		{"refused without effect", faults.Fault{Kind: faults.Refuse, Status: 429, RetryAfter: 30 * time.Second}, 429, false},
		{"carried out and denied", faults.Fault{Kind: faults.Lose}, 503, true},
		{"dropped without effect", faults.Fault{Kind: faults.Drop}, 0, false},
		{"carried out and cut", faults.Fault{Kind: faults.Cut}, 0, true},
		{"slow", faults.Fault{Kind: faults.Slow, Delay: time.Millisecond}, 200, true},
		{"stale has no say over a write", faults.Fault{Kind: faults.Stale}, 200, true},
		{"an unknown kind", faults.Fault{Kind: "sulk"}, 501, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, sheets.Options{})
			tt.fault.Method = "values.update"
			s.Faults().Add(tt.fault)
			err := update(t, client(t, s), "A1", "RAW", []any{"row"})
			if got := statusOf(t, err); got != tt.status {
				t.Errorf("status = %d, want %d (%v)", got, tt.status, err)
			}
			if got := s.Hand().Cell(book, "Sheet1", "A1") == "row"; got != tt.effect {
				t.Errorf("effect = %v, want %v", got, tt.effect)
			}
			if s.Faults().Taken("values.update") != 1 {
				t.Error("the fault was not taken once")
			}
		})
	}
}

// statusOf is the status an error tells, 200 for none and 0 for a cut connection.
func statusOf(t *testing.T, err error) int {
	t.Helper()
	refused, ok := errors.AsType[*googleapi.Error](err)
	if ok {
		if refused.Code == 429 && refused.Header.Get("Retry-After") != "30" {
			t.Errorf("Retry-After = %q, want 30", refused.Header.Get("Retry-After"))
		}
		return refused.Code
	}
	if err != nil {
		return 0
	}
	return http.StatusOK
}

func TestStaleReadShowsTheStateBeforeTheNewestWrite(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	mustUpdate(t, c, "A1", []any{"first"})
	mustUpdate(t, c, "A1", []any{"second"})
	s.Faults().Add(faults.Fault{Method: "values.get", Kind: faults.Stale, Times: 1})
	for _, want := range []string{"first", "second"} {
		got, err := c.Values.Get(book, "A1").Do()
		if err != nil || got.Values[0][0] != want {
			t.Errorf("read %+v, %v; want %s", got, err, want)
		}
	}
}

// A late effect arrives after its refusal was answered. The server is called without a
// network, so that the clock of the bubble counts.
func TestLateEffectArrivesAfterItsDelay(t *testing.T) {
	s := start(t, sheets.Options{})
	s.Faults().Add(faults.Fault{Method: "values.update", Kind: faults.Late, Delay: 3 * time.Minute, Times: 1})
	synctest.Test(t, func(t *testing.T) {
		answer := call(t, s, http.MethodPut, "v4/spreadsheets/book/values/A1?valueInputOption=RAW", `{"values":[["late"]]}`)
		if answer.code != 503 || s.Hand().Cell(book, "Sheet1", "A1") != "" {
			t.Errorf("at once: %d, cell %q", answer.code, s.Hand().Cell(book, "Sheet1", "A1"))
		}
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		if got := s.Hand().Cell(book, "Sheet1", "A1"); got != "late" {
			t.Errorf("cell after the delay = %q, want late", got)
		}
	})
}

func TestQuotasCountReadsAndWritesApartAndForgetAfterAMinute(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := start(t, sheets.Options{Quotas: true, Clock: func() time.Time { return now }})
	c := client(t, s)
	for i := range 60 {
		if _, err := batch(c, cells(0, int64(i), "x", "y")); err != nil {
			t.Fatal(err)
		}
	}
	code, message := fault(t, update(t, c, "A1", "RAW", []any{"x"}))
	if code != 429 || !strings.Contains(message, "'Write requests per minute per user'") {
		t.Errorf("the 61st write: %d %s", code, message)
	}
	if _, err := c.Values.Get(book, "A1").Do(); err != nil {
		t.Errorf("a read beside 60 writes: %v", err)
	}
	now = now.Add(time.Minute)
	if err := update(t, c, "A1", "RAW", []any{"x"}); err != nil {
		t.Errorf("a write a minute later: %v", err)
	}
}

func TestProjectQuotaIsSharedByItsUsers(t *testing.T) {
	s := start(t, sheets.Options{Quotas: true})
	c := client(t, s)
	refused := 0
	for i := range 310 {
		get := c.Values.Get(book, "A1")
		get.Header().Set("Authorization", "Bearer "+string(rune('a'+i%10)))
		if _, err := get.Do(); err != nil {
			if _, message := fault(t, err); !strings.Contains(message, "'Read requests per minute'") {
				t.Fatal(message)
			}
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("%d of 310 reads by ten users were refused, want 10", refused)
	}
}

func TestRequestsTellWhatArrived(t *testing.T) {
	s := start(t, sheets.Options{})
	c := client(t, s)
	if _, err := batch(c, appendRows(0, 1), cells(0, 0, "a", "b")); err != nil {
		t.Fatal(err)
	}
	s.Faults().Add(faults.Fault{Method: "get", Kind: faults.Drop})
	if _, err := c.Get(book).Do(); err == nil {
		t.Error("a dropped read answered")
	}
	want := []sheets.Request{
		{Method: "batchUpdate", Spreadsheet: book, Write: true, Sub: 2, Rows: 2, Status: 200},
		{Method: "get", Spreadsheet: book, Sub: 1},
	}
	got := s.Requests()
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("requests = %+v, want %+v", got, want)
	}
	if bodies := s.RawReceived(); !strings.Contains(string(bodies[0]), `"stringValue":"b"`) {
		t.Errorf("body = %s", bodies[0])
	}
}
