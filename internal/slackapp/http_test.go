package slackapp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/secret"
)

// acme is the installation that the recorded payloads come from.
var acme = Identity{TeamID: "T0ACME", AppID: "A0SECRETSTORE", BotUserID: "U0SECRETSTORE"}

// testCanary stands where a person would have typed a value.
const testCanary = "canary-9f2b7c41d8e6"

// front is an app's front door with a log that can be read, and a Handler that counts.
type front struct {
	Transport
	served []Request
	mu     sync.Mutex
	log    lockedBuffer
	now    time.Time
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newFront(answer Handler) *front {
	f := &front{now: time.Unix(vectorTime, 0)}
	f.Transport = Transport{Identity: acme, Keys: []secret.Value{key(vectorKey)}, Counters: new(Counters),
		Clock: func() time.Time { return f.now }, Logger: slog.New(slog.NewTextHandler(&f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Handler: func(ctx context.Context, r Request) Response {
			f.mu.Lock()
			f.served = append(f.served, r)
			f.mu.Unlock()
			if answer == nil {
				return Response{}
			}
			return answer(ctx, r)
		}}
	return f
}

func (f *front) requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.served
}

// counts returns the counters that are not zero.
func (f *front) counts() map[string]int64 {
	counts := make(map[string]int64)
	for name, n := range f.Counters.All() {
		if n != 0 {
			counts[name] = n
		}
	}
	return counts
}

// post sends what Slack, or someone else, sends.
func post(t *testing.T, server *httptest.Server, path, body string, header http.Header) (status int, answer string, got http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

func signedForm(at time.Time, body string) http.Header {
	h := sign(vectorKey, at, []byte(body))
	h.Set("Content-Type", typeForm)
	return h
}

func signedJSON(at time.Time, body string) http.Header {
	h := sign(vectorKey, at, []byte(body))
	h.Set("Content-Type", typeJSON)
	return h
}

func commandForm(change func(url.Values)) string {
	form := url.Values{"token": {"legacy"}, "team_id": {"T0ACME"}, "api_app_id": {"A0SECRETSTORE"}, "user_id": {"U0ALICE"},
		"channel_id": {"C0GENERAL"}, "command": {"/secret"}, "text": {"create " + testCanary}, "trigger_id": {"1.2.3"},
		"response_url": {"https://hooks.slack.com/commands/1/" + testCanary}}
	if change != nil {
		change(form)
	}
	return form.Encode()
}

func payloadForm(payload string) string { return url.Values{"payload": {payload}}.Encode() }

// TestBadInputIsRefusedWithAStatusAndACounterAlone is the list "Bad input" of the issue.
func TestBadInputIsRefusedWithAStatusAndACounterAlone(t *testing.T) {
	then := time.Unix(vectorTime, 0)
	submission := testdata(t, "view_submission.json")
	submission = strings.Replace(submission, "s3cr", testCanary+"s3cr", 1)
	with := func(old, new string) string {
		if !strings.Contains(submission, old) {
			t.Fatalf("the recorded submission has no %s", old)
		}
		return payloadForm(strings.Replace(submission, old, new, 1))
	}
	set := func(name, value string) string { return commandForm(func(f url.Values) { f.Set(name, value) }) }
	const commands, interactions, options, events = "/slack/commands", "/slack/interactions", "/slack/options", "/slack/events"
	plain := func(h http.Header, kind string) http.Header { h.Set("Content-Type", kind); return h }
	tests := []struct {
		name    string
		path    string
		body    string
		header  func(body string) http.Header // nil: signed now
		status  int
		counter string
	}{
		{"a wrong signature", interactions, with("dev", "dev"), func(b string) http.Header {
			return plain(sign("guess", then, []byte(b)), typeForm)
		}, 401, "refused_bad_signature"},
		{"no signature", interactions, with("dev", "dev"), func(string) http.Header {
			return http.Header{"Content-Type": {typeForm}}
		}, 401, "refused_bad_signature"},
		{"an old timestamp", interactions, with("dev", "dev"), func(b string) http.Header {
			return signedForm(then.Add(-MaxAge-time.Second), b)
		}, 401, "refused_bad_age"},
		{"a future timestamp", commands, commandForm(nil), func(b string) http.Header {
			return signedForm(then.Add(MaxAge+time.Second), b)
		}, 401, "refused_bad_age"},
		{"another app's submission", interactions, with(`"api_app_id":"A0SECRETSTORE"`, `"api_app_id":"A0OTHER"`), nil, 403, "refused_wrong_app"},
		{"a submission of no app", interactions, with(`"api_app_id":"A0SECRETSTORE",`, ``), nil, 403, "refused_wrong_app"},
		{"another app's command", commands, set("api_app_id", "A0OTHER"), nil, 403, "refused_wrong_app"},
		{"a command of no app", commands, set("api_app_id", ""), nil, 403, "refused_wrong_app"},
		{"another app's event", events, `{"type":"event_callback","api_app_id":"A0OTHER","team_id":"T0ACME"}`, nil, 403, "refused_wrong_app"},
		{"another team's submission", interactions, with(`"team":{"id":"T0ACME"`, `"team":{"id":"T0OTHER"`), nil, 403, "refused_wrong_team"},
		{"a submission of no team", interactions, with(`"team":{"id":"T0ACME","domain":"acme"}`, `"team":null`), nil, 403, "refused_wrong_team"},
		{"another team's command", commands, set("team_id", "T0OTHER"), nil, 403, "refused_wrong_team"},
		{"another team's event", events, `{"type":"event_callback","api_app_id":"A0SECRETSTORE","team_id":"T0OTHER"}`, nil, 403, "refused_wrong_team"},
		{"a Slack Connect stranger", interactions, with(`"team_id":"T0ACME"},"api_app_id"`, `"team_id":"T0OTHER"},"api_app_id"`), nil, 403, "refused_wrong_team"},
		{"nobody's command", commands, set("user_id", ""), nil, 400, "refused_malformed"},
		{"a command of what is no user", commands, set("user_id", "B0BOT"), nil, 400, "refused_malformed"},
		{"nobody's submission", interactions, with(`"user":{"id":"U0ALICE"`, `"user":{"id":""`), nil, 400, "refused_malformed"},
		{"another command", commands, set("command", "/deploy"), nil, 400, "refused_malformed"},
		{"a malformed body", commands, "text=" + testCanary + "%", nil, 400, "refused_malformed"},
		{"a malformed payload", interactions, payloadForm(`{"type":"view_submission","value":"` + testCanary), nil, 400, "refused_malformed"},
		{"no payload", interactions, "value=" + testCanary, nil, 400, "refused_malformed"},
		{"an empty body", commands, "", nil, 403, "refused_wrong_app"},
		{"an unknown interaction", interactions, payloadForm(`{"type":"shortcut","x":"` + testCanary + `"}`), nil, 400, "refused_malformed"},
		{"an unknown block", interactions, with(`"values":{"env":{"env":`, `"values":{"`+testCanary+`":{"env":`), nil, 400, "refused_malformed"},
		{"an unknown block at the options", options, with(`"values":{"env":{"env":`, `"values":{"x":{"x":`), nil, 400, "refused_malformed"},
		{"two users", interactions, with(`"user":{`, `"User":{"id":"U0EVIL"},"user":{`), nil, 400, "refused_malformed"},
		{"a malformed event", events, testCanary, nil, 400, "refused_malformed"},
		{"an event of no known type", events, `{"type":"` + testCanary + `"}`, nil, 400, "refused_malformed"},
		{"a form of another type", commands, commandForm(nil), func(b string) http.Header {
			return plain(signedForm(then, b), "text/plain")
		}, 400, "refused_malformed"},
		{"an event that is a form", events, "a=b", func(b string) http.Header { return signedForm(then, b) }, 400, "refused_malformed"},
		{"an oversized body", interactions, strings.Repeat(testCanary, MaxBody/len(testCanary)+1), nil, 413, "refused_too_large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFront(nil)
			server := httptest.NewServer(NewHTTP(f.Transport))
			defer server.Close()
			if test.header == nil {
				test.header = func(b string) http.Header { return signedForm(then, b) }
				if test.path == events {
					test.header = func(b string) http.Header { return signedJSON(then, b) }
				}
			}
			status, answer, _ := post(t, server, test.path, test.body, test.header(test.body))
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if diff := cmp.Diff(map[string]int64{test.counter: 1}, f.counts()); diff != "" {
				t.Errorf("counters (-want +got):\n%s", diff)
			}
			if got, want := answer, http.StatusText(test.status)+"\n"; got != want {
				t.Errorf("the answer says %q, want %q", got, want)
			}
			if n := len(f.requests()); n != 0 {
				t.Errorf("%d requests reached the handler", n)
			}
			if log := f.log.String(); log != "" {
				t.Errorf("a refusal was logged: %s", log)
			}
		})
	}
}

func TestAnOversizedBodyOfUnknownLengthIsCutOff(t *testing.T) {
	f := newFront(nil)
	server := httptest.NewServer(NewHTTP(f.Transport))
	defer server.Close()
	body := io.MultiReader(strings.NewReader(strings.Repeat("x", MaxBody)), strings.NewReader("xx")) // sent in chunks
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/slack/commands", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", typeForm)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge || f.Counters.Refused(TooLarge) != 1 {
		t.Errorf("status %d, counters %v", response.StatusCode, f.counts())
	}
}

func TestTheIdenticalRequestHasNoSecondEffect(t *testing.T) {
	f := newFront(nil)
	server := httptest.NewServer(NewHTTP(f.Transport))
	defer server.Close()
	body := payloadForm(testdata(t, "view_submission.json"))
	header := signedForm(f.now, body)
	if status, _, _ := post(t, server, "/slack/interactions", body, header); status != 200 {
		t.Fatalf("status %d", status)
	}
	if status, _, _ := post(t, server, "/slack/interactions", body, header); status != 409 {
		t.Errorf("a replay got %d, want 409", status)
	}
	if status, _, _ := post(t, server, "/slack/options", body, header); status != 409 {
		t.Errorf("a replay to another route got %d, want 409: the signature does not cover the URL", status)
	}
	if n := len(f.requests()); n != 1 {
		t.Errorf("%d requests reached the handler, want 1", n)
	}
	later := signedForm(f.now.Add(time.Second), body)
	if status, _, _ := post(t, server, "/slack/interactions", body, later); status != 200 {
		t.Errorf("the same signed anew got %d, want 200: the log's key decides about it", status)
	}
}

func TestARequestReachesTheHandlerOnceItIsProven(t *testing.T) {
	f := newFront(func(_ context.Context, r Request) Response {
		if r.Kind == KindSubmission {
			return Response{Errors: map[secret.Field]string{secret.FieldName: "Taken."}}
		}
		return Response{Text: "Hello"}
	})
	server := httptest.NewServer(NewHTTP(f.Transport))
	defer server.Close()
	submission, typed := payloadForm(testdata(t, "view_submission.json")), commandForm(nil)
	tests := []struct{ path, body, want string }{
		{"/slack/commands", typed, `{"response_type":"ephemeral","text":"Hello"}`},
		{"/slack/interactions", submission, `{"response_action":"errors","errors":{"name":"Taken."}}`},
	}
	for _, test := range tests {
		status, answer, header := post(t, server, test.path, test.body, signedForm(f.now, test.body))
		if status != 200 || answer != test.want || header.Get("Content-Type") != typeJSON {
			t.Errorf("%s: %d %s, want %s", test.path, status, answer, test.want)
		}
	}
	want := secret.Person{Scope: "T0ACME", User: "U0ALICE"}
	for _, r := range f.requests() {
		if r.Person != want || r.UserID != "U0ALICE" || r.TeamID != "T0ACME" || !r.Received.Equal(f.now) {
			t.Errorf("person %v of team %q at %v", r.Person, r.TeamID, r.Received)
		}
	}
	if got := string(f.requests()[1].View.Fields[secret.FieldValue].Secret.Reveal()); !strings.HasPrefix(got, "s3cr") {
		t.Errorf("the value was wiped with the body: %q", got)
	}
}

func TestAnOrganisationWideInstallationGoesByTheOrganisation(t *testing.T) {
	org := Identity{TeamID: "T0ACME", EnterpriseID: "E0ACME", AppID: "A1", BotUserID: "U1", OrgWide: true}
	here := origin{app: "A1", enterprise: "E0ACME", user: "W0ALICE"}
	if err := org.admit(here); err != nil || org.Person("W0ALICE").Scope != "E0ACME" {
		t.Errorf("a member is refused: %v", err)
	}
	other := here
	other.enterprise, other.team = "E0OTHER", "T0ACME"
	none := here
	none.enterprise = ""
	for _, o := range []origin{other, none} {
		if err := org.admit(o); !errors.Is(err, WrongTeam) {
			t.Errorf("got %v, want %v", err, WrongTeam)
		}
	}
	if err := (Identity{}).admit(origin{user: "U1"}); !errors.Is(err, WrongApp) {
		t.Errorf("an identity that knows nothing admits: %v", err)
	}
}

func TestSlackProvesItsURLsAndCertificates(t *testing.T) {
	f := newFront(nil)
	server := httptest.NewServer(NewHTTP(f.Transport))
	defer server.Close()
	challenge := `{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}`
	status, answer, header := post(t, server, "/slack/events", challenge, signedJSON(f.now, challenge))
	if status != 200 || answer != "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" || header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("challenge: %d %q %v", status, answer, header)
	}
	if status, answer, _ := post(t, server, "/slack/events", challenge, signedJSON(time.Unix(0, 0), challenge)); status != 401 {
		t.Errorf("an unproven challenge: %d %q, want 401", status, answer)
	}
	probe := http.Header{"Content-Type": {typeForm}}
	if status, answer, _ := post(t, server, "/slack/commands", "ssl_check=1&token=x", probe); status != 200 || answer != "" {
		t.Errorf("ssl_check: %d %q, want an empty 200", status, answer)
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests reached the handler", n)
	}
}

