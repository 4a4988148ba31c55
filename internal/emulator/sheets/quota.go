package sheets

import (
	"fmt"
	"time"
)

// Limits of calls a minute, of reads and of writes each (docs: sheets/api/limits).
// One batchUpdate counts as one write.
const (
	perUser    = 60
	perProject = 300
)

// quota counts the calls of the last minute. The service forgets by the minute; a
// sliding minute is the stricter reading, so who passes here passes there.
type quota struct {
	calls map[string][]time.Time // :: "Write\x00user" -> calls, oldest first
}

// spend counts one call, or refuses it. A refused call is not counted.
func (q *quota) spend(user string, write bool, now time.Time) *apiError {
	kind := "Read"
	if write {
		kind = "Write"
	}
	if q.calls == nil {
		q.calls = map[string][]time.Time{}
	}
	limits := []struct {
		key, who string
		max      int
	}{{kind + "\x00" + user, "user", perUser}, {kind, "project", perProject}}
	for _, l := range limits {
		q.calls[l.key] = since(q.calls[l.key], now.Add(-time.Minute))
		if len(q.calls[l.key]) >= l.max {
			return &apiError{code: 429, message: quotaWords(kind, l.who)}
		}
	}
	for _, l := range limits {
		q.calls[l.key] = append(q.calls[l.key], now)
	}
	return nil
}

func since(calls []time.Time, start time.Time) []time.Time {
	for len(calls) > 0 && !calls[0].After(start) {
		calls = calls[1:]
	}
	return calls
}

func quotaWords(kind, who string) string {
	limit := kind + " requests per minute"
	if who == "user" {
		limit += " per user"
	}
	return fmt.Sprintf("Quota exceeded for quota metric '%s requests' and limit '%s' of service 'sheets.googleapis.com' for consumer 'project_number:123456789012'.", kind, limit)
}
