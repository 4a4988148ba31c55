package store

import (
	"errors"
	"time"
)

// Kind sorts the errors of Secret Manager by what one may conclude from them.
type Kind string

// The kinds of a CallError.
const (
	NotFound Kind = "not_found"
	Denied   Kind = "denied"  // our service account may not, or it does not exist
	Exists   Kind = "exists"  // a create met an existing secret
	Stale    Kind = "stale"   // the etag moved, or the version's state forbids it
	Invalid  Kind = "invalid" // the service refused the request's form
	Busy     Kind = "busy"    // over quota: nothing was done
	Corrupt  Kind = "corrupt" // a checksum did not match
	// Unavailable and Ambiguous leave open whether the call had its effect.
	Unavailable Kind = "unavailable"
	Ambiguous   Kind = "ambiguous"
)

// CallError is every error of Secrets and Versions. It holds none of the service's own
// text, which may quote what was sent.
type CallError struct {
	Op         string // the call, such as "AddSecretVersion"
	Kind       Kind
	RetryAfter time.Duration // 0: the service named none
}

// Error names the call and the kind.
func (e *CallError) Error() string { return e.Op + ": " + string(e.Kind) }

// Effect reports whether the call may have had its effect all the same.
func (e *CallError) Effect() bool { return e.Kind == Unavailable || e.Kind == Ambiguous }

// kindOf returns the kind of err, Ambiguous for an error that is no CallError: what can't
// be read must not be taken for "nothing happened".
func kindOf(err error) Kind {
	if e, ok := errors.AsType[*CallError](err); ok {
		return e.Kind
	}
	return Ambiguous
}

// passing reports whether the same call may succeed a little later.
func passing(err error) bool {
	k := kindOf(err)
	return k == Busy || k == Unavailable || k == Ambiguous
}
