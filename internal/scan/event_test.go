package scan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/scan"
	"secretstore/internal/secret"
)

const (
	nobody = "0000000000000000000000000000000000000000"
	gone   = "4444444444444444444444444444444444444444"
)

// history is a repository whose every commit leaks, so that what was scanned can be read
// off what was found: main holds the base and m1, m2; feature leaves m1 with f1, f2.
type history struct {
	*repo
	m1, m2, f1, f2 string
}

func newHistory(t *testing.T) history {
	t.Helper()
	h := history{repo: newRepo(t)}
	h.m1 = h.add("m1", leak()+"\n")
	h.git("checkout", "-q", "-b", "feature")
	h.f1 = h.add("f1", leak()+"\n")
	h.f2 = h.add("f2", leak()+"\n")
	h.git("checkout", "-q", "main")
	h.m2 = h.add("m2", leak()+"\n")
	h.git("update-ref", "refs/remotes/origin/main", h.m2)
	return h
}

// scannedPaths are the files in which an offline scan found something: here, one a commit.
func scannedPaths(t *testing.T, source scan.Source, opts scan.Options) []string {
	t.Helper()
	paths := []string{}
	for _, f := range mustScan(t, source, opts).Findings {
		paths = append(paths, f.Path)
	}
	return paths
}

