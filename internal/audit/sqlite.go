package audit

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens the file at path, which it makes readable to its owner alone. The
// directory must exist.
func openSQLite(ctx context.Context, path string, ephemeral bool) (*engine, error) {
	path, err := filepath.Abs(path)
	if err != nil || strings.HasSuffix(path, "/") {
		return nil, &StartFault{StartPath, ""}
	}
	if name, err := diskFault(filepath.Dir(path)); err != nil {
		return nil, &StartFault{StartPath, ""}
	} else if name != "" && !ephemeral {
		return nil, &StartFault{StartDisk, name}
	}
	if err := createPrivate(path); err != nil {
		return nil, &StartFault{StartPath, ""}
	}
	e := &engine{judge: judgeSQLite}
	if e.write, err = sql.Open("sqlite", sqliteURL(path, "journal_mode(WAL)", "synchronous(FULL)")+"&_txlock=immediate"); err != nil {
		return nil, &StartFault{StartPath, ""}
	}
	// One connection: a second writer would only wait, and the WAL-reset bug needed two.
	e.write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", sqliteURL(path, "query_only(1)"))
	if err != nil {
		e.write.Close()
		return nil, &StartFault{StartPath, ""}
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	e.read = &reader{db: read}
	if err := checkSQLite(ctx, e.write); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// readers is the size of a read pool: more would only share the same cores.
const readers = 8

// createPrivate makes the file when it is absent. One that exists is not touched:
// closing a second descriptor would drop the POSIX locks that SQLite holds on it.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func sqliteURL(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// checkSQLite reads the settings back, since SQLite keeps its own where it can't follow ours.
func checkSQLite(ctx context.Context, db *sql.DB) error {
	synchronous, journal, version, err := sqliteSettings(ctx, db)
	const full = 2
	switch {
	case err != nil:
		_, code := judgeSQLite(err)
		return fileFault(code)
	case journal != "wal":
		return &StartFault{StartSetting, "journal_mode"}
	case synchronous != full:
		return &StartFault{StartSetting, "synchronous"}
	case !atLeast(version, 3, 51, 3):
		return &StartFault{StartVersion, "SQLite " + version}
	}
	return nil
}

// sqliteSettings asks for what is set, again and again for a few seconds while another
// process makes the file: switching to WAL waits for no lock, whatever busy_timeout says.
func sqliteSettings(ctx context.Context, db *sql.DB) (synchronous int, journal, version string, err error) {
	for range 50 {
		err = cmp.Or(
			db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal),
			db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous),
			db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version),
		)
		e, ok := errors.AsType[*sqlite.Error](err)
		if !ok || e.Code()&0xff != sqlite3.SQLITE_BUSY {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return synchronous, journal, version, err
}

// atLeast compares a dotted version. SQLite 3.51.3 mended the WAL-reset bug, which
// corrupts databases (source: sqlite.org/wal.html).
func atLeast(version string, want ...int) bool {
	var have [3]int
	fmt.Sscanf(version, "%d.%d.%d", &have[0], &have[1], &have[2])
	for i, w := range want {
		if have[i] != w {
			return have[i] > w
		}
	}
	return true
}

// codeForeign is SQLITE_NOTADB in our words.
var codeForeign = fmt.Sprintf("SQLite %d", sqlite3.SQLITE_NOTADB)

// fileFault says why a file can't be opened that SQLite gave this code for.
func fileFault(code string) *StartFault {
	if code == codeForeign {
		return &StartFault{StartForeign, ""}
	}
	return &StartFault{StartPath, code}
}

func judgeSQLite(err error) (verdict, string) {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return lost, noAnswer
	}
	code := fmt.Sprintf("SQLite %d", e.Code())
	const primary = 0xff
	switch e.Code() & primary {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM:
		return broken, code
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT:
		return lost, code
	}
	return rejected, code
}
