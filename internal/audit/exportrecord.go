package audit

import "golang.org/x/mod/sumdb/tlog"

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

// record checks the line of a record.
func (c *checker) record(line []byte) {
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
	c.inPlace(r, cells)
}

// renumbered reports whether r is the next record but for its number.
func (c *checker) renumbered(r Record) bool {
	r.Seq = c.seq + 1
	leaf, err := r.Leaf()
	return err == nil && hexOf(tlog.RecordHash(leaf)) == r.Hash
}

// inPlace checks a record that is in its place.
func (c *checker) inPlace(r Record, cells []string) {
	leaf, err := r.Leaf()
	shown := tlog.RecordHash(leaf)
	_, holds := reasonCells(r.Reason, r.ReasonHash)
	code := ExportCode("")
	switch {
	case err != nil || !legible(r, leaf, cells):
		code = ExportRecord
	case r.Hash != hexOf(shown):
		code = ExportHash
	case !holds:
		code = ExportReason
	case r.Time.Before(c.time):
		code = ExportTime
	}
	if code != "" {
		c.fault(code, r.Seq, r.Seq)
	}
	if code == ExportRecord || code == ExportHash {
		c.whole = false
		return
	}
	c.time = r.Time
	if c.Record != nil {
		c.Record(r)
	}
	if c.whole {
		c.tree.add(shown)
		c.sound = r.Seq
	}
}

// legible reports whether cells are written as those of a record are, r, whose leaf that is.
func legible(r Record, leaf []byte, cells []string) bool {
	clean, err := r.clean()
	_, unread := ParseLeaf(leaf)
	return err == nil && clean == r && unread == nil && r.Cells()[1] == cells[1]
}
