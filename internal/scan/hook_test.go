package scan_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/scan"
)

func TestPrePushScansWhatTheRemoteLacks(t *testing.T) {
	h := newHistory(t)
	h.git("update-ref", "refs/remotes/origin/main", h.m1)
	line := func(local, remote string) string {
		return fmt.Sprintf("refs/heads/x %s refs/heads/x %s\n", local, remote)
	}
	tests := []struct {
		name, remote, lines string
		want                []string
	}{
		{"a new branch", "origin", line(h.f2, nobody), []string{"f1", "f2"}},
		{"a branch the remote has", "origin", line(h.f2, h.f1), []string{"f2"}},
		{"a tip the remote moved on to", "origin", line(h.f2, gone), []string{"f1", "f2"}},
		{"two refs", "origin", line(h.f2, h.f1) + line(h.m2, h.m1), []string{"f2", "m2"}},
		{"a deletion", "origin", line(nobody, h.f2), []string{}},
		{"a deletion beside a push", "origin", line(nobody, h.f2) + line(h.m2, h.m1), []string{"m2"}},
		{"nothing", "origin", "", []string{}},
		{"a remote without a name", "https://example.com/x.git", line(h.f1, nobody), []string{"f1", "m1"}},
		{"a remote that is not known yet", "other", line(h.f1, nobody), []string{"f1", "m1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source, err := scan.PrePush(test.remote, []byte(test.lines))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, scannedPaths(t, source, h.offline())); diff != "" {
				t.Errorf("scanned (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrePushRefusesOtherLines(t *testing.T) {
	for _, lines := range []string{"hello\n", "a b c d\n", "refs/heads/x " + gone + " refs/heads/x\n", "x --all x " + nobody + "\n"} {
		_, err := scan.PrePush("origin", []byte(lines))
		if p, ok := errors.AsType[*scan.Problem](err); !ok || p.Cause != scan.BadPushLines {
			t.Errorf("%q: %v", lines, err)
		}
	}
}

func TestPreCommitScansWhatIsStaged(t *testing.T) {
	r := newRepo(t)
	r.write("unstaged.py", leak()+"\n")
	r.write("staged.py", "x\n"+leak()+"\n")
	r.git("add", "staged.py")
	r.write("staged.py", "x\n")
	report := mustScan(t, scan.PreCommit(), r.offline())
	if len(report.Findings) != 1 || report.Findings[0].Path != "staged.py" || report.Findings[0].Line != 2 || !report.Findings[0].InHead {
		t.Errorf("found %+v", report.Findings)
	}
}

// TestPreCommitChecksTheSettingsThatAreStaged: what would be committed is told of, and what
// the remote's branch has is not held against the commit that mends it.
func TestPreCommitChecksTheSettingsThatAreStaged(t *testing.T) {
	r := newRepo(t)
	r.base = r.add(scan.SettingsFile, entryOf("ignore", "expires=2020-01-01"))
	r.git("update-ref", "refs/remotes/origin/main", r.base)
	r.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	if report := mustScan(t, scan.PreCommit(), r.offline()); report.Verdict != scan.Leaks || report.Findings[0].Fault != "expired" {
		t.Errorf("an entry that is over: %s, %+v", report.Verdict, report.Findings)
	}
	r.write(scan.SettingsFile, entryOf("ignore", ""))
	r.git("add", "-A")
	if report := mustScan(t, scan.PreCommit(), r.offline()); report.Verdict != scan.Clean {
		t.Errorf("an entry that is mended: %s, %+v", report.Verdict, report.Findings)
	}
}

func TestPreCommitBeforeTheFirstCommit(t *testing.T) {
	r := &repo{t: t, dir: t.TempDir()}
	r.git("init", "-q")
	r.write("a.py", leak()+"\n")
	r.git("add", "a.py")
	if report := mustScan(t, scan.PreCommit(), r.offline()); len(report.Findings) != 1 {
		t.Errorf("found %+v", report.Findings)
	}
}

func TestPathsAreScannedAsTheyLie(t *testing.T) {
	r := newRepo(t)
	token := leak()
	r.write("a/.env", "KEY="+token+"\n")
	r.write("a/node_modules/b.js", "\n\nkey('"+leak()+"')\n")
	report := mustScan(t, scan.Paths([]string{filepath.Join(r.dir, "a")}), r.offline())
	got := map[string]int{}
	for _, f := range report.Findings {
		got[strings.TrimPrefix(f.Path, filepath.ToSlash(r.dir)+"/")] = f.Line
	}
	if diff := cmp.Diff(map[string]int{"a/.env": 1, "a/node_modules/b.js": 3}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

// TestInstalledHookStopsAPush runs git with the hook, which calls a program that says no.
func TestInstalledHookStopsAPush(t *testing.T) {
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	r := newRepo(t)
	remote := t.TempDir()
	r.git("init", "-q", "--bare", remote)
	r.git("remote", "add", "origin", remote)
	dir := filepath.Join(t.TempDir(), "it's here")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "secretstore")
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + filepath.Join(r.dir, "called") + "'\nexit 1\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second replaces the first
		if _, err := scan.InstallHook(t.Context(), r.dir, "pre-push", program); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "git", "push", "origin", "main")
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("the push went through:\n%s", out)
	}
	called, err := os.ReadFile(filepath.Join(r.dir, "called"))
	if want := "scan\npre-push\n--cache\norigin\n" + remote + "\n"; err != nil || string(called) != want {
		t.Errorf("called with %q, want %q (%v)", called, want, err)
	}
}

func TestInstallHookLeavesOthersAlone(t *testing.T) {
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	r := newRepo(t)
	r.write(".git/hooks/pre-commit", "#!/bin/sh\necho mine\n")
	r.write("elsewhere", "")
	if err := os.Symlink(filepath.Join(r.dir, "elsewhere"), filepath.Join(r.dir, ".git/hooks/pre-push")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dir, kind string
		want            scan.Cause
	}{
		{"a hook of somebody's own", r.dir, "pre-commit", scan.HookExists},
		{"a symlink", r.dir, "pre-push", scan.HookExists},
		{"another kind of hook", r.dir, "post-merge", scan.BadUsage},
		{"no repository", t.TempDir(), "pre-push", scan.NoRepository},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := scan.InstallHook(t.Context(), test.dir, test.kind, "/bin/secretstore")
			if p, ok := errors.AsType[*scan.Problem](err); !ok || p.Cause != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// TestInstallHookGoesWhereGitLooks: the user's configuration may have hooks elsewhere.
func TestInstallHookGoesWhereGitLooks(t *testing.T) {
	r := newRepo(t)
	hooks := t.TempDir()
	r.git("config", "core.hooksPath", hooks)
	path, err := scan.InstallHook(t.Context(), r.dir, "pre-commit", "/bin/secretstore")
	if err != nil || filepath.Dir(path) != hooks {
		t.Errorf("%s, %v", path, err)
	}
}
