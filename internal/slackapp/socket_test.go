package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
)

// wire is the far end of Socket Mode as bare frames, for those that no workspace sends.
type wire struct {
	*httptest.Server
	conns chan *websocket.Conn
	acks  chan string // whole frames
}

func startWire(t *testing.T) *wire {
	t.Helper()
	w := &wire{conns: make(chan *websocket.Conn, 2*connections), acks: make(chan string, 100)}
	mux := http.NewServeMux()
	mux.HandleFunc("/apps.connections.open", func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(map[string]any{"ok": true, "url": "ws" + strings.TrimPrefix(w.URL, "http") + "/link"})
	})
	mux.HandleFunc("/link", func(rw http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		conn, err := upgrader.Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		if conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`)) == nil {
			w.conns <- conn
		}
		for {
			_, frame, err := conn.ReadMessage()
			if err != nil {
				return
			}
			w.acks <- string(frame)
		}
	})
	w.Server = httptest.NewServer(mux)
	t.Cleanup(w.Close)
	return w
}

// runSocket runs a Socket of f against api until stop, which returns what Run returned.
func runSocket(t *testing.T, f *front, api, appToken string) (s *Socket, stop func() error) {
	t.Helper()
	client, err := NewClient(ClientOptions{Token: key("xoxb"), AppToken: key(appToken), APIURL: api})
	if err != nil {
		t.Fatal(err)
	}
	s = NewSocket(f.Transport, client)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return s, stop
}

func frame(kind, id string, payload string, extra string) string {
	return `{"type":"` + kind + `","envelope_id":"` + id + `","accepts_response_payload":true,"payload":` + payload + extra + `}`
}

func TestFramesThatAreRefusedHaveNoEffectAndNoAcknowledgement(t *testing.T) {
	submission := strings.Replace(testdata(t, "view_submission.json"), "s3cr", testCanary, 1)
	with := func(old, new string) string {
		if !strings.Contains(submission, old) {
			t.Fatalf("the recorded submission has no %s", old)
		}
		return frame("interactive", "bad", strings.Replace(submission, old, new, 1), "")
	}
	good := commandJSON("/secret")
	tests := []struct{ name, frame, counter string }{
		{"another app", with(`"api_app_id":"A0SECRETSTORE"`, `"api_app_id":"A0OTHER"`), "refused_wrong_app"},
		{"another team", with(`"team":{"id":"T0ACME"`, `"team":{"id":"T0OTHER"`), "refused_wrong_team"},
		{"a Slack Connect stranger", with(`"team_id":"T0ACME"},"api_app_id"`, `"team_id":"T0OTHER"},"api_app_id"`), "refused_wrong_team"},
		{"an unknown block", with(`"values":{"env":{"env":`, `"values":{"x":{"x":`), "refused_malformed"},
		{"two users", with(`"user":{`, `"User":{"id":"U0EVIL"},"user":{`), "refused_malformed"},
		{"a payload slack-go can't read", frame("interactive", "bad", `{"type":7,"x":"`+testCanary+`"}`, ""), "refused_malformed"},
		{"a payload that is text", frame("interactive", "bad", `"`+testCanary+`"`, ""), "refused_malformed"},
		{"a frame of an unknown type", frame("surprise", "bad", `{}`, ""), "refused_malformed"},
		{"a frame without id", `{"type":"interactive","payload":` + submission + `,"envelope_id":""}`, "refused_malformed"},
		{"a frame slack-go can't read", `{"type":7,"envelope_id":"bad","payload":{"x":"` + testCanary + `"}}`, "refused_malformed"},
		{"another command", frame("slash_commands", "bad", commandJSON("/deploy"), ""), "refused_malformed"},
		{"an oversized payload", frame("interactive", "bad", `{"type":"view_closed","x":"`+strings.Repeat("x", MaxBody)+`"}`, ""), "refused_too_large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, w := newFront(nil), startWire(t)
			_, stop := runSocket(t, f, w.URL+"/", "xapp")
			conn := <-w.conns
			write(t, conn, test.frame)
			write(t, conn, frame("slash_commands", "good", good, ""))
			if got, want := <-w.acks, `{"envelope_id":"good"}`; got != want {
				t.Errorf("acknowledged %s, want %s", got, want)
			}
			if err := stop(); err != nil {
				t.Errorf("stopped with %v", err)
			}
			if len(w.acks) > 0 {
				t.Errorf("acknowledged %s", <-w.acks)
			}
			got := f.counts()
			delete(got, "connects")
			if diff := cmp.Diff(map[string]int64{test.counter: 1, "served": 1}, got); diff != "" {
				t.Errorf("counters (-want +got):\n%s", diff)
			}
			if log := f.log.String(); log != "" {
				t.Errorf("a refusal was logged: %s", log)
			}
		})
	}
}

func commandJSON(command string) string {
	return `{"api_app_id":"A0SECRETSTORE","team_id":"T0ACME","user_id":"U0ALICE","command":"` + command + `","text":"` + testCanary + `"}`
}

func write(t *testing.T, conn *websocket.Conn, frame string) {
	t.Helper()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		t.Fatal(err)
	}
}

func TestAnEnvelopeHasOneEffect(t *testing.T) {
	f, w := newFront(nil), startWire(t)
	_, stop := runSocket(t, f, w.URL+"/", "xapp")
	first, second := <-w.conns, <-w.conns
	same := frame("slash_commands", "one", commandJSON("/secret"), "")
	write(t, first, same)
	<-w.acks
	write(t, second, same)
	write(t, second, frame("events_api", "two", `{"type":"event_callback","event":{"type":"unheard_of"}}`, `,"retry_attempt":1,"retry_reason":"timeout"`))
	if got, want := <-w.acks, `{"envelope_id":"two"}`; got != want {
		t.Errorf("acknowledged %s, want %s: an event always, the same envelope never again", got, want)
	}
	_ = stop()
	got := f.counts()
	delete(got, "connects")
	if diff := cmp.Diff(map[string]int64{"served": 1, "refused_replayed": 1, "events": 1, "event_retries": 1}, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

// TestAFrameOnlySlackGoFailsAtIsServed: an input of a type that slack-go does not know
// makes it reject the whole submission.
func TestAFrameOnlySlackGoFailsAtIsServed(t *testing.T) {
	f, w := newFront(nil), startWire(t)
	_, stop := runSocket(t, f, w.URL+"/", "xapp")
	submission := strings.Replace(testdata(t, "view_submission.json"), `"element":{"type":"static_select"`, `"element":{"type":"next_years_select"`, 1)
	if json.Unmarshal([]byte(submission), new(slack.InteractionCallback)) == nil {
		t.Fatal("slack-go reads it after all: the test proves nothing")
	}
	write(t, <-w.conns, frame("interactive", "new", submission, ""))
	if got, want := <-w.acks, `{"envelope_id":"new"}`; got != want {
		t.Errorf("acknowledged %s, want %s", got, want)
	}
	_ = stop()
	if got := string(f.requests()[0].View.Fields[secret.FieldValue].Secret.Reveal()); !strings.HasPrefix(got, "s3cr") {
		t.Errorf("the value is %q", got)
	}
}

func TestTooMuchAtOnceIsRefusedAndACommandSaysSo(t *testing.T) {
	release := make(chan struct{})
	f, w := newFront(func(context.Context, Request) Response { <-release; return Response{} }), startWire(t)
	s, stop := runSocket(t, f, w.URL+"/", "xapp")
	for range maxServing {
		s.slots <- struct{}{} // as many in flight
	}
	conn := <-w.conns
	write(t, conn, frame("interactive", "form", testdata(t, "view_submission.json"), ""))
	write(t, conn, frame("slash_commands", "command", commandJSON("/secret"), ""))
	if got := <-w.acks; !strings.Contains(got, `"envelope_id":"command"`) || !strings.Contains(got, "busy right now") {
		t.Errorf("acknowledged %s", got)
	}
	close(release)
	_ = stop()
	if n := f.Counters.Refused(Busy); n != 2 || len(f.requests()) != 0 {
		t.Errorf("%d refused, %d served", n, len(f.requests()))
	}
}

func TestStoppingWaitsForAnswersInFlight(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	f, w := newFront(func(context.Context, Request) Response { close(begun); <-release; return Response{Text: "done"} }), startWire(t)
	_, stop := runSocket(t, f, w.URL+"/", "xapp")
	write(t, <-w.conns, frame("slash_commands", "slow", commandJSON("/secret"), ""))
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	close(release)
	if got := <-w.acks; !strings.Contains(got, `"text":"done"`) {
		t.Errorf("acknowledged %s", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestAHandlerThatPanicsLeavesTheFormOpenInSocketModeToo(t *testing.T) {
	f, w := newFront(func(_ context.Context, r Request) Response { panic(testCanary + r.Text) }), startWire(t)
	_, stop := runSocket(t, f, w.URL+"/", "xapp")
	conn := <-w.conns
	write(t, conn, frame("interactive", "form", testdata(t, "view_submission.json"), ""))
	write(t, conn, frame("slash_commands", "command", commandJSON("/secret"), ""))
	if got := <-w.acks; !strings.Contains(got, `"envelope_id":"command"`) || !strings.Contains(got, "Something went wrong") {
		t.Errorf("acknowledged %s, want the command's apology alone", got)
	}
	_ = stop()
	if log := f.log.String(); strings.Contains(log, testCanary) || strings.Count(log, "panic") < 2 {
		t.Errorf("the log holds what was typed, or lacks the panics:\n%s", log)
	}
}

func TestAnAppTokenThatSlackRefusesEndsTheRun(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	client, err := NewClient(ClientOptions{Token: key(w.BotToken()), AppToken: key("xapp-wrong"), APIURL: w.APIURL()})
	if err != nil {
		t.Fatal(err)
	}
	wantSlackError(t, NewSocket(newFront(nil).Transport, client).Run(t.Context()), SlackDenied, "invalid_auth")
}

// TestBothTransportsServeThePersonAlike plays one story over each: a command, a form with
// an error, the form again, and connections that come and go.
func TestBothTransportsServeThePersonAlike(t *testing.T) {
	const value = "  " + testCanary + " <&> “quoted”\n\ttail \\ 🚀 "
	for _, transport := range []string{"HTTP", "Socket Mode"} {
		t.Run(transport, func(t *testing.T) {
			w := startWorkspace(t, workspace.Options{})
			client := workspaceClient(t, w)
			f := newFront(nil)
			f.Clock, f.Keys = time.Now, nil
			f.Identity = mustIdentity(t, client)
			f.Handler = storyHandler(t, client, value)
			if transport == "HTTP" {
				f.Keys = append(f.Keys, key("emulator-signing-secret"))
				server := httptest.NewServer(NewHTTP(f.Transport))
				t.Cleanup(server.Close)
				w.SetAppURL(server.URL)
			} else {
				runSocket(t, f, w.APIURL(), w.AppToken())
				awaitConnects(t, f, connections)
				w.Disconnect("refresh_requested")
				awaitConnects(t, f, 2*connections)
				w.CutSockets()
				awaitConnects(t, f, 3*connections)
				mustDo(t, w.AwaitSockets(t.Context(), connections))
			}
			playStory(t, w.Person("U0ALICE"), value)
			for _, sent := range w.RawSent() {
				if strings.Contains(string(sent), testCanary) {
					t.Errorf("the value went back to Slack: %s", sent)
				}
			}
			if log := f.log.String(); strings.Contains(log, testCanary) {
				t.Errorf("the value was logged:\n%s", log)
			}
			if n := f.Counters.Served.Load(); n != 3 {
				t.Errorf("%d requests were served, want 3: %v", n, f.counts())
			}
		})
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// awaitConnects waits until n connections have come up since the start.
func awaitConnects(t *testing.T, f *front, n int64) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for f.Counters.Connects.Load() < n {
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatalf("%d connections, want %d", f.Counters.Connects.Load(), n)
		}
	}
}

func mustIdentity(t *testing.T, c *Client) Identity {
	t.Helper()
	i, err := c.Identity(t.Context())
	mustDo(t, err)
	return i
}

// storyHandler opens a form for a command, and takes value for the name "right" alone.
func storyHandler(t *testing.T, client *Client, value string) Handler {
	return func(ctx context.Context, r Request) Response {
		if r.Kind == KindCommand {
			_, err := client.OpenView(ctx, r.TriggerID, storyForm())
			if err != nil {
				t.Errorf("views.open: %v", err)
			}
			return Response{}
		}
		if got := r.View.Fields[secret.FieldValue].Secret; !got.Same(key(value)) {
			t.Errorf("the value arrived as %d bytes, want %d", got.Len(), len(value))
		}
		if r.View.Fields[secret.FieldName].Text != "right" {
			return Response{Errors: map[secret.Field]string{secret.FieldName: "Taken."}}
		}
		return Response{}
	}
}

func storyForm() slack.ModalViewRequest {
	plain := func(text string) *slack.TextBlockObject {
		return &slack.TextBlockObject{Type: slack.PlainTextType, Text: text}
	}
	input := func(f secret.Field, multiline bool) slack.Block {
		element := slack.NewPlainTextInputBlockElement(nil, string(f))
		element.Multiline = multiline
		return slack.NewInputBlock(string(f), plain(string(f)), nil, element)
	}
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: "secret_create", Title: plain("New secret"), Submit: plain("Create"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{input(secret.FieldName, false), input(secret.FieldValue, true)}}}
}

func playStory(t *testing.T, alice *workspace.Person, value string) {
	t.Helper()
	ctx := t.Context()
	if _, err := alice.Command(ctx, "/secret", "create"); err != nil {
		t.Fatal(err)
	}
	_, err := alice.AwaitView(ctx, func(v *workspace.View) bool { return v.CallbackID == "secret_create" })
	mustDo(t, err)
	mustDo(t, alice.Fill("name", "wrong"))
	mustDo(t, alice.Fill("value", value))
	done, err := alice.SubmitView(ctx)
	if err != nil || done.Errors["name"] != "Taken." {
		t.Fatalf("submitted: %+v, %v", done, err)
	}
	mustDo(t, alice.Fill("name", "right"))
	done, err = alice.SubmitView(ctx)
	if err != nil || !done.Closed {
		t.Fatalf("submitted again: %+v, %v", done, err)
	}
}

func TestASocketThatNeverConnectsSaysWhyWithoutWords(t *testing.T) {
	tried := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case tried <- struct{}{}:
		default:
		}
		http.Error(w, testCanary, http.StatusBadGateway)
	}))
	defer server.Close()
	f := newFront(nil)
	s, stop := runSocket(t, f, server.URL+"/", "xapp")
	for range connections + 1 { // one of them has come back, so its first failure is logged
		<-tried
	}
	if err := stop(); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("stopped with %v", err)
	}
	if log := f.log.String(); !strings.Contains(log, "ambiguous") || strings.Contains(log, testCanary) || s.Connected() != 0 {
		t.Errorf("the log says %q", log)
	}
}
