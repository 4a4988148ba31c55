package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/sheets"
	"secretstore/internal/emulator/workspace"
)

// stage is the world around one `serve` process: three emulated services on loopback,
// people at their keyboards, and the process itself as a child, so that a kill is a real
// kill. The demo plays on it, and so do the stories of the tests.
type stage struct {
	slack   *workspace.Workspace
	manager *secretmanager.Server
	sheet   *sheets.Server
	dir     string
	program []string // the command that becomes `serve`
	extra   []string // settings on top of those of the stage
	socket  bool     // Socket Mode in place of HTTP

	mu     sync.Mutex
	child  *exec.Cmd
	ended  chan struct{} // closed when child has ended
	addr   string        // of the child
	again  string        // where the next child is to serve; empty: anywhere
	counts string        // host:port of the child's metrics
	log    bytes.Buffer  // what every child wrote to its standard error
}

// stageOptions say where a stage keeps its files and what it runs.
type stageOptions struct {
	dir      string
	keep     bool     // the services keep their state in dir
	program  []string // such as {"/path/to/secretstore", "serve"}
	settings []string // NAME=VALUE
	socket   bool
	ack      time.Duration // how long Slack waits for the app; 0: its own 3 s
	load     bool          // Secret Manager without its quotas: a crowd asks more of it than one company may
}

// What the demo's services know.
const (
	stageSheet    = "audit-sheet"
	stageKeys     = "acme-keys"
	stageDatabase = "secretstore.db"
)

//go:embed stories/policy.yaml
var stagePolicy []byte

// newStage starts the services; start starts the app.
func newStage(o stageOptions) (*stage, error) {
	s := &stage{dir: o.dir, program: o.program, extra: o.settings, socket: o.socket}
	keep := func(name string) string {
		if !o.keep {
			return ""
		}
		return filepath.Join(o.dir, name)
	}
	var err error
	if s.slack, err = workspace.Start(workspace.Options{
		SigningSecret: rand.Text(), // a request that finds another stage's app on a port given away is refused
		Users:         stageUsers(), Channels: stageChannels(), Groups: stageGroups(), Persist: keep("slack.json"), AckTimeout: o.ack,
		HomeOff: true, // as in the manifest
	}); err != nil {
		return nil, err
	}
	if s.manager, err = secretmanager.Start(secretmanager.Options{
		Projects: map[string]int64{"acme-dev": 1001, "acme-prod": 1002, stageKeys: 1003}, Quotas: !o.load, Persist: keep("secretmanager.json"),
	}); err != nil {
		return nil, err
	}
	if s.sheet, err = sheets.Start(sheets.Options{
		Spreadsheets: []string{stageSheet}, Quotas: true, Persist: keep("sheets.json"),
	}); err != nil {
		return nil, err
	}
	return s, os.WriteFile(s.path("policy.yaml"), stagePolicy, 0o600)
}

func stageUsers() []workspace.User {
	return []workspace.User{
		{ID: "U0CAROL", Name: "Carol", RealName: "Carol", Title: "developer, payments"},
		{ID: "U0BOB", Name: "Bob", RealName: "Bob", Title: "operator, security"},
		{ID: "U0ALICE", Name: "Alice", RealName: "Alice", Title: "operator, security"},
		{ID: "U0MINA", Name: "Mina", RealName: "Mina", Title: "developer, payments", Locale: "ko-KR"},
		{ID: "U0GUEST", Name: "Guest", RealName: "Guest", Guest: true},
		{ID: "U0STRANGER", Name: "Stranger", RealName: "Stranger", Team: "T0OTHER"},
	}
}

// stageChannels keep those who ask out of the channel of those who decide: its cards tell of
// a value's form.
func stageChannels() []workspace.Channel {
	staff := []string{"U0CAROL", "U0BOB", "U0ALICE", "U0MINA"}
	return []workspace.Channel{
		{ID: "C0GENERAL", Name: "general"}, {ID: "C0PROD", Name: "production", Members: staff},
		{ID: "C0DATA", Name: "data-team", Members: staff}, {ID: "C0SEC", Name: "security", Members: []string{"U0BOB", "U0ALICE"}},
	}
}

