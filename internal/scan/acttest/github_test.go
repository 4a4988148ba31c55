package acttest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"secretstore/internal/emulator/gitguardian"
)

// forge is a GitHub made of folders: a bare repository that git reaches by its https
// address, and a clone with the workflow, in which act runs.
type forge struct {
	api    *gitguardian.Server
	config string // git's global configuration
	clone  string
	home   string
	empty  string // an action that does nothing
	main   string // the commit that the default branch began with
}

const (
	owner      = "acme"
	slug       = owner + "/app"
	apiKey     = "key-of-the-test"
	workflow   = ".github/workflows/leak-guard.yml"
	pinned     = "0123456789abcdef0123456789abcdef01234567"
	asWritten  = "OWNER/secretstore/.github/actions/leak-guard@COMMIT"
	withinTest = owner + "/secretstore/.github/actions/leak-guard@" + pinned
)

func newForge(t *testing.T) *forge {
	t.Helper()
	dir := t.TempDir()
	f := &forge{config: filepath.Join(dir, "gitconfig"), clone: filepath.Join(dir, "clone"), home: filepath.Join(dir, "home"), empty: filepath.Join(dir, "empty")}
	write(t, filepath.Join(f.empty, "action.yml"), "runs: {using: composite, steps: []}\n")
	api, err := gitguardian.Start(gitguardian.Options{Key: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() })
	f.api = api
	host := filepath.Join(dir, "github.com")
	write(t, f.config, "[user]\n\tname = Demo\n\temail = demo@example.com\n[init]\n\tdefaultBranch = main\n"+
		"[url \"file://"+host+"/\"]\n\tinsteadOf = https://github.com/\n")
	for _, folder := range []string{f.home, f.clone, filepath.Join(host, slug)} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	f.gitIn(t, filepath.Join(host, slug), "init", "-q", "--bare")
	f.git(t, "init", "-q")
	f.git(t, "remote", "add", "origin", "https://github.com/"+slug)
	write(t, filepath.Join(f.clone, workflow), f.workflow(t))
	f.main = f.commit(t, "README", "an app\n")
	f.git(t, "push", "-q", "origin", "main")
	return f
}

// workflow is the one that the README tells people to write, with the names that it leaves
// to them filled in, and the stand-in for GitGuardian.
func (f *forge) workflow(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(readme), "```yaml\n") {
		text, _, ok := strings.Cut(block, "```")
		if !ok || !strings.Contains(text, asWritten) {
			continue
		}
		text = strings.Replace(text, asWritten, withinTest, 1)
		key := "gitguardian-api-key: ${{ secrets.GITGUARDIAN_API_KEY }}\n"
		before, after, ok := strings.Cut(text, key)
		if !ok {
			t.Fatal("the README's workflow passes no key")
		}
		indent := before[strings.LastIndex(before, "\n")+1:]
		return before + key + indent + "gitguardian-instance: " + f.api.URL() + "\n" + after
	}
	t.Fatal("the README shows no workflow that uses " + asWritten)
	return ""
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *forge) git(t *testing.T, args ...string) string {
	t.Helper()
	return f.gitIn(t, f.clone, args...)
}

func (f *forge) gitIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+f.config, "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes a file, commits everything and returns the commit's id.
func (f *forge) commit(t *testing.T, name, text string) string {
	t.Helper()
	write(t, filepath.Join(f.clone, name), text)
	f.git(t, "add", "-A")
	f.git(t, "commit", "-q", "-m", "change "+name)
	return f.git(t, "rev-parse", "HEAD")
}

// push publishes the current commit under a ref, as GitHub does for pull requests too, and
// goes back to the default branch: act copies what is checked out.
func (f *forge) push(t *testing.T, ref string) {
	t.Helper()
	f.git(t, "push", "-q", "-f", "origin", "HEAD:"+ref)
	f.git(t, "checkout", "-q", "main")
}

type object map[string]any

func repository() object { return object{"full_name": slug, "default_branch": "main"} }

// pullRequest is the event of a pull request; repo is the id of the head's repository, and
// 1 is the base's own.
func (f *forge) pullRequest(head string, repo int) object {
	return object{"action": "synchronize", "number": 7, "repository": repository(), "pull_request": object{
		"number": 7, "title": "a change", "body": "",
		"base": object{"ref": "main", "sha": f.main, "repo": object{"id": 1}},
		"head": object{"ref": "topic", "sha": head, "repo": object{"id": repo}},
	}}
}

func pushed(before, after string) object {
	return object{"ref": "refs/heads/main", "before": before, "after": after, "repository": repository()}
}

func mergeGroup(base, head string) object {
	return object{"action": "checks_requested", "repository": repository(), "merge_group": object{
		"base_sha": base, "base_ref": "refs/heads/main", "head_sha": head, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + base,
	}}
}

func eventFile(t *testing.T, event object) string {
	t.Helper()
	data, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "event.json")
	write(t, name, string(data))
	return name
}
