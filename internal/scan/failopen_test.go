package scan_test

import (
	"bytes"
	"encoding/json"
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
	"testing"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/scan"
	"secretstore/internal/secret"
)

// failure is one way in which GitGuardian or the way to it fails.
type failure struct {
	name  string
	fault faults.Fault
	opts  gitguardian.Options
	tweak func(*scan.Options)
	want  scan.Cause
}

// refuse is a row for a status of one call.
func refuse(call string, status int, words string) faults.Fault {
	return faults.Fault{Method: call, Kind: faults.Refuse, Status: status, Error: words}
}

// failures is the fail-open table: ggshield exits 0 in several modes on most of them, with a
// live leak in what it scanned.
func failures() []failure {
	const multi, meta = gitguardian.Multiscan, gitguardian.Metadata
	patience := func(d time.Duration) func(*scan.Options) { return func(o *scan.Options) { o.Limit = d } }
	return []failure{
		{"no key", faults.Fault{}, gitguardian.Options{}, func(o *scan.Options) { o.Key = secret.Value{} }, scan.NoKey},
		{"a key that is refused", faults.Fault{}, gitguardian.Options{Key: "another"}, nil, scan.KeyRefused},
		{"a key without the scope", faults.Fault{}, gitguardian.Options{Scopes: []string{"incidents:read"}}, nil, scan.KeyScope},
		{"nobody listens", faults.Fault{}, gitguardian.Options{}, func(o *scan.Options) { o.Instance = "http://127.0.0.1:1" }, scan.Unavailable},
		{"metadata 401", refuse(meta, 401, ""), gitguardian.Options{}, nil, scan.KeyRefused},
		{"metadata 500", refuse(meta, 500, ""), gitguardian.Options{}, nil, scan.Unavailable},
		{"metadata 503 on every try", refuse(meta, 503, ""), gitguardian.Options{}, nil, scan.Unavailable},
		{"metadata as a web page", faults.Fault{Method: meta, Kind: gitguardian.HTML, Status: 200}, gitguardian.Options{}, nil, scan.BadAnswer},
		{"metadata with a charset", faults.Fault{Method: meta, Kind: gitguardian.Charset}, gitguardian.Options{}, nil, scan.BadAnswer},
		{"the quota is gone", faults.Fault{}, gitguardian.Options{Quota: 5, Spent: 5}, nil, scan.QuotaReached},
		{"multiscan 500", refuse(multi, 500, ""), gitguardian.Options{}, nil, scan.Unavailable},
		{"multiscan 502 on every try", refuse(multi, 502, ""), gitguardian.Options{}, nil, scan.Unavailable},
		{"multiscan 503 on every try", refuse(multi, 503, ""), gitguardian.Options{}, nil, scan.Unavailable},
		{"multiscan 504 on every try", refuse(multi, 504, ""), gitguardian.Options{}, nil, scan.Unavailable},
		{"connections are dropped", faults.Fault{Method: multi, Kind: faults.Drop}, gitguardian.Options{}, nil, scan.Unavailable},
		{"connections are dropped after the work", faults.Fault{Method: multi, Kind: faults.Cut}, gitguardian.Options{}, nil, scan.Unavailable},
		{"multiscan 401", refuse(multi, 401, ""), gitguardian.Options{}, nil, scan.KeyRefused},
		{"multiscan with bad JSON", faults.Fault{Method: multi, Kind: gitguardian.BadJSON}, gitguardian.Options{}, nil, scan.BadAnswer},
		{"multiscan with an empty array", faults.Fault{Method: multi, Kind: gitguardian.Empty}, gitguardian.Options{}, nil, ""},
		{"multiscan with a charset", faults.Fault{Method: multi, Kind: gitguardian.Charset}, gitguardian.Options{}, nil, scan.BadAnswer},
		{"multiscan 200 as a web page", faults.Fault{Method: multi, Kind: gitguardian.HTML, Status: 200}, gitguardian.Options{}, nil, ""},
		{"multiscan 201", refuse(multi, 201, ""), gitguardian.Options{}, nil, ""},
		{"multiscan 302", refuse(multi, 302, ""), gitguardian.Options{}, nil, ""},
		{"multiscan 400 that says not found", refuse(multi, 400, "Source not found"), gitguardian.Options{}, nil, ""},
		{"multiscan 400", refuse(multi, 400, ""), gitguardian.Options{}, nil, scan.Incomplete},
		{"multiscan 403 with other words", refuse(multi, 403, "No."), gitguardian.Options{}, nil, scan.Incomplete},
		{"multiscan 404", refuse(multi, 404, ""), gitguardian.Options{}, nil, scan.Incomplete},
		{"multiscan 408", refuse(multi, 408, ""), gitguardian.Options{}, nil, scan.Incomplete},
		{"multiscan 409", refuse(multi, 409, ""), gitguardian.Options{}, nil, scan.Incomplete},
		{"multiscan 413", refuse(multi, 413, ""), gitguardian.Options{}, nil, scan.SizeRefused},
		{"multiscan 422", refuse(multi, 422, ""), gitguardian.Options{}, nil, scan.Incomplete},
		{"multiscan 429 without a time to wait", refuse(multi, 429, ""), gitguardian.Options{}, nil, scan.RateLimited},
		{"multiscan 451", refuse(multi, 451, ""), gitguardian.Options{}, nil, scan.Incomplete},
		{"multiscan 499", refuse(multi, 499, ""), gitguardian.Options{}, nil, scan.Incomplete},
		{"429 that asks to wait for ever", faults.Fault{Method: multi, Kind: faults.Refuse, Status: 429, RetryAfter: time.Hour}, gitguardian.Options{}, patience(5 * time.Second), scan.TimeLimit},
		{"an answer that does not come", faults.Fault{Method: multi, Kind: faults.Slow, Delay: time.Hour}, gitguardian.Options{}, patience(5 * time.Second), scan.TimeLimit},
		{"no ggshield", faults.Fault{}, gitguardian.Options{}, func(o *scan.Options) { o.Program = "no-such-ggshield" }, scan.NoGGShield},
		{"a ggshield that says nothing", faults.Fault{}, gitguardian.Options{}, func(o *scan.Options) { o.Program = "true" }, scan.BadAnswer},
		{"a ggshield that fails", faults.Fault{}, gitguardian.Options{}, func(o *scan.Options) { o.Program = "false" }, scan.BadAnswer},
	}
}

