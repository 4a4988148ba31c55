package main

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"secretstore/internal/publish"
	"secretstore/internal/slackapp"
)

// metricsHandler serves /metrics: counts and ages only, nothing that a person typed.
func metricsHandler(counters *slackapp.Counters, publisher *publish.Publisher) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		requests{counters},
		sheet{publisher},
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: quiet()}))
	return mux
}

// metricLag is the name by which an operator, and the demo's page, read the lag.
const metricLag = "secretstore_sheet_lag_records"

var (
	descRequests = prometheus.NewDesc("secretstore_requests_total", "Requests from Slack by what became of them.", []string{"outcome"}, nil)
	descLag      = prometheus.NewDesc(metricLag, "Records not known to be in the sheet.", nil, nil)
	descParked   = prometheus.NewDesc("secretstore_sheet_parked", "1 when the sheet publisher waits for a person.", nil, nil)
)

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

// sheet collects how the publisher stands.
type sheet struct{ publisher *publish.Publisher }

// Describe sends both descriptions.
func (s sheet) Describe(to chan<- *prometheus.Desc) {
	to <- descLag
	to <- descParked
}

// Collect reads the lag from the log; a log that does not answer leaves it out.
func (s sheet) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	if lag, err := s.publisher.Lag(ctx); err == nil {
		to <- prometheus.MustNewConstMetric(descLag, prometheus.GaugeValue, float64(lag))
	}
	parked := 0.0
	if _, yes := s.publisher.Parked(); yes {
		parked = 1
	}
	to <- prometheus.MustNewConstMetric(descParked, prometheus.GaugeValue, parked)
}
