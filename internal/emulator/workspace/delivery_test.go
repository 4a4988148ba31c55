package workspace

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPublishedSignatureVector is the example of docs:
// authentication/verifying-requests-from-slack.
func TestPublishedSignatureVector(t *testing.T) {
	body := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F" +
		"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	got := signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte(body))
	if want := "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"; got != want {
		t.Errorf("signature = %s, want %s", got, want)
	}
}

func TestCommandCarriesEverythingThatSlackSends(t *testing.T) {
	w, a := startApp(t, Options{})
	if _, err := w.Person("U0BOB").In("C0GENERAL").Command(within(t), "/secret", `show "db" & <x>`); err != nil {
		t.Fatal(err)
	}
	got := a.last()
	for name := range map[string]bool{"response_url": true, "trigger_id": true} {
		if got[name] == "" || got[name] == nil {
			t.Errorf("%s is missing", name)
		}
		delete(got, name)
	}
	want := obj{"token": verificationToken, "team_id": "T0ACME", "team_domain": "acme", "channel_id": "C0GENERAL", "channel_name": "general",
		"user_id": "U0BOB", "user_name": "bob", "command": "/secret", "text": `show "db" & <x>`, "api_app_id": "A0SECRETSTORE",
		"is_enterprise_install": "false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the command (-want +got):\n%s", diff)
	}
}

func TestPersonIsToldWhenTheAppDoesNotAnswer(t *testing.T) {
	release := make(chan struct{})
	w, a := startApp(t, Options{AckTimeout: 50 * time.Millisecond})
	t.Cleanup(func() { close(release) })
	p := w.Person("U0ALICE")

	a.on("command", func(obj) any { return 500 })
	_, err := p.Command(within(t), "/secret", "")
	if e, isIt := errors.AsType[*NotAnsweredError](err); !isIt || e.Status != 500 || e.Shown != "/secret "+ShownCommandFailed {
		t.Errorf("a 500 gave %v", err)
	}
	a.on("command", func(obj) any { <-release; return nil })
	_, err = p.Command(within(t), "/secret", "")
	if e, isIt := errors.AsType[*NotAnsweredError](err); !isIt || !e.Timeout || e.Shown != "/secret "+ShownCommandTimeout {
		t.Errorf("silence gave %v", err)
	}
	w.SetAppURL("")
	if _, err = p.Command(within(t), "/secret", ""); err == nil || !strings.Contains(err.Error(), "dispatch_failed") {
		t.Errorf("no app at all gave %v", err)
	}
}