// TestAFailureIsNeverClean runs every row with a live leak in the range. The rows run all at
// once: ggshield spends most of them waiting.
func TestAFailureIsNeverClean(t *testing.T) {
	r := newRepo(t)
	r.add("a.py", "key = '"+leak()+"'\n")
	source := r.all()
	rows := failures()
	reports := make([]*scan.Report, len(rows))
	places := make(chan struct{}, 12)
	var work sync.WaitGroup
	for i, row := range rows {
		server := standIn(t, row.opts)
		if row.fault.Kind != "" {
			server.Faults().Add(row.fault)
		}
		opts := r.options(server)
		if row.tweak != nil {
			row.tweak(&opts)
		}
		work.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			report, err := scan.Scan(t.Context(), source, opts)
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
			}
			reports[i] = report
		})
	}
	work.Wait()
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) { checkNotClean(t, row, reports[i]) })
	}
}

func checkNotClean(t *testing.T, row failure, report *scan.Report) {
	t.Helper()
	if report == nil {
		t.Fatal("no report")
	}
	if report.Verdict == scan.Clean || report.Verdict == "" {
		t.Errorf("verdict %q", report.Verdict)
	}
	if row.want != "" && !slices.Contains(causes(report), row.want) {
		t.Errorf("causes %v, want %s", causes(report), row.want)
	}
	for _, p := range report.Problems {
		if p.Sentence() == "scan.cause."+string(p.Cause) {
			t.Errorf("nothing is told of %s", p.Cause)
		}
	}
}

// TestFindingsUnderAnotherPolicyCount: ggshield 1.53.0 dropped them and exited 0; the
// pinned version reports them.
func TestFindingsUnderAnotherPolicyCount(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	server.Faults().Add(faults.Fault{Method: gitguardian.Multiscan, Kind: gitguardian.OtherPolicy})
	r := newRepo(t)
	r.add("a.py", "key = '"+leak()+"'\n")
	if report := mustScan(t, r.all(), r.options(server)); report.Verdict != scan.Leaks || len(report.Findings) != 1 {
		t.Errorf("verdict %s, causes %v", report.Verdict, causes(report))
	}
}

