package gitguardian_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/gitguardian"
)

func TestFaultsHappenAsScripted(t *testing.T) {
	s := start(t, gitguardian.Options{})
	d := []document{{"a", gitguardian.Fake(github)}, {"b", "x"}}
	tests := []struct {
		fault  faults.Fault
		status int
		kind   string
		words  string
	}{
		{faults.Fault{Kind: faults.Refuse, Status: 500}, 500, "application/json", `{"detail":"Internal Server Error"}`},
		{faults.Fault{Kind: faults.Refuse, Status: 401}, 401, "application/json", "Invalid API key."},
		{faults.Fault{Kind: faults.Refuse, Status: 403, Error: "no"}, 403, "application/json", `{"detail":"no"}`},
		{faults.Fault{Kind: faults.Lose, Status: 201}, 201, "application/json", "Created"},
		{faults.Fault{Kind: gitguardian.BadJSON}, 200, "application/json", "{no JSON"},
		{faults.Fault{Kind: gitguardian.Charset}, 200, "application/json; charset=utf-8", `"is_diff"`},
		{faults.Fault{Kind: gitguardian.HTML, Status: 502}, 502, "text/html", "<html>"},
		{faults.Fault{Kind: gitguardian.Empty}, 200, "application/json", "[]"},
		{faults.Fault{Kind: gitguardian.OtherPolicy}, 200, "application/json", `"policy":"File extensions"`},
		{faults.Fault{Kind: faults.Stale}, 501, "application/json", "does not know this kind"},
	}
	for _, test := range tests {
		test.fault.Method, test.fault.Times = gitguardian.Multiscan, 1
		s.Faults().Add(test.fault)
		status, kind, text := call(t, s, "POST", multiscanPath, "key", d)
		if status != test.status || kind != test.kind || !strings.Contains(text, test.words) {
			t.Errorf("%+v: %d %s %s", test.fault, status, kind, text)
		}
	}
	s.Faults().Add(faults.Fault{Method: gitguardian.Multiscan, Kind: gitguardian.Short, Times: 1})
	if got := search(t, s, d...); len(got) != 1 {
		t.Errorf("a short answer has %d results, want 1", len(got))
	}
}

func TestADroppedCallIsKeptAndHasNoAnswer(t *testing.T) {
	s := start(t, gitguardian.Options{})
	s.Faults().Add(faults.Fault{Method: gitguardian.Multiscan, Kind: faults.Drop, Times: 1})
	body := strings.NewReader(`[{"document":"x","filename":"a"}]`)
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+multiscanPath, body)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(r); err == nil {
		resp.Body.Close()
		t.Error("the call was answered")
	}
	got := s.Requests()
	if len(got) != 1 || got[0].Status != 0 || len(got[0].Documents) != 1 || got[0].Documents[0].SHA256 != "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" {
		t.Errorf("requests kept: %+v", got)
	}
	if n := len(s.Documents()); n != 0 {
		t.Errorf("%d documents count as searched", n)
	}
}

func TestCloseEndsSlowCalls(t *testing.T) {
	s := start(t, gitguardian.Options{})
	s.Faults().Add(faults.Fault{Method: gitguardian.Health, Kind: faults.Slow, Delay: time.Hour})
	done := make(chan error, 1)
	go func() {
		resp, err := http.Get(s.URL() + "/exposed/v1/health")
		if err == nil {
			err = resp.Body.Close()
		}
		done <- err
	}()
	for len(s.Requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("a call outlived the server")
	}
}
