package audit

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

// page is how many rows are read at once.
const page = 500

// Verify recomputes every leaf and every hash and holds every checkpoint against them. It
// returns the first contradiction as a *Damage. It may run beside writers: it looks at
// the records that exist when it begins. It does not check signatures.
func (l *Log) Verify(ctx context.Context) error {
	size, err := l.Size(ctx)
	if err != nil {
		return err
	}
	v := verifier{log: l, size: size, edge: make(frontier), found: first}
	if err := v.records(ctx, nil); err != nil {
		return err
	}
	return v.checkpoints(ctx, nil)
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
	v := verifier{log: l, size: size, seq: from - 1, edge: edge, found: first}
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

// verifier walks the log, from the first record on or from a later one whose edge is known.
type verifier struct {
	log       *Log
	size, seq int64 // where to stop, and the last record that was looked at
	timeMS    int64
	// edge is the stored hashes, each once it was held against what was computed: a hash
	// that differs is found once, and not again with everything above it.
	edge  frontier
	holes bool // stored hashes are missing, so that some above them can't be computed
	// found is told of every contradiction; an error of it ends the walk.
	found func(Finding) error
	// seen, if not nil, is told of every record that can be read.
	seen func(Record)
	// points counts the checkpoints.
	points int64
}

// records walks to the end; each, if not nil, is called with the lines of a page.
func (v *verifier) records(ctx context.Context, each func([]line) error) error {
	for v.seq < v.size {
		lines, err := v.page(ctx, page)
		if err == nil && each != nil {
			err = each(lines)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// page verifies at most limit records that come next without a gap, and their hashes.
func (v *verifier) page(ctx context.Context, limit int64) ([]line, error) {
	rows, err := v.log.read.QueryContext(ctx, readRecords, v.seq+1, min(limit, v.size-v.seq))
	lines, err := reading(ctx, v.log, rows, err, scanLine)
	if err != nil {
		return nil, err
	}
	next := v.size + 1
	if len(lines) > 0 {
		next = min(next, lines[0].seq)
	}
	if next != v.seq+1 {
		return nil, v.gap(ctx, next)
	}
	lines = unbroken(lines, v.size)
	stored, err := v.stored(ctx, int64(len(lines)))
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		if err := v.line(line, stored); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// unbroken cuts lines off at the first gap, and at the record last.
func unbroken(lines []line, last int64) []line {
	for i, l := range lines {
		if l.seq != lines[0].seq+int64(i) || l.seq > last {
			return lines[:i]
		}
	}
	return lines
}

// gap passes over records that are missing. What follows them is held against the hashes
// that are stored of them.
func (v *verifier) gap(ctx context.Context, next int64) error {
	if err := v.found(Finding{v.seq + 1, next - 1, DamageMissing}); err != nil {
		return err
	}
	v.seq = next - 1
	_, edge, err := root(ctx, v.log.read, v.seq)
	if v.edge = edge; errors.Is(err, errHashMissing) {
		v.holes = true
		return nil
	}
	return v.log.readError(ctx, err)
}

// stored reads the hashes that the next n records brought :: stored hash index -> hash.
func (v *verifier) stored(ctx context.Context, n int64) (map[int64]tlog.Hash, error) {
	rows, err := v.log.read.QueryContext(ctx, readHashRange, tlog.StoredHashCount(v.seq), tlog.StoredHashCount(v.seq+n))
	found, err := reading(ctx, v.log, rows, err, scanStored)
	hashes := make(map[int64]tlog.Hash, len(found))
	for _, h := range found {
		if len(h.hash) == tlog.HashSize {
			hashes[h.index] = tlog.Hash(h.hash)
		}
	}
	return hashes, err
}

// line verifies one record and the hashes that it brought.
func (v *verifier) line(l line, stored map[int64]tlog.Hash) error {
	v.seq++
	r, code := v.fault(l)
	timeMS := toMS(r.Time)
	if v.seen != nil && code != DamageLeaf {
		v.seen(r)
	}
	from, ok := v.hashes(l.leaf, stored)
	if sound := code == "" && ok; sound || code == DamageTime {
		v.timeMS = timeMS // else one forged time would make all that follow seem old
	}
	if code != "" {
		if err := v.found(Finding{v.seq, v.seq, code}); err != nil {
			return err
		}
	}
	if !ok && (code == "" || from < v.seq) {
		return v.found(Finding{from, v.seq, DamageHash})
	}
	return nil
}

// hashes computes what a leaf brings to the tree. If a stored hash differs, the fault is in
// one of the records from the returned number on, of which it was made.
func (v *verifier) hashes(leaf []byte, stored map[int64]tlog.Hash) (from int64, ok bool) {
	at, made, err := v.edge.grow(v.seq, leaf)
	if err != nil {
		at, made = tlog.StoredHashIndex(0, v.seq-1), []tlog.Hash{tlog.RecordHash(leaf)}
	}
	from, ok = v.seq, err == nil || v.holes
	for i, hash := range made {
		there, known := stored[at+int64(i)]
		v.holes = v.holes || !known
		if !known || there != hash {
			from, ok = v.seq-(1<<i)+1, false
			break
		}
	}
	v.adopt(stored)
	return from, ok
}

// adopt goes on from what is stored of the record.
func (v *verifier) adopt(stored map[int64]tlog.Hash) {
	last := tlog.StoredHashCount(v.seq) - 1
	delete(v.edge, last)
	if hash, known := stored[last]; known {
		v.edge[last] = hash
	}
}

// fault returns the record, and what is wrong with it by itself, "" for nothing.
func (v *verifier) fault(l line) (r Record, code DamageCode) {
	r, err := ParseLeaf(l.leaf)
	switch {
	case err != nil || r.Seq != l.seq:
		code = DamageLeaf
	case refOf(r) != l.ref:
		code = DamageIndex
	case toMS(r.Time) < v.timeMS:
		code = DamageTime
	case !reasonHolds(r.ReasonHash, l.salt, l.reason):
		code = DamageReason
	}
	return r, code
}

// reasonHolds: the reason is the one that was hashed, or was erased together with its salt.
func reasonHolds(hash string, salt []byte, reason string) bool {
	if len(salt) == 0 {
		return reason == ""
	}
	return hash == hashReason(salt, reason)
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

// rawCheckpoint is a row of checkpoint as it is, which may be no checkpoint at all.
type rawCheckpoint struct {
	size   int64
	signed string
}

func scanRawCheckpoint(row scanner) (rawCheckpoint, error) {
	var c rawCheckpoint
	var ms int64
	err := row.Scan(&c.size, &c.signed, &ms)
	return c, err
}

// checkpoints holds every stored checkpoint against the hashes, which are verified by now.
// signed, if not nil, says whether a key that is known signed a note.
func (v *verifier) checkpoints(ctx context.Context, signed func(note string) bool) error {
	for from := int64(0); ; {
		rows, err := v.log.read.QueryContext(ctx, readCheckpoints, from, page)
		all, err := reading(ctx, v.log, rows, err, scanRawCheckpoint)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, c := range all {
			if err := v.checkpoint(ctx, c, signed); err != nil {
				return err
			}
		}
		from = all[len(all)-1].size + 1
	}
}

func (v *verifier) checkpoint(ctx context.Context, raw rawCheckpoint, signed func(note string) bool) error {
	v.points++
	c, ok := ParseCheckpoint(raw.signed)
	switch {
	case !ok || c.Size != raw.size:
		return v.found(Finding{raw.size, raw.size, DamageCheckpoint})
	case signed != nil && !signed(raw.signed):
		return v.found(Finding{raw.size, raw.size, DamageSignature})
	}
	err := v.log.Extends(ctx, c)
	if damage, ok := errors.AsType[*Damage](err); ok {
		return v.found(Finding{raw.size, raw.size, damage.Code})
	}
	if errors.Is(err, ErrOrigin) && signed != nil {
		return v.found(Finding{raw.size, raw.size, DamageCheckpoint})
	}
	return err
}
