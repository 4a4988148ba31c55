package slackapp

import (
	"iter"
	"net/http"
	"sync/atomic"
)

// Refusal is why a request did not reach the Handler. It says nothing of what was sent.
type Refusal uint8

// The refusals, in the order in which they are found.
const (
	TooLarge     Refusal = iota // the body exceeds MaxBody
	BadSignature                // missing, malformed or wrong
	BadAge                      // the timestamp is more than MaxAge away
	Replayed                    // the same request, byte for byte, was here before
	Malformed                   // not what Slack sends to this app
	WrongApp                    // meant for another app
	WrongTeam                   // from another workspace or organisation
	Busy                        // more at once than this process takes

	refusals = iota
)

// refusalRows says what each refusal is called and what HTTP answers.
var refusalRows = [refusals]struct {
	name   string
	status int
}{
	TooLarge:     {"too_large", http.StatusRequestEntityTooLarge},
	BadSignature: {"bad_signature", http.StatusUnauthorized},
	BadAge:       {"bad_age", http.StatusUnauthorized},
	Replayed:     {"replayed", http.StatusConflict},
	Malformed:    {"malformed", http.StatusBadRequest},
	WrongApp:     {"wrong_app", http.StatusForbidden},
	WrongTeam:    {"wrong_team", http.StatusForbidden},
	Busy:         {"busy", http.StatusServiceUnavailable},
}

// Error returns the refusal's name, such as "bad_signature".
func (r Refusal) Error() string { return "slackapp: refused: " + r.String() }

// String returns the refusal's name, such as "bad_signature": a metric's label.
func (r Refusal) String() string { return refusalRows[r].name }

// Status is the HTTP status that answers it.
func (r Refusal) Status() int { return refusalRows[r].status }

// Counters is all that is kept of what arrives. The zero Counters is ready for use; one
// may serve HTTP and Socket Mode at the same time.
type Counters struct {
	// Served counts the requests that the Handler answered.
	Served atomic.Int64
	// Failed counts those it did not answer in a form that Slack takes, panics included.
	Failed atomic.Int64
	// Events and EventRetries count what the Events API sent and sent again.
	Events, EventRetries atomic.Int64
	// Connects counts connections of Socket Mode that came up.
	Connects atomic.Int64

	refused [refusals]atomic.Int64
	people  [personReasons]atomic.Int64
}

// Refused returns how many requests were refused for r.
func (c *Counters) Refused(r Refusal) int64 { return c.refused[r].Load() }

// People returns how often a person was turned away for p.
func (c *Counters) People(p PersonReason) int64 { return c.people[p].Load() }

// All yields every counter under its name, for metrics.
func (c *Counters) All() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for _, row := range c.rows() {
			if !yield(row.name, row.count.Load()) {
				return
			}
		}
	}
}

type counterRow struct {
	name  string
	count *atomic.Int64
}

func (c *Counters) rows() []counterRow {
	rows := []counterRow{
		{"served", &c.Served}, {"failed", &c.Failed}, {"events", &c.Events},
		{"event_retries", &c.EventRetries}, {"connects", &c.Connects},
	}
	for r := range Refusal(refusals) {
		rows = append(rows, counterRow{"refused_" + r.String(), &c.refused[r]})
	}
	for p := range PersonReason(personReasons) {
		rows = append(rows, counterRow{"person_" + p.String(), &c.people[p]})
	}
	return rows
}

func (c *Counters) refuse(r Refusal)    { c.refused[r].Add(1) }
func (c *Counters) turn(p PersonReason) { c.people[p].Add(1) }
