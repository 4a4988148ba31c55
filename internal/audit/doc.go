// Package audit is the durable memory: the records of what was asked and done, the
// changes in flight, and what was told to whom.
//
// A record is a line of the log, numbered from 1 without gaps. Records are the leaves of
// a Merkle tree (RFC 6962) whose hashes are written in the same transaction, so that any
// later edit shows. A checkpoint is the size and root of the tree, signed.
//
// A Log lives in SQLite or PostgreSQL; every statement has the same text on both.
// Nothing is answered before it is durable: a nil error means that the record survives a
// power cut, ErrUnknown that nobody can say, any other error that nothing was written.
// Leases decide only who tries; conditional updates and unique keys decide who wins.
//
// The package knows nothing of policy, Slack or Google, and never sees a value.
package audit
