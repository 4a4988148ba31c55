package ggshieldtest

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"secretstore/internal/emulator/gitguardian"
)

// version is the ggshield that the facts were seen with, and the one that the lock installs.
const version = "1.56.1"

func TestTheInstalledVersionIsTheOneOfTheFacts(t *testing.T) {
	program := Path(t)
	for _, name := range []string{program, program + "-py"} { // the first only starts the second
		out, err := exec.CommandContext(t.Context(), name, "--version").Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != "ggshield, version "+version {
			t.Errorf("%s --version: %q, %v", name, got, err)
		}
	}
}

// TestTheReadmeCountsTheAnswersThatPass holds the README to the table.
func TestTheReadmeCountsTheAnswersThatPass(t *testing.T) {
	passing := 0
	for _, f := range facts() {
		if slices.Contains(f.exits[:], 0) {
			passing++
		}
	}
	readme, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("itself exits 0 on %d kinds of", passing); !strings.Contains(string(readme), want) {
		t.Errorf("the README does not say %q", want)
	}
}

// commandNames :: command -> its name in captures
var commandNames = [commands]string{"commit-range", "path", "docset"}

// trial is one run of ggshield, and what came of it.
type trial struct {
	fact    fact
	command string // its name in the captures
	args    []string
	exit    int // as it should be
	outcome outcome
	calls   int
	err     error
}

// TestFacts runs every fact with every command of the real ggshield, then the oddities.
// What waits runs all at once; what works takes turns.
func TestFacts(t *testing.T) {
	w := newWorld(t)
	w.named(t)
	var trials []*trial
	for _, f := range facts() {
		for c, exit := range f.exits {
			if exit != untold {
				trials = append(trials, &trial{fact: f, command: commandNames[c], args: w.args(c), exit: exit})
			}
		}
	}
	var wg sync.WaitGroup
	turns := make(chan struct{}, 2)
	for _, trial := range trials {
		home := t.TempDir()
		wg.Go(func() {
			if !trial.fact.slow {
				turns <- struct{}{}
				defer func() { <-turns }()
			}
			trial.run(t.Context(), w, home)
		})
	}
	wg.Wait()
	got := make(captures)
	for _, trial := range trials {
		trial.judge(t, w, got)
	}
	for _, o := range oddities() {
		o.judge(t, got)
	}
	compare(t, got)
}

func (tr *trial) run(ctx context.Context, w *world, home string) {
	server, err := gitguardian.Start(gitguardian.Options{Key: testKey})
	if err != nil {
		tr.err = err
		return
	}
	defer server.Close()
	if tr.fact.fault.Kind != "" {
		server.Faults().Add(tr.fact.fault)
	}
	if tr.fact.down {
		server.Close()
	}
	limit := cmp.Or(tr.fact.limit, 3*time.Minute)
	tr.outcome, tr.err = w.run(ctx, home, server.URL(), limit, tr.fact.env, tr.args)
	for _, r := range server.Requests() {
		if r.Method == gitguardian.Multiscan && tr.fact.limit == 0 { // else as many as there was time for
			tr.calls++
		}
	}
}

func (tr *trial) judge(t *testing.T, w *world, into captures) {
	t.Helper()
	if tr.err != nil {
		t.Fatalf("%s, %s: %v", tr.fact.name, tr.command, tr.err)
	}
	if tr.outcome.exit != tr.exit {
		t.Errorf("%s: %s exits %d, want %d\n%s", tr.fact.name, tr.command, tr.outcome.exit, tr.exit, tr.outcome.stderr)
	}
	if into[tr.fact.name] == nil {
		into[tr.fact.name] = make(map[string]capture)
	}
	into[tr.fact.name][tr.command] = w.captured(t, tr.outcome, tr.calls)
}
