package publish

import (
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

// Google counts 60 writes and 60 reads a minute (source: sheets/api/limits). Writes of
// rows take 40 of them, which leaves the rest to growing and to a repair by hand.
const (
	writeEvery = time.Minute / 40
	growEvery  = time.Minute / 12
	readEvery  = time.Minute / 50
	growBurst  = 3
	readBurst  = 5
)

// pace spaces the calls of one publisher.
type pace struct{ writes, grows, reads *rate.Limiter }

func newPace() pace {
	return pace{
		writes: rate.NewLimiter(rate.Every(writeEvery), 1),
		grows:  rate.NewLimiter(rate.Every(growEvery), growBurst),
		reads:  rate.NewLimiter(rate.Every(readEvery), readBurst),
	}
}

// Delays after a fault.
const (
	firstDelay = time.Second
	lastDelay  = time.Minute // the service counts by the minute
	longestAsk = 10 * time.Minute
	// checkEvery is how soon a publisher that is parked looks again: a person repairs or
	// shares the spreadsheet meanwhile.
	checkEvery = 5 * time.Minute
)

// delay is truncated exponential backoff with full jitter for the nth fault in a row,
// from 0, and no less than what the service asked for.
func delay(n int, asked time.Duration) time.Duration {
	ceiling := lastDelay
	if n < 6 {
		ceiling = min(lastDelay, firstDelay<<n)
	}
	return max(rand.N(ceiling), min(asked, longestAsk))
}
