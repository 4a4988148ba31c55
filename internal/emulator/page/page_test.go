package page

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"secretstore/internal/emulator/workspace"
)

// newWorkspace starts one with its usual people.
func newWorkspace(t *testing.T) *workspace.Workspace {
	t.Helper()
	w, err := workspace.Start(workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestOtherSitesAreKeptOut(t *testing.T) {
	s := httptest.NewServer(New(Options{Workspace: newWorkspace(t)}))
	t.Cleanup(s.Close)
	for _, c := range []struct {
		what, method, path, host string
		header                   map[string]string
		want                     int
	}{
		{"a navigation", "GET", "/", "", nil, 200},
		{"a navigation by name", "GET", "/", "localhost:1", nil, 200},
		{"a navigation by IPv6", "GET", "/", "[::1]:1", nil, 200},
		{"a link from elsewhere", "GET", "/", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200},
		{"a name that was pointed here", "GET", "/", "evil.example:80", nil, 421},
		{"a name that was pointed here, at the API", "GET", "/api/world", "evil.example", nil, 421},
		{"a read by another origin", "GET", "/api/world", "", map[string]string{"Origin": "http://evil.example"}, 403},
		{"a read by another port", "GET", "/events", "", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403},
		{"a read by an image tag elsewhere", "GET", "/api/world", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"a form elsewhere", "POST", "/api/chat/command", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403},
		{"a form elsewhere in an old browser", "POST", "/api/chat/command", "", map[string]string{"Origin": "null"}, 403},
		{"the page's own read", "GET", "/api/world", "", map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200},
	} {
		t.Run(c.what, func(t *testing.T) {
			r, err := http.NewRequest(c.method, s.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.host != "" {
				r.Host = c.host
			}
			for name, value := range c.header {
				r.Header.Set(name, value)
			}
			res, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != c.want {
				t.Errorf("answered %d %q, want %d", res.StatusCode, body, c.want)
			}
			if got := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
				t.Errorf("policy %q", got)
			}
		})
	}
}

func TestOnlyALoopbackAddressIsServed(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0", "127.0.0.1"} {
		if s, err := Start(addr, Options{Workspace: newWorkspace(t)}); err == nil {
			s.Close()
			t.Errorf("%s is served", addr)
		}
	}
}
