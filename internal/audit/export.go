package audit

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// An export is a log, or a part of it, as text that proves itself: with nothing but this
// comment and the public key somebody else can verify it. It is JSON Lines: UTF-8, each
// line one object without spaces and one line feed. Hashes are SHA-256, in base64 (RFC 4648,
// with padding) unless hex is named. The lines are, in this order:
//
//	{"format":"secretstore-export-v1","origin":ORIGIN,"from":FROM,"size":SIZE,"of":OF,"before":[HASH,…]}
//	{"seq":"7","time":"2026-11-21T09:00:00.000Z","event":…,"reason":…,"reason_hash":…,…,"hash":…}
//	{"checkpoint":NOTE}
//	{"root":HASH}
//
// The header, once. The records are those from number FROM to number SIZE. "of" is there only
// if the log had more of them, OF, which nothing proves. "before" is there only if FROM is not 1: the hashes of
// the complete subtrees that hold the records before FROM, the largest first.
//
// The records, each with the 18 columns of the sheet by name and in its order, all strings.
// The numbers in "seq" rise by one; "time" never falls. The leaf of a record is the text
// "secretstore-record-v1" and then every cell but "hash" and "reason", in the order of the
// columns, each as its length in bytes (unsigned LEB128, as Go's uvarint) and its UTF-8; of
// "reason_hash" only what follows the colon, if there is one. "hash" is hex SHA-256(0x00 ‖ leaf), the leaf
// hash of RFC 6962. "reason_hash" is empty if there is no reason; else it is SALT:HASH in hex,
// and HASH is SHA-256(salt ‖ reason); or HASH alone, with an empty reason, once those were erased.
//
// The checkpoints whose size is at least FROM-1 and at most SIZE, by rising size. NOTE is a
// signed note (c2sp.org/signed-note) whose text is three lines: ORIGIN, the size, and the root
// of the tree of that many records; ORIGIN is the name of its key.
//
// The root, once and last: that of the tree (RFC 6962, section 2.1) of the first SIZE
// records. An inner node is SHA-256(0x01 ‖ left ‖ right); the root of an empty tree is SHA-256("").
// A file that does not end with it was cut off.
//
// A checkpoint proves, by its signature, every record up to its size, and "before" with it.
// Records after the newest checkpoint are consistent with the rest, and proven by nobody.
const exportFormat = "secretstore-export-v1"

// exportHeader is the first line of an export.
type exportHeader struct {
	Format string      `json:"format"`
	Origin string      `json:"origin"`
	From   int64       `json:"from"`
	Size   int64       `json:"size"`
	Of     int64       `json:"of,omitempty"`
	Before []tlog.Hash `json:"before,omitempty"`
}

type (
	exportPoint struct {
		Checkpoint string `json:"checkpoint"`
	}
	exportRoot struct {
		Root tlog.Hash `json:"root"`
	}
)

// recordLine is the line of a record.
func recordLine(cells []string) []byte {
	line := []byte{'{'}
	for i, name := range Header() {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, jsonLine(name)...)
		line = append(line, ':')
		line = append(line, jsonLine(cells[i])...)
	}
	return append(line, '}')
}

// jsonLine encodes what can always be encoded.
func jsonLine(v any) []byte {
	line, _ := json.Marshal(v)
	return line
}

// ErrRange means that an export was asked for of records that there are not.
var ErrRange = errors.New("audit: the log has no such records")

// Exported says what was exported.
type Exported struct {
	From, To int64
	// Signed is the size of the newest checkpoint in it, 0 for none.
	Signed int64
}

// Export writes the records from number from to number to; 0 is the first, and the last
// that there was when the log was opened. What does not hold is not exported: a *Damage.
// ErrRange if there are no such records. Other errors are of the database or of w.
func (r *Reader) Export(ctx context.Context, w io.Writer, from, to int64) (Exported, error) {
	if from, to = cmp.Or(from, 1), cmp.Or(to, r.size); from < 1 || to > r.size || from > to && (from > 1 || to > 0) {
		return Exported{}, ErrRange // an empty log is exported from 1 to 0
	}
	b := bufio.NewWriter(w)
	e := exporter{reader: r, w: b, done: Exported{From: from, To: to}}
	if err := e.write(ctx); err != nil {
		return e.done, err
	}
	return e.done, b.Flush()
}

// exporter writes one export. Errors of w are kept by the writer, and told by its Flush.
type exporter struct {
	reader *Reader
	w      *bufio.Writer
	done   Exported
}

func (e *exporter) line(text []byte) {
	_, _ = e.w.Write(append(text, '\n'))
}

func (e *exporter) write(ctx context.Context) error {
	log, before := e.reader.log, e.done.From-1
	_, edge, err := root(ctx, log.read, before)
	if err != nil {
		return log.hashError(ctx, before, err)
	}
	header := exportHeader{Format: exportFormat, Origin: log.origin, From: e.done.From, Size: e.done.To}
	if e.done.To < e.reader.size {
		header.Of = e.reader.size
	}
	for _, index := range subtrees(before) {
		header.Before = append(header.Before, edge[index])
	}
	e.line(jsonLine(header))
	v := verifier{log: log, size: e.done.To, seq: before, edge: edge, found: first}
	if err := v.records(ctx, e.records); err != nil {
		return err
	}
	if err := e.checkpoints(ctx); err != nil {
		return err
	}
	hash, _, err := root(ctx, log.read, e.done.To)
	e.line(jsonLine(exportRoot{hash}))
	return log.hashError(ctx, e.done.To, err)
}

func (e *exporter) records(lines []line) error {
	for _, l := range lines {
		r, err := l.record()
		if err != nil {
			return err // unreachable: the walk parsed the leaf
		}
		e.line(recordLine(r.Cells()))
	}
	return nil
}

// checkpoints writes those that speak of what is exported.
func (e *exporter) checkpoints(ctx context.Context) error {
	log := e.reader.log
	for from := max(1, e.done.From-1); ; {
		rows, err := log.read.QueryContext(ctx, readCheckpoints, from, page)
		all, err := reading(ctx, log, rows, err, scanCheckpoint)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Size > e.done.To {
				return nil
			}
			if err := log.Extends(ctx, c); err != nil {
				return err
			}
			e.line(jsonLine(exportPoint{c.Note}))
			e.done.Signed = c.Size
		}
		if len(all) < page {
			return nil
		}
		from = all[len(all)-1].Size + 1
	}
}

// subtrees are the complete subtrees that hold the first size records, the largest first,
// by their stored hash index.
func subtrees(size int64) (indexes []int64) {
	_, _ = tlog.TreeHash(size, tlog.HashReaderFunc(func(asked []int64) ([]tlog.Hash, error) {
		indexes = asked
		return make([]tlog.Hash, len(asked)), nil
	}))
	return indexes
}