// stageGroups are the usergroups: only admins change who is in them.
func stageGroups() []workspace.Group {
	return []workspace.Group{{ID: "S0PAY", Handle: "payments", Name: "Payments", Users: []string{"U0CAROL", "U0MINA"}, Locked: true}}
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

// settings fill the ordinary settings of serve; nothing in the app knows of the stage.
func (s *stage) settings() []string {
	set := []string{
		envConfig + "=" + s.path("policy.yaml"),
		envAddr + "=" + cmp.Or(s.again, "127.0.0.1:0"), envMetrics + "=127.0.0.1:0",
		envProject + "=" + stageKeys,
		envDatabase + "=sqlite:" + s.path(stageDatabase), envEphemeral + "=yes",
		envBotToken + "=xoxb-emulator-bot-token", envSlackAPI + "=" + s.slack.APIURL(),
		envSheets + "=" + stageSheet, envSheetsURL + "=" + s.sheet.URL(), envSecrets + "=" + s.manager.Addr(),
	}
	if s.socket {
		set = append(set, envAppToken+"=xapp-emulator-app-token")
	} else {
		set = append(set, envSigning+"="+s.slack.SigningSecret())
	}
	return append(set, s.extra...)
}

// errNotServing means that the child ended before it served; its log says why.
var errNotServing = errors.New("the app ended before it was ready; its log says why")

// start runs the app and waits until it serves.
func (s *stage) start(ctx context.Context) error {
	child := exec.CommandContext(ctx, s.program[0], s.program[1:]...)
	child.Env = append(os.Environ(), s.settings()...)
	child.SysProcAttr = childAttr()
	stderr, err := child.StderrPipe()
	if err != nil {
		return err
	}
	child.Stdout = child.Stderr // whatever it prints anywhere is its log
	if err := child.Start(); err != nil {
		return err
	}
	serving, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		s.listen(stderr, serving)
		_ = child.Wait()
	}()
	s.mu.Lock()
	s.child, s.ended = child, ended
	s.mu.Unlock()
	select {
	case s.addr = <-serving:
	case <-ended:
		return errNotServing
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.socket {
		return s.slack.AwaitSockets(ctx, 1)
	}
	s.slack.SetAppURL("http://" + s.addr)
	return nil
}

// restart starts the app where it served before, so that an address that somebody noted
// stays good, or anywhere if somebody else took that one meanwhile.
func (s *stage) restart(ctx context.Context) error {
	s.again = s.addr
	err := s.start(ctx)
	if s.again = ""; errors.Is(err, errNotServing) {
		return s.start(ctx)
	}
	return err
}

// listen keeps the child's log and finds the line that says where it serves.
func (s *stage) listen(r io.Reader, serving chan<- string) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.mu.Lock()
		s.log.Write(append(lines.Bytes(), '\n'))
		s.mu.Unlock()
		var line struct{ Message, Addr, Metrics string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Message == "serving" {
			s.mu.Lock()
			s.counts = line.Metrics
			s.mu.Unlock()
			serving <- line.Addr
		}
	}
}

// kill ends the app as a crash would.
func (s *stage) kill() { s.end(syscall.SIGKILL) }

// stop asks the app to end.
func (s *stage) stop() { s.end(syscall.SIGTERM) }

func (s *stage) end(with os.Signal) {
	s.mu.Lock()
	child, ended := s.child, s.ended
	s.mu.Unlock()
	if child == nil {
		return
	}
	_ = child.Process.Signal(with)
	<-ended
}

// logged is what the app logged so far.
func (s *stage) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// close stops the app and the services.
func (s *stage) close() {
	s.stop()
	s.slack.Close()
	_, _ = s.manager.Close(), s.sheet.Close()
}

// person finds someone by first name or id.
func (s *stage) person(name string) *workspace.Person {
	if !strings.HasPrefix(name, "U0") {
		name = "U0" + strings.ToUpper(name)
	}
	return s.slack.Person(name)
}
