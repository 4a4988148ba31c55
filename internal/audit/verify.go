package audit

import (
	"context"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// page is how many rows Verify reads at once.
const page = 500

// Verify recomputes every leaf and every hash and holds every checkpoint against them. It
// returns the first contradiction as a *Damage. It may run beside writers: it looks at
// the records that exist when it begins. It does not check signatures.
func (l *Log) Verify(ctx context.Context) error {
	size, err := l.Size(ctx)
	if err != nil {
		return err
	}
	v := verifier{log: l, size: size, edge: make(frontier)}
	for v.seq < size {
		if _, err := v.page(ctx, page); err != nil {
			return err
		}
	}
	return v.checkpoints(ctx)
}

// Proven is Records, read from the database and held against its hashes: a record that is
// missing among others, or does not read as it was hashed, is a *Damage. It costs a few
// queries, whatever the size of the log. Who rewrites the hashes too is found by Verify, a
// checkpoint kept elsewhere, and by whoever remembers the Hash of a record.
func (l *Log) Proven(ctx context.Context, from int64, limit int) ([]Record, error) {
	size, err := l.Size(ctx)
	if err != nil || size < from {
		return nil, err
	}
	_, edge, err := root(ctx, l.read, from-1)
	if err != nil {
		return nil, l.hashError(ctx, from-1, err)
	}
	v := verifier{log: l, size: size, seq: from - 1, edge: edge}
	lines, err := v.page(ctx, int64(limit))
	switch {
	case err != nil:
		return nil, err
	case len(lines) < limit && v.seq < size: // the newest are missing
		return nil, &Damage{v.seq + 1, DamageMissing}
	}
	records := make([]Record, len(lines))
	for i, line := range lines {
		if records[i], err = line.record(); err != nil {
			return nil, err // unreachable: page parsed the leaf
		}
	}
	return records, nil
}

// verifier walks the log from the first record on.
type verifier struct {
	log       *Log
	size, seq int64 // where to stop, and the last record that was verified
	timeMS    int64
	edge      frontier // computed, not read
}

// page verifies at most limit records that come next, and their hashes.
func (v *verifier) page(ctx context.Context, limit int64) ([]line, error) {
	rows, err := v.log.read.QueryContext(ctx, readRecords, v.seq+1, min(limit, v.size-v.seq))
	lines, err := reading(ctx, v.log, rows, err, scanLine)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, &Damage{v.seq + 1, DamageMissing}
	}
	next := tlog.StoredHashCount(v.seq)
	end := tlog.StoredHashCount(v.seq + int64(len(lines)))
	rows, err = v.log.read.QueryContext(ctx, readHashRange, next, end)
	stored, err := reading(ctx, v.log, rows, err, scanStored)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		if stored, err = v.line(line, stored); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// line verifies one record and takes its hashes from the front of stored.
func (v *verifier) line(l line, stored []rawHash) (rest []rawHash, err error) {
	v.seq++
	if code := v.fault(l); code != "" {
		return nil, &Damage{v.seq, code}
	}
	first, hashes, err := v.edge.grow(v.seq, l.leaf)
	if err != nil || len(stored) < len(hashes) {
		return nil, &Damage{v.seq, DamageHash}
	}
	for i, hash := range hashes {
		if stored[i].index != first+int64(i) || !slices.Equal(stored[i].hash, hash[:]) {
			return nil, &Damage{v.seq, DamageHash}
		}
	}
	return stored[len(hashes):], nil
}

// fault says what is wrong with a record by itself, "" for nothing.
func (v *verifier) fault(l line) DamageCode {
	if l.seq != v.seq {
		return DamageMissing
	}
	r, err := ParseLeaf(l.leaf)
	switch {
	case err != nil || r.Seq != l.seq:
		return DamageLeaf
	case refOf(r) != l.ref:
		return DamageIndex
	case toMS(r.Time) < v.timeMS:
		return DamageTime
	case !reasonHolds(r.ReasonHash, l):
		return DamageReason
	}
	v.timeMS = toMS(r.Time)
	return ""
}

// reasonHolds: the reason is the one that was hashed, or was erased together with its salt.
func reasonHolds(hash string, l line) bool {
	if len(l.salt) == 0 {
		return l.reason == ""
	}
	return hash == hashReason(l.salt, l.reason)
}

// rawHash is a row of tlog_hash as it is, which may be no hash at all.
type rawHash struct {
	index int64
	hash  []byte
}

func scanStored(row scanner) (rawHash, error) {
	var h rawHash
	err := row.Scan(&h.index, &h.hash)
	return h, err
}

// checkpoints holds every stored checkpoint against the hashes, which are verified by now.
func (v *verifier) checkpoints(ctx context.Context) error {
	for from := int64(1); ; {
		rows, err := v.log.read.QueryContext(ctx, readCheckpoints, from, page)
		found, err := reading(ctx, v.log, rows, err, scanCheckpoint)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, c := range found {
			if err := v.log.Extends(ctx, c); err != nil {
				return err
			}
		}
		from = found[len(found)-1].Size + 1
	}
}
