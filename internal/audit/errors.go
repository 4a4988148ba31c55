package audit

import "errors"

// Outcomes other than success. Unless it is ErrUnknown, an error means that nothing was written.
var (
	// ErrMoved: the row is no longer as the caller expects; read it again.
	ErrMoved = errors.New("audit: moved on since it was read")
	// ErrFull: too many writes are waiting.
	ErrFull = errors.New("audit: the write queue is full")
	// ErrClosed: the log was closed, or closed itself after an I/O error.
	ErrClosed = errors.New("audit: the log is closed")
	// ErrUnavailable: the database did not take the write; nothing was written.
	ErrUnavailable = errors.New("audit: the database is unavailable")
	// ErrUnknown: whether it was written is not known; read it again by its key.
	ErrUnknown = errors.New("audit: the outcome of the commit is unknown")
	// ErrEmpty: a log without records has no checkpoint.
	ErrEmpty = errors.New("audit: the log is empty")
	// ErrOrigin: the signer's name is not the log's origin.
	ErrOrigin = errors.New("audit: the signing key bears another origin")
)
