package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/store"
)

// The benchmarks run the built program with GOMAXPROCS=1, so that it has one core, and
// stand in this process, on whatever other cores there are, for everyone it talks to.
// `bash .ci/bench` runs them all and prints the table of the README.

// benchClients is how many requests are on their way at a time.
const benchClients = 16

// program builds the app as it ships: a test binary starts slower and is larger.
func program(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "secretstore")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// benchStage prepares a stage whose app is started by the benchmark.
func benchStage(b *testing.B, settings ...string) *stage {
	b.Helper()
	s, err := newStage(stageOptions{
		dir: b.TempDir(), load: true, program: []string{program(b), "serve"},
		settings: append([]string{"GOMAXPROCS=1"}, settings...),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.close)
	return s
}

func begin(b *testing.B, s *stage) {
	b.Helper()
	if err := s.start(b.Context()); err != nil {
		b.Fatalf("%v\n%s", err, s.logged())
	}
}

// BenchmarkCommand is from a slash command to the answer, which the app sends after Slack
// has opened its modal: an upper bound of "until views.open is sent". Filling each modal
// goes on behind the answers, on the same core.
func BenchmarkCommand(b *testing.B) {
	s := benchStage(b)
	slack := newLeanSlack(b, s)
	begin(b, s)
	slack.pound(b, "/slack/commands", func(n int64) []byte {
		return []byte(url.Values{
			"command": {"/secret"}, "text": {fmt.Sprintf("create dev/bench-%d", n)}, "trigger_id": {fmt.Sprintf("T%d", n)},
			"team_id": {s.slack.TeamID()}, "api_app_id": {s.slack.AppID()}, "user_id": {"U0CAROL"}, "channel_id": {"C0GENERAL"},
			"response_url": {slack.server.URL + "/response/1"},
		}.Encode())
	})
	if slack.opened.Load() < int64(b.N) {
		b.Errorf("%d modals for %d commands", slack.opened.Load(), b.N)
	}
}

// BenchmarkSubmission is from a filled-in form to the answer, before which the request is
// durable. Secret Manager answers reads and puts writes off, so that the changes wait and
// what is measured is the way to the answer, with the beginning of each attempt behind it.
// At most benchRoom submissions find room.
func BenchmarkSubmission(b *testing.B) {
	s, manager, slack := manyEnvironments(b)
	begin(b, s)
	manager.Faults().Add(faults.Fault{Method: "CreateSecret", Kind: faults.Refuse, Status: http.StatusTooManyRequests, RetryAfter: time.Minute})
	slack.pound(b, "/slack/interactions", benchSubmission(s))
}

// BenchmarkChange is whole changes, from the form to the version in Secret Manager, with
// records, notices and rows, all on the one core of the app.
func BenchmarkChange(b *testing.B) {
	s, manager, slack := manyEnvironments(b)
	begin(b, s)
	body := benchSubmission(s)
	b.ResetTimer()
	slack.send(b, "/slack/interactions", body)
	if err := until(b.Context(), func() error {
		added := 0
		for _, call := range manager.Calls() {
			if call.Method == "AddSecretVersion" && call.Reason != "" {
				added++
			}
		}
		if added < b.N {
			return fmt.Errorf("%d of %d versions", added, b.N)
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
	b.ReportMetric(0, "ns/op")
}

// An environment has room for 32 unwritten values, so that the load is spread.
const (
	benchEnvironments = 256
	benchRoom         = benchEnvironments * store.MaxUnwritten
)

func benchSubmission(s *stage) func(n int64) []byte {
	return func(n int64) []byte {
		return submissionBody(s, "U0CAROL", fmt.Sprintf("V%d", n), fmt.Sprintf("e%03d", n%benchEnvironments), fmt.Sprintf("bench-%d", n))
	}
}

// manyEnvironments is a stage with a policy, and a Secret Manager, of many environments.
func manyEnvironments(b *testing.B) (*stage, *secretmanager.Server, *leanSlack) {
	b.Helper()
	projects := map[string]int64{stageKeys: 1}
	rules := "revision: 1\nenvironments:\n"
	for n := range benchEnvironments {
		projects[fmt.Sprintf("bench-%03d", n)] = int64(2000 + n)
		rules += fmt.Sprintf("  e%03d: {project: bench-%03d}\n", n, n)
	}
	rules += "rules:\n  - {name: free, secrets: [\"*/*\"], do: [view, create], who: anyone}\n"
	manager, err := secretmanager.Start(secretmanager.Options{Projects: projects})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = manager.Close() })
	s := benchStage(b, envSecrets+"="+manager.Addr())
	if err := os.WriteFile(s.path("policy.yaml"), []byte(rules), 0o600); err != nil {
		b.Fatal(err)
	}
	return s, manager, newLeanSlack(b, s)
}

// submissionBody is a create form as Slack sends it: with all of its blocks' state.
func submissionBody(s *stage, user, view, env, name string) []byte {
	type object = map[string]any
	text := func(v string) object { return object{"type": "plain_text_input", "value": v} }
	choice := func(v string) object {
		return object{"type": "static_select", "selected_option": object{"text": object{"type": "plain_text", "text": v}, "value": v}}
	}
	values := object{}
	for field, state := range map[string]object{
		"env": choice(env), "name": text(name), "recipe": choice("text"), "value": text("the password of " + name),
		"owner":  {"type": "users_select", "selected_user": user},
		"reason": text("a benchmark"), "description": {"type": "plain_text_input", "value": nil},
		"notify": {"type": "multi_conversations_select", "selected_conversations": []string{}},
		"accept": {"type": "checkboxes", "selected_options": []object{}},
	} {
		values[field] = object{field: state}
	}
	payload, _ := json.Marshal(object{
		"type": "view_submission", "team": object{"id": s.slack.TeamID()}, "user": object{"id": user, "team_id": s.slack.TeamID()},
		"api_app_id": s.slack.AppID(), "trigger_id": "T" + view,
		"view": object{
			"id": view, "hash": "1.a", "type": "modal", "callback_id": "secret_create", "team_id": s.slack.TeamID(),
			"private_metadata": `{"v":1}`, "blocks": []object{}, "state": object{"values": values},
		},
	})
	return []byte("payload=" + url.QueryEscape(string(payload)))
}

// BenchmarkStart is from the start of the process to an answer of its readiness probe.
func BenchmarkStart(b *testing.B) {
	s := benchStage(b)
	begin(b, s) // makes the keys, which later starts read
	for b.Loop() {
		b.StopTimer()
		s.stop()
		b.StartTimer()
		begin(b, s)
		r, err := http.Get("http://" + s.addr + "/ready")
		if err != nil || r.StatusCode != http.StatusOK {
			b.Fatalf("not ready: %v", err)
		}
		_ = r.Body.Close()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkIdle is the resident memory of an app that nobody talks to.
func BenchmarkIdle(b *testing.B) {
	s := benchStage(b)
	begin(b, s)
	for b.Loop() {
		time.Sleep(3 * time.Second) // what the start needed has had time to go
	}
	b.ReportMetric(resident(b, s.child.Process.Pid), "MB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSheet brings 20,000 records to the sheet, under the service's own quotas.
func BenchmarkSheet(b *testing.B) {
	const records = 20_000
	for b.Loop() {
		b.StopTimer()
		s := benchStage(b)
		fillLog(b, s, records)
		b.StartTimer()
		begin(b, s)
		if err := until(b.Context(), func() error {
			if rows := len(recordRows(s.sheet)); rows < records {
				return fmt.Errorf("%d rows", rows)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		writes := 0
		for _, r := range s.sheet.Requests() {
			if r.Write && r.Rows > 1 {
				writes++
			}
		}
		b.ReportMetric(float64(writes), "writes")
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Minutes(), "rows/min")
	b.ReportMetric(0, "ns/op")
}

// fillLog makes a log that was never published.
func fillLog(b *testing.B, s *stage, records int) {
	b.Helper()
	l, err := audit.Open(b.Context(), audit.Options{URL: "sqlite:" + s.path(stageDatabase), Ephemeral: true})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	one := audit.Record{
		Event: audit.EventRequested, Change: "01jtfm0000000000000000bnch", Actor: "Carol", ActorID: "T0ACME:U0CAROL",
		Environment: "dev", Secret: "db-password", Recipe: "text", Bytes: "28", Reason: "a benchmark", Rule: "dev is free@0011223344556677", Detail: "create",
	}
	for batch := range slices.Chunk(slices.Repeat([]audit.Record{one}, records), 500) {
		if err := l.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
}

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
