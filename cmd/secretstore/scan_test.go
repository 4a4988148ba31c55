package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"secretstore/internal/emulator/gitguardian"
)

// scanRepository is a repository with a commit that leaks and one that does not.
func scanRepository(t *testing.T) (dir, leaking, clean string) {
	t.Helper()
	dir = t.TempDir()
	script := `git init -q -b main . && git commit -q --allow-empty -m begin && printf '%s\n' "$LEAK" > a.txt &&
git add . && git commit -q -m leak && echo x > b.txt && git add . && git commit -q -m more`
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LEAK="+gitguardian.Fake("GitHub Access Token"), "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=a@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir, "main~2..main~1", "main~1..main"
}

func TestScanExitCodes(t *testing.T) {
	dir, leaking, clean := scanRepository(t)
	path := map[string]string{"PATH": os.Getenv("PATH")}
	tests := []struct {
		name string
		args []string
		env  map[string]string
		want int
		says string
	}{
		{"clean", []string{"range", clean, "--engine", "gitleaks"}, path, exitOK, "No leaks"},
		{"leaks", []string{"range", leaking, "--engine=gitleaks"}, path, exitFailed, "github-pat in a.txt:1"},
		{"leaks, with the environment", []string{"range", "--environment", "prod", leaking, "--engine=gitleaks"}, path, exitFailed, "/secret create prod/github-pat as text"},
		{"no key", []string{"range", clean}, path, exitInconclusive, "GITGUARDIAN_API_KEY"},
		{"no ggshield", []string{"range", clean, "--ggshield", "/no/such"}, map[string]string{"PATH": path["PATH"], envGuardKey: "x"}, exitInconclusive, "pip install ggshield=="},
		{"nothing asked", nil, path, exitUsage, "secretstore scan range"},
		{"another mode", []string{"everything"}, path, exitUsage, "--help"},
		{"a flag nobody knows", []string{"range", clean, "--force"}, path, exitUsage, "--help"},
		{"an engine nobody knows", []string{"range", clean, "--engine", "grep"}, path, exitUsage, "--help"},
		{"an environment that is none", []string{"range", clean, "--environment", "Prod!"}, path, exitUsage, "--help"},
		{"no limit", []string{"range", clean, "--limit", "0s"}, path, exitUsage, "--help"},
		{"a range that is none", []string{"range", "main", "--engine", "gitleaks"}, path, exitUsage, "A..B"},
		{"no event", []string{"pr"}, path, exitUsage, "GITHUB_EVENT_PATH"},
		{"a webhook of others", []string{"range", clean}, map[string]string{envScanWebhook: "https://evil.test/"}, exitUsage, "hooks.slack.com"},
		{"help", []string{"--help"}, path, exitOK, "Exit code: 0 clean, 1 leaks, 2 usage, 3 inconclusive"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"scan"}, test.args...)
			if len(test.args) > 1 {
				args = append(args, "--repo", dir)
			}
			code, stdout, stderr := run(t, test.env, args...)
			if code != test.want || !strings.Contains(stdout+stderr, test.says) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", code, test.want, test.says, stdout, stderr)
			}
		})
	}
}

// TestScanInAWorkflow: annotations first, then text in which nothing counts as a command.
func TestScanInAWorkflow(t *testing.T) {
	dir, leaking, _ := scanRepository(t)
	summary, outputs := filepath.Join(t.TempDir(), "summary"), filepath.Join(t.TempDir(), "outputs")
	code, stdout, _ := run(t, map[string]string{
		"PATH": os.Getenv("PATH"), "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary, "GITHUB_OUTPUT": outputs,
	}, "scan", "range", leaking, "--engine", "gitleaks", "--repo", dir)
	if code != exitFailed || !strings.HasPrefix(stdout, "::error file=a.txt,line=1,") {
		t.Errorf("exit code %d:\n%s", code, stdout)
	}
	_, text, stopped := strings.Cut(stdout, "\n::stop-commands::")
	token, text, _ := strings.Cut(text, "\n")
	if !stopped || len(token) < 16 || !strings.HasSuffix(text, "\n::"+token+"::\n") || strings.Count(text, "\n::") != 1 {
		t.Errorf("the text is not fenced:\n%s", stdout)
	}
	for name, want := range map[string]string{summary: "## Leaked secrets", outputs: "verdict=leaks\n"} {
		if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q: %v", filepath.Base(name), want, err)
		}
	}
}

func TestScanHelpListsEveryFlag(t *testing.T) {
	_, stdout, _ := run(t, nil, "scan", "help")
	for _, name := range []string{"--repo", "--engine", "--ggshield", "--limit", "--settings", "--reports", "--cache", "--canary", "--colour", "--environment", envGuardKey, envGuardInstance, envScanWebhook} {
		if !strings.Contains(stdout, name) {
			t.Errorf("the help lacks %s", name)
		}
	}
	if strings.Contains(stdout, "scan.flag.") || strings.Contains(stdout, "{version}") {
		t.Errorf("a sentence is missing:\n%s", stdout)
	}
}

func TestScanInstallsAHook(t *testing.T) {
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	dir, _, _ := scanRepository(t)
	code, stdout, stderr := run(t, nil, "scan", "install-hook", "pre-commit", "--repo", dir)
	if code != exitOK || !strings.Contains(stdout, "pre-commit") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if info, err := os.Stat(filepath.Join(dir, ".git/hooks/pre-commit")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("%v", err)
	}
}
