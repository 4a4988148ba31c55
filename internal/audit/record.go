package audit

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"secretstore/internal/secret"
)

// Record is one line of the log. Every field but Seq and Time is text exactly as the
// sheet shows it; "" where it has nothing to say.
type Record struct {
	// Seq numbers the records from 1 without gaps. The log gives it, and Time,
	// ReasonHash and Hash: what a caller puts there is replaced.
	Seq int64
	// Time is UTC, in whole milliseconds, and never before the previous record's.
	Time  time.Time
	Event Event
	// Change is the id of the change it belongs to.
	Change string
	// Actor is a name to read; ActorID (secret.Person.String) is who it was.
	Actor, ActorID      string
	Environment, Secret string
	Version, Recipe     string
	// Bytes is ShownBytes of the value's length.
	Bytes string
	// Fingerprint stands on applied records only.
	Fingerprint string
	// Reason is free text; ReasonHash is hex salt ":" hex SHA-256(salt ‖ reason), or the
	// hash alone once reason and salt were erased. Without a reason both are empty.
	Reason, ReasonHash string
	DecidedBy          string
	// Rule is the rule's name "@" the policy's hash.
	Rule   string
	Detail string
	// Hash is hex of tlog.RecordHash(leaf).
	Hash string
}

// timeLayout is RFC 3339 in UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Header returns the 18 column names of the sheet, in order.
func Header() []string {
	return []string{
		"seq", "time", "event", "change", "actor", "actor_id", "environment", "secret",
		"version", "recipe", "bytes", "fingerprint", "reason", "reason_hash", "decided_by",
		"rule", "detail", "hash",
	}
}

// Cells returns the 18 cells of r as the sheet shows them, in the order of Header.
func (r Record) Cells() []string {
	return []string{
		strconv.FormatInt(r.Seq, 10), r.Time.UTC().Format(timeLayout), string(r.Event), r.Change,
		r.Actor, r.ActorID, r.Environment, r.Secret,
		r.Version, r.Recipe, r.Bytes, r.Fingerprint, r.Reason, r.ReasonHash, r.DecidedBy,
		r.Rule, r.Detail, r.Hash,
	}
}

// text is a cell that callers fill, with its column.
type text struct {
	column string
	cell   *string
}

// texts are the cells of r that callers fill.
func (r *Record) texts() [14]text {
	return [14]text{
		{"change", &r.Change}, {"actor", &r.Actor}, {"actor_id", &r.ActorID},
		{"environment", &r.Environment}, {"secret", &r.Secret}, {"version", &r.Version},
		{"recipe", &r.Recipe}, {"bytes", &r.Bytes}, {"fingerprint", &r.Fingerprint},
		{"reason", &r.Reason}, {"reason_hash", &r.ReasonHash}, {"decided_by", &r.DecidedBy},
		{"rule", &r.Rule}, {"detail", &r.Detail},
	}
}

// ShownBytes is a value's length in bytes as the bytes column shows it: "<16" below 16.
func ShownBytes(n int) string {
	if n < secret.ShownFrom {
		return "<" + strconv.Itoa(secret.ShownFrom)
	}
	return strconv.Itoa(n)
}

// MaxCell is the largest cell in characters (UTF-16 units); a longer one could never be
// published. Source: support.google.com/drive/answer/37603, 50,000 characters a cell.
const MaxCell = 50_000

// RecordError says why a record can't be written. It holds none of the record's text.
type RecordError struct {
	// Column is the name of the cell at fault, "" when it is the record as a whole.
	Column string
	Code   RecordCode
}

// RecordCode names what is wrong with a record.
type RecordCode string

// The codes of a RecordError.
const (
	RecordEvent   RecordCode = "unknown_event"
	RecordNumber  RecordCode = "bad_number"
	RecordTime    RecordCode = "bad_time"
	RecordControl RecordCode = "control_character"
	RecordUTF8    RecordCode = "not_utf8"
	RecordLong    RecordCode = "too_long"
	RecordMissing RecordCode = "no_record"
	RecordLeaf    RecordCode = "bad_leaf"
)

func (e *RecordError) Error() string {
	if e.Column == "" {
		return "audit: record: " + string(e.Code)
	}
	return "audit: record: " + e.Column + ": " + string(e.Code)
}

// clean returns r as it will be shown: CRLF is LF in every cell, the time is UTC and whole
// milliseconds. Other control characters, broken UTF-8 and oversized cells are refused.
func (r Record) clean() (Record, error) {
	r.Time = r.Time.UTC().Truncate(time.Millisecond)
	for _, t := range r.texts() {
		*t.cell = strings.ReplaceAll(*t.cell, "\r\n", "\n")
		if code := cellFault(*t.cell); code != "" {
			return Record{}, &RecordError{t.column, code}
		}
	}
	if code := cellFault(string(r.Event)); code != "" {
		return Record{}, &RecordError{"event", code}
	}
	return r, nil
}

// cellFault says what is wrong with a cell, "" for nothing.
func cellFault(cell string) RecordCode {
	switch {
	case !utf8.ValidString(cell):
		return RecordUTF8
	case strings.ContainsFunc(cell, forbidden):
		return RecordControl
	case len(cell) > MaxCell && units(cell) > MaxCell:
		return RecordLong
	}
	return ""
}

func forbidden(r rune) bool { return unicode.IsControl(r) && r != '\n' }

// units counts UTF-16 code units, in which spreadsheets count characters.
func units(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
