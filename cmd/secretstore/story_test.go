package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"secretstore/internal/audit/pgtest"
)

// asMain makes the test binary behave as the program itself: a stage runs it as its child.
const asMain = "SECRETSTORE_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestStories plays every story over both transports and on both databases. A story is a
// file in stories; its verbs are those of the demo.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("stories/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	all := new(sent)
	t.Run("HTTP on SQLite", func(t *testing.T) { playFiles(t, files, all, false, nil) })
	t.Run("Socket Mode on PostgreSQL", func(t *testing.T) { playFiles(t, files, all, true, pgtest.URL) })
	files = slices.DeleteFunc(files, slow)
	t.Run("Socket Mode on SQLite", func(t *testing.T) { playFiles(t, files, all, true, nil) })
	t.Run("HTTP on PostgreSQL", func(t *testing.T) { playFiles(t, files, all, false, pgtest.URL) })
	t.Run("Slack's own library takes what was sent", func(t *testing.T) { checkSent(t, all) })
}

// slow is a story that waits for the lease of a killed process, half a minute, or for the
// shortest time that a policy can name, a minute. It meets each transport and each database once.
func slow(file string) bool { return strings.HasPrefix(filepath.Base(file), "slow_") }

func playFiles(t *testing.T, files []string, all *sent, socket bool, database func(testing.TB) string) {
	testscript.Run(t, testscript.Params{
		Files: files,
		Cmds:  storyCommands(),
		Setup: func(env *testscript.Env) error {
			t := env.T().(testing.TB)
			var settings []string
			if database != nil {
				settings = append(settings, envDatabase+"="+database(t))
			}
			p := newPlayer(t, env.WorkDir, socket, settings...)
			t.Cleanup(func() { all.add(p.stage) })
			env.Defer(func() { follows(t, p.stage) })
			env.Values["player"] = p
			return typed(env, p.stage)
		},
	})
}

// typed lets a story call the program as somebody would beside the one that serves: with
// its settings, by `exec secretstore`.
func typed(env *testscript.Env, s *stage) error {
	dir := filepath.Join(env.WorkDir, "bin")
	program, err := filepath.Abs(os.Args[0])
	if err != nil {
		return err
	}
	env.Vars = append(env.Vars, s.settings()...)
	env.Setenv("PATH", dir+string(os.PathListSeparator)+env.Getenv("PATH"))
	return errors.Join(os.Mkdir(dir, 0o700), os.Symlink(program, filepath.Join(dir, "secretstore")))
}

// patience is longer than Slack's 3 s, which the benchmarks look at: a story is about what
// is answered, and a test's machine may be slow.
const patience = 20 * time.Second

// newPlayer sets a stage whose app runs, and closes it with the test.
func newPlayer(t testing.TB, dir string, socket bool, settings ...string) *player {
	t.Helper()
	s, err := newStage(stageOptions{
		dir: dir, socket: socket, program: []string{os.Args[0], "serve"}, settings: append(settings, asMain+"=1"), ack: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.close()
		if fault := mishap.FindString(s.logged()); fault != "" {
			t.Errorf("the app logged %q:\n%s", fault, s.logged())
		}
	})
	if err := s.start(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, s.logged())
	}
	return &player{stage: s, show: func(text string) { t.Log(text) }}
}

// mishap is what no story may make the app log: a race, a panic that was caught, one that
// was not.
var mishap = regexp.MustCompile(`DATA RACE|"message":"[a-z: ]*panic|(?m)^(panic|fatal error): `)

// storyCommands makes the verbs of the demo commands of testscript.
func storyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	commands := make(map[string]func(*testscript.TestScript, bool, []string))
	for name := range verbs() {
		commands[name] = func(ts *testscript.TestScript, _ bool, args []string) {
			p := ts.Value("player").(*player)
			if err := p.play(context.Background(), append([]string{name}, args...)); err != nil {
				ts.Fatalf("%v\nthe app logged:\n%s", err, p.logged())
			}
		}
	}
	return commands
}
