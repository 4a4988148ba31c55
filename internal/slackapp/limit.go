package slackapp

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"secretstore/internal/secret"
)

// LooksPerMinute is how often one person may look things up: show, history, list, why,
// type-ahead, and every form that loads something.
const LooksPerMinute = 30

// maxLimited bounds the memory of a Limit. Only people of the workspace take room, and
// only for a minute.
const maxLimited = 10_000

// Looks limits each person's look-ups. The zero Looks is ready for use. It holds for this
// process alone.
type Looks struct {
	// Clock is time.Now when nil.
	Clock func() time.Time
	mu    sync.Mutex
	of    map[secret.Person]*rate.Limiter
}

// Take uses up one look-up, or returns a *PersonError with PersonHurried.
func (l *Looks) Take(p secret.Person) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.Clock != nil {
		now = l.Clock()
	}
	if limiter := l.limiterLocked(p, now); limiter == nil || !limiter.AllowN(now, 1) {
		return &PersonError{Reason: PersonHurried}
	}
	return nil
}

// limiterLocked returns nil when there is no room for one more person.
func (l *Looks) limiterLocked(p secret.Person, now time.Time) *rate.Limiter {
	if limiter, known := l.of[p]; known {
		return limiter
	}
	if len(l.of) >= maxLimited {
		l.forgetLocked(now)
	}
	if len(l.of) >= maxLimited {
		return nil
	}
	if l.of == nil {
		l.of = make(map[secret.Person]*rate.Limiter)
	}
	limiter := rate.NewLimiter(rate.Every(time.Minute/LooksPerMinute), LooksPerMinute)
	l.of[p] = limiter
	return limiter
}

// forgetLocked drops those who have looked at nothing for a while: a new limiter would
// allow them the same.
func (l *Looks) forgetLocked(now time.Time) {
	for person, limiter := range l.of {
		if limiter.TokensAt(now) >= LooksPerMinute {
			delete(l.of, person)
		}
	}
}
