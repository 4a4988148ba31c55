package publish

import (
	"encoding/json"
	"slices"
	"strconv"

	"secretstore/internal/audit"
)

// Limits of one write. Google recommends 2 MB (source: sheets/api/limits).
const (
	maxRows  = 500
	maxBytes = 1 << 20
)

// batch is records that one write brings to one tab.
type batch struct {
	place Place
	above []string // what the row above must show: the header, or the record before
	rows  [][]string
	first int64 // number of the first record
}

// cut takes as many of records, which follow previous without a gap, as one write and
// one tab hold. previous is ignored at the top of a tab.
func cut(l Layout, previous audit.Record, records []audit.Record) batch {
	first := records[0].Seq
	b := batch{place: l.Place(first), first: first, above: audit.Header()}
	if b.place.Row > firstRow {
		b.above = previous.Cells()
	}
	bytes := 0
	for i, r := range records[:min(len(records), b.place.Room, maxRows)] {
		cells := r.Cells()
		bytes += wireSize(cells)
		if r.Seq != first+int64(i) || i > 0 && bytes > maxBytes {
			break
		}
		b.rows = append(b.rows, cells)
	}
	return b
}

// wireSize is the size of a row in the request.
func wireSize(cells []string) int {
	const frame = len(`{"userEnteredValue":{"stringValue":}},`)
	size := len(`{"values":[]},`)
	for _, cell := range cells {
		quoted, _ := json.Marshal(cell) // a string can always be marshalled
		size += frame + len(quoted)
	}
	return size
}

// last is the row of the batch's last record.
func (b batch) last() int { return b.place.Row + len(b.rows) - 1 }

// inspect compares what stands in the tab, from the row above the batch to its last row,
// with what may stand there. complete means that every row is there already. Anything
// but an empty or equal row under the right one above is a fault.
func (b batch) inspect(found [][]string) (complete bool, fault *Parked) {
	if !b.isAbove(found[0]) {
		return false, b.parked(ParkShifted, 0)
	}
	complete = true
	for i, want := range b.rows {
		switch row := found[i+1]; {
		case same(row, want):
		case same(row, nil):
			complete = false
		default:
			return false, b.parked(ParkOccupied, i)
		}
	}
	return complete, nil
}

// isAbove reports whether row is the one that must stand above. Of a record its number
// and its hash decide: a reason may have been erased since.
func (b batch) isAbove(row []string) bool {
	if b.place.Row == firstRow {
		return same(row, b.above)
	}
	hash := len(b.above) - 1
	return len(row) > hash && row[0] == b.above[0] && row[hash] == b.above[hash]
}

// same reports whether two rows show the same; cells missing at the end are empty.
func same(a, b []string) bool {
	return slices.Equal(trim(a), trim(b))
}

func trim(row []string) []string {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	return row
}

// parked says why the batch can't be written; i is the row of it that is concerned.
func (b batch) parked(reason ParkReason, i int) *Parked {
	return &Parked{Reason: reason, Seq: b.first + int64(i), Spreadsheet: b.place.Spreadsheet + 1,
		Tab: b.place.Title, Row: b.place.Row + i}
}

// Parked says why the publisher stands still before a record until a person has done
// something. It looks again every few minutes.
type Parked struct {
	Reason ParkReason
	Seq    int64 // the record it stands before
	// Spreadsheet is its place in the settings, from 1. The id is nobody's business here:
	// who knows it may be able to open the file.
	Spreadsheet int
	Tab         string
	Row         int
}

// ParkReason names why a publisher is parked.
type ParkReason string

// The reasons. All but refused, gone, full and gap mean that someone edited the sheet, or that the
// database was rolled back and would give published numbers to other records.
const (
	ParkOccupied ParkReason = "occupied" // the record's row shows something else
	ParkShifted  ParkReason = "shifted"  // the row above is not the header, or not the record before
	ParkMissing  ParkReason = "missing"  // the tab is not there, though records were written to it
	ParkRefused  ParkReason = "refused"  // Sheets refused the request, twice
	ParkGone     ParkReason = "gone"     // the spreadsheet is not there, or not shared as Editor
	ParkFull     ParkReason = "full"     // every spreadsheet is full: another has to be added to the settings
	ParkGap      ParkReason = "gap"      // the log itself lacks a record
	ParkRestored ParkReason = "restored" // the log does not hold what a signed checkpoint in the sheet vouches for
)

// Error says where it stands, in words of ours.
func (p *Parked) Error() string {
	return "publish: parked before record " + strconv.FormatInt(p.Seq, 10) + ": " + string(p.Reason)
}
