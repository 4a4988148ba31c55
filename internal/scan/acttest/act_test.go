// Package acttest runs the leak guard's action as GitHub would, with act, the real ggshield
// and a stand-in for GitGuardian. It has tests alone.
package acttest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/gitguardian"
	"secretstore/internal/emulator/gitguardian/ggshieldtest"
)

// actVariable names act, so that a run of all tests installs it once.
const actVariable = "SECRETSTORE_TEST_ACT"

// action is a copy of this repository's files, as GitHub unpacks an action's revision.
var action = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "leak-guard-action-")
	if err != nil {
		return "", err
	}
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = "../../.."
	names, err := list.Output()
	if err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		if err := copyFile(filepath.Join("../../..", name), filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			return "", err
		}
	}
	return dir, nil
})

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode().Perm())
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := action(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// program is act: what actVariable names, or else what .ci/act installs.
func program(t *testing.T) string {
	t.Helper()
	if path := os.Getenv(actVariable); path != "" {
		return path
	}
	cmd := exec.CommandContext(t.Context(), "bash", "../../../.ci/act")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(".ci/act did not install act; it says above what is missing")
	}
	return strings.TrimSpace(string(out))
}

// act runs the clone's workflow for an event and returns its log and whether it was green.
func (f *forge) act(t *testing.T, event string, payload object, key string) (log string, green bool) {
	t.Helper()
	copied, err := action()
	if err != nil {
		t.Fatal(err)
	}
	ggshieldtest.Path(t) // so that the action finds it in the cache
	cmd := exec.CommandContext(t.Context(), program(t), event, "-P", "ubuntu-latest=-self-hosted",
		"-e", eventFile(t, payload), "-W", workflow, "--no-cache-server",
		"--local-repository", owner+"/secretstore@"+pinned+"="+copied,
		"-s", "GITGUARDIAN_API_KEY="+key)
	for _, used := range usesOfAction(t) { // none is run: Go and Python are here
		cmd.Args = append(cmd.Args, "--local-repository", used+"="+f.empty)
	}
	for _, setting := range f.runner(t) {
		cmd.Args = append(cmd.Args, "--env", setting)
	}
	cmd.Dir = f.clone
	cmd.Env = append(os.Environ(), "HOME="+f.home, "XDG_CACHE_HOME="+f.home, "GIT_CONFIG_GLOBAL="+f.config)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if exit, failed := errors.AsType[*exec.ExitError](err); failed && exit.ExitCode() == 1 {
		return out.String(), false
	}
	if err != nil {
		t.Fatalf("act: %v\n%s", err, out.String())
	}
	return out.String(), true
}

// usesOfAction are the actions that ours uses, "owner/name@revision".
func usesOfAction(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../../.github/actions/leak-guard/action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var uses []string
	for _, found := range regexp.MustCompile(`uses: (\S+@[0-9a-f]{40}) # v`).FindAllSubmatch(text, -1) {
		uses = append(uses, string(found[1]))
	}
	return uses
}

// runner is what the owner of a runner sets: caches that outlive a job.
func (f *forge) runner(t *testing.T) []string {
	t.Helper()
	settings := []string{"GIT_CONFIG_GLOBAL=" + f.config, "XDG_CACHE_HOME=" + cacheHome(t)}
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB").Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB"} {
		settings = append(settings, name+"="+strings.Split(string(out), "\n")[i])
	}
	return settings
}

