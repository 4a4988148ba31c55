package audit

import (
	"errors"
	"fmt"
)

// Outcomes other than success. Unless it is ErrUnknown, an error means that nothing was written.
var (
	// ErrMoved: the row is no longer as the caller expects; read it again.
	ErrMoved = errors.New("audit: moved on since it was read")
	// ErrNoPlace: as many changes are in the pool as it holds.
	ErrNoPlace = errors.New("audit: no place left in the pool")
	// ErrFull: too many writes are waiting.
	ErrFull = errors.New("audit: the write queue is full")
	// ErrClosed: the log was closed, or closed itself after an I/O error.
	ErrClosed = errors.New("audit: the log is closed")
	// ErrUnavailable: the database did not answer, or did not take the write; nothing was written.
	ErrUnavailable = errors.New("audit: the database is unavailable")
	// ErrUnknown: whether it was written is not known; read it again by its key.
	ErrUnknown = errors.New("audit: the outcome of the commit is unknown")
	// ErrEmpty: a log without records has no checkpoint.
	ErrEmpty = errors.New("audit: the log is empty")
	// ErrOrigin: a signing key or a checkpoint bears another origin than the log.
	ErrOrigin = errors.New("audit: another log's origin")
)

// DatabaseError is an outcome with the database's own code. It never holds the driver's
// text, which may quote what was written.
type DatabaseError struct {
	// Outcome is ErrUnavailable, ErrUnknown or ErrClosed.
	Outcome error
	// Code is such as "SQLSTATE 53300" or "SQLite 778", or "no answer" when there is none.
	Code string
}

func (e *DatabaseError) Error() string { return e.Outcome.Error() + " (" + e.Code + ")" }

// Unwrap returns the outcome.
func (e *DatabaseError) Unwrap() error { return e.Outcome }

// StartCode names why a log can't be opened.
type StartCode string

// The codes of a StartFault.
const (
	// StartURL: the URL is neither sqlite:PATH nor a PostgreSQL URL.
	StartURL StartCode = "bad_url"
	// StartPath: the file or its directory can't be read and written.
	StartPath StartCode = "unreadable_path"
	// StartForeign: the file is there, and is no database of SQLite.
	StartForeign StartCode = "not_sqlite"
	// StartDisk: what is written there does not outlive the machine, or is locked by nobody.
	StartDisk StartCode = "ephemeral_disk"
	// StartSetting: the database may lose what it has acknowledged.
	StartSetting StartCode = "weak_setting"
	// StartVersion: this SQLite has a bug that corrupts databases.
	StartVersion StartCode = "old_version"
	// StartStandby: this PostgreSQL server is a standby.
	StartStandby StartCode = "standby"
	// StartConnect: the server can't be reached or refuses us.
	StartConnect StartCode = "no_connection"
	// StartSchema: a newer release has changed the tables beyond what this one can read.
	StartSchema StartCode = "newer_schema"
	// StartNoLog: there is no log, and who only reads makes none.
	StartNoLog StartCode = "no_log"
	// StartRestored: the log is shorter than its newest checkpoint: a backup was restored.
	StartRestored StartCode = "log_shrank"
	// StartDamaged: the log's numbers or hashes contradict each other.
	StartDamaged StartCode = "log_damaged"
)

// StartFault is why a log can't be opened safely. Package wording has a sentence for each code.
type StartFault struct {
	Code StartCode
	// What is the setting with its value, the file system or the database's code, in
	// words of ours; "" if there is nothing to add.
	What string
}

func (f *StartFault) Error() string {
	if f.What == "" {
		return "audit: not opened: " + string(f.Code)
	}
	return "audit: not opened: " + string(f.Code) + ": " + f.What
}

// Damage is one contradiction inside a log.
type Damage struct {
	// Seq is the record concerned, or the size of the checkpoint concerned.
	Seq  int64
	Code DamageCode
}

// DamageCode names a contradiction.
type DamageCode string

// The codes of a Damage.
const (
	// DamageMissing: there is no record of that number.
	DamageMissing DamageCode = "record_missing"
	// DamageLeaf: the stored bytes are no leaf, or another record's.
	DamageLeaf DamageCode = "leaf_unreadable"
	// DamageHash: the stored hashes are not those of the records.
	DamageHash DamageCode = "hash_differs"
	// DamageReason: the reason is not the one that was hashed.
	DamageReason DamageCode = "reason_differs"
	// DamageIndex: the record is filed under another secret.
	DamageIndex DamageCode = "filed_elsewhere"
	// DamageTime: the record is older than the one before it.
	DamageTime DamageCode = "time_runs_back"
	// DamageCheckpoint: the log is not the one that the checkpoint vouches for.
	DamageCheckpoint DamageCode = "checkpoint_differs"
	// DamageShorter: the log is shorter than the checkpoint says.
	DamageShorter DamageCode = "shorter_than_checkpoint"
	// DamageSignature: the checkpoint is signed by no key that is known. Only Reader.Inspect looks.
	DamageSignature DamageCode = "signature_unknown"
	// DamageBeyond: there are records after the log's last one. Only Reader.Inspect looks.
	DamageBeyond DamageCode = "beyond_the_end"
)

func (d *Damage) Error() string { return fmt.Sprintf("audit: record %d: %s", d.Seq, d.Code) }
