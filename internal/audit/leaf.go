package audit

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// leafTag opens every leaf; another layout of the columns has another tag.
const leafTag = "secretstore-record-v1"

// Leaf returns the canonical bytes of r, which the log hashes and stores: the tag, then
// every cell before hash as uvarint length and UTF-8. The reason's place is taken by the
// hash of reason_hash, without the salt, so that both can be erased later.
// A record that can't be shown exactly gives a *RecordError.
func (r Record) Leaf() ([]byte, error) {
	r, err := r.clean()
	switch {
	case err != nil:
		return nil, err
	case r.Seq < 1:
		return nil, &RecordError{"seq", RecordNumber}
	case r.Time.Year() < 1 || r.Time.Year() > 9999:
		return nil, &RecordError{"time", RecordTime}
	}
	return r.encode(), nil
}

// encode is the leaf of a record that is clean.
func (r Record) encode() []byte {
	leaf := []byte(leafTag)
	for _, cell := range r.leafCells() {
		leaf = binary.AppendUvarint(leaf, uint64(len(cell)))
		leaf = append(leaf, cell...)
	}
	return leaf
}

// leafCells are the cells of the leaf, in order.
func (r Record) leafCells() []string {
	cells := r.Cells()
	_, hash := splitReasonHash(r.ReasonHash)
	cells[12] = hash
	return append(cells[:13], cells[14:17]...)
}

// leafSize is the number of cells in a leaf.
const leafSize = 16

// ParseLeaf reads what Leaf wrote, and nothing else. The record it returns has no reason
// and no salt, since a leaf has none, and no Hash.
func ParseLeaf(leaf []byte) (Record, error) {
	cells, ok := splitLeaf(leaf)
	if !ok {
		return Record{}, &RecordError{"", RecordLeaf}
	}
	r := Record{
		Event: Event(cells[2]), Change: cells[3], Actor: cells[4], ActorID: cells[5],
		Environment: cells[6], Secret: cells[7], Version: cells[8], Recipe: cells[9],
		Bytes: cells[10], Fingerprint: cells[11], ReasonHash: cells[12],
		DecidedBy: cells[13], Rule: cells[14], Detail: cells[15],
	}
	var seqErr, timeErr error
	r.Seq, seqErr = strconv.ParseInt(cells[0], 10, 64)
	r.Time, timeErr = time.Parse(timeLayout, cells[1])
	// Numbers, times and lengths can be written in more than one way: only ours is a leaf.
	again, err := r.Leaf()
	if seqErr != nil || timeErr != nil || err != nil || !bytes.Equal(again, leaf) {
		return Record{}, &RecordError{"", RecordLeaf}
	}
	return r, nil
}

// splitLeaf cuts a leaf into its cells.
func splitLeaf(leaf []byte) (cells []string, ok bool) {
	rest, ok := bytes.CutPrefix(leaf, []byte(leafTag))
	if !ok {
		return nil, false
	}
	for range leafSize {
		n, width := binary.Uvarint(rest)
		if width <= 0 || n > uint64(len(rest)-width) {
			return nil, false
		}
		end := width + int(n)
		cells = append(cells, string(rest[width:end]))
		rest = rest[end:]
	}
	return cells, len(rest) == 0
}

// splitReasonHash cuts the reason_hash cell; salt is "" once it was erased.
func splitReasonHash(cell string) (salt, hash string) {
	if salt, hash, ok := strings.Cut(cell, ":"); ok {
		return salt, hash
	}
	return "", cell
}
