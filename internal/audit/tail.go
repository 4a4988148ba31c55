package audit

import (
	"context"
	"slices"
	"sync"
)

// tail is the newest records, as far as this process wrote them: what follows the log
// closely need not read from the database what was written a moment ago.
type tail struct {
	mu      sync.Mutex
	records []Record // in order, without gaps
}

// maxTail is how many records a tail keeps at the least, once there are as many.
const maxTail = 2048

// add takes what was committed after a record, which may be nothing. Where another process
// wrote in between, the tail begins anew.
func (t *tail) add(after int64, records []Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.records); n > 0 && t.records[n-1].Seq != after {
		t.records = nil
	}
	t.records = append(t.records, records...)
	if over := len(t.records) - maxTail; over > maxTail {
		t.records = slices.Clone(t.records[over:])
	}
}

// drop forgets the records: another process wrote, and may have erased a reason, or another
// server took over, and may lack some.
func (t *tail) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = nil
}

// read returns at most limit records from number from on; none if the tail does not hold
// that one.
func (t *tail) read(from int64, limit int) []Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.records) == 0 {
		return nil
	}
	at := from - t.records[0].Seq
	if at < 0 || at >= int64(len(t.records)) {
		return nil
	}
	found := t.records[at:]
	return slices.Clone(found[:min(limit, len(found))])
}

// Follow returns records from number from on, in order, for those who follow the log: at
// most limit, fewer where the rest has to be read from the database, and none only where
// there is none yet. What another process did to a record is seen a second later.
func (l *Log) Follow(ctx context.Context, from int64, limit int) ([]Record, error) {
	if found := l.tail.read(from, limit); len(found) > 0 {
		return found, nil
	}
	return l.Records(ctx, from, limit)
}