func TestEveryEventScansItsOwnRange(t *testing.T) {
	h := newHistory(t)
	repository := `"repository":{"full_name":"acme/app","default_branch":"main"}`
	push := func(ref, before, after string) string {
		return fmt.Sprintf(`{"ref":%q,"before":%q,"after":%q,%s}`, ref, before, after, repository)
	}
	tests := []struct {
		name, event, payload, sha string
		want                      []string
	}{
		{"a pull request", "pull_request",
			fmt.Sprintf(`{"number":1,"pull_request":{"base":{"sha":%q},"head":{"sha":%q}},%s}`, h.m2, h.f2, repository), "", []string{"f1", "f2"}},
		{"a merge group", "merge_group",
			fmt.Sprintf(`{"merge_group":{"base_sha":%q,"head_sha":%q},%s}`, h.m1, h.m2, repository), "", []string{"m2"}},
		{"a push of two commits", "push", push("refs/heads/main", h.base, h.m2), "", []string{"m1", "m2"}},
		{"a push to a branch", "push", push("refs/heads/feature", h.f1, h.f2), "", []string{"f2"}},
		{"the first push of a branch", "push", push("refs/heads/feature", nobody, h.f2), "", []string{"f1", "f2"}},
		{"the first push of all", "push", push("refs/heads/main", nobody, h.m2), "", []string{"m1", "m2"}},
		{"a force push whose former tip is gone", "push", push("refs/heads/feature", gone, h.f2), "", []string{"f1", "f2"}},
		{"a force push to another history", "push", push("refs/heads/feature", h.m2, h.f2), "", []string{"f1", "f2"}},
		{"a push of a tag", "push", push("refs/tags/v1", nobody, h.f1), "", []string{"f1"}},
		{"a branch that is deleted", "push", push("refs/heads/feature", h.f2, nobody), "", []string{}},
		{"a push back to an older commit", "push", push("refs/heads/feature", h.f2, h.f1), "", []string{}},
		{"a workflow started on a branch", "workflow_dispatch", `{"ref":"refs/heads/feature",` + repository + `}`, h.f2, []string{"f1", "f2"}},
		{"a workflow started on the default branch", "workflow_dispatch", `{"ref":"refs/heads/main",` + repository + `}`, h.m2, []string{"m1", "m2"}},
		{"a workflow started with a range", "workflow_dispatch",
			fmt.Sprintf(`{"ref":"refs/heads/main","inputs":{"base":%q,"head":"feature","deep":true},%s}`, h.f1, repository), h.m2, []string{"f2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source, err := scan.Event(test.event, []byte(test.payload), test.sha)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, scannedPaths(t, source, h.offline())); diff != "" {
				t.Errorf("scanned (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventsThatCannotBeScannedSayWhy(t *testing.T) {
	h := newHistory(t)
	repository := `"repository":{"full_name":"acme/app","default_branch":"main"}`
	pull := func(base, head string) string {
		return fmt.Sprintf(`{"pull_request":{"base":{"sha":%q},"head":{"sha":%q}},%s}`, base, head, repository)
	}
	tests := []struct {
		name, event, payload string
		want                 scan.Cause
	}{
		{"pull_request_target", "pull_request_target", "{}", scan.TargetEvent},
		{"an event without commits", "issues", "{}", scan.UnknownEvent},
		{"no event", "", "{}", scan.UnknownEvent},
		{"no JSON", "push", "{", scan.BadEvent},
		{"a pull request without one", "pull_request", "{}", scan.BadEvent},
		{"a base that is a name", "pull_request", pull("main", h.f2), scan.BadEvent},
		{"a base that is an option", "pull_request", pull("--all", h.f2), scan.BadEvent},
		{"a base of zeros", "pull_request", pull(nobody, h.f2), scan.BadEvent},
		{"a head that is not here", "pull_request", pull(h.m1, gone), scan.MissingObject},
		{"a pull request that adds nothing", "pull_request", pull(h.f2, h.f1), scan.EmptyRange},
		{"a merge group without commits", "merge_group", "{}", scan.BadEvent},
		{"a push of something that is not here", "push", fmt.Sprintf(`{"ref":"refs/heads/main","before":%q,"after":%q,%s}`, h.m1, gone, repository), scan.MissingObject},
		{"a rewritten default branch", "push", fmt.Sprintf(`{"ref":"refs/heads/main","before":%q,"after":%q,%s}`, gone, h.m2, repository), scan.RewrittenHistory},
		{"a branch where the default one is not here", "push",
			fmt.Sprintf(`{"ref":"refs/heads/x","before":%q,"after":%q,"repository":{"default_branch":"trunk"}}`, nobody, h.f2), scan.MissingObject},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source, err := scan.Event(test.event, []byte(test.payload), "")
			if err == nil {
				checkCause(t, source, h.offline(), test.want)
			} else if p, ok := errors.AsType[*scan.Problem](err); !ok || p.Cause != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// checkCause scans and wants one cause, refused or inconclusive, told in a sentence.
func checkCause(t *testing.T, source scan.Source, opts scan.Options, want scan.Cause) {
	t.Helper()
	report, err := scan.Scan(t.Context(), source, opts)
	p, refused := errors.AsType[*scan.Problem](err)
	if !refused {
		if report.Verdict != scan.Inconclusive || len(report.Problems) == 0 {
			t.Fatalf("verdict %s, causes %v; want %s", report.Verdict, causes(report), want)
		}
		p = report.Problems[0]
	}
	if p.Cause != want || p.Usage() != refused {
		t.Errorf("%s, refused %t; want %s", p.Cause, refused, want)
	}
	if text := p.Sentence(); strings.HasPrefix(text, "scan.") || strings.Contains(text, "{") || strings.Count(text, ".") == 0 {
		t.Errorf("%s has no sentence: %q", p.Cause, text)
	}
}

func TestRepositoriesThatCannotBeScannedSayWhy(t *testing.T) {
	r := newRepo(t)
	head := r.add("a", "a\n")
	shallow := &repo{t: t, dir: t.TempDir()}
	shallow.git("clone", "-q", "--depth", "1", "file://"+r.dir, ".")
	nowhere := scan.Options{Dir: t.TempDir(), Env: func(string) string { return "/usr/bin:/bin" }}
	tests := []struct {
		name   string
		source scan.Source
		opts   scan.Options
		want   scan.Cause
	}{
		{"no repository", scan.Range("a..b"), nowhere, scan.NoRepository},
		{"a shallow clone", scan.Range(head + "..HEAD"), shallow.offline(), scan.Shallow},
		{"a revision that is not here", scan.Range("nowhere..HEAD"), r.offline(), scan.BadRevision},
		{"a range that is none", scan.Range("HEAD"), r.offline(), scan.BadRevision},
		{"three dots", scan.Range(r.base + "...HEAD"), r.offline(), scan.BadRevision},
		{"an option", scan.Range("--output=x..HEAD"), r.offline(), scan.BadRevision},
		{"an empty range", scan.Range("HEAD..HEAD"), r.offline(), scan.EmptyRange},
		{"a range the wrong way round", scan.Range("HEAD.." + r.base), r.offline(), scan.EmptyRange},
		{"a path that is not there", scan.Paths([]string{"/no/such/path"}), r.offline(), scan.BadPath},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { checkCause(t, test.source, test.opts, test.want) })
	}
}

// TestForksNeedAnExcuse: without a key only a proven fork may pass with gitleaks alone, and
// only where the base's settings say so.
func TestForksNeedAnExcuse(t *testing.T) {
	pull := func(r *repo, head, from string) scan.Source {
		return *event(r, "pull_request", fmt.Sprintf(
			`{"pull_request":{"base":{"sha":%q,"repo":{"id":1}},"head":{"sha":%q%s}},"repository":{"full_name":"acme/app"}}`, r.base, head, from))
	}
	group := func(r *repo, head, _ string) scan.Source {
		return *event(r, "merge_group", fmt.Sprintf(`{"merge_group":{"base_sha":%q,"head_sha":%q}}`, r.base, head))
	}
	const fork, same, lost = `,"repo":{"id":2}`, `,"repo":{"id":1}`, `,"repo":null`
	tests := []struct {
		name, base, head string // settings
		source           func(*repo, string, string) scan.Source
		from             string
		engine           scan.Engine
		verdict          scan.Verdict
		cause            scan.Cause
	}{
		{"a fork that is excused", "offline: accept\n", "", pull, fork, scan.GGShield, scan.Clean, ""},
		{"a fork that is not", "", "", pull, fork, scan.GGShield, scan.Inconclusive, scan.NoKeyOnFork},
		{"a fork that excuses itself", "", "offline: accept\n", pull, fork, scan.GGShield, scan.Inconclusive, scan.NoKeyOnFork},
		{"a branch of the repository", "offline: accept\n", "", pull, same, scan.GGShield, scan.Inconclusive, scan.NoKey},
		{"a fork that is gone, and so not proven", "offline: accept\n", "", pull, lost, scan.GGShield, scan.Inconclusive, scan.NoKey},
		{"a merge group", "offline: accept\n", "", group, "", scan.GGShield, scan.Inconclusive, scan.NoKey},
		{"gitleaks by choice", "", "", pull, same, scan.Gitleaks, scan.Inconclusive, scan.OfflineRefused},
		{"gitleaks by choice for a fork that is excused", "offline: accept\n", "", pull, fork, scan.Gitleaks, scan.Clean, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRepo(t)
			r.configure(test.base, test.head)
			head := r.add("a.py", "key = None\n")
			opts := scan.Options{Dir: r.dir, Engine: test.engine, Env: r.offline().Env}
			report := mustScan(t, test.source(r, head, test.from), opts)
			if report.Verdict != test.verdict || test.cause != "" && !slices.Contains(causes(report), test.cause) {
				t.Errorf("verdict %s, causes %v; want %s, %s", report.Verdict, causes(report), test.verdict, test.cause)
			}
			if test.verdict == scan.Clean && !report.Offline {
				t.Error("the report does not say that GitGuardian was not asked")
			}
		})
	}
}

// TestALeakWithoutAKeyIsStillOne: what gitleaks finds is told, whatever may not be proven.
func TestALeakWithoutAKeyIsStillOne(t *testing.T) {
	r := newRepo(t)
	r.add("a.py", "key = '"+leak()+"'\n")
	opts := r.offline()
	opts.Engine, opts.Key = scan.GGShield, secret.Value{}
	report := mustScan(t, r.all(), opts)
	if report.Verdict != scan.Leaks || !slices.Contains(causes(report), scan.NoKey) {
		t.Errorf("verdict %s, causes %v", report.Verdict, causes(report))
	}
}
