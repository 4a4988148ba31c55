package audit

import (
	"time"

	"secretstore/internal/secret"
)

// Change is the durable row of one change. Times are whole milliseconds; the zero time
// means none.
type Change struct {
	// ID is a lower-case ULID.
	ID string
	// Key is the idempotency key: one Key, one change.
	Key       string
	Action    secret.Action
	Ref       secret.Ref
	Requester secret.Person
	// Request is the sealed request exactly as the store wrote it; Seal is its MAC. The
	// log never looks inside.
	Request []byte
	Seal    string
	// Attempt is what applying decided, with its own MAC; empty before.
	Attempt     []byte
	AttemptSeal string
	State       Event
	// Version is the resulting version, 0 before there is one.
	Version secret.Version
	// Created is the log's own time when the caller leaves it zero.
	Created time.Time
	// Owner is the replica that works on the change until LeaseUntil; from then on anyone
	// may take over.
	Owner      string
	LeaseUntil time.Time
	// Due is when the change is to be worked on again. Of a change that is not ended, it
	// is the time before which Claim leaves it alone; an ended change with a Due is still
	// watched for a late effect.
	Due time.Time
	// Pool is where the change takes up a place until a Step leaves it; "" for none.
	Pool string
	// Places is how many changes the pool holds. Submit reads it, nothing stores it.
	Places int
}

// Step moves a change from one state to the next.
type Step struct {
	ID string
	// From is the states the change may be in now; any other gives ErrMoved.
	From []Event
	// Owner must be the change's owner, unless the lease has expired. It owns the change afterwards.
	Owner string
	To    Event
	// Attempt and AttemptSeal are set together; a nil Attempt leaves both as they are.
	Attempt     []byte
	AttemptSeal string
	// Version 0 leaves the version as it is.
	Version secret.Version
	// LeaseUntil and Due replace the change's own.
	LeaseUntil, Due time.Time
	// Leave gives the change's place in its pool back.
	Leave bool
	// Key is the key of the staged value, kept until a step ends the change; nil for none.
	Key []byte
	// Records are written in the same transaction.
	Records []Record
}

// Query selects changes: all that agree with every field that is set.
type Query struct {
	ID, Key   string
	Ref       *secret.Ref
	Requester secret.Person
	States    []Event
	// Limit is the most to return; 0 means 100.
	Limit int
}