func TestEventsAreCountedAndNotSentAgainWhenRefused(t *testing.T) {
	f := newFront(nil)
	server := httptest.NewServer(NewHTTP(f.Transport))
	defer server.Close()
	event := `{"type":"event_callback","api_app_id":"A0SECRETSTORE","team_id":"T0ACME","event_id":"Ev1","event":{"type":"app_home_opened"}}`
	first, again := signedJSON(f.now, event), signedJSON(f.now.Add(time.Minute), event)
	again.Set("X-Slack-Retry-Num", "1")
	for _, header := range []http.Header{first, again} {
		if status, answer, _ := post(t, server, "/slack/events", event, header); status != 200 || answer != "" {
			t.Errorf("%d %q, want an empty 200", status, answer)
		}
	}
	if diff := cmp.Diff(map[string]int64{"events": 2, "event_retries": 1}, f.counts()); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	if _, _, header := post(t, server, "/slack/events", "{}", signedJSON(f.now, "{}")); header.Get("X-Slack-No-Retry") != "1" {
		t.Error("a refused event will come again")
	}
}

func TestProbesAndOtherMethods(t *testing.T) {
	f := newFront(nil)
	ready := errors.New("database: " + testCanary)
	f.Ready = func(context.Context) error { return ready }
	server := httptest.NewServer(NewHTTP(f.Transport))
	defer server.Close()
	get := func(path string) (int, string) {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, _ := io.ReadAll(response.Body) // the status says enough if it breaks off
		return response.StatusCode, string(text)
	}
	if status, text := get("/ready"); status != 503 || text != "not ready\n" {
		t.Errorf("/ready: %d %q", status, text)
	}
	ready = nil
	for path, want := range map[string]int{"/live": 200, "/ready": 200, "/slack/commands": 405, "/slack/events": 405, "/": 404, "/debug/pprof": 404} {
		if status, _ := get(path); status != want {
			t.Errorf("GET %s: %d, want %d", path, status, want)
		}
	}
	f.Keys = nil
	socketOnly := httptest.NewServer(NewHTTP(f.Transport))
	defer socketOnly.Close()
	if status, _, _ := post(t, socketOnly, "/slack/commands", "", http.Header{"Content-Type": {typeForm}}); status != 404 {
		t.Errorf("without signing secrets a command got %d, want 404", status)
	}
}

