package audit

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ExportFault is one contradiction inside an export.
type ExportFault struct {
	Code ExportCode
	Line int // of the file, from 1
	// First and Last are the records concerned, more than one where they are missing; the
	// size of a checkpoint; 0 where that can't be told.
	First, Last int64
}

// ExportCode names a contradiction.
type ExportCode string

// The codes of an ExportFault.
const (
	// ExportHeader: the first line is no header of this format. Nothing else was looked at.
	ExportHeader ExportCode = "header_unreadable"
	// ExportLine: the line is none of an export, or not written as an export writes it.
	ExportLine ExportCode = "line_unreadable"
	// ExportMissing: the records before this line are not there.
	ExportMissing ExportCode = "record_missing"
	// ExportPlace: the record or checkpoint is not in its place, or there twice.
	ExportPlace ExportCode = "out_of_place"
	// ExportRecord: the cells are not those of a record.
	ExportRecord ExportCode = "record_unreadable"
	// ExportHash: the record is not the one that its hash was made of.
	ExportHash ExportCode = "hash_differs"
	// ExportReason: the reason is not the one that was hashed.
	ExportReason ExportCode = "reason_differs"
	// ExportTime: the record is older than the one before it.
	ExportTime ExportCode = "time_runs_back"
	// ExportPoint: the checkpoint is none, or vouches for other records than these.
	ExportPoint ExportCode = "checkpoint_differs"
	// ExportSignature: none of the keys that were given signed the checkpoint.
	ExportSignature ExportCode = "signature_unknown"
	// ExportRoot: the root is not that of the records.
	ExportRoot ExportCode = "root_differs"
	// ExportCut: the file ends before its last line.
	ExportCut ExportCode = "cut_off"
)

// Authorship reports whether the fault is about who signed, and not about what was signed.
func (f ExportFault) Authorship() bool { return f.Code == ExportSignature }

// Export is what an export says of itself, and what was found to be there.
type Export struct {
	Origin string
	// From and Size are the first and last record; Of is how many the log had, if more.
	From, Size, Of       int64
	Records, Checkpoints int64
	// Unchecked counts the checkpoints that could not be held against the records, because
	// of a fault among those.
	Unchecked int64
	// Signed is the size of the newest checkpoint that holds and that a known key signed.
	Signed int64
	// Signers are the keys that the notes name, each once.
	Signers []Signer
}

// Signer is a key as a signed note names it. Without the key itself that proves nothing.
type Signer struct {
	Name string
	Hash uint32
}

// maxLine bounds a line of an export: 14 cells of the largest size, every character escaped.
const maxLine = 14*MaxCell*6 + 64<<10

// maxSigners is how many keys are told apart: whoever made the file chose how many it names.
const maxSigners = 20

// CheckExport reads an export and holds it against itself, and its checkpoints against the
// keys of verifiers; without any, signatures are not checked. found is told of every fault.
// It keeps 64 bytes a record. An error is that of r.
func CheckExport(r io.Reader, verifiers []note.Verifier, found func(ExportFault)) (Export, error) {
	c := &checker{keys: note.VerifierList(verifiers...), keyed: len(verifiers) > 0, report: found}
	lines := bufio.NewScanner(r)
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
	keys   note.Verifiers
	keyed  bool
	report func(ExportFault)

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
	c.report(ExportFault{code, c.line, first, last})
}

// next checks one line.
func (c *checker) next(line []byte) {
	switch {
	case c.line == 1:
		c.header(line)
	case c.rooted:
		c.fault(ExportLine, 0, 0)
	case bytes.HasPrefix(line, []byte(`{"seq":`)):
		c.recordLine(line)
	case bytes.HasPrefix(line, []byte(`{"checkpoint":`)):
		c.point(line)
	case bytes.HasPrefix(line, []byte(`{"root":`)):
		c.root(line)
	case c.ended:
		c.fault(ExportLine, 0, 0)
	default:
		c.lost(ExportLine)
	}
}

// exactly decodes a line that reads as we would write it, so that there is one way to read
// it: no key twice, no other case, no space.
func exactly[T any](line []byte) (v T, ok bool) {
	err := json.Unmarshal(line, &v)
	return v, err == nil && bytes.Equal(jsonLine(v), line)
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
	c.seq, c.sound, c.whole = h.From-1, h.From-1, true
	c.tree = newExportTree(h.From-1, before, h.Before)
}

// maxSize is more records than a log can have; numbers beyond are no sizes.
const maxSize = 1 << 48

