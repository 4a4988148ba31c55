package workspace

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"secretstore/internal/emulator/faults"
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

func TestFaultsHitTheCallTheyName(t *testing.T) {
	tests := []struct {
		name    string
		fault   faults.Fault
		word    string
		effects int
	}{
		{"refuse has no effect", faults.Fault{Kind: faults.Refuse, Status: 503}, "http_503", 0},
		{"lose carries it out and fails all the same", faults.Fault{Kind: faults.Lose, Status: 500}, "http_500", 1},
		{"drop answers nothing and does nothing", faults.Fault{Kind: faults.Drop}, "no_answer", 0},
		{"cut answers nothing but did it", faults.Fault{Kind: faults.Cut}, "no_answer", 1},
		{"slow answers as usual", faults.Fault{Kind: faults.Slow, Delay: time.Millisecond}, "", 1},
		{"an error word comes in a 200", faults.Fault{Kind: faults.Refuse, Error: "fatal_error"}, "fatal_error", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, a := startApp(t, Options{})
			tt.fault.Method, tt.fault.Times = "chat.postMessage", 1
			w.Faults().Add(tt.fault)
			_, err := a.call("chat.postMessage", obj{"channel": "C0GENERAL", "text": "x"})
			if (err != nil) != (tt.word != "") {
				t.Errorf("the call gave %v", err)
			}
			calls := w.Calls()
			if len(calls) != 1 || calls[0].Error != tt.word || calls[0].Args["text"] != "x" {
				t.Errorf("recorded %+v, want the word %q", calls, tt.word)
			}
			if got := len(w.Person("U0ALICE").Messages("C0GENERAL")); got != tt.effects {
				t.Errorf("%d messages were posted, want %d", got, tt.effects)
			}
		})
	}
}

func TestLateEffectComesAfterTheAnswer(t *testing.T) {
	w, a := startApp(t, Options{})
	w.Faults().Add(faults.Fault{Method: "chat.*", Kind: faults.Late, Times: 1, Delay: time.Millisecond})
	_, res, err := a.post("chat.postMessage", obj{"channel": "C0GENERAL", "text": "late"})
	if err == nil || res.StatusCode != 503 {
		t.Errorf("the answer was %v", err)
	}
	if _, err := w.Person("U0BOB").AwaitMessage(within(t), func(m Message) bool { return m.Text == "late" }); err != nil {
		t.Error(err)
	}
}

func TestRateTiers(t *testing.T) {
	tests := []struct {
		method string
		body   obj
		fits   int
	}{
		{"usergroups.list", obj{}, 20},
		{"conversations.info", obj{"channel": "C0GENERAL"}, 50},
		{"users.info", obj{"user": "U0ALICE"}, 100},
		{"chat.postMessage", obj{"channel": "C0GENERAL", "text": "x"}, postBurst},
	}
	for _, tt := range tests {
		t.Run(tt.method, func(t *testing.T) {
			c := newClock()
			_, a := startApp(t, Options{Clock: c.read, Quotas: true})
			for i := range tt.fits {
				if _, err := a.call(tt.method, tt.body); err != nil {
					t.Fatalf("call %d gave %v", i+1, err)
				}
			}
			_, res, err := a.post(tt.method, tt.body)
			wantWord(t, err, "ratelimited")
			wait, parsed := time.ParseDuration(res.Header.Get("Retry-After") + "s")
			if res.StatusCode != 429 || parsed != nil || wait <= 0 {
				t.Fatalf("over the tier: status %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
			}
			c.advance(wait)
			_, err = a.call(tt.method, tt.body)
			wantWord(t, err, "")
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

func TestSocketModeURLWorksOnce(t *testing.T) {
	w, _ := startApp(t, Options{})
	open := func() string { return socketURL(t, w) }
	url := open()
	conn, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, res, err := websocket.DefaultDialer.Dial(url, nil); err == nil || res.StatusCode != 404 {
		t.Errorf("the second use of a URL gave %v", err)
	}
	for range maxSockets - 1 {
		more, _, err := websocket.DefaultDialer.Dial(open(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer more.Close()
	}
	if err := w.AwaitSockets(within(t), maxSockets); err != nil {
		t.Fatal(err)
	}
	extra, _, err := websocket.DefaultDialer.Dial(open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer extra.Close()
	_, frame, err := extra.ReadMessage()
	if err != nil || !strings.Contains(string(frame), "too_many_websockets") {
		t.Errorf("connection %d got %s, %v", maxSockets+1, frame, err)
	}
}

func TestEnvelopesTakeTurnsBetweenConnections(t *testing.T) {
	w, _ := startApp(t, Options{})
	w.SetAppURL("")
	got := make(chan int, 4)
	for i := range 2 {
		conn, _, err := websocket.DefaultDialer.Dial(socketURL(t, w), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		go func() {
			for {
				in := obj{}
				if conn.ReadJSON(&in) != nil {
					return
				}
				if str(in, "type") == "slash_commands" {
					got <- i
					_ = conn.WriteJSON(obj{"envelope_id": in["envelope_id"]})
				}
			}
		}()
	}
	if err := w.AwaitSockets(within(t), 2); err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for range 4 {
		if _, err := w.Person("U0ALICE").Command(within(t), "/secret", ""); err != nil {
			t.Fatal(err)
		}
		seen[<-got]++
	}
	if seen[0] != 2 || seen[1] != 2 {
		t.Errorf("the connections got %v envelopes; want two each", seen)
	}
}
