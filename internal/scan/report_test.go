package scan_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/scan"
	"secretstore/internal/secret"
)

// evil is a name that means something in every sink.
const evil = "a\x1b[31m\r\n::error::x%0A,y:z##[set-output]|`<script>&[l](http://e)@here<!channel>\u202e\xff.py"

func evilReport() *scan.Report {
	return &scan.Report{
		Verdict: scan.Leaks,
		About:   scan.About{Mode: "pr", Repository: "acme/app", Number: 7, Head: strings.Repeat("a", 40)},
		Findings: []scan.Finding{
			{Detector: "Stripe Keys " + evil, Engines: []string{"ggshield"}, Kind: "file", Commit: strings.Repeat("a", 40), Author: evil, Path: evil, Line: 3, InHead: true, HeadPath: evil, HeadLine: 4, Name: "stripe-keys", Recipe: "text"},
			{Detector: "GitHub Access Token", Kind: "commit message", Commit: strings.Repeat("b", 40), Author: "Ann", Line: 2, Name: "github-access-token", Recipe: "text"},
		},
		Ignored:  []scan.Ignored{{Finding: scan.Finding{Detector: "x", Kind: "file", Path: evil, Line: 1}, Reason: evil, Owner: evil, Expires: time.Unix(0, 0)}},
		Excluded: []scan.Exclusion{{Path: evil, Reason: evil, Owner: evil}},
		Unread:   []scan.Unread{{Path: evil, Why: "lfs"}},
		Problems: []*scan.Problem{{Cause: scan.TooLarge, What: evil}},
		Quota:    &scan.Quota{Limit: 100, Remaining: 5},
	}
}

