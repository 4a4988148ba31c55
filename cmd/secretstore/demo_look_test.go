package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// said takes what a program prints, one write after the other.
type said chan string

func (s said) Write(p []byte) (int, error) {
	s <- string(p)
	return len(p), nil
}

// TestWhatTheDemoPrintsCanBePasted: all of its lines, before anything was done and after, of
// a program that `go run` built and of one that was installed.
func TestWhatTheDemoPrintsCanBePasted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Carol's demo")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv(asMain, "1") // of the installed one
	p, printed := newPlayer(t, dir, false), make(said, 1)
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- showPage(ctx, p.stage, "127.0.0.1:0", printed) }()
	var text string
	select {
	case text = <-printed:
	case err := <-ended:
		t.Fatal(err)
	}
	p.pastes(t, text, "Listed 0 items.", "Log: holds. Records: 1,")
	p.makes(t, "db-password")
	installed := filepath.Join(dir, "secretstore")
	if err := os.Symlink(os.Args[0], installed); err != nil {
		t.Fatal(err)
	}
	p.program[0] = installed
	p.pastes(t, howToLook(p.stage), "db-password", "projects/1001/secrets/db-password", `"applied"`, "Log: holds. Records: 4,")
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// pastes pastes what is indented into a shell in the project's folder, with nothing but what
// it says itself. What is read of the key that signs is not shown.
func (p *player) pastes(t *testing.T, text string, wants ...string) {
	t.Helper()
	var lines strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  ") {
			lines.WriteString(line)
		}
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-s")
	cmd.Dir, cmd.Stdin, cmd.WaitDelay = "../..", strings.NewReader(lines.String()), time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: are gcloud and curl installed?\n%s\n%s", err, lines.String(), out)
	}
	for _, want := range append(wants, "Changes: hold.", "Sheet: holds.", "BEGIN PUBLIC KEY") {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in\n%s\nof\n%s", want, out, lines.String())
		}
	}
	key, kept := p.manager.Console().Payload(stageKeys, "secretstore-key-main-signing", 1)
	if _, secret, _ := strings.Cut(string(key), ":"); !kept || secret == "" || strings.Contains(text+string(out), secret) {
		t.Errorf("the key that signs is shown, or not kept: %v", kept)
	}
}
