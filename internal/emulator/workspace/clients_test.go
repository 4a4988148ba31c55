package workspace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"secretstore/internal/emulator/faults"
)

// nodeClients installs Slack's own JavaScript clients, in the versions of the lock file,
// into a folder of this test.
func nodeClients(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed: this test runs Slack's own clients; install Node 20 or newer", tool)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/js")); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci could not install Slack's clients: %v\n%s", err, out)
	}
	return dir
}

// node starts a script that lives until the test ends, and gives its lines.
func node(t *testing.T, dir, script string, arguments ...string) *bufio.Scanner {
	t.Helper()
	cmd := exec.Command("node", append([]string{script}, arguments...)...)
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, _ := cmd.StdinPipe()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // the scripts end with their input
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("%s ended with %v\n%s", script, err, complaints.String())
		}
	})
	return bufio.NewScanner(out)
}

func line(t *testing.T, s *bufio.Scanner) string {
	t.Helper()
	if !s.Scan() {
		t.Fatalf("the script ended: %v", s.Err())
	}
	return s.Text()
}

// TestSlacksOwnClients holds the workspace against code that nobody here wrote.
func TestSlacksOwnClients(t *testing.T) {
	dir := nodeClients(t)
	t.Run("@slack/web-api calls every method", func(t *testing.T) { webAPICalls(t, dir) })
	t.Run("a Bolt app serves a person over HTTP", func(t *testing.T) { boltApp(t, dir) })
	t.Run("@slack/socket-mode serves a person", func(t *testing.T) { socketApp(t, dir) })
	t.Run("Bolt's verifier accepts our signatures and nothing else", func(t *testing.T) { boltVerifier(t, dir) })
}

type outcome struct {
	Step       string
	OK         bool
	Error      string
	Code       string
	Needed     string
	Messages   []string
	RetryAfter int
	Pages      []int
	Result     obj
}