func TestAHandlerThatFailsIsToldHonestly(t *testing.T) {
	tests := map[string]Handler{
		"a panic":                func(_ context.Context, r Request) Response { panic(testCanary + r.Text) },
		"an answer too large":    func(context.Context, Request) Response { return Response{Text: strings.Repeat("x", MaxAnswer)} },
		"an answer that is both": func(context.Context, Request) Response { return Response{Text: "x", Clear: true} },
	}
	for name, handler := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFront(handler)
			server := httptest.NewServer(NewHTTP(f.Transport))
			defer server.Close()
			typed, submitted := commandForm(nil), payloadForm(testdata(t, "view_submission.json"))
			status, answer, _ := post(t, server, "/slack/commands", typed, signedForm(f.now, typed))
			if status != 200 || !strings.Contains(answer, "Something went wrong on our side") {
				t.Errorf("the command got %d %q, want 200 and an apology", status, answer)
			}
			status, answer, _ = post(t, server, "/slack/interactions", submitted, signedForm(f.now, submitted))
			if status != 500 || answer != "Internal Server Error\n" {
				t.Errorf("the form got %d %q, want a bare 500 that keeps it open", status, answer)
			}
			if n := f.Counters.Failed.Load(); n != 2 {
				t.Errorf("%d failures counted, want 2", n)
			}
			if log := f.log.String(); log == "" || strings.Contains(log, testCanary) {
				t.Errorf("the log is empty or holds what was typed:\n%s", log)
			}
		})
	}
}

