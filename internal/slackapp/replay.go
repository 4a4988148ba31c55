package slackapp

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxSeen bounds the memory of a Seen: with 24 bytes of key and time and the map's own
// share, about 20 MB when full. At Slack's pace it never is; a benchmark's 400 requests a
// second for ten minutes would fill it.
const maxSeen = 1 << 18

// Seen remembers what arrived, so that the identical request is refused without effect
// while its signature is still young enough to pass Verify.
//
// It holds for this process alone. Between replicas, after a restart, and for the oldest
// entries once it is full, the log's idempotency key holds instead: the same view id or
// button is one request, and asking again gives its present state. The zero Seen is ready
// for use.
type Seen struct {
	mu    sync.Mutex
	known map[seenKey]struct{}
	queue []seenEntry // in order of arrival; entries before head are gone
	head  int
}

type seenKey [16]byte

type seenEntry struct {
	key   seenKey
	until time.Time
}

// Proof reports whether p is here for the first time.
func (s *Seen) Proof(p Proof, now time.Time) (fresh bool) {
	return s.add(seenKey(p.mac[:len(seenKey{})]), p.time.Add(MaxAge), now)
}

// Envelope reports whether a Socket Mode envelope is here for the first time.
func (s *Seen) Envelope(id string, now time.Time) (fresh bool) {
	sum := sha256.Sum256([]byte(id))
	return s.add(seenKey(sum[:len(seenKey{})]), now.Add(2*MaxAge), now)
}

func (s *Seen) add(key seenKey, until, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, seen := s.known[key]; seen {
		return false
	}
	s.forgetLocked(now)
	if s.known == nil {
		s.known = make(map[seenKey]struct{})
	}
	s.known[key] = struct{}{}
	s.queue = append(s.queue, seenEntry{key, until})
	return true
}

// forgetLocked drops what can't pass Verify any more from the front, and the oldest when
// there is no room. An entry behind one that lives longer waits for it.
func (s *Seen) forgetLocked(now time.Time) {
	for s.head < len(s.queue) {
		oldest := s.queue[s.head]
		if !oldest.until.Before(now) && len(s.known) < maxSeen {
			break
		}
		delete(s.known, oldest.key)
		s.head++
	}
	if s.head > len(s.queue)/2 {
		s.queue = append(s.queue[:0], s.queue[s.head:]...)
		s.head = 0
	}
}
