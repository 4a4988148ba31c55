package audit

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// maxLine bounds a line of an export: 14 cells of the largest size, every character escaped.
const maxLine = 14*MaxCell*6 + 64<<10

// ExportOptions say how an export is checked. Found is required.
type ExportOptions struct {
	// Keys are those that may have signed it. Without any, signatures are not checked.
	Keys Keys
	// Found is told of every fault.
	Found func(ExportFault)
	// Record, if not nil, is told of every record that is the one that was hashed, in order.
	Record func(Record)
}

// ErrNoExport means that a file does not begin as an export does. One that lost its header,
// or has that of another version, is an export with a fault.
var ErrNoExport = errors.New("audit: this is no export")

// How the lines of an export begin.
const (
	headerStart = `{"format":"secretstore-export-` // of any version
	recordStart = `{"seq":`
	pointStart  = `{"checkpoint":`
	rootStart   = `{"root":`
)

func startsWith(text []byte, start string) bool { return bytes.HasPrefix(text, []byte(start)) }

// beginsAsExport looks at the beginning of r, and leaves it to be read.
func beginsAsExport(r *bufio.Reader) (bool, error) {
	head, err := r.Peek(len(headerStart)) // the longest of them
	if err != nil && err != io.EOF {
		return false, err
	}
	starts := []string{headerStart, recordStart, pointStart, rootStart}
	return slices.ContainsFunc(starts, func(start string) bool { return startsWith(head, start) }), nil
}

// CheckExport reads an export and holds it against itself, and its checkpoints against the
// keys. It keeps 64 bytes a record. An error is ErrNoExport or that of r.
func CheckExport(r io.Reader, o ExportOptions) (Export, error) {
	text := bufio.NewReader(r)
	switch export, err := beginsAsExport(text); {
	case err != nil:
		return Export{}, err
	case !export:
		return Export{}, ErrNoExport
	}
	c := &checker{ExportOptions: o}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, maxLine)
	for !c.over && lines.Scan() {
		c.line++
		c.next(lines.Bytes())
	}
	c.end()
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return c.Export, nil // end has said that it is cut off
	}
	return c.Export, lines.Err()
}

// checker checks one export, line by line.
type checker struct {
	Export
	ExportOptions
	keys note.Verifiers // of the log that it is said to be

	line   int
	seq    int64 // the last record, those that are missing included
	time   time.Time
	tree   exportTree
	sound  int64 // the records up to this one are as the tree has them
	whole  bool  // so are all of them so far
	points int64 // size of the newest checkpoint
	ended  bool  // the records have
	rooted bool  // the last line was there
	over   bool
}

func (c *checker) fault(code ExportCode, first, last int64) {
	c.Found(ExportFault{code, c.line, first, last})
}

// next checks one line.
func (c *checker) next(line []byte) {
	switch {
	case c.line == 1:
		c.header(line)
	case c.rooted:
		c.fault(ExportLine, 0, 0)
	case startsWith(line, recordStart):
		c.record(line)
	case startsWith(line, pointStart):
		c.point(line)
	case startsWith(line, rootStart):
		c.root(line)
	case c.ended:
		c.fault(ExportLine, 0, 0)
	default:
		c.lost(ExportLine)
	}
}

func (c *checker) header(line []byte) {
	h, ok := exactly[exportHeader](line)
	before := subtrees(min(max(0, h.From-1), maxSize))
	if !ok || h.Format != exportFormat || h.Origin == "" || h.From < 1 || h.Size < h.From-1 ||
		h.Size > maxSize || h.Of != 0 && h.Of <= h.Size || len(h.Before) != len(before) {
		c.over = true
		c.fault(ExportHeader, 0, 0)
		return
	}
	c.Origin, c.From, c.Size, c.Of = h.Origin, h.From, h.Size, h.Of
	c.keys = c.Keys.of(h.Origin)
	c.seq, c.sound, c.whole = h.From-1, h.From-1, true
	c.tree = newExportTree(h.From-1, before, h.Before)
}

// maxSize is more records than a log can have; numbers beyond are no sizes.
const maxSize = 1 << 48

// root checks the last line.
func (c *checker) root(line []byte) {
	c.endRecords()
	c.rooted = true
	r, ok := exactly[exportRoot](line)
	switch {
	case !ok:
		c.fault(ExportLine, 0, 0)
	case c.sound == c.Size && c.tree.root(c.Size) != r.Root:
		c.fault(ExportRoot, c.Size, c.Size)
	}
}

// endRecords finds out which records are missing at the end.
func (c *checker) endRecords() {
	if !c.ended && c.seq < c.Size {
		c.fault(ExportMissing, c.seq+1, c.Size)
	}
	c.ended = true
}

// end finds out whether the file was cut off.
func (c *checker) end() {
	if c.over || c.rooted {
		return
	}
	c.line++
	if c.line == 1 {
		c.fault(ExportHeader, 0, 0) // it is longer than a line can be
		return
	}
	c.endRecords()
	c.fault(ExportCut, 0, 0)
}