func cacheHome(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPullRequestIsRedOnALeakAndGreenAfterTheFix(t *testing.T) {
	f := newForge(t)
	leak := gitguardian.Fake("GitHub Access Token")
	f.git(t, "checkout", "-q", "-b", "topic")
	head := f.commit(t, "deploy/app.py", "import os\n\nTOKEN = \""+leak+"\"\n")
	f.push(t, "refs/pull/7/head")

	log, green := f.act(t, "pull_request", f.pullRequest(head, 1), apiKey)
	if green {
		t.Fatalf("a leak passes:\n%s", log)
	}
	if !strings.Contains(log, "file=deploy/app.py") || !strings.Contains(log, "line=3") {
		t.Errorf("no annotation on the line of the leak:\n%s", log)
	}
	if !strings.Contains(log, "/secret create") {
		t.Errorf("the author is not led to /secret:\n%s", log)
	}
	wantNothingOf(t, leak, log)

	f.git(t, "checkout", "-q", "-B", "topic", "main")
	head = f.commit(t, "deploy/app.py", "import os\n\nTOKEN = os.environ[\"TOKEN\"]\n")
	f.push(t, "refs/pull/7/head")
	if log, green := f.act(t, "pull_request", f.pullRequest(head, 1), apiKey); !green {
		t.Errorf("the fix does not pass:\n%s", log)
	}
}

// wantNothingOf looks for the leak and for any eight characters of it.
func wantNothingOf(t *testing.T, leak, log string) {
	t.Helper()
	const part = 8
	for i := range len(leak) - part {
		if strings.Contains(log, leak[i:i+part]) {
			t.Fatal("the log holds a part of the leak")
		}
	}
}

func TestPushesAndMergeGroups(t *testing.T) {
	f := newForge(t)
	leak := gitguardian.Fake("Stripe Keys")
	leaky := f.commit(t, "pay.env", "STRIPE="+leak+"\n")
	gone := f.commit(t, "pay.env", "STRIPE=\n") // the newest commit alone is clean
	clean := f.commit(t, "more.txt", "more\n")
	f.git(t, "push", "-q", "origin", "main")
	tests := []struct {
		name, event string
		payload     object
		green       bool
	}{
		{"a push whose older commit leaks", "push", pushed(f.main, clean), false},
		{"a push of what is clean", "push", pushed(gone, clean), true},
		{"a merge group with the leak", "merge_group", mergeGroup(f.main, leaky), false},
		{"a merge group that is clean", "merge_group", mergeGroup(gone, clean), true},
		{"a first push of the default branch", "push", pushed(strings.Repeat("0", 40), clean), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log, green := f.act(t, test.event, test.payload, apiKey)
			if green != test.green {
				t.Errorf("green is %v, want %v:\n%s", green, test.green, log)
			}
			wantNothingOf(t, leak, log)
		})
	}
}

func TestWhatCouldNotBeScannedIsRed(t *testing.T) {
	f := newForge(t)
	f.git(t, "checkout", "-q", "-b", "topic")
	head := f.commit(t, "app.py", "clean = True\n")
	f.push(t, "refs/pull/7/head")
	absent := strings.Repeat("ab", 20)
	tests := []struct {
		name    string
		payload object
		key     string
		fault   faults.Fault
		say     string
	}{
		{name: "a fork, which gets no key", payload: f.pullRequest(head, 2), say: "fork"},
		{name: "a wrong key", payload: f.pullRequest(head, 1), key: "wrong", say: "key"},
		{name: "a head that the server does not have", payload: f.pullRequest(absent, 1), key: apiKey, say: absent},
		{name: "an API that refuses", payload: f.pullRequest(head, 1), key: apiKey, say: "GitGuardian",
			fault: faults.Fault{Method: gitguardian.Multiscan, Kind: faults.Refuse, Status: 413}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.api.Faults().Clear()
			if test.fault.Kind != "" {
				f.api.Faults().Add(test.fault)
			}
			log, green := f.act(t, "pull_request", test.payload, test.key)
			if green || !strings.Contains(log, test.say) {
				t.Errorf("green is %v, and %q has to be told:\n%s", green, test.say, log)
			}
		})
	}
}

func TestThePullRequestCannotTurnItsGuardOff(t *testing.T) {
	f := newForge(t)
	f.git(t, "checkout", "-q", "-b", "topic")
	write(t, filepath.Join(f.clone, ".secretstore-scan.yaml"), "exclude:\n  - {path: '**', reason: x, owner: me, expires: 2099-01-01}\n")
	write(t, filepath.Join(f.clone, ".gitguardian.yaml"), "version: 2\nexit_zero: true\n")
	write(t, filepath.Join(f.clone, ".env"), "GITGUARDIAN_INSTANCE=https://evil.example\n")
	write(t, filepath.Join(f.clone, ".gitattributes"), "* -diff\n")
	write(t, filepath.Join(f.clone, ".github/actions/leak-guard/action.yml"), "runs: {using: composite, steps: []}\n")
	head := f.commit(t, "vendor/x.py", "TOKEN = \""+gitguardian.Fake("npm Token")+"\"\n")
	f.push(t, "refs/pull/7/head")
	log, green := f.act(t, "pull_request", f.pullRequest(head, 1), apiKey)
	if green || !strings.Contains(log, "file=vendor/x.py") {
		t.Errorf("green is %v, and the leak has to be found:\n%s", green, log)
	}
}
