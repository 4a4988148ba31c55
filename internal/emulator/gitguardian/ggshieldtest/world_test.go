package ggshieldtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"secretstore/internal/emulator/gitguardian"
)

const testKey = "key-of-the-test"

// world is a repository, files and a document set that hold the same: clean text, and
// after it a leak.
type world struct {
	program string
	dir     string // holds repo, and the files clean.txt, leak.py and docs.jsonl in it
	leak    string
	ids     map[string]string // commit id -> its name in captures
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{program: Path(t), dir: t.TempDir(), leak: gitguardian.Fake("GitHub Access Token"), ids: make(map[string]string)}
	clean, leak := "nothing to see\n", "import os\n\nKEY = \""+w.leak+"\"\n"
	w.git(t, "init", "-q", "-b", "main")
	w.commit(t, "README", "a test\n")
	w.commit(t, "clean.txt", clean)
	w.commit(t, "leak.py", leak)
	w.write(t, "docs.jsonl", docsOf(t, "clean.txt", clean, "leak.py", leak))
	return w
}

// docsOf is a line of a document set, made of pairs of id and content.
func docsOf(t *testing.T, pairs ...string) string {
	t.Helper()
	type doc struct {
		ID      string `json:"id"`
		Content string `json:"content"`
	}
	docs := []doc{}
	for i := 0; i < len(pairs); i += 2 {
		docs = append(docs, doc{pairs[i], pairs[i+1]})
	}
	line, err := json.Marshal(map[string]any{"documents": docs})
	if err != nil {
		t.Fatal(err)
	}
	return string(line) + "\n"
}

// named lists the commits that there are, so that captures call them by number.
func (w *world) named(t *testing.T) {
	t.Helper()
	for i, id := range strings.Fields(w.git(t, "rev-list", "--reverse", "HEAD")) {
		w.ids[id] = fmt.Sprintf("<commit %d>", i+1)
	}
}

func (w *world) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *world) commit(t *testing.T, name, text string) {
	t.Helper()
	w.write(t, name, text)
	w.git(t, "add", name)
	w.git(t, "commit", "-q", "-m", "add "+name)
}

// git runs a command in the repository, with fixed people and dates.
func (w *world) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = w.dir
	const date = "2020-01-02T03:04:05Z"
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Demo", "GIT_AUTHOR_EMAIL=demo@example.com", "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME=Demo", "GIT_COMMITTER_EMAIL=demo@example.com", "GIT_COMMITTER_DATE="+date)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// args is the command line of each command.
func (w *world) args(command int) []string {
	fixed := [commands][]string{
		commitRange: {"commit-range", "HEAD~2..HEAD"},
		paths:       {"path", "-y", "clean.txt", "leak.py"},
		docset:      {"docset", "docs.jsonl"},
	}[command]
	return append([]string{"secret", "scan", fixed[0], "--json", "--no-check-for-updates"}, fixed[1:]...)
}

// outcome is what a run left behind, as it was printed.
type outcome struct {
	exit           int
	stdout, stderr string
}

// run starts ggshield in the repository with an environment of its own. Extra variables win.
func (w *world) run(ctx context.Context, home, instance string, limit time.Duration, extra, args []string) (outcome, error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, w.program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = w.dir, &stdout, &stderr, time.Second
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GG_CONFIG_DIR=" + home, "GG_CACHE_DIR=" + home,
		"GITGUARDIAN_API_KEY=" + testKey, "GITGUARDIAN_INSTANCE=" + instance, "GITGUARDIAN_DONT_LOAD_ENV=1",
		"GGSHIELD_NO_KEYRING=1", "NO_COLOR=1", "GG_PLAINTEXT_OUTPUT=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
	}, extra...)
	err := cmd.Run()
	if exit, exited := errors.AsType[*exec.ExitError](err); exited || err == nil {
		code := 0
		if exited {
			code = exit.ExitCode() // -1 when it was killed
		}
		return outcome{code, stdout.String(), stderr.String()}, nil
	}
	return outcome{}, err
}
