package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
