package page_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"secretstore/internal/emulator/page"
	"secretstore/internal/emulator/page/pagetest"
	"secretstore/internal/emulator/workspace"
)

type object = map[string]any

// app is a Slack app that shows what a test gives it.
type app struct {
	t     *testing.T
	slack *workspace.Workspace
	url   string // of the page

	mu      sync.Mutex
	views   map[string]string // :: text of the command -> the view it opens
	answer  string            // to the next submissions
	pressed func(payload object)
	heard   chan object // submissions, clicks and closed views, in order
}

// newApp starts a workspace with the app in it, and the page over it.
func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{t: t, views: map[string]string{}, heard: make(chan object, 64), pressed: func(object) {}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/commands", a.command)
	mux.HandleFunc("POST /slack/interactions", a.interaction)
	mux.HandleFunc("POST /slack/options", a.options)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	var err error
	if a.slack, err = workspace.Start(workspace.Options{AppURL: server.URL}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.slack.Close)
	p, err := page.Start("127.0.0.1:0", page.Options{Workspace: a.slack, Commands: []page.Command{{Name: "/play", Verbs: []page.Verb{
		{Name: "form", Usage: "NAME", About: map[string]string{"en": "Open a form"}}, {Name: "format"},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	a.url = p.URL()
	return a
}

// open is the app's page in a browser.
func (a *app) open() *pagetest.Browser { return pagetest.Open(a.t, a.url) }

// form is a view of testdata, for the command "/play NAME".
func (a *app) form(name string) {
	a.t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		a.t.Fatal(err)
	}
	a.views[name] = string(raw)
}

// call asks something of Slack.
func (a *app) call(method string, args object) object {
	body, err := json.Marshal(args)
	if err != nil {
		a.t.Error(err)
		return nil
	}
	r, err := http.NewRequest(http.MethodPost, a.slack.APIURL()+method, bytes.NewReader(body))
	if err != nil {
		a.t.Error(err)
		return nil
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+a.slack.BotToken())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Error(err)
		return nil
	}
	defer answer.Body.Close()
	var out object
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		a.t.Error(err)
	}
	return out
}

// post writes a message of blocks and gives its ts.
func (a *app) post(channel, blocks string) string {
	a.t.Helper()
	out := a.call("chat.postMessage", object{"channel": channel, "text": "a message", "blocks": list(a.t, blocks)})
	ts, _ := out["ts"].(string)
	if ts == "" {
		a.t.Fatalf("not posted: %v", out)
	}
	return ts
}

func list(t *testing.T, raw string) []any {
	t.Helper()
	var out []any
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (a *app) command(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	view, known := a.views[r.FormValue("text")]
	a.mu.Unlock()
	if !known {
		fmt.Fprintf(w, "There is no form *%s*.", r.FormValue("text"))
		return
	}
	a.call("views.open", object{"trigger_id": r.FormValue("trigger_id"), "view": json.RawMessage(view)})
}

func (a *app) interaction(w http.ResponseWriter, r *http.Request) {
	var payload object
	if err := json.Unmarshal([]byte(r.FormValue("payload")), &payload); err != nil {
		a.t.Error(err)
	}
	a.mu.Lock()
	answer, pressed := a.answer, a.pressed
	a.mu.Unlock()
	switch payload["type"] {
	case "view_submission":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answer)
	case "block_actions":
		pressed(payload)
	}
	a.heard <- payload
}

// options offers what contains the query.
func (a *app) options(w http.ResponseWriter, r *http.Request) {
	var payload struct{ Value string }
	if err := json.Unmarshal([]byte(r.FormValue("payload")), &payload); err != nil {
		a.t.Error(err)
	}
	options := []object{}
	for _, name := range []string{"db-password", "db-url", "api-key"} {
		if strings.Contains(name, payload.Value) {
			options = append(options, object{"value": name, "text": object{"type": "plain_text", "text": name}})
		}
	}
	_ = json.NewEncoder(w).Encode(object{"options": options})
}

// answers sets what the next submissions are answered with.
func (a *app) answers(answer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = answer
}

// hears waits for the next thing that people did, which is of this type.
func (a *app) hears(kind string) object {
	a.t.Helper()
	select {
	case payload := <-a.heard:
		if payload["type"] != kind {
			a.t.Fatalf("the app heard %v, not %s", payload["type"], kind)
		}
		return payload
	case <-time.After(pagetest.Patience):
		a.t.Fatalf("the app heard no %s", kind)
	}
	return nil
}

// at walks into a decoded JSON value.
func at(v any, path ...string) any {
	for _, name := range path {
		o, _ := v.(object)
		if all, isList := v.([]any); isList && len(all) > 0 {
			o, _ = all[0].(object)
		}
		v = o[name]
	}
	return v
}
