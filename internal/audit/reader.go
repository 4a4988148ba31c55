package audit

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Reader is a log opened to be looked at, beside those who write to it: it makes no file
// and no table, writes nothing, and takes a damaged log as it is. All methods may be called
// at the same time.
type Reader struct {
	log          *Log
	size, newest int64
}

// OpenReader opens a log that exists; there is StartNoLog where none does. A standby will do.
func OpenReader(ctx context.Context, url string) (*Reader, error) {
	e, err := openReading(ctx, url)
	if err != nil {
		return nil, err
	}
	r := &Reader{log: newLog(e, Options{})}
	if err := r.start(ctx); err != nil {
		e.close()
		return nil, err
	}
	return r, nil
}

func openReading(ctx context.Context, url string) (*engine, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLiteReading(rest)
	case "postgres", "postgresql":
		return openPostgresReading(ctx, url)
	}
	return nil, &StartFault{StartURL, ""}
}

func openSQLiteReading(path string) (*engine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, &StartFault{StartPath, ""}
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, &StartFault{StartNoLog, ""}
	}
	db, err := sql.Open("sqlite", sqliteURL(path, "query_only(1)")+"&mode=ro")
	if err != nil {
		return nil, &StartFault{StartPath, ""}
	}
	db.SetMaxOpenConns(readers)
	return &engine{write: db, read: &reader{db: db}, judge: judgeSQLite}, nil
}

func openPostgresReading(ctx context.Context, url string) (*engine, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, &StartFault{StartURL, ""} // the parser's text quotes the password
	}
	config.RuntimeParams["default_transaction_read_only"] = "on"
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(readers)
	e := &engine{write: db, read: &reader{db: db}, judge: judgePostgres, surviving: true}
	if err := db.PingContext(ctx); err != nil {
		e.close()
		return nil, startFault(e, err)
	}
	return e, nil
}

// noTable are the codes of a table that is not there, as each engine has it.
const noTable = "SQLSTATE 42P01, SQLite 1,"

// start looks whether there is a log that this release can read.
func (r *Reader) start(ctx context.Context) error {
	e := r.log.engine
	var version, oldest int
	err := e.read.QueryRowContext(ctx, readSchema).Scan(&version, &oldest)
	_, code := e.judge(err)
	switch {
	case err != nil && strings.Contains(noTable, code+","), errors.Is(err, sql.ErrNoRows):
		return &StartFault{StartNoLog, ""}
	case err != nil:
		return startFault(e, err)
	case oldest > len(schemaSteps):
		return &StartFault{StartSchema, ""}
	}
	return startFault(e, e.read.QueryRowContext(ctx, readChain).Scan(&r.log.origin, &r.size, &r.newest))
}

// Close closes the database.
func (r *Reader) Close() { r.log.engine.close() }

// Origin is the log's id.
func (r *Reader) Origin() string { return r.log.origin }

// Size is the number of records that there were when it was opened.
func (r *Reader) Size() int64 { return r.size }

// Watermark is Log.Watermark.
func (r *Reader) Watermark(ctx context.Context, feed string) (int64, error) {
	return r.log.Watermark(ctx, feed)
}

// Extends is Log.Extends.
func (r *Reader) Extends(ctx context.Context, c Checkpoint) error { return r.log.Extends(ctx, c) }

// Readable returns the records from number from to number to, at most, without those that
// are missing or can't be read.
func (r *Reader) Readable(ctx context.Context, from, to int64) ([]Record, error) {
	if to < from {
		return nil, nil
	}
	rows, err := r.log.read.QueryContext(ctx, readRecords, from, to-from+1)
	lines, err := reading(ctx, r.log, rows, err, scanLine)
	var found []Record
	for _, l := range lines {
		record, unreadable := l.record()
		if unreadable == nil && record.Seq == l.seq && l.seq <= to {
			found = append(found, record)
		}
	}
	return found, err
}

// StoredAt returns the stored checkpoint of a size, and whether there is one that can be read.
func (r *Reader) StoredAt(ctx context.Context, size int64) (c Checkpoint, ok bool, err error) {
	c, err = scanCheckpoint(r.log.read.QueryRowContext(ctx, readCheckpoint, size))
	if _, damaged := errors.AsType[*Damage](err); damaged || errors.Is(err, sql.ErrNoRows) {
		return Checkpoint{}, false, nil
	}
	return c, err == nil, r.log.readError(ctx, err)
}

// InspectOptions say what Inspect looks at. Found is required.
type InspectOptions struct {
	// Signed says whether a key of the installation signed a note. nil: signatures are not checked.
	Signed func(note string) bool
	// Found is told of every contradiction.
	Found func(Finding)
	// Record, if not nil, is told of every record that can be read, in order; it has no reason.
	Record func(Record)
	// Progress, if not nil, is told how many records were looked at.
	Progress func(done int64)
}

// Inspect is Verify that goes on after a contradiction, so that all of them are found. It
// returns how many checkpoints are stored.
func (r *Reader) Inspect(ctx context.Context, o InspectOptions) (checkpoints int64, err error) {
	v := verifier{log: r.log, size: r.size, edge: make(frontier), seen: o.Record, found: func(f Finding) error {
		o.Found(f)
		return nil
	}}
	err = v.records(ctx, func([]line) error {
		if o.Progress != nil {
			o.Progress(v.seq)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if r.newest > r.size {
		o.Found(Finding{r.size + 1, r.newest, DamageBeyond})
	}
	err = v.checkpoints(ctx, o.Signed)
	return v.points, err
}
