package scan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/scan"
	"secretstore/internal/secret"
)

// TestGGShieldKnowsNothingElse puts a program in ggshield's place that writes down how it
// was called, from a job whose environment would steer the real one.
func TestGGShieldKnowsNothingElse(t *testing.T) {
	r, dir, token := newRepo(t), t.TempDir(), leak()
	r.write(".env", "GITGUARDIAN_INSTANCE=http://127.0.0.1:1\n")
	r.add("a.py", token+"\n")
	program := filepath.Join(dir, "ggshield")
	script := "#!/bin/sh\nfor a; do printf '%s\\n' \"$a\"; done >> '" + dir + "/argv'\nenv > '" + dir + "/env'\npwd > '" + dir + "/cwd'\ncp \"$2\" '" + dir + "/config'\nls -A > '" + dir + "/files'\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	const key = "key-that-only-the-environment-bears"
	report := mustScan(t, r.all(), scan.Options{
		Dir: r.dir, Program: program, Key: secret.NewValue([]byte(key)), Instance: "https://gg.example.com",
		Env: func(name string) string {
			return map[string]string{
				"PATH": os.Getenv("PATH"), "HOME": r.dir, "GITGUARDIAN_EXIT_ZERO": "1", "GG_MAX_DOC_SIZE": "1", "PYTHONPATH": r.dir,
				"GITGUARDIAN_API_URL": "http://evil.test", "HTTPS_PROXY": "http://proxy.example.com", "SKIP": "ggshield",
			}[name]
		},
	})
	if report.Verdict != scan.Inconclusive {
		t.Errorf("verdict %s of a program that says nothing", report.Verdict)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if argv := read("argv"); strings.Contains(argv, key) || strings.Contains(argv, token) {
		t.Errorf("the command line holds the key or a secret:\n%s", argv)
	}
	var names []string
	for line := range strings.Lines(read("env")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		names = append(names, name)
		if strings.Contains(value, key) != (name == "GITGUARDIAN_API_KEY") {
			t.Errorf("%s bears the key", name)
		}
	}
	for _, name := range []string{"GITGUARDIAN_EXIT_ZERO", "GG_MAX_DOC_SIZE", "GITGUARDIAN_API_URL", "PYTHONPATH", "SKIP"} {
		if strings.Contains(strings.Join(names, " ")+" ", name+" ") {
			t.Errorf("%s was passed on", name)
		}
	}
	for _, name := range []string{"GITGUARDIAN_DONT_LOAD_ENV", "GITGUARDIAN_INSTANCE", "HTTPS_PROXY"} {
		if !strings.Contains(strings.Join(names, " ")+" ", name+" ") {
			t.Errorf("%s is not set", name)
		}
	}
	if diff := cmp.Diff("version: 2\n", read("config")); diff != "" {
		t.Errorf("the configuration (-want +got):\n%s", diff)
	}
	if cwd := strings.TrimSpace(read("cwd")); strings.HasPrefix(cwd, r.dir) || read("files") != "config.yaml\n" {
		t.Errorf("it ran in %s beside %q", cwd, read("files"))
	}
	if _, err := os.Stat(strings.TrimSpace(read("cwd"))); !os.IsNotExist(err) {
		t.Error("its folder was left behind")
	}
}

// TestTheLockHoldsTheVersionThatIsJudged: the action installs the one version whose answers
// are believed.
func TestTheLockHoldsTheVersionThatIsJudged(t *testing.T) {
	lock, err := os.ReadFile("../../.github/actions/leak-guard/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	if want := "ggshield==" + scan.GGShieldVersion + " "; !strings.Contains("\n"+string(lock), "\n"+want) {
		t.Errorf("the lock does not have %q", want)
	}
}

// TestLinesThatStoodThereBeforeAreNoFindings: they are counted, once for both engines.
func TestLinesThatStoodThereBeforeAreNoFindings(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	r := newRepo(t)
	old := leak()
	r.base = r.add("a.py", "one\n"+old+"\nthree\n")
	r.add("a.py", "one\n"+old+"\n3\n")
	opts := r.options(server)
	opts.Engine = scan.Both
	report := mustScan(t, r.all(), opts)
	if report.Verdict != scan.Clean || report.Before != 1 {
		t.Errorf("verdict %s, before %d, findings %+v", report.Verdict, report.Before, report.Findings)
	}
	checkReached(t, server, old)
}

// TestWhatAdministratorsExcludedIsListed: the workspace's own exceptions are no leaks, but
// told. The stand-in excludes what a comment asks it to, once the comment is not disarmed.
func TestWhatAdministratorsExcludedIsListed(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	front := rewriting(t, server, func(results []map[string]any) {
		for _, r := range results {
			for _, b := range r["policy_breaks"].([]any) {
				if found := b.(map[string]any); found["type"] == detector {
					found["is_excluded"], found["exclude_reason"] = true, "path"
				}
			}
		}
	})
	r := newRepo(t)
	r.add("a.py", leak()+"\n")
	opts := r.options(server)
	opts.Instance = front
	report := mustScan(t, r.all(), opts)
	if report.Verdict != scan.Clean || len(report.InWorkspace) != 1 || report.InWorkspace[0].Path != "a.py" {
		t.Errorf("verdict %s, causes %v, excluded %+v", report.Verdict, causes(report), report.InWorkspace)
	}
}

// TestAFindingCalledContextCounts: our documents are no diffs, so an engine that takes one
// for a diff and calls an added line a deleted one is not believed in that.
func TestAFindingCalledContextCounts(t *testing.T) {
	t.Parallel()
	server := standIn(t, gitguardian.Options{})
	front := rewriting(t, server, func(results []map[string]any) {
		for _, r := range results {
			for _, b := range r["policy_breaks"].([]any) {
				b.(map[string]any)["diff_kind"] = "deletion"
			}
		}
	})
	r := newRepo(t)
	r.add("a.py", leak()+"\n")
	opts := r.options(server)
	opts.Instance = front
	if report := mustScan(t, r.all(), opts); report.Verdict != scan.Leaks {
		t.Errorf("verdict %s, causes %v", report.Verdict, causes(report))
	}
}
