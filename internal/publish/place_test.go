package publish

import (
	"strings"
	"testing"
	"time"

	"secretstore/internal/audit"
)

func TestPlaceOfARecord(t *testing.T) {
	small := Layout{TabSize: 3, TabsPerSpreadsheet: 2}
	for _, tt := range []struct {
		name   string
		layout Layout
		seq    int64
		want   Place
	}{
		{"the first record stands under the header", Layout{}, 1, Place{0, "audit-1", 2, 100_000}},
		{"the last record of the first tab", Layout{}, 100_000, Place{0, "audit-1", 100_001, 1}},
		{"the next tab begins anew", Layout{}, 100_001, Place{0, "audit-2", 2, 100_000}},
		{"the last record of the first spreadsheet", Layout{}, 400_000, Place{0, "audit-4", 100_001, 1}},
		{"the next spreadsheet goes on with the tabs' numbers", Layout{}, 400_001, Place{1, "audit-5", 2, 100_000}},
		{"a small layout", small, 8, Place{1, "audit-3", 3, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.layout.Place(tt.seq); got != tt.want {
				t.Errorf("Place(%d) = %+v, want %+v", tt.seq, got, tt.want)
			}
		})
	}
}

func TestCutKeepsToOneWriteAndOneTab(t *testing.T) {
	records := func(n int, first int64, reason string) []audit.Record {
		some := make([]audit.Record, n)
		for i := range some {
			some[i] = audit.Record{Seq: first + int64(i), Reason: reason}
		}
		return some
	}
	gap := append(records(3, 1, ""), records(3, 5, "")...)
	big := strings.Repeat("<", audit.MaxCell) // six bytes each in JSON
	for _, tt := range []struct {
		name    string
		layout  Layout
		records []audit.Record
		want    int
	}{
		{"500 rows", Layout{}, records(600, 1, ""), 500},
		{"to the end of the tab", Layout{TabSize: 10}, records(20, 8, ""), 3},
		{"to a gap", Layout{}, gap, 3},
		{"one megabyte as sent", Layout{}, records(9, 1, big), 3},
		{"one record at least", Layout{}, records(1, 1, strings.Repeat("<", 1<<20)), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := cut(tt.layout, audit.Record{}, tt.records)
			if len(b.rows) != tt.want {
				t.Errorf("the batch has %d rows, want %d", len(b.rows), tt.want)
			}
		})
	}
}

func TestDelayIsTruncatedAndNoLessThanAsked(t *testing.T) {
	for n := range 100 {
		if d := delay(n, 0); d < 0 || d >= lastDelay {
			t.Errorf("delay after fault %d = %v, want below a minute", n, d)
		}
		if d := delay(n, 5*time.Minute); d != 5*time.Minute {
			t.Errorf("delay = %v, want the five minutes asked for", d)
		}
	}
	if d := delay(0, 24*time.Hour); d != longestAsk {
		t.Errorf("delay = %v: a service may not ask for a day", d)
	}
}
