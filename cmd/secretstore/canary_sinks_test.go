package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"secretstore/internal/emulator/workspace"
)

// sinks collects all that the app leaves anywhere but in the payloads of Secret Manager
// :: where -> bytes.
func sinks(t *testing.T, s *stage, database string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{
		"the log":                   []byte(s.logged()),
		"what Slack was sent":       bytes.Join(s.slack.RawSent(), []byte("\n")),
		"calls to Slack":            asText(s.slack.Calls()),
		"what Sheets was sent":      bytes.Join(s.sheet.RawReceived(), []byte("\n")),
		"the sheet":                 asText(s.sheet.Hand().Rows(stageSheet, "audit-1")),
		"calls to Secret Manager":   asText(s.manager.Calls()),
		"marks in Secret Manager":   marks(s),
		"files":                     files(t, s.dir),
		"the database":              tables(t, database),
		"the process's arguments":   nil,
		"the process's environment": nil,
		"metrics":                   nil,
	}
	for _, person := range stageUsers() {
		all["messages"] = append(all["messages"], asText(messages(s.slack.Person(person.ID)))...)
	}
	if s.running() {
		pid := s.child.Process.Pid
		all["the process's arguments"], all["the process's environment"] = process(t, pid, "cmdline"), process(t, pid, "environ")
		all["metrics"] = fetched(t, "http://"+s.metrics()+"/metrics")
	}
	return all
}

// asText writes out everything that a value holds.
func asText(v any) []byte { return fmt.Appendf(nil, "%+v", v) }

func messages(p *workspace.Person) []workspace.Message { return p.Messages("") }

// marks is all that Secret Manager tells of secrets besides their payloads.
func marks(s *stage) []byte {
	var all []byte
	for _, project := range []string{"acme-dev", "acme-prod", stageKeys} {
		all = append(all, asText(s.manager.Console().Secrets(project))...)
	}
	return all
}

// files is the content of every file under a folder: SQLite's database with its log and
// index, and whatever is temporary.
func files(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(append(all, path...), text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tables is every field of every row of a database, of PostgreSQL or SQLite.
func tables(t *testing.T, database string) []byte {
	t.Helper()
	var all []byte
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		db := openSQLite(t, path)
		for _, table := range column(t, db, "SELECT name FROM sqlite_master WHERE type = 'table'") {
			all = append(all, rows(t, db, table)...)
		}
		return all
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	found, err := conn.Query(t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil || len(names) == 0 {
		t.Fatalf("tables = %v, %v", names, err)
	}
	for _, name := range names {
		found, err := conn.Query(t.Context(), "SELECT * FROM "+name)
		if err != nil {
			t.Fatal(err)
		}
		for found.Next() {
			fields, err := found.Values()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, plainFields(fields)...)
		}
	}
	return all
}

func openSQLite(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)") // the driver is the app's own
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

func rows(t *testing.T, db *sql.DB, table string) (all []byte) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		fields, into := make([]any, len(names)), make([]any, len(names))
		for i := range fields {
			into[i] = &fields[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, plainFields(fields)...)
	}
	return all
}

// plainFields writes texts and bytes as they are.
func plainFields(fields []any) (all []byte) {
	for _, f := range fields {
		switch f := f.(type) {
		case []byte:
			all = append(all, f...)
		case string:
			all = append(all, f...)
		default:
			all = append(all, asText(f)...)
		}
		all = append(all, '\n')
	}
	return all
}

// process reads what the system tells of a process.
func process(t *testing.T, pid int, what string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), what))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func fetched(t *testing.T, url string) []byte {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, answer.StatusCode, err)
	}
	return text
}

// metrics is the address of the running child's metrics, from its log.
func (s *stage) metrics() string {
	address := ""
	for line := range strings.Lines(s.logged()) {
		var at struct{ Metrics string }
		if json.Unmarshal([]byte(line), &at) == nil && at.Metrics != "" {
			address = at.Metrics
		}
	}
	return address
}

// running reports whether the app still runs.
func (s *stage) running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}
