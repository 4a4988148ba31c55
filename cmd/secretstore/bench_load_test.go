package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// benchClients is how many requests are on their way at a time.
const benchClients = 16

// leanSlack stands for Slack where the emulated workspace would be the bottleneck: the
// calls that every request leads to get a fixed answer, all others go to the workspace.
type leanSlack struct {
	stage  *stage
	server *httptest.Server
	client *http.Client
	opened atomic.Int64
	board  board
}

func newLeanSlack(b *testing.B, s *stage) *leanSlack {
	l := &leanSlack{stage: s, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}}
	workspace, _ := url.Parse(strings.TrimSuffix(s.slack.APIURL(), "api/"))
	mux := http.NewServeMux()
	mux.Handle("/", httputil.NewSingleHostReverseProxy(workspace))
	fixed := func(method, answer string) {
		mux.HandleFunc("/api/"+method, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if method == "views.open" {
				l.opened.Add(1)
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answer)
		})
	}
	fixed("views.open", `{"ok":true,"view":{"id":"V0","hash":"1.a"}}`)
	fixed("views.update", `{"ok":true,"view":{"id":"V0","hash":"2.b"}}`)
	fixed("conversations.open", `{"ok":true,"channel":{"id":"D0CAROL"}}`)
	mux.HandleFunc("/api/chat.postMessage", l.board.post)
	mux.HandleFunc("/api/chat.update", l.board.update)
	mux.HandleFunc("/api/users.info", func(w http.ResponseWriter, r *http.Request) {
		id, about := r.FormValue("user"), ""
		if id == s.slack.BotUserID() {
			about = s.slack.AppID()
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"ok":true,"user":{"id":%q,"team_id":%q,"name":"someone","profile":{"api_app_id":%q}}}`, id, s.slack.TeamID(), about)
	})
	mux.HandleFunc("/response/", func(http.ResponseWriter, *http.Request) {})
	l.server = httptest.NewServer(mux)
	b.Cleanup(l.server.Close)
	s.extra = append(s.extra, envSlackAPI+"="+l.server.URL+"/api/")
	return l
}

// pound sends b.N requests and reports what they cost.
func (l *leanSlack) pound(b *testing.B, path string, body func(n int64) []byte) {
	b.Helper()
	l.measure(b, func() []time.Duration { return l.send(b, path, body) })
}

// measure reports what b.N requests cost, which take so long each.
func (l *leanSlack) measure(b *testing.B, requests func() []time.Duration) {
	b.Helper()
	before := cpuTime(b, l.stage.child.Process.Pid)
	b.ResetTimer()
	latencies := requests()
	b.StopTimer()
	used := cpuTime(b, l.stage.child.Process.Pid) - before
	slices.Sort(latencies)
	quantile := func(q float64) float64 {
		return float64(latencies[int(q*float64(len(latencies)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(quantile(0.5), "p50-ms")
	b.ReportMetric(quantile(0.99), "p99-ms")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-us/request") // holds on a busy machine too
	b.ReportMetric(0, "ns/op")
}

// send sends b.N requests from all clients at once. Bodies are made and signed outside
// the latency of each; a signature is good for one request.
func (l *leanSlack) send(b *testing.B, path string, body func(n int64) []byte) []time.Duration {
	b.Helper()
	return together(b, func(n int64) (time.Duration, error) { return l.post(path, body(n)) })
}

// together does something b.N times, each of the clients one at a time, and returns how
// long each took by its own word.
func together(b *testing.B, do func(n int64) (time.Duration, error)) []time.Duration {
	b.Helper()
	var next atomic.Int64
	latencies := make([][]time.Duration, benchClients)
	var clients sync.WaitGroup
	for client := range benchClients {
		clients.Go(func() {
			for n := next.Add(1); n <= int64(b.N) && !b.Failed(); n = next.Add(1) {
				took, err := do(n)
				if err != nil {
					b.Error(err)
				}
				latencies[client] = append(latencies[client], took)
			}
		})
	}
	clients.Wait()
	return slices.Concat(latencies...)
}

// cpuTime is what a process has used of the processor so far.
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every architecture that Go runs Linux on
	_, rest, _ := strings.Cut(procFile(b, pid, "stat"), ") ")
	var ticks time.Duration
	for _, field := range strings.Fields(rest)[11:13] { // utime, stime (source: proc_pid_stat(5))
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += time.Duration(n)
	}
	return ticks * tick
}

func resident(b *testing.B, pid int) (megabytes float64) {
	b.Helper()
	_, rest, _ := strings.Cut(procFile(b, pid, "status"), "VmRSS:")
	kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}

func procFile(b *testing.B, pid int, name string) string {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		b.Fatalf("processor time and memory are read from /proc, which Linux has: %v", err)
	}
	return string(text)
}

// post sends one signed body as Slack does and wants an answer that Slack would obey.
func (l *leanSlack) post(path string, body []byte) (time.Duration, error) {
	request, err := http.NewRequest(http.MethodPost, "http://"+l.stage.addr+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(l.stage.slack.SigningSecret()))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Slack-Request-Timestamp", stamp)
	request.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	begun := time.Now()
	response, err := l.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	took := time.Since(begun)
	switch {
	case err != nil:
		return 0, err
	case response.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"errors"`)) || path == "/slack/commands" && len(answer) > 0:
		return 0, fmt.Errorf("the app answered %d %s", response.StatusCode, answer)
	}
	return took, nil
}
