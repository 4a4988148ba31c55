package slackapp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/workspace"
)

func TestTheAPIIsSlackOrOnThisMachine(t *testing.T) {
	for url, want := range map[string]error{
		"":                               nil,
		"https://slack.com/api/":         nil,
		"https://slack-gov.com/api/":     nil,
		"https://dev.slack.com/api/":     nil,
		"http://127.0.0.1:8080/api/":     nil,
		"http://[::1]:8080/":             nil,
		"http://localhost:1/":            nil,
		"https://slack.com/api":          ErrAPIURL,
		"http://slack.com/api/":          ErrAPIURL,
		"https://slack.com.evil.org/":    ErrAPIURL,
		"https://evilslack.com/":         ErrAPIURL,
		"https://10.0.0.1/":              ErrAPIURL,
		"http://127.0.0.1.evil.org/":     ErrAPIURL,
		"ftp://127.0.0.1/":               ErrAPIURL,
		"https://user:pw@slack.com/api/": ErrAPIURL,
		"https://slack.com/api/?x=/":     ErrAPIURL,
		"https://slack.com/api/#/":       ErrAPIURL,
		"://" + testCanary + "/":         ErrAPIURL,
	} {
		_, err := NewClient(ClientOptions{Token: key("xoxb"), APIURL: url})
		if !errors.Is(err, want) || err != nil && strings.Contains(err.Error(), testCanary) {
			t.Errorf("%q: %v, want %v", url, err, want)
		}
	}
	if _, err := NewClient(ClientOptions{}); !errors.Is(err, ErrNoToken) {
		t.Errorf("without a token: %v", err)
	}
}

func TestTheIdentityComesFromSlack(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	got, err := workspaceClient(t, w).Identity(t.Context())
	want := Identity{TeamID: "T0ACME", AppID: w.AppID(), BotUserID: w.BotUserID()}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	wrong, err := NewClient(ClientOptions{Token: key("xoxb-wrong"), APIURL: w.APIURL()})
	if err != nil {
		t.Fatal(err)
	}
	wantSlackError(t, onlyError(wrong.Identity(t.Context())), SlackDenied, "invalid_auth")
}

func onlyError[T any](_ T, err error) error { return err }

func wantSlackError(t *testing.T, err error, kind SlackKind, code string) {
	t.Helper()
	if e, ok := errors.AsType[*SlackError](err); !ok || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want kind %s, code %q", err, kind, code)
	}
}

func TestWhatMayBeRepeatedIsRepeated(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	client := workspaceClient(t, w)
	var waits []time.Duration
	client.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	w.Faults().Add(faults.Fault{Method: "users.info", Kind: faults.Refuse, Status: 429, RetryAfter: 7 * time.Second, Times: 1})
	w.Faults().Add(faults.Fault{Method: "users.info", Kind: faults.Refuse, Status: 503, Times: 1})
	w.Faults().Add(faults.Fault{Method: "users.info", Kind: faults.Cut, Times: 1})
	if u, err := client.User(t.Context(), "U0ALICE"); err != nil || u.ID != "U0ALICE" {
		t.Fatalf("got %v, %v", u, err)
	}
	if len(waits) != 3 || waits[0] != 7*time.Second || waits[2] <= waits[1]/2 {
		t.Errorf("waited %v, want what Slack said and then growing steps", waits)
	}
	wantSlackError(t, onlyError(client.User(t.Context(), "U0NOBODY")), SlackGone, "user_not_found")
}

func TestNoRetryBeginsAfterTheDeadline(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	client := workspaceClient(t, w)
	client.wait = func(context.Context, time.Duration) error { t.Error("waited"); return nil }
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	w.Faults().Add(faults.Fault{Method: "users.info", Kind: faults.Refuse, Status: 429, RetryAfter: time.Minute})
	_, err := client.User(ctx, "U0ALICE")
	if e, ok := errors.AsType[*SlackError](err); !ok || e.Kind != SlackBusy || e.RetryAfter != time.Minute {
		t.Errorf("got %v", err)
	}
}

func TestAMessageIsNeverSentTwice(t *testing.T) {
	for _, kind := range []faults.Kind{faults.Lose, faults.Cut, faults.Drop} {
		w := startWorkspace(t, workspace.Options{})
		client := workspaceClient(t, w)
		w.Faults().Add(faults.Fault{Method: "chat.postMessage", Kind: kind, Times: 1})
		_, err := client.Post(t.Context(), "C0GENERAL", "hello", nil)
		wantSlackError(t, err, SlackAmbiguous, "")
		if e, ok := errors.AsType[*SlackError](err); !ok || !e.Effect() {
			t.Errorf("%s: the error says that nothing happened", kind)
		}
		if n := w.Faults().Taken("chat.postMessage"); n != 1 {
			t.Errorf("%s: the fault was hit %d times", kind, n)
		}
		posts := 0
		for _, call := range w.Calls() {
			if call.Method == "chat.postMessage" {
				posts++
			}
		}
		if posts != 1 {
			t.Errorf("%s: posted %d times", kind, posts)
		}
	}
}