func TestResponseURLTakesFivePostsInHalfAnHour(t *testing.T) {
	c := newClock()
	w, a := startApp(t, Options{Clock: c.read})
	p := w.Person("U0ALICE")
	hook := func() string { commandTrigger(t, w, a); return str(a.last(), "response_url") }
	post := func(url string) int {
		res, err := http.Post(url, "application/json", strings.NewReader(`{"text":"hello"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	first := hook()
	for i := range 5 {
		if got := post(first); got != 200 {
			t.Fatalf("post %d gave %d", i+1, got)
		}
	}
	if got := post(first); got != 404 {
		t.Errorf("the sixth post gave %d, want 404", got)
	}
	if got := len(p.Messages(p.Direct())); got != 5 {
		t.Errorf("alice sees %d answers, want 5", got)
	}
	old := hook()
	c.advance(30*time.Minute + time.Second)
	if got := post(old); got != 404 {
		t.Errorf("a post after half an hour gave %d, want 404", got)
	}
	words := []string{}
	for _, call := range w.Calls() {
		words = append(words, call.Error)
	}
	if diff := cmp.Diff([]string{"", "", "", "", "", "used_url", "expired_url"}, words); diff != "" {
		t.Errorf("recorded words (-want +got):\n%s", diff)
	}
}

func TestDeliveryCanBeReplayedAgedAndCorrupted(t *testing.T) {
	w, a := startApp(t, Options{})
	commandTrigger(t, w, a)
	first := w.Deliveries()[0]
	again, err := w.Deliver(first.Path, first.Body, first.Header)
	if err != nil || again.Status != 200 {
		t.Fatalf("the replay gave %+v, %v", again, err)
	}
	both := w.Deliveries()
	if diff := cmp.Diff(both[0].Header, both[1].Header); diff != "" {
		t.Errorf("the replay differs in its headers:\n%s", diff)
	}
	if _, err := w.Deliver("/slack/commands", []byte("a=b"), http.Header{"X-Slack-Signature": {"v0=00"}}); err != nil {
		t.Fatal(err)
	}
	if got := w.Deliveries()[2].Header.Get("X-Slack-Signature"); got != "v0=00" {
		t.Errorf("the corrupted signature went out as %q", got)
	}
	aged := w.Sign(time.Unix(1, 0), []byte("x"))
	if aged.Get("X-Slack-Request-Timestamp") != "1" || aged.Get("X-Slack-Signature") != signature(w.SigningSecret(), "1", []byte("x")) {
		t.Errorf("the aged headers are %v", aged)
	}
}

func TestEventIsSentAgainUntilTheAppTakesIt(t *testing.T) {
	tests := []struct {
		name     string
		failures int
		retries  []string // X-Slack-Retry-Num of each delivery
		fails    bool
	}{
		{"taken at once", 0, []string{""}, false},
		{"taken at the third", 2, []string{"", "1", "2"}, false},
		{"never taken", 9, []string{"", "1", "2", "3"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, a := startApp(t, Options{EventRetries: []time.Duration{0, 0, 0}})
			left, ids := tt.failures, map[string]bool{}
			a.on("event", func(e obj) any {
				ids[str(e, "event_id")] = true
				if left--; left >= 0 {
					return 503
				}
				return nil
			})
			attempts, err := w.Event(within(t), obj{"type": "app_home_opened"})
			if attempts != len(tt.retries) || (err != nil) != tt.fails || len(ids) != 1 {
				t.Errorf("sent %d times under %d ids, error %v; want %d times under one id", attempts, len(ids), err, len(tt.retries))
			}
			var retries []string
			for _, d := range w.Deliveries() {
				retries = append(retries, d.Header.Get("X-Slack-Retry-Num"))
				if n, reason := d.Header.Get("X-Slack-Retry-Num"), d.Header.Get("X-Slack-Retry-Reason"); n != "" && reason != "http_error" {
					t.Errorf("retry %s gives the reason %q", n, reason)
				}
			}
			if diff := cmp.Diff(tt.retries, retries); diff != "" {
				t.Errorf("retry numbers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMessagesAndPeopleOutliveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "workspace.json")
	w, a := startApp(t, Options{Persist: file})
	if _, err := a.call("chat.postMessage", obj{"channel": "C0GENERAL", "text": "kept", "blocks": []any{obj{"type": "divider", "block_id": "d"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.call("chat.postEphemeral", obj{"channel": "C0GENERAL", "user": "U0BOB", "text": "gone"}); err != nil {
		t.Fatal(err)
	}
	w.SetUser(User{ID: "U0NEW", Name: "new"})
	w.SetUser(User{ID: "U0CAROL", Name: "carol", Deleted: true})
	w.SetChannel(Channel{ID: "C0NEW", Members: []string{"U0NEW"}})
	before := w.Person("U0BOB").Messages("")[:1]
	w.Close()

	again, _ := startApp(t, Options{Persist: file})
	if diff := cmp.Diff(before, again.Person("U0BOB").Messages("")); diff != "" {
		t.Errorf("messages after the restart (-want +got):\n%s", diff)
	}
	if u, err := slackGo(again).GetUserInfoContext(within(t), "U0CAROL"); err != nil || !u.Deleted {
		t.Errorf("carol was deactivated and came back as %+v, %v", u, err)
	}
	if _, err := again.Person("U0NEW").In("C0NEW").Command(within(t), "/secret", ""); err != nil {
		t.Error(err)
	}
}
