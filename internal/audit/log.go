package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/secret"
)

// Options says where a log lives.
type Options struct {
	// URL is "sqlite:PATH" or "postgres://…".
	URL string
	// Ephemeral allows a disk that does not outlive the machine: the demo, or a setting that says so aloud.
	Ephemeral bool
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Logger is silent when nil.
	Logger *slog.Logger
}

// Log is the log of one installation. All methods may be called at the same time.
type Log struct{}

// Checkpoint is the size and root of the log, signed.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
	// Note is the C2SP signed note: origin, size, base64 root, and the signature.
	Note string
	Time time.Time
}

// Open opens the log and makes its tables where there are none. Whatever would make it
// unsafe is refused as a *StartFault.
func Open(ctx context.Context, o Options) (*Log, error) { return nil, errors.ErrUnsupported }

// Close waits for the writes under way, then closes the log.
func (l *Log) Close() error { return nil }

// Failed is closed when the log closed itself after an I/O error: the process must end.
func (l *Log) Failed() <-chan struct{} { return nil }

// Origin is the log's id, made once; it is the name of the key that signs its checkpoints.
func (l *Log) Origin() string { return "" }

// Submit claims c.Key and writes the change and its records, at least one, in one transaction. When
// the key is taken it returns the change that is stored, fresh is false, and nothing is written.
func (l *Log) Submit(ctx context.Context, c Change, records ...Record) (stored Change, fresh bool, err error) {
	return Change{}, false, errors.ErrUnsupported
}

// Advance takes one step and returns the change after it; ErrMoved when the change is not
// as the step expects.
func (l *Log) Advance(ctx context.Context, s Step) (Change, error) {
	return Change{}, errors.ErrUnsupported
}

// Claim takes over at most limit changes that nobody works on: the lease has expired, Due
// is past or none, and the change has not ended or is watched.
func (l *Log) Claim(ctx context.Context, owner string, until time.Time, limit int) ([]Change, error) {
	return nil, errors.ErrUnsupported
}

// Find returns the changes that match, newest first.
func (l *Log) Find(ctx context.Context, q Query) ([]Change, error) { return nil, errors.ErrUnsupported }

// Append writes records that belong to no change.
func (l *Log) Append(ctx context.Context, records ...Record) error { return errors.ErrUnsupported }

// Records returns at most limit records from number from on, in order. It verifies nothing.
func (l *Log) Records(ctx context.Context, from int64, limit int) ([]Record, error) {
	return nil, errors.ErrUnsupported
}

// History returns at most limit records of one secret, newest first.
func (l *Log) History(ctx context.Context, ref secret.Ref, limit int) ([]Record, error) {
	return nil, errors.ErrUnsupported
}

// Lease takes or renews the lease of a feed and returns how far the feed came; held is
// false when someone else has it. An until in the past gives the lease back.
func (l *Log) Lease(ctx context.Context, feed, owner string, until time.Time) (watermark int64, held bool, err error) {
	return 0, false, errors.ErrUnsupported
}

// Mark moves the feed's watermark; ErrMoved when it is not at from or owner has lost the feed.
func (l *Log) Mark(ctx context.Context, feed, owner string, from, to int64) error {
	return errors.ErrUnsupported
}

// Wait returns when a record after number after may exist.
func (l *Log) Wait(ctx context.Context, after int64) error { return errors.ErrUnsupported }

// Size is the number of records.
func (l *Log) Size(ctx context.Context) (int64, error) { return 0, errors.ErrUnsupported }

// ClaimNotice writes n as NoticeSending unless it exists; have is what is stored.
func (l *Log) ClaimNotice(ctx context.Context, n Notice) (have Notice, fresh bool, err error) {
	return Notice{}, false, errors.ErrUnsupported
}

// MarkNotice stores the Channel, TS and State of a notice that was claimed, else ErrMoved.
func (l *Log) MarkNotice(ctx context.Context, n Notice) error { return errors.ErrUnsupported }

// Undelivered returns the failed notices of a recipient, oldest change first.
func (l *Log) Undelivered(ctx context.Context, recipient string) ([]Notice, error) {
	return nil, errors.ErrUnsupported
}

// Checkpoint signs the present size and root and stores the note. The signer's name must be
// Origin. An empty log gives ErrEmpty.
func (l *Log) Checkpoint(ctx context.Context, signer note.Signer) (Checkpoint, error) {
	return Checkpoint{}, errors.ErrUnsupported
}

// Extends checks that the log still holds everything a checkpoint kept elsewhere vouches for.
func (l *Log) Extends(ctx context.Context, c Checkpoint) error { return errors.ErrUnsupported }

// Verify recomputes every leaf and every hash of the log.
func (l *Log) Verify(ctx context.Context) error { return errors.ErrUnsupported }