func TestAPanicOutsideTheHandlerIsNoStackTrace(t *testing.T) {
	f := newFront(nil)
	f.Ready = func(context.Context) error { panic(testCanary) }
	answer := httptest.NewRecorder()
	NewHTTP(f.Transport).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ready", nil))
	if answer.Code != 500 || answer.Body.String() != "Internal Server Error\n" || strings.Contains(f.log.String(), testCanary) {
		t.Errorf("%d %q, log %q", answer.Code, answer.Body, f.log.String())
	}
}

func TestAHangUpDoesNotCancelTheHandler(t *testing.T) {
	started, cancelled := make(chan struct{}), make(chan error, 1)
	hungUp := make(chan struct{})
	f := newFront(func(ctx context.Context, _ Request) Response {
		close(started)
		<-hungUp
		cancelled <- ctx.Err()
		return Response{}
	})
	body := commandForm(nil)
	ctx, hangUp := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/slack/commands", strings.NewReader(body))
	r.Header = signedForm(f.now, body)
	done := make(chan struct{})
	go func() {
		defer close(done)
		NewHTTP(f.Transport).ServeHTTP(httptest.NewRecorder(), r)
	}()
	<-started
	hangUp()
	close(hungUp)
	if err := <-cancelled; err != nil {
		t.Errorf("the handler's context ended with the connection: %v", err)
	}
	<-done
}