func TestMessagesArriveAndAreReplaced(t *testing.T) {
	w := startWorkspace(t, workspace.Options{})
	client := workspaceClient(t, w)
	channel, err := client.Direct(t.Context(), "U0ALICE")
	if err != nil {
		t.Fatal(err)
	}
	section := func(text string) []slack.Block {
		return []slack.Block{slack.NewSectionBlock(&slack.TextBlockObject{Type: "mrkdwn", Text: text}, nil, nil)}
	}
	ref, err := client.Post(t.Context(), channel, "asked", section("*asked*"))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.UpdateMessage(t.Context(), ref, "done", section("*done*")); err != nil {
		t.Fatal(err)
	}
	messages := w.Person("U0ALICE").Messages(channel)
	if len(messages) != 1 || messages[0].Text != "done" || !messages[0].Contains("done") {
		t.Errorf("messages %+v", messages)
	}
	wantSlackError(t, client.UpdateMessage(t.Context(), MessageRef{channel, "1.1"}, "x", nil), SlackGone, "message_not_found")
	wantSlackError(t, onlyError(client.Post(t.Context(), "C0NOWHERE", "x", nil)), SlackGone, "channel_not_found")
}

func TestASharedChannelIsKnown(t *testing.T) {
	w := startWorkspace(t, workspace.Options{Channels: []workspace.Channel{{ID: "C0OURS", Name: "ours"}, {ID: "C0SHARED", Name: "shared", ExtShared: true}}})
	client := workspaceClient(t, w)
	for channel, want := range map[string]bool{"C0OURS": false, "C0SHARED": true} {
		if got, err := client.Shared(t.Context(), channel); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", channel, got, err, want)
		}
	}
	if shared, err := client.Shared(t.Context(), "C0NOWHERE"); err == nil || !shared {
		t.Errorf("an unknown channel is taken for ours")
	}
}

// TestErrorsHoldNoTextOfOthers: a transport's error quotes the URL, which here is a capability.
func TestErrorsHoldNoTextOfOthers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "users.info"):
			_, _ = w.Write([]byte(`{"ok":false,"error":"` + testCanary + `"}`))
		case strings.HasSuffix(r.URL.Path, "views.open"):
			w.Header().Set("Retry-After", testCanary)
			w.WriteHeader(http.StatusTooManyRequests)
		case strings.HasSuffix(r.URL.Path, "auth.test"):
			w.Header().Set("Location", "https://evil.example/"+testCanary)
			w.WriteHeader(http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "chat.postMessage"):
			_, _ = w.Write([]byte(testCanary))
		default:
			http.Error(w, testCanary, http.StatusNotFound)
		}
	}))
	client, err := NewClient(ClientOptions{Token: key(testCanary), APIURL: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	hook := server.URL + "/" + testCanary
	ctx := t.Context()
	wanted := []struct {
		name string
		err  error
		kind SlackKind
	}{
		{"an unknown word", onlyError(client.User(ctx, "U1")), SlackRejected},
		{"a Retry-After that is no number", onlyError(client.OpenView(ctx, "1", slack.ModalViewRequest{})), SlackBusy},
		{"a redirect", onlyError(client.Identity(ctx)), SlackRejected},
		{"no JSON", onlyError(client.Post(ctx, "C1", "x", nil)), SlackAmbiguous},
		{"a used response url", client.Respond(ctx, NewResponseURL(hook), Reply{Text: "x"}), SlackGone},
		{"someone else's response url", client.Respond(ctx, NewResponseURL("https://evil.example/"+testCanary), Reply{}), SlackRejected},
		{"no response url", client.Respond(ctx, ResponseURL{}, Reply{}), SlackRejected},
	}
	server.Close()
	if client, err = NewClient(ClientOptions{Token: key(testCanary), APIURL: server.URL + "/"}); err != nil { // with no connection left open
		t.Fatal(err)
	}
	client.wait = func(context.Context, time.Duration) error { return nil }
	wanted = append(wanted, []struct {
		name string
		err  error
		kind SlackKind
	}{
		{"nobody there", onlyError(client.User(ctx, "U1")), SlackDown},
		{"nobody at the response url", client.Respond(ctx, NewResponseURL(hook), Reply{Text: "x"}), SlackDown},
	}...)
	for _, want := range wanted {
		e, ok := errors.AsType[*SlackError](want.err)
		if !ok || e.Kind != want.kind || strings.Contains(want.err.Error(), testCanary) {
			t.Errorf("%s: %v, want kind %s and nobody's text", want.name, want.err, want.kind)
		}
	}
}

func TestAResponseURLOfThisMachineNeedsAnAPIOfThisMachine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	slacks, err := NewClient(ClientOptions{Token: key("xoxb")})
	if err != nil {
		t.Fatal(err)
	}
	err = slacks.Respond(t.Context(), NewResponseURL("http://"+listener.Addr().String()+"/"), Reply{Text: "x"})
	wantSlackError(t, err, SlackRejected, "")
}
