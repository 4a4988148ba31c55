package pagetest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// spoiled is a page with one fault of each kind that the checks look for.
const spoiled = `<!doctype html><html lang="en"><title>Spoiled</title><body class="ready"><main><h1>Spoiled</h1>
<p style="width: 4em; overflow: hidden; white-space: nowrap">This sentence is cut off</p>
<p style="position: absolute; left: -9em; width: 12em">outside the window</p>
<button style="position: absolute; left: 300px; top: 200px; width: 90px">Under</button>
<div style="position: absolute; left: 300px; top: 200px; width: 90px; height: 60px; background: white">over it</div>
<button style="position: absolute; left: 300px; top: 400px; width: 90px">Signed</button>
<div class="ring" data-beyond="down" style="position: absolute; left: 370px; top: 390px; width: 36px; height: 36px; pointer-events: none"></div>
<p style="color: #bbb; background: #fff">pale</p></main>`

func TestTheChecksFindWhatTheyLookFor(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(spoiled))
	}))
	t.Cleanup(server.Close)
	b := Open(t, server.URL)
	for _, check := range []struct {
		name  string
		found []string
		want  string
	}{
		{"text that is cut", b.Cut(), `cut: p. "This sentence is cut off"`},
		{"text outside the window", b.Cut(), `outside: p. "outside the window"`},
		{"a button under something", b.Covered(), `button "Under" lies under div. "over it"`},
		{"a button under the sign of the ring", b.Covered(), `button "Signed" lies under the sign of the ring`},
		{"colours too close", b.Barriers(InstallAxe(t)), "color-contrast"},
	} {
		if !strings.Contains(strings.Join(check.found, "\n"), check.want) {
			t.Errorf("%s: found %q, not %q", check.name, check.found, check.want)
		}
	}
}
