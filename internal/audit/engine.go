package audit

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5"
)

// engine is what differs between the two databases; the statements do not.
type engine struct {
	// write and read are two pools on SQLite, whose one writer must not wait for readers,
	// and the same on PostgreSQL.
	write *sql.DB
	read  *reader
	// lock is run first when tables are made, where BEGIN alone keeps nobody out.
	lock string
	// judge says what an error of the driver means, and its code in our words.
	judge func(error) (verdict, string)
	// surviving: the server may come back after a lost connection, so that a write may be
	// tried again, and a COMMIT without an answer looked up.
	surviving bool
}

// verdict is what an error of the driver means.
type verdict int

const (
	// rejected: this statement can't be carried out; others can.
	rejected verdict = iota
	// lost: no statement can be carried out now.
	lost
	// broken: the disk failed. What comes after a failed fsync can't be trusted.
	broken
)

// CheckURL returns a *StartFault of StartURL if the URL can't be one of a database. It opens
// nothing.
func CheckURL(url string) error {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		if rest != "" {
			return nil
		}
	case "postgres", "postgresql":
		if _, err := pgx.ParseConfig(url); err == nil {
			return nil
		}
	}
	return &StartFault{StartURL, ""}
}

// openEngine opens the database of a URL and refuses settings that may lose records.
func openEngine(ctx context.Context, o Options) (*engine, error) {
	scheme, rest, _ := strings.Cut(o.URL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, o.Ephemeral)
	case "postgres", "postgresql":
		return openPostgres(ctx, o.URL)
	}
	return nil, &StartFault{StartURL, ""}
}

func (e *engine) close() {
	e.write.Close()
	if e.read.db != e.write {
		e.read.db.Close()
	}
}

// noAnswer stands for the code of a database that did not give one.
const noAnswer = "no answer"