// written is what one sink is given.
func written(t *testing.T, write func(io.Writer, scan.Style) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, scan.Style{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNoNameReachesTheTerminalAsACommand(t *testing.T) {
	text := written(t, evilReport().WriteTerminal)
	for _, r := range text {
		if r < ' ' && r != '\n' || r == '\u202e' || r == 0xfffd {
			t.Fatalf("the terminal is sent %q in:\n%s", r, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a line may be taken for a command: %q", line)
		}
	}
}

func TestAnnotationsAreOneCommandEach(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(written(t, evilReport().WriteAnnotations), "\n"), "\n")
	form := regexp.MustCompile(`^::(error|warning)( [a-z]+=[^,:\r\n]*(,[a-z]+=[^,:\r\n]*)*)?::[^\r\n]*$`)
	if len(lines) != 4 { // two findings, a problem, the quota
		t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	for _, line := range lines {
		if !form.MatchString(line) {
			t.Errorf("no command of one line: %q", line)
		}
	}
	file := regexp.MustCompile(`file=([^,]*),line=4,`).FindStringSubmatch(lines[0])
	decode := strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
	if len(file) != 2 || decode.Replace(file[1]) != evil {
		t.Errorf("the annotation is not on its file: %q", lines[0])
	}
	if strings.Contains(lines[1], "file=") {
		t.Errorf("a commit message has no file: %q", lines[1])
	}
}

func TestSummaryIsTextInEveryCell(t *testing.T) {
	text := written(t, evilReport().WriteSummary)
	for _, sign := range []string{"<script", "](http", "@here", "`", "##[", "\x1b"} {
		if strings.Contains(text, sign) {
			t.Errorf("the summary holds %q:\n%s", sign, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 7 {
			t.Errorf("a row has other cells: %q", line)
		}
	}
}

// TestSARIFIsWhole checks what the schema requires and where results point.
func TestSARIFIsWhole(t *testing.T) {
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Invocations []struct{ ExecutionSuccessful bool }
			Results     []struct {
				RuleID    string
				RuleIndex int
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal([]byte(written(t, evilReport().WriteSARIF)), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || run.Tool.Driver.Name == "" || len(run.Results) != 2 || run.Invocations[0].ExecutionSuccessful {
		t.Fatalf("%+v", log)
	}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || r.PartialFingerprints["primaryLocationLineHash"] == "" {
			t.Errorf("%+v", r)
		}
	}
	at := run.Results[0].Locations[0].PhysicalLocation
	reference, err := url.Parse(at.ArtifactLocation.URI)
	if err != nil || reference.IsAbs() || strings.TrimPrefix(reference.Path, "./") != evil || at.Region.StartLine != 4 {
		t.Errorf("the result points to %+v", at)
	}
	if len(run.Results[1].Locations) != 0 {
		t.Error("a commit message is in no file")
	}
}

func TestJSONReportReadsBack(t *testing.T) {
	var report map[string]any
	if err := json.Unmarshal([]byte(written(t, evilReport().WriteJSON)), &report); err != nil {
		t.Fatal(err)
	}
	if report["verdict"] != "leaks" || len(report["findings"].([]any)) != 2 || len(report["problems"].([]any)) != 1 {
		t.Errorf("%v", report)
	}
}

func TestSaveWritesEveryFile(t *testing.T) {
	dir := t.TempDir()
	summary, outputs := filepath.Join(dir, "summary"), filepath.Join(dir, "outputs")
	for _, name := range []string{summary, outputs} {
		if err := os.WriteFile(name, []byte("before\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := scan.Save(evilReport(), scan.Style{}, filepath.Join(dir, "reports"), summary, outputs); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(outputs)
	want := "before\nverdict=leaks\nfindings=2\nignored=1\nproblems=1\ncommits=0\ndocuments=0\ncalls=0\n"
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("outputs, error %v (-want +got):\n%s", err, diff)
	}
	for _, name := range []string{"reports/report.json", "reports/report.sarif", "reports/summary.md", "summary"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 100 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := scan.Save(evilReport(), scan.Style{}, summary, "", ""); err == nil {
		t.Error("reports were saved into a file")
	}
}

func TestSlackIsToldWhatToType(t *testing.T) {
	var body struct{ Text string }
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(hook.Close)
	webhook := secret.NewValue([]byte(hook.URL + "/services/T0/B0/x"))
	if err := scan.CheckWebhook(webhook); err != nil {
		t.Fatal(err)
	}
	if err := evilReport().Tell(t.Context(), webhook, scan.Style{Environment: "prod"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<https://github.com/acme/app/pull/7|acme/app#7>", "`/secret create prod/stripe-keys as text`", "Stripe Keys", "&lt;!channel&gt;"} {
		if !strings.Contains(body.Text, want) {
			t.Errorf("Slack is not told %q:\n%s", want, body.Text)
		}
	}
	if strings.Count(body.Text, "<") != 1 {
		t.Errorf("there is more than the one link:\n%s", body.Text)
	}
}

func TestSlackIsNotToldOfNothing(t *testing.T) {
	nobody := secret.NewValue([]byte("http://127.0.0.1:1/"))
	clean := &scan.Report{Verdict: scan.Clean}
	if err := clean.Tell(t.Context(), nobody, scan.Style{}); err != nil {
		t.Errorf("%v", err)
	}
	if err := evilReport().Tell(t.Context(), nobody, scan.Style{}); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("%v: the webhook is a secret, and nobody listens there", err)
	}
}

func TestWebhooksOfOthersAreRefused(t *testing.T) {
	for _, text := range []string{"https://hooks.slack.com.evil.test/x", "http://hooks.slack.com/x", "https://user@hooks.slack.com/x", "ftp://127.0.0.1/", "\x00", "hooks.slack.com/services"} {
		if scan.CheckWebhook(secret.NewValue([]byte(text))) == nil {
			t.Errorf("%q was taken for a webhook of Slack", text)
		}
	}
}

func TestInstancesThatWouldLeakTheKeyAreRefused(t *testing.T) {
	r := newRepo(t)
	r.add("a", "a\n")
	for _, instance := range []string{"http://localhost.evil.test", "http://dashboard.gitguardian.com", "https://user:pass@x.test", "https://x.test/?a", "file:///etc/passwd", "x"} {
		opts := r.offline()
		opts.Instance = instance
		checkCause(t, r.all(), opts, scan.BadInstance)
	}
}

// TestAPullRequestTakesFewCalls: 500 commits of a file each, and five files of many commits.
func TestAPullRequestTakesFewCalls(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{Quota: 30})
	r := newRepo(t)
	source := *manyCommits(r, 60, leak())
	report := mustScan(t, source, r.options(server))
	sent := 0
	for _, request := range server.Requests() {
		if request.Method == gitguardian.Multiscan {
			sent++
		}
	}
	// 60 files and all messages in one: 61 documents, 19 to a call beside its canary.
	if want := 4; sent != want || report.Counts.Calls != want {
		t.Errorf("%d calls were made and %d told, want %d", sent, report.Counts.Calls, want)
	}
	if report.Quota == nil || report.Quota.Limit != 30 {
		t.Errorf("quota %+v", report.Quota)
	}
}

// TestTheQuotaIsWatched: it is told before it is gone.
func TestTheQuotaIsWatched(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{Quota: 100, Spent: 95})
	r := newRepo(t)
	r.add("a.py", "x\n")
	report := mustScan(t, r.all(), r.options(server))
	if text := everyReport(t, report); report.Verdict != scan.Clean || !strings.Contains(text, "running out: 4 of 100") {
		t.Errorf("verdict %s:\n%s", report.Verdict, text)
	}
}
