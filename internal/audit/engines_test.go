package audit_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/secret"
)

// onBoth runs a test on either engine, each time with a fresh database.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqliteURL(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, pgtest.URL(t)) })
}

func sqliteURL(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "secretstore.db")
}

// open opens a log that is closed with the test. The disk may be any: tests run in containers.
func open(t testing.TB, url string, adjust ...func(*audit.Options)) *audit.Log {
	t.Helper()
	o := audit.Options{URL: url, Ephemeral: true}
	for _, f := range adjust {
		f(&o)
	}
	l, err := audit.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// clock is a clock that stands still until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)} }

func (c *clock) set(o *audit.Options) { o.Clock = c.read }

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// tamper changes a database behind the log's back.
func tamper(t *testing.T, url, statement string, args ...any) {
	t.Helper()
	driver, address := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, address = "sqlite", path
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

var (
	alice = secret.Person{Scope: "T0ACME", User: "U0ALICE"}
	key   = secret.Ref{Environment: "prod", Name: "payments-key"}
)

// change is the nth change of a test.
func change(n int) audit.Change {
	return audit.Change{
		ID: fmt.Sprintf("01jd7y3k5m8q2v4x6z9b1c%04d", n), Key: fmt.Sprintf("V%04d", n),
		Action: secret.Create, Ref: key, Requester: alice,
		Request: []byte{0, 1, 0xff}, Seal: "s1:aa", State: audit.EventRequested,
	}
}

// requested is the record that a change is submitted with.
func requested(c audit.Change) audit.Record {
	return audit.Record{
		Event: audit.EventRequested, Change: c.ID, ActorID: c.Requester.String(),
		Environment: string(c.Ref.Environment), Secret: string(c.Ref.Name), Reason: "because " + c.ID,
	}
}

// submit submits the nth change.
func submit(t testing.TB, l *audit.Log, n int, adjust ...func(*audit.Change)) audit.Change {
	t.Helper()
	c := change(n)
	for _, f := range adjust {
		f(&c)
	}
	stored, fresh, err := l.Submit(t.Context(), c, requested(c))
	if err != nil || !fresh {
		t.Fatalf("submit: fresh %t, %v", fresh, err)
	}
	return stored
}

// whole fails the test unless the log has want records and holds together.
func whole(t testing.TB, l *audit.Log, want int64) {
	t.Helper()
	size, err := l.Size(t.Context())
	if err != nil || size != want {
		t.Errorf("size %d (%v), want %d", size, err, want)
	}
	if err := l.Verify(t.Context()); err != nil {
		t.Errorf("verify: %v", err)
	}
}
