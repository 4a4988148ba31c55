package secretmanager

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The documented quotas of global secrets (docs: smdocs/quotas). Two writes a second over
// a sliding window imply the 120 a minute that stand beside them, and one a second the 60.
var (
	accessRate  = rate{"Access requests", 90_000, time.Minute, false}
	readRate    = rate{"Read requests", 600, time.Minute, false}
	writeRate   = rate{"Write requests", 600, time.Minute, false}
	secretRate  = rate{"Write requests per secret", 2, time.Second, true}
	versionRate = rate{"Write requests per secret version", 1, time.Second, true}
)

type rate struct {
	metric      string
	limit       int
	per         time.Duration
	perResource bool // counted for each resource by itself, else for the project
}

func ratesOf(method string) []rate {
	switch method {
	case "AccessSecretVersion":
		return []rate{accessRate}
	case "AddSecretVersion", "UpdateSecret":
		return []rate{secretRate, writeRate}
	case "EnableSecretVersion", "DisableSecretVersion", "DestroySecretVersion":
		return []rate{versionRate, writeRate}
	case "CreateSecret", "DeleteSecret", "SetIamPolicy":
		return []rate{writeRate}
	}
	return []rate{readRate}
}

// quota counts calls over sliding windows. A nil *quota allows everything.
type quota struct {
	state   *state
	mu      sync.Mutex
	windows map[window][]time.Time // :: what is counted -> when, oldest first
}

type window struct {
	metric, key string
	per         time.Duration
}

func newQuota(st *state) *quota { return &quota{state: st, windows: make(map[window][]time.Time)} }

// charge counts one call, or refuses it without counting it. A name that the service
// cannot read costs nothing here: it gets an error of its own.
func (q *quota) charge(call Call) error {
	if q == nil {
		return nil
	}
	parts := strings.Split(call.Resource, "/")
	if len(parts) < 2 || q.state.projects[parts[1]] == nil {
		return nil
	}
	number := strconv.FormatInt(q.state.projects[parts[1]].number, 10)
	q.mu.Lock()
	defer q.mu.Unlock()
	var counted []window
	for _, r := range ratesOf(call.Method) {
		w := window{metric: r.metric, key: number, per: r.per}
		if r.perResource {
			w.key += "/" + strings.Join(parts[2:], "/")
		}
		if q.count(w, call.Time) >= r.limit {
			return exhausted(r.metric, number)
		}
		counted = append(counted, w)
	}
	for _, w := range counted {
		q.windows[w] = append(q.windows[w], call.Time)
	}
	return nil
}

func (q *quota) count(w window, now time.Time) int {
	times := q.windows[w]
	for len(times) > 0 && now.Sub(times[0]) >= w.per {
		times = times[1:]
	}
	q.windows[w] = times
	return len(times)
}

func exhausted(metric, number string) error {
	return status.Errorf(codes.ResourceExhausted,
		"Quota exceeded for quota metric '%s' and limit '%s per minute' of service 'secretmanager.googleapis.com' for consumer 'project_number:%s'.",
		metric, metric, number)
}
