package secretmanager

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// rates are the documented quotas of global secrets (docs: smdocs/quotas). The limits per
// secret and per version come as a burst and as a rate.
var (
	accessRates  = []rate{{"project", 90_000, time.Minute, "Access requests"}}
	readRates    = []rate{{"project", 600, time.Minute, "Read requests"}}
	writeRates   = []rate{{"project", 600, time.Minute, "Write requests"}}
	secretRates  = []rate{{"secret", 2, time.Second, "Write requests per secret"}, {"secret", 120, time.Minute, "Write requests per secret"}}
	versionRates = []rate{{"version", 1, time.Second, "Write requests per secret version"}, {"version", 60, time.Minute, "Write requests per secret version"}}
)

type rate struct {
	scope  string // what is counted together: project, secret or version
	limit  int
	per    time.Duration
	metric string
}

func ratesOf(method string) []rate {
	switch method {
	case "AccessSecretVersion":
		return accessRates
	case "AddSecretVersion", "UpdateSecret":
		return append(secretRates[:2:2], writeRates...)
	case "EnableSecretVersion", "DisableSecretVersion", "DestroySecretVersion":
		return append(versionRates[:2:2], writeRates...)
	case "CreateSecret", "DeleteSecret", "SetIamPolicy":
		return writeRates
	}
	return readRates
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
		if r.scope != "project" {
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
