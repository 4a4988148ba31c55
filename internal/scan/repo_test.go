package scan_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/emulator/gitguardian/ggshieldtest"
	"secretstore/internal/scan"
	"secretstore/internal/secret"
)

// detector is what the stand-in calls the credentials that leak makes.
const detector = "GitHub Access Token"

// leak is a new random credential that the stand-in and gitleaks find.
func leak() string { return gitguardian.Fake(detector) }

// repo is a real repository in a folder of its own. Its first commit is the base.
type repo struct {
	t    testing.TB
	dir  string
	base string
}

func newRepo(t testing.TB) *repo {
	t.Helper()
	r := &repo{t: t, dir: t.TempDir()}
	r.git("init", "-q", "-b", "main")
	r.write("README", "A repository.\n")
	r.base = r.commit("begin")
	return r
}

// git runs git without anybody's configuration and returns what it printed.
func (r *repo) git(args ...string) string { r.t.Helper(); return r.gitWith(nil, args...) }

func (r *repo) gitWith(stdin []byte, args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = r.dir, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", args[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repo) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// commit commits whatever is in the work tree, changed or not, and returns the id.
func (r *repo) commit(message string) string {
	r.t.Helper()
	r.git("add", "-A", "-f")
	r.git("commit", "-q", "--allow-empty", "--no-verify", "-m", message)
	return r.git("rev-parse", "HEAD")
}

// add writes one file and commits it.
func (r *repo) add(name, content string) string {
	r.t.Helper()
	r.write(name, content)
	return r.commit("change")
}

// configure puts settings into the base, and others into the work tree; "" for none.
func (r *repo) configure(base, head string) {
	r.t.Helper()
	if base != "" {
		r.base = r.add(scan.SettingsFile, base)
	}
	if head != "" {
		r.write(scan.SettingsFile, head)
	}
}

// all scans everything since the base.
func (r *repo) all() scan.Source { return scan.Range(r.base + ".." + r.git("rev-parse", "HEAD")) }

// standIn starts GitGuardian's stand-in.
func standIn(t testing.TB, opts gitguardian.Options) *gitguardian.Server {
	t.Helper()
	server, err := gitguardian.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() }) // a test is over: nobody listens
	return server
}

// options scans with the real ggshield against the stand-in.
func (r *repo) options(server *gitguardian.Server) scan.Options {
	return scan.Options{
		Dir: r.dir, Env: os.Getenv, Program: ggshieldtest.Path(r.t),
		Key: secret.NewValue([]byte("key-of-the-test")), Instance: server.URL(),
	}
}

// offline scans with gitleaks alone.
func (r *repo) offline() scan.Options {
	return scan.Options{Dir: r.dir, Env: os.Getenv, Engine: scan.Gitleaks}
}

// mustScan scans and fails the test if that was refused.
func mustScan(t testing.TB, source scan.Source, opts scan.Options) *scan.Report {
	t.Helper()
	report, err := scan.Scan(t.Context(), source, opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// causes are the report's problems by name.
func causes(report *scan.Report) []scan.Cause {
	var all []scan.Cause
	for _, p := range report.Problems {
		all = append(all, p.Cause)
	}
	return all
}

// everyReport is all that can be written of a report, in one text.
func everyReport(t testing.TB, report *scan.Report) string {
	t.Helper()
	var all bytes.Buffer
	style := scan.Style{Colour: true, Environment: "prod"}
	for _, err := range []error{
		report.WriteTerminal(&all, style), report.WriteAnnotations(&all, style), report.WriteSummary(&all, style),
		report.WriteSARIF(&all, style), report.WriteJSON(&all, style),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
