package audit

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is the right edge of the Merkle tree: the hashes of the complete subtrees
// that a new leaf may be joined with :: stored hash index -> hash.
type frontier map[int64]tlog.Hash

// keptEdge is the frontier that a committed batch left behind. It holds for as long as
// nobody else writes, which the number of records tells: numbers have no gaps.
type keptEdge struct {
	size   int64
	hashes frontier // nil: nothing kept
}

// take hands the frontier of a log of that size to a batch, nil if it is not known. The
// batch changes it, so that it is kept again only with the batch's own commit.
func (k *keptEdge) take(size int64) frontier {
	kept := *k
	*k = keptEdge{}
	if kept.size != size {
		return nil
	}
	return kept.hashes
}

// errHashMissing is met only when rows of tlog_hash were lost.
var errHashMissing = errors.New("audit: a stored hash is missing")

// ReadHashes implements tlog.HashReader. Each left sibling is asked for once, when its
// right one is complete, so it is forgotten: the map stays as small as the tree is high.
func (f frontier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, ok := f[index]
		if !ok {
			return nil, errHashMissing
		}
		hashes[i] = hash
		delete(f, index)
	}
	return hashes, nil
}

// grow adds the leaf of record seq and returns what has to be stored, from index first on.
func (f frontier) grow(seq int64, leaf []byte) (first int64, hashes []tlog.Hash, err error) {
	hashes, err = tlog.StoredHashes(seq-1, leaf, f)
	if err != nil {
		return 0, nil, err
	}
	first = tlog.StoredHashIndex(0, seq-1)
	f[first+int64(len(hashes))-1] = hashes[len(hashes)-1]
	return first, hashes, nil
}

// root returns the root of the first size records, and the frontier that follows them.
func root(ctx context.Context, q queryer, size int64) (tlog.Hash, frontier, error) {
	edge := make(frontier)
	hash, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		if err := edge.load(ctx, q, indexes); err != nil {
			return nil, err
		}
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = edge[index]
		}
		return hashes, nil
	}))
	return hash, edge, err
}

// load reads stored hashes.
func (f frontier) load(ctx context.Context, q queryer, indexes []int64) error {
	args := make([]any, len(indexes))
	for i, index := range indexes {
		args[i] = index
	}
	rows, err := q.QueryContext(ctx, readHashes+list(1, len(args)), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		index, hash, err := scanHash(rows)
		if err != nil {
			return err
		}
		f[index] = hash
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(f) != len(indexes) {
		return errHashMissing
	}
	return nil
}

func scanHash(row scanner) (index int64, hash tlog.Hash, err error) {
	var bytes []byte
	if err := row.Scan(&index, &bytes); err != nil {
		return 0, hash, err
	}
	if len(bytes) != tlog.HashSize {
		return 0, hash, errHashMissing
	}
	return index, tlog.Hash(bytes), nil
}
