package workspace

import (
	"sync"
	"time"
)

// tier is the rate class of a method (docs: apis/web-api/rate-limits).
type tier int

const (
	unlimited  tier = iota
	tier2           // 20 a minute
	tier3           // 50 a minute
	tier4           // 100 a minute
	perChannel      // one a second to each channel, short bursts allowed
)

// postBurst is how many messages one channel takes at once before it is held to one a
// second. Slack allows "short bursts" without a number; this one is assumed.
const postBurst = 4

func (t tier) perMinute() int {
	switch t {
	case tier2:
		return 20
	case tier3:
		return 50
	case tier4:
		return 100
	}
	return 0
}

// rateLimits counts calls per method in the trailing minute, and messages per channel.
// The zero value is ready for use.
type rateLimits struct {
	mu     sync.Mutex
	recent map[string][]time.Time // :: method -> calls of the last minute
	next   map[string]time.Time   // :: channel -> when its burst is used up no more
}

// take counts one call and returns 0, or returns how long to wait and counts nothing.
func (r *rateLimits) take(method string, t tier, channel string, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t == perChannel {
		return r.takePost(channel, now)
	}
	limit := t.perMinute()
	if limit == 0 {
		return 0
	}
	if r.recent == nil {
		r.recent = make(map[string][]time.Time)
	}
	calls := r.recent[method]
	for len(calls) > 0 && now.Sub(calls[0]) >= time.Minute {
		calls = calls[1:]
	}
	if len(calls) >= limit {
		r.recent[method] = calls
		return time.Minute - now.Sub(calls[0])
	}
	r.recent[method] = append(calls, now)
	return 0
}

// takePost lets a channel run at most postBurst seconds ahead of one message a second.
func (r *rateLimits) takePost(channel string, now time.Time) time.Duration {
	if r.next == nil {
		r.next = make(map[string]time.Time)
	}
	next := r.next[channel]
	if next.Before(now) {
		next = now
	}
	if ahead := next.Sub(now); ahead > (postBurst-1)*time.Second {
		return ahead - (postBurst-1)*time.Second
	}
	r.next[channel] = next.Add(time.Second)
	return 0
}