// TestAnswersWithoutFindingsAreNotBelieved puts a proxy between, which takes every finding
// out of the answers, as an engine would that is switched off.
func TestAnswersWithoutFindingsAreNotBelieved(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	front := rewriting(t, server, func(results []map[string]any) {
		for _, r := range results {
			r["policy_breaks"], r["policy_break_count"] = []any{}, 0
		}
	})
	r := newRepo(t)
	r.add("a.py", "key = '"+leak()+"'\n")
	opts := r.options(server)
	opts.Instance = front
	report := mustScan(t, r.all(), opts)
	if report.Verdict != scan.Inconclusive || !slices.Equal(causes(report), []scan.Cause{scan.DetectionOff}) {
		t.Errorf("verdict %s, causes %v", report.Verdict, causes(report))
	}
	opts.NoCanary = true // trusted on demand: then nobody notices
	if report := mustScan(t, r.all(), opts); report.Verdict != scan.Clean {
		t.Errorf("without canaries: verdict %s, causes %v", report.Verdict, causes(report))
	}
}

// rewriting puts a proxy before the stand-in that changes the results of multiscans, and
// returns its address.
func rewriting(t *testing.T, server *gitguardian.Server, change func([]map[string]any)) string {
	t.Helper()
	target, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) },
		ModifyResponse: func(response *http.Response) error {
			if !strings.HasSuffix(response.Request.URL.Path, "/multiscan") {
				return nil
			}
			var results []map[string]any
			if err := json.NewDecoder(response.Body).Decode(&results); err != nil {
				return err
			}
			change(results)
			body, err := json.Marshal(results)
			response.Body = io.NopCloser(bytes.NewReader(body))
			response.ContentLength = int64(len(body))
			response.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return err
		},
	})
	t.Cleanup(front.Close)
	return front.URL
}

// TestAShortAnswerIsIncomplete: whichever document is left unanswered, the scan says so.
func TestAShortAnswerIsIncomplete(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	server.Faults().Add(faults.Fault{Method: gitguardian.Multiscan, Kind: gitguardian.Short})
	r := newRepo(t)
	r.add("a.py", "key = None\n")
	report := mustScan(t, r.all(), r.options(server))
	if report.Verdict != scan.Inconclusive || !slices.Equal(causes(report), []scan.Cause{scan.Incomplete}) {
		t.Errorf("verdict %s, causes %v", report.Verdict, causes(report))
	}
}

// TestAMomentOfTroubleIsWaitedOut: what passes leaves a whole scan.
func TestAMomentOfTroubleIsWaitedOut(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	server.Faults().Add(faults.Fault{Method: gitguardian.Multiscan, Kind: faults.Refuse, Status: 503, Times: 1})
	server.Faults().Add(faults.Fault{Method: gitguardian.Multiscan, Kind: faults.Refuse, Status: 429, Times: 1, RetryAfter: time.Second})
	r := newRepo(t)
	r.add("a.py", "key = None\n")
	if report := mustScan(t, r.all(), r.options(server)); report.Verdict != scan.Clean {
		t.Errorf("verdict %s, causes %v", report.Verdict, causes(report))
	}
}

// TestAnotherVersionIsNotBelieved uses a program that answers like ggshield 1.53.0.
func TestAnotherVersionIsNotBelieved(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	r := newRepo(t)
	r.add("a.py", "key = None\n")
	opts := r.options(server)
	other := t.TempDir() + "/ggshield"
	script := "#!/bin/sh\nfor a; do [ \"$a\" = --version ] && echo 'ggshield, version 1.53.0' && exit 0; done\nexec '" + opts.Program + "' \"$@\"\n"
	if err := os.WriteFile(other, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	opts.Program = other
	report := mustScan(t, r.all(), opts)
	if report.Verdict != scan.Inconclusive || !slices.Equal(causes(report), []scan.Cause{scan.WrongVersion}) {
		t.Errorf("verdict %s, causes %v", report.Verdict, causes(report))
	}
}
