package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

func hexOf(hash tlog.Hash) string { return hex.EncodeToString(hash[:]) }

// exactly decodes a line that reads as we would write it, so that there is one way to read
// it: no key twice, no other case, no space.
func exactly[T any](line []byte) (v T, ok bool) {
	err := json.Unmarshal(line, &v)
	return v, err == nil && bytes.Equal(jsonLine(v), line)
}

// exportCells reads the line of a record into its cells, in the order of the columns.
func exportCells(line []byte) (cells []string, ok bool) {
	var named map[string]string
	if err := json.Unmarshal(line, &named); err != nil || len(named) != len(Header()) {
		return nil, false
	}
	for _, name := range Header() {
		cells = append(cells, named[name])
	}
	return cells, bytes.Equal(recordLine(cells), line)
}

// recordOf is the record that cells show, in the order of the columns. seq is 0 if its
// number is not written as a record's is. Its time is zero if it is none.
func recordOf(cells []string) (r Record, seq int64) {
	seq, err := strconv.ParseInt(cells[0], 10, 64)
	if err != nil || strconv.FormatInt(seq, 10) != cells[0] {
		seq = 0
	}
	at, _ := time.Parse(timeLayout, cells[1])
	return Record{
		Seq: seq, Time: at, Event: Event(cells[2]), Change: cells[3], Actor: cells[4], ActorID: cells[5],
		Environment: cells[6], Secret: cells[7], Version: cells[8], Recipe: cells[9], Bytes: cells[10],
		Fingerprint: cells[11], Reason: cells[12], ReasonHash: cells[13], DecidedBy: cells[14],
		Rule: cells[15], Detail: cells[16], Hash: cells[17],
	}, seq
}

// exportTree is the Merkle tree of an export: all its hashes, and those of the complete
// subtrees before its first record.
type exportTree struct {
	size   int64               // records in it
	before map[int64]tlog.Hash // :: stored hash index -> hash
	first  int64               // stored hash index of hashes[0]
	hashes []tlog.Hash
}

func newExportTree(size int64, indexes []int64, hashes []tlog.Hash) exportTree {
	t := exportTree{size: size, before: make(map[int64]tlog.Hash), first: tlog.StoredHashCount(size)}
	for i, index := range indexes {
		t.before[index] = hashes[i]
	}
	return t
}

// ReadHashes implements tlog.HashReader.
func (t *exportTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, known := t.before[index]
		switch at := index - t.first; {
		case known:
			found[i] = hash
		case at >= 0 && at < int64(len(t.hashes)):
			found[i] = t.hashes[at]
		default:
			return nil, errHashMissing // unreachable: before holds every subtree that is needed
		}
	}
	return found, nil
}

// add adds the next record's hash.
func (t *exportTree) add(leaf tlog.Hash) {
	made, _ := tlog.StoredHashesForRecordHash(t.size, leaf, t) // every hash is there
	t.hashes = append(t.hashes, made...)
	t.size++
}

// root is the root of the tree of the first size records.
func (t *exportTree) root(size int64) tlog.Hash {
	hash, _ := tlog.TreeHash(size, t) // as above
	return hash
}
