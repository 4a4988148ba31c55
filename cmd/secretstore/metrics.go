package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"secretstore/internal/audit"
	"secretstore/internal/publish"
	"secretstore/internal/slackapp"
)

// watched is what metrics read of the app.
type watched struct {
	requests  *slackapp.Counters
	publisher *publish.Publisher
	journal   *audit.Log
	rules     *rules
	calls     *calls
	changes   *changes
}

// metricsHandler serves /metrics: counts and ages only. Every label is a word of ours, or
// an environment of the policy: nothing that a person typed, and no person.
func metricsHandler(w watched) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		requests{w.requests},
		&gauges{watched: w},
	)
	registry.MustRegister(w.calls.collectors()...)
	registry.MustRegister(w.changes.collectors()...)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: quiet()}))
	return mux
}

// metricLag is the name by which an operator, and the demo's page, read the lag.
const metricLag = "secretstore_sheet_lag_records"

var descRequests = prometheus.NewDesc("secretstore_requests_total", "Requests from Slack by what became of them.", []string{"outcome"}, nil)

// requests collects the counters of the Slack app.
type requests struct{ counters *slackapp.Counters }

// Describe sends the one description.
func (r requests) Describe(to chan<- *prometheus.Desc) { to <- descRequests }

// Collect sends every counter.
func (r requests) Collect(to chan<- prometheus.Metric) {
	for name, n := range r.counters.All() {
		to <- prometheus.MustNewConstMetric(descRequests, prometheus.CounterValue, float64(n), name)
	}
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Gauges of how the app stands. Replicas share one database, so what comes from it is the
// same on all of them.
var (
	descLag         = gauge(metricLag, "Records not known to be in the sheet.")
	descUnpublished = gauge("secretstore_sheet_oldest_unpublished_seconds", "Age of the oldest record not known to be in the sheet; 0 when there is none.")
	descParked      = gauge("secretstore_sheet_parked", "1 when the sheet publisher waits for a person; known to the leading process only.")
	descUntold      = gauge("secretstore_notices_untold", "Notices that could not be posted and wait until the person is next seen.")
	descOldest      = gauge("secretstore_notices_oldest_untold_seconds", "Age of the oldest record that a notice could not be posted of; 0 when there is none.")
	descUnread      = gauge("secretstore_notices_oldest_unread_seconds", "Age of the oldest record that the notifier did not come to yet; 0 when there is none.")
	descOpen        = gauge("secretstore_changes_open", "Changes without an outcome, by the state they are in.", "environment", "state")
	descLog         = gauge("secretstore_log_up", "1 when the log answered this scrape.")
	descQueue       = gauge("secretstore_log_queue_length", "Writes that wait for the log's writer; at 4096 further ones are refused.")
	descRevision    = gauge("secretstore_policy_revision", "Revision of the policy in force in this process.")
	descBehind      = gauge("secretstore_policy_behind", "1 when a newer policy is recorded than this process has: it changes nothing.")
	descRefused     = gauge("secretstore_policy_refused", "1 when the newest reload of the policy was refused and the one before stays in force.")
)

// gauges collects how the app stands. One reading serves every scrape within a second.
type gauges struct {
	watched

	mu   sync.Mutex
	at   time.Time
	kept []prometheus.Metric
}

// Describe sends every description.
func (s *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descLag, descUnpublished, descParked, descUntold, descOldest, descUnread, descOpen,
		descLog, descQueue, descRevision, descBehind, descRefused} {
		to <- d
	}
}

// Collect sends what could be read; a log that does not answer leaves out what it would say.
func (s *gauges) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.at) >= time.Second {
		s.at, s.kept = now, s.read()
	}
	for _, m := range s.kept {
		to <- m
	}
}

// reading gathers metrics.
type reading []prometheus.Metric

func (r *reading) add(d *prometheus.Desc, value float64, labels ...string) {
	*r = append(*r, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...))
}

func (r *reading) flag(d *prometheus.Desc, set bool) {
	value := 0.0
	if set {
		value = 1
	}
	r.add(d, value)
}

func (s *gauges) read() []prometheus.Metric {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	r := new(reading)
	_, parked := s.publisher.Parked()
	r.flag(descParked, parked)
	r.add(descQueue, float64(s.journal.Queue()))
	r.add(descRevision, float64(s.rules.current().Revision()))
	r.flag(descBehind, s.rules.behind.Load())
	r.flag(descRefused, s.rules.refused.Load())
	r.flag(descLog, s.readLog(ctx, r) == nil)
	return *r
}

// readLog reads what the log knows.
func (s *gauges) readLog(ctx context.Context, r *reading) error {
	lag, err := s.publisher.Lag(ctx)
	if err != nil {
		return err
	}
	r.add(descLag, float64(lag))
	for feed, desc := range map[string]*prometheus.Desc{publish.FeedSheet: descUnpublished, publish.FeedNotices: descUnread} {
		age, err := s.behind(ctx, feed)
		if err != nil {
			return err
		}
		r.add(desc, age)
	}
	count, oldest, err := s.journal.FailedNotices(ctx)
	if err != nil {
		return err
	}
	r.add(descUntold, float64(count))
	r.add(descOldest, age(oldest))
	open, err := s.journal.OpenChanges(ctx)
	for _, c := range s.changes.named(open) {
		r.add(descOpen, float64(c.Count), c.Environment, string(c.State))
	}
	return err
}

// behind is the age in seconds of the first record that a feed did not come to yet.
func (s *gauges) behind(ctx context.Context, feed string) (float64, error) {
	mark, err := s.journal.Watermark(ctx, feed)
	if err != nil {
		return 0, err
	}
	first, err := s.journal.TimeOf(ctx, mark+1)
	return age(first), err
}

// age is in seconds, 0 of no time at all.
func age(of time.Time) float64 {
	if of.IsZero() {
		return 0
	}
	return max(0, time.Since(of).Seconds())
}