func webAPICalls(t *testing.T, dir string) {
	w, err := Start(Options{
		Groups: []Group{{ID: "S0PAY", Handle: "payments", Name: "Payments", Users: []string{"U0BOB"}, Locked: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.Faults().Add(faults.Fault{Method: "conversations.info", Kind: faults.Refuse, Status: 429, RetryAfter: 7 * time.Second})
	lines := node(t, dir, "calls.mjs", w.APIURL(), w.BotToken())
	got := map[string]outcome{}
	for lines.Scan() {
		var o outcome
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		got[o.Step] = o
	}
	for step, word := range map[string]string{
		"auth.test": "", "users.info": "", "conversations.open": "", "chat.postMessage": "", "chat.update": "",
		"chat.getPermalink": "", "chat.delete": "", "chat.postEphemeral": "", "usergroups.list": "",
		"usergroups.users.list": "", "views.publish": "", "users.list": "",
		"wrong token": "invalid_auth", "unknown user": "user_not_found", "without scope": "missing_scope",
		"blocks too long": "invalid_blocks", "delete again": "message_not_found", "views.open": "invalid_trigger_id",
	} {
		if o, told := got[step]; !told || o.Error != word || o.OK != (word == "") {
			t.Errorf("%s: got %+v, want error %q", step, o, word)
		}
	}
	if n := got["without scope"].Needed; n != "users:read.email" {
		t.Errorf("missing_scope names %q as needed", n)
	}
	if m := got["blocks too long"].Messages; len(m) != 1 || m[0] != "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]" {
		t.Errorf("invalid_blocks says %q", m)
	}
	if p := got["users.list"].Pages; len(p) != 2 || p[0]+p[1] != 4 {
		t.Errorf("users.list gave pages of %v people; want 4 in two pages", p)
	}
	if o := got["limited"]; o.Code != "slack_webapi_rate_limited_error" || o.RetryAfter != 7 {
		t.Errorf("a 429 with Retry-After reached the client as %+v", o)
	}
}

func boltApp(t *testing.T, dir string) {
	w, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	lines := node(t, dir, "app.mjs", w.APIURL(), w.BotToken(), w.SigningSecret())
	w.SetAppURL("http://127.0.0.1:" + line(t, lines))
	p, ctx := w.Person("U0ALICE"), within(t)

	if err := w.VerifyURL(ctx); err != nil {
		t.Errorf("url_verification: %v", err)
	}
	if r, err := p.Command(ctx, "/secret", "help"); err != nil || r.Text != "Type /secret create." {
		t.Errorf("help answered %+v, %v", r, err)
	}
	if _, err := p.Command(ctx, "/secret", "later"); err != nil {
		t.Error(err)
	}
	if _, err := p.AwaitMessage(ctx, func(m Message) bool { return m.Text == "Later it is." && m.Ephemeral }); err != nil {
		t.Error(err)
	}
	if _, err := p.Command(ctx, "/secret", "create"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.AwaitView(ctx, func(v *View) bool { return v.Title == "New secret" }); err != nil {
		t.Fatal(err)
	}
	fillAndSubmitBolt(t, p)
	if m, err := p.AwaitMessage(ctx, func(m Message) bool { return m.Contains("Saved payments.") }); err != nil {
		t.Error(err)
	} else if err := p.Press(ctx, "Undo", m.Channel, m.TS); err != nil {
		t.Error(err)
	}
	if _, err := p.AwaitMessage(ctx, func(m Message) bool { return m.Text == "Undone c1." && len(m.Buttons) == 0 }); err != nil {
		t.Error(err)
	}
	if err := p.OpenHome(ctx); err != nil {
		t.Error(err)
	}
	if v, err := p.AwaitHome(ctx, func(*View) bool { return true }); err != nil || !strings.Contains(v.Text(), "Your secrets") {
		t.Errorf("the Home tab is %+v, %v", v, err)
	}
}

func fillAndSubmitBolt(t *testing.T, p *Person) {
	t.Helper()
	ctx := within(t)
	if err := p.Press(ctx, "More"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.AwaitView(ctx, func(v *View) bool { return strings.Contains(v.Text(), "There is more now.") }); err != nil {
		t.Fatal(err)
	}
	if found, err := p.Suggest(ctx, "kind", "db"); err != nil || len(found) != 1 || found[0].Text != "Like db" {
		t.Fatalf("suggestions are %+v, %v", found, err)
	}
	if err := p.Choose("kind", "Like db"); err != nil {
		t.Fatal(err)
	}
	if err := p.Fill("Name", "Payments"); err != nil {
		t.Fatal(err)
	}
	if out, err := p.SubmitView(ctx); err != nil || out.Errors["name"] != "Use lower case." {
		t.Fatalf("submitting upper case gave %+v, %v", out, err)
	}
	if err := p.Fill("Name", "payments"); err != nil {
		t.Fatal(err)
	}
	if out, err := p.SubmitView(ctx); err != nil || !out.Updated {
		t.Fatalf("submitting gave %+v, %v", out, err)
	}
	if got := p.View().Text(); got != "Done\nSaved payments." {
		t.Errorf("the view reads %q", got)
	}
}

func socketApp(t *testing.T, dir string) {
	w, err := Start(Options{AckTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	lines := node(t, dir, "socket.mjs", w.APIURL(), w.BotToken(), w.AppToken())
	line(t, lines)
	p, ctx := w.Person("U0ALICE"), within(t)

	if r, err := p.Command(ctx, "/secret", "help"); err != nil || r.Text != "Type /secret create." {
		t.Errorf("help answered %+v, %v", r, err)
	}
	if _, err := p.Command(ctx, "/secret", "huge"); err == nil || !strings.Contains(err.Error(), "operation_timeout") {
		t.Errorf("an acknowledgement of 20,480 bytes gave %v; want it to vanish", err)
	}
	if err := p.OpenHome(ctx); err != nil {
		t.Error(err)
	}
	if _, err := p.AwaitHome(ctx, func(*View) bool { return true }); err != nil {
		t.Error(err)
	}
	w.Disconnect("refresh_requested")
	line(t, lines) // connected again
	if _, err := p.Command(ctx, "/secret", "create"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.AwaitView(ctx, func(*View) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if err := p.Fill("name", "Payments"); err != nil {
		t.Fatal(err)
	}
	if out, err := p.SubmitView(ctx); err != nil || out.Errors["name"] != "Use lower case." {
		t.Errorf("submitting upper case gave %+v, %v", out, err)
	}
	if err := p.Fill("name", "payments"); err != nil {
		t.Fatal(err)
	}
	if out, err := p.SubmitView(ctx); err != nil || !out.Cleared || p.View() != nil {
		t.Errorf("submitting gave %+v, %v; want every view closed", out, err)
	}
}

func boltVerifier(t *testing.T, dir string) {
	w, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	now := time.Unix(1_800_000_000, 0)
	body := "payload=%7B%22a%22%3A%22%E2%80%9Cx%E2%80%9D%22%7D"
	header := w.Sign(now, []byte(body))
	good := obj{"secret": w.SigningSecret(), "body": body, "now": now.UnixMilli(),
		"signature": header.Get("X-Slack-Signature"), "timestamp": now.Unix()}
	with := func(name string, value any) obj { o := clone(good); o[name] = value; return o }
	var in strings.Builder
	for _, request := range []obj{
		good, with("body", body+" "), with("secret", "another"), with("timestamp", now.Unix()-1),
		with("now", now.Add(6*time.Minute).UnixMilli()),
	} {
		raw, _ := json.Marshal(request)
		in.Write(append(raw, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), "node", "verify.mjs")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out), "true\nfalse\nfalse\nfalse\nfalse\n"; got != want {
		t.Errorf("Bolt's verifier says %q, want %q", got, want)
	}
}