// lost is a line in place of the next record.
func (c *checker) lost(code ExportCode) {
	if c.seq >= c.Size {
		c.fault(ExportPlace, 0, 0)
		return
	}
	c.seq++
	c.whole = false
	c.fault(code, c.seq, c.seq)
}

// recordLine checks the line of a record.
func (c *checker) recordLine(line []byte) {
	cells, ok := exportCells(line)
	if !ok {
		c.lost(ExportLine)
		return
	}
	r, seq := recordOf(cells)
	switch {
	case seq != c.seq+1 && c.renumbered(r):
		c.lost(ExportHash)
		return
	case seq < 1 || seq > c.Size:
		c.lost(ExportRecord)
		return
	case seq <= c.seq || c.ended:
		c.fault(ExportPlace, seq, seq)
		return
	case seq > c.seq+1:
		c.fault(ExportMissing, c.seq+1, seq-1)
		c.whole = false
	}
	c.seq = seq
	c.Records++
	c.record(r, cells)
}

// renumbered reports whether r is the next record but for its number.
func (c *checker) renumbered(r Record) bool {
	r.Seq = c.seq + 1
	leaf, err := r.Leaf()
	return err == nil && hexOf(tlog.RecordHash(leaf)) == r.Hash
}

// record checks a record that is in its place.
func (c *checker) record(r Record, cells []string) {
	clean, unclean := r.clean()
	leaf, err := r.Leaf()
	_, unread := ParseLeaf(leaf)
	_, holds := reasonCells(r.Reason, r.ReasonHash)
	shown := tlog.RecordHash(leaf)
	code := ExportCode("")
	switch {
	case unclean != nil || clean != r || err != nil || unread != nil || r.Cells()[1] != cells[1]:
		code = ExportRecord
	case r.Hash != hexOf(shown):
		code = ExportHash
	case !holds:
		code = ExportReason
	case r.Time.Before(c.time):
		code = ExportTime
	}
	if code == ExportRecord || code == ExportHash {
		c.whole = false
	} else {
		c.time = r.Time
	}
	if code != "" {
		c.fault(code, r.Seq, r.Seq)
	}
	if c.whole {
		c.tree.add(shown)
		c.sound = r.Seq
	}
}

// point checks the line of a checkpoint.
func (c *checker) point(line []byte) {
	c.endRecords()
	c.Checkpoints++
	p, ok := exactly[exportPoint](line)
	point, parsed := ParseCheckpoint(p.Checkpoint)
	_, opened := note.Open([]byte(p.Checkpoint), c.keys)
	unverified, named := errors.AsType[*note.UnverifiedNoteError](opened)
	if named {
		c.name(unverified.Note.UnverifiedSigs)
	}
	_, forged := errors.AsType[*note.InvalidSignatureError](opened)
	wellFormed := (opened == nil || named || forged) && strictSignatures(p.Checkpoint)
	switch {
	case !ok || !parsed || !wellFormed || point.Origin != c.Origin || point.Size < c.From-1 || point.Size > c.Size:
		c.fault(ExportPoint, 0, 0)
		return
	case point.Size <= c.points:
		c.fault(ExportPlace, point.Size, point.Size)
	}
	c.points = max(c.points, point.Size)
	if opened != nil && c.keyed {
		c.fault(ExportSignature, point.Size, point.Size)
	}
	switch hash := c.tree.root(min(point.Size, c.sound)); {
	case point.Size > c.sound:
		c.Unchecked++
	case hash != point.Root:
		c.fault(ExportPoint, point.Size, point.Size)
	case opened == nil:
		c.Signed = max(c.Signed, point.Size)
	}
}

// strictSignatures reports whether the signatures of a note are written in the one way in
// which they can be: note.Open overlooks the spare bits at the end of base64.
func strictSignatures(signed string) bool {
	at := strings.LastIndex(signed, "\n\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(signed[max(0, at):], "\n"), "\n") {
		_, err := base64.StdEncoding.Strict().DecodeString(line[strings.LastIndex(line, " ")+1:])
		if err != nil {
			return false
		}
	}
	return true
}

// name remembers the keys that a note names.
func (c *checker) name(signatures []note.Signature) {
	for _, s := range signatures {
		signer := Signer{s.Name, s.Hash}
		if len(c.Signers) < maxSigners && !slices.Contains(c.Signers, signer) {
			c.Signers = append(c.Signers, signer)
		}
	}
}

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
		c.fault(ExportHeader, 0, 0)
		return
	}
	c.endRecords()
	c.fault(ExportCut, 0, 0)
}
