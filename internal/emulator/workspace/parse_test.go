package workspace

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func decode(t *testing.T, r io.Reader, into any) {
	t.Helper()
	if err := json.NewDecoder(r).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func socketURL(t *testing.T, w *Workspace) string {
	t.Helper()
	res, err := http.PostForm(w.APIURL()+"apps.connections.open", map[string][]string{"token": {w.AppToken()}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out := obj{}
	decode(t, res.Body, &out)
	return str(out, "url")
}

func TestTokens(t *testing.T) {
	w, _ := startApp(t, Options{})
	tests := []struct {
		name, method, header, form, word string
	}{
		{"a bearer header", "auth.test", "Bearer " + w.BotToken(), "", ""},
		{"a form argument", "auth.test", "", "token=" + w.BotToken(), ""},
		{"no token", "auth.test", "", "", "not_authed"},
		{"a wrong token", "auth.test", "Bearer xoxb-other", "", "invalid_auth"},
		{"the app token for a bot's method", "auth.test", "Bearer " + w.AppToken(), "", "not_allowed_token_type"},
		{"the bot token for Socket Mode", "apps.connections.open", "Bearer " + w.BotToken(), "", "not_allowed_token_type"},
		{"an unknown method", "chat.shout", "Bearer " + w.BotToken(), "", "unknown_method"},
		{"blocks.validate without any token", "blocks.validate", "", "blocks=[]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, _ := http.NewRequest(http.MethodPost, w.APIURL()+tt.method, strings.NewReader(tt.form))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tt.header != "" {
				req.Header.Set("Authorization", tt.header)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			out := obj{}
			decode(t, res.Body, &out)
			if got := str(out, "error"); got != tt.word {
				t.Errorf("error = %q, want %q", got, tt.word)
			}
			if tt.word == "" && tt.method == "auth.test" && !strings.Contains(res.Header.Get("X-OAuth-Scopes"), "chat:write") {
				t.Errorf("X-OAuth-Scopes = %q", res.Header.Get("X-OAuth-Scopes"))
			}
		})
	}
}

func TestRender(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                             "plain",
		"1 &lt; 2 &amp;&amp; 3 &gt; 2":      "1 < 2 && 3 > 2",
		"&amp;lt; stays an entity":          "&lt; stays an entity",
		"<https://a.example|the page>":      "the page",
		"<https://a.example>":               "https://a.example",
		"<@U0ALICE> in <#C0GENERAL|room>":   "@U0ALICE in room",
		"<!here> <!subteam^S0PAY>":          "@here @S0PAY",
		"<!date^1700000000^{date}|14 Nov.>": "14 Nov.",
	} {
		if got := Render(in); got != want {
			t.Errorf("Render(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEcho(t *testing.T) {
	for _, tt := range []struct {
		in     string
		mrkdwn bool
		want   string
	}{
		{"a & b", false, "a &amp; b"}, {"a &amp; b", true, "a &amp; b"}, {"<x>", false, "&lt;x&gt;"}, {"<@U1> & co", true, "<@U1> &amp; co"},
	} {
		if got := echo(tt.in, tt.mrkdwn); got != tt.want {
			t.Errorf("echo(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzDecodeArgs(f *testing.F) {
	f.Add("application/json", `{"view":{"type":"modal"},"blocks":"[]"}`)
	f.Add("application/x-www-form-urlencoded", `blocks=%5B%7B%7D%5D&text=a%26b`)
	f.Add("application/json; charset=utf-8", `null`)
	f.Add("", "%zz")
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest(http.MethodPost, "/api/chat.postMessage", nil)
		r.Header.Set("Content-Type", kind)
		a, err := decodeArgs(r, []byte(body))
		if err != nil {
			return
		}
		contentOf(a)
		viewArg(a, "modal")
		for name := range a {
			a.text(name)
			a.list(name)
		}
	})
}

func FuzzAcknowledge(f *testing.F) {
	w, err := Start(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(w.Close)
	f.Add([]byte(`{"envelope_id":"x","payload":{"text":"a"}}`))
	f.Add([]byte(`{"payload":"text"}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, frame []byte) { w.acknowledge(frame) })
}
