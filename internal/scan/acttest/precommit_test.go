package acttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/emulator/gitguardian/ggshieldtest"
)

// TestHooksOfPreCommit installs .pre-commit-hooks.yaml with the real pre-commit, as the
// README tells, and commits and pushes.
func TestHooksOfPreCommit(t *testing.T) {
	f := newForge(t)
	copied, err := action()
	if err != nil {
		t.Fatal(err)
	}
	f.gitIn(t, copied, "init", "-q")
	f.gitIn(t, copied, "add", "-A")
	f.gitIn(t, copied, "commit", "-q", "-m", "a release")
	t.Cleanup(func() { _ = os.RemoveAll(filepath.Join(copied, ".git")) })
	h := hooked{forge: f, path: preCommit(t)}
	write(t, filepath.Join(f.clone, ".pre-commit-config.yaml"), strings.NewReplacer(
		"https://github.com/OWNER/secretstore", "file://"+copied, "COMMIT", f.gitIn(t, copied, "rev-parse", "HEAD"),
	).Replace(configOfReadme(t)))
	h.must(t, true, filepath.Join(h.path, "pre-commit"), "install", "-t", "pre-commit", "-t", "pre-push")
	leak := gitguardian.Fake("GitLab Token")

	h.must(t, true, "git", "add", "-A")
	h.must(t, true, "git", "commit", "-m", "settings")
	write(t, filepath.Join(f.clone, "app.ini"), "token = "+leak+"\n")
	h.must(t, true, "git", "add", "-A")
	h.refused(t, leak, "git", "commit", "-m", "leak")
	if said := h.must(t, true, "git", "push", "origin", "main"); !strings.Contains(said, "Passed") {
		t.Errorf("the push of what is clean ran no hook:\n%s", said)
	}
	h.must(t, true, "git", "commit", "--no-verify", "-m", "leak")
	h.refused(t, leak, "git", "push", "origin", "main")
	h.refused(t, leak, "git", "push", "origin", "HEAD:refs/heads/topic")
}

// refused runs a command that the hook has to stop, by naming the file and not the leak.
func (h hooked) refused(t *testing.T, leak, name string, args ...string) {
	t.Helper()
	said := h.must(t, false, name, args...)
	if !strings.Contains(said, "app.ini:1") {
		t.Errorf("%s %v does not name the leak's place:\n%s", name, args, said)
	}
	wantNothingOf(t, leak, said)
}

// configOfReadme is the configuration that the README of the leak guard shows.
func configOfReadme(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../../../.github/actions/leak-guard/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(readme), "```yaml\nrepos:\n")
	if !ok {
		t.Fatal("the README shows no configuration of pre-commit")
	}
	text, _, _ = strings.Cut(text, "```")
	return "repos:\n" + text
}

// preCommit is the folder of the program pre-commit.
func preCommit(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "../../../.ci/pypi", "pre-commit", "../../../.ci/pre-commit.txt")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(".ci/pypi did not install pre-commit; it says above what is missing")
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

// hooked is a clone in which a person works.
type hooked struct {
	*forge
	path string // folder of pre-commit
}

// must runs a command, fails the test if it does not end well, or badly, as wanted, and
// returns what it printed.
func (h hooked) must(t *testing.T, well bool, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = h.clone
	cmd.Env = append(os.Environ(), h.runner(t)...)
	cmd.Env = append(cmd.Env, "GIT_CONFIG_NOSYSTEM=1", "PRE_COMMIT_HOME="+filepath.Join(h.home, "pre-commit"),
		"PATH="+filepath.Dir(ggshieldtest.Path(t))+":"+h.path+":"+os.Getenv("PATH"), "CI=",
		"GITGUARDIAN_API_KEY="+apiKey, "GITGUARDIAN_INSTANCE="+h.api.URL())
	out, err := cmd.CombinedOutput()
	if (err == nil) != well {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}
