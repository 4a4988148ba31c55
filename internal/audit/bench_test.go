package audit_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
)

// writers is how many goroutines write at the same time.
const writers = 64

func benchmark(b *testing.B, work func(b *testing.B, l *audit.Log)) {
	for name, url := range map[string]string{"SQLite": sqliteURL(b), "PostgreSQL": pgtest.URL(b)} {
		b.Run(name, func(b *testing.B) {
			l := open(b, url)
			b.ReportAllocs()
			b.ResetTimer()
			work(b, l)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkAppend is durable records a second at 64 writers.
func BenchmarkAppend(b *testing.B) {
	benchmark(b, func(b *testing.B, l *audit.Log) {
		r := requested(change(1))
		parallel(b, func(int64) error { return l.Append(b.Context(), r) })
	})
}

// BenchmarkSubmit is durable requests a second at 64 writers: a change and a record each.
func BenchmarkSubmit(b *testing.B) {
	var run atomic.Int64
	benchmark(b, func(b *testing.B, l *audit.Log) {
		round := run.Add(1)
		parallel(b, func(n int64) error {
			c := change(0)
			c.ID = fmt.Sprintf("%d-%d", round, n)
			c.Key = c.ID
			_, _, err := l.Submit(b.Context(), c, requested(c))
			return err
		})
	})
}

func parallel(b *testing.B, one func(n int64) error) {
	var count atomic.Int64
	b.SetParallelism(max(1, writers/runtime.GOMAXPROCS(0)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := one(count.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
