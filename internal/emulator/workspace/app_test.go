package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// app is a tiny Slack app: what arrives goes to the handler of its kind, and what that
// returns is the answer.
type app struct {
	t testing.TB
	w *Workspace

	mu       sync.Mutex
	handlers map[string]func(obj) any // :: "command", payload type or "event" -> answer
	seen     []obj
}

// startApp runs a workspace with a tiny app behind HTTP.
func startApp(t testing.TB, o Options) (*Workspace, *app) {
	t.Helper()
	w, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	a := &app{t: t, w: w, handlers: map[string]func(obj) any{}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	w.SetAppURL(server.URL)
	return w, a
}

func (a *app) on(kind string, handle func(obj) any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handlers[kind] = handle
}

func (a *app) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	kind, payload := parsePayload(r.URL.Path, raw)
	a.mu.Lock()
	a.seen = append(a.seen, payload)
	handle := a.handlers[kind]
	a.mu.Unlock()
	if handle == nil {
		return
	}
	switch out := handle(payload).(type) {
	case nil:
	case int:
		rw.WriteHeader(out)
	case string:
		_, _ = io.WriteString(rw, out)
	default:
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(out)
	}
}

func parsePayload(path string, raw []byte) (kind string, payload obj) {
	payload = obj{}
	if path == "/slack/events" {
		_ = json.Unmarshal(raw, &payload)
		return "event", payload
	}
	form, _ := url.ParseQuery(string(raw))
	if text := form.Get("payload"); text != "" {
		_ = json.Unmarshal([]byte(text), &payload)
		return str(payload, "type"), payload
	}
	for name := range form {
		payload[name] = form.Get(name)
	}
	return "command", payload
}

// last is the newest payload that the app got.
func (a *app) last() obj {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.seen) == 0 {
		return nil
	}
	return a.seen[len(a.seen)-1]
}

// opens makes the app open a view on every command.
func (a *app) opens(view obj) {
	a.on("command", func(p obj) any {
		if _, err := a.open(str(p, "trigger_id"), view); err != nil {
			a.t.Errorf("views.open: %v", err)
		}
		return nil
	})
}

func (a *app) open(trigger string, view obj) (obj, error) {
	return a.call("views.open", obj{"trigger_id": trigger, "view": view})
}

// call is a plain JSON call of the Web API: the tests' views need no library's types.
func (a *app) call(method string, body obj) (obj, error) {
	out, _, err := a.post(method, body)
	return out, err
}

type apiError string

func (e apiError) Error() string { return string(e) }

func (a *app) post(method string, body obj) (obj, *http.Response, error) {
	raw, _ := json.Marshal(body)
	req, _ := http.NewRequest(http.MethodPost, a.w.APIURL()+method, bytes.NewReader(raw))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+a.w.BotToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	out := obj{}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return nil, res, err
	}
	if !flag(out, "ok") {
		return out, res, apiError(str(out, "error"))
	}
	return out, res, nil
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
