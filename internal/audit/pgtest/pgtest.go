// Package pgtest gives tests a real PostgreSQL server.
//
// URL shares one throw-away server among the tests of a binary; NewServer makes one that
// a test may stop and start. Servers live in a temporary directory, listen on loopback
// and flush as in production. They end with the test binary, however it ends.
package pgtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// URL returns a fresh, empty database on the server that the tests of this binary share.
func URL(t testing.TB) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return server.URL(t)
}

var shared = sync.OnceValues(newServer)

// Server is one PostgreSQL server.
type Server struct {
	dir       string
	port      int
	databases atomic.Int64
	// lifeline is held open while the server is wanted; see clearUpAfterwards.
	lifeline io.Closer
}

// NewServer starts a server of the test's own.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.lifeline.Close() })
	return s
}

// URL returns a fresh, empty database.
func (s *Server) URL(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	s.SQL(t, "CREATE DATABASE "+name)
	return s.address(name)
}

func (s *Server) address(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(superuser), Path: database,
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), RawQuery: "sslmode=disable",
	}
	return u.String()
}

// SQL runs one statement as superuser, outside any database of URL.
func (s *Server) SQL(t testing.TB, statement string) {
	t.Helper()
	if err := s.sql(statement); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) sql(statement string) error {
	ctx := context.Background() // also for the clean-up of tests, whose own context has ended
	conn, err := pgx.Connect(ctx, s.address("postgres"))
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

// Stop stops the server; mode is pg_ctl's: smart, fast or immediate. Immediate is a crash.
// A stopped server is left as it is.
func (s *Server) Stop(t testing.TB, mode string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(s.data(), "postmaster.pid")); err != nil {
		return
	}
	if err := run("pg_ctl", "-D", s.data(), "-m", mode, "-w", "stop"); err != nil {
		t.Fatal(err)
	}
}

// MakeStandby restarts the server as a standby without a primary: read-only, for ever in recovery.
func (s *Server) MakeStandby(t testing.TB) {
	t.Helper()
	s.Stop(t, "fast")
	if err := os.WriteFile(filepath.Join(s.data(), "standby.signal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
}

// Start starts the server again, on the same port, and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

const superuser = "postgres"

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func newServer() (*Server, error) {
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.clearUpAfterwards(); err != nil {
		return nil, err
	}
	if uid, gid, ok := unprivileged(); ok {
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
	}
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	if err := run("initdb", "-D", s.data(), "-U", superuser, "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync"); err != nil {
		return nil, err
	}
	return s, s.start()
}

func (s *Server) start() error {
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200", s.port)
	return run("pg_ctl", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-o", options, "-w", "start")
}

// clearUpAfterwards leaves a shell behind that waits until its input is closed, at the
// latest by the end of this process, then kills the server and removes the directory.
func (s *Server) clearUpAfterwards() error {
	const script = `read -r _
		pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" &&
		while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
		rm -rf "$0"`
	cmd := exec.Command("sh", "-c", script, s.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	s.lifeline = lifeline
	return cmd.Start()
}

// run runs one of PostgreSQL's programs and returns what it printed when it fails.
func run(program string, args ...string) error {
	path, err := find(program)
	if err != nil {
		return err
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC")
	if uid, gid, ok := unprivileged(); ok {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	// A file, not a pipe: the server keeps it open long after pg_ctl has ended.
	out, err := os.CreateTemp("", "pgtest-out-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("pgtest: %s: %w\n%s", program, err, text)
	}
	return nil
}

// find looks in PATH, then where Debian keeps the server's programs, newest release first.
func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	if len(installed) == 0 {
		return "", fmt.Errorf("pgtest: PostgreSQL's %s is not installed: apt-get install postgresql, or put its programs in PATH", program)
	}
	return slices.MaxFunc(installed, func(a, b string) int { return release(a) - release(b) }), nil
}

// release is the number in /usr/lib/postgresql/NUMBER/bin/program.
func release(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

// unprivileged is the user that runs the server when the tests run as root, which
// PostgreSQL refuses.
func unprivileged() (uid, gid int, ok bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ = strconv.Atoi(u.Uid)
			gid, _ = strconv.Atoi(u.Gid)
			return uid, gid, true
		}
	}
	return 65534, 65534, true
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
