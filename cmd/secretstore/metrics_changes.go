package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// changes counts what becomes of changes. It follows the log from the start of the process
// on, so that every outcome counts, whoever brought it about, in every process alike: over
// replicas take the highest, not the sum.
type changes struct {
	journal *audit.Log
	rules   func() *policy.Policy
	logger  *slog.Logger
	from    int64 // the log's size when this process came to it

	outcomes *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

// newChanges begins behind the records that the log has by now.
func newChanges(journal *audit.Log, from int64, rules func() *policy.Policy, logger *slog.Logger) *changes {
	return &changes{
		journal: journal, rules: rules, logger: logger, from: from,
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "secretstore_changes_total",
			Help: "What became of changes since this process began, by action, environment and outcome.",
		}, []string{"action", "environment", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "secretstore_change_seconds",
			Help:    "Seconds from the request of a change to its outcome, the wait for consent included.",
			Buckets: []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 28800, 86400},
		}, []string{"environment", "outcome"}),
	}
}

func (c *changes) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.outcomes, c.took}
}

// countEvery is how often records are counted, at the most: a busy log is read in few
// pieces, while it still has them at hand.
const (
	countEvery = time.Second / 4
	countBatch = 500
)

// Run counts until ctx ends.
func (c *changes) Run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := c.round(ctx)
		if err != nil && ctx.Err() == nil {
			c.logger.Warn("changes not counted", "reason", err)
		}
		if n == countBatch {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(countEvery):
		}
	}
}

// round waits for records and counts one batch of them.
func (c *changes) round(ctx context.Context) (counted int, err error) {
	if err := c.journal.Wait(ctx, c.from); err != nil {
		return 0, err
	}
	records, err := c.journal.Follow(ctx, c.from+1, countBatch)
	for _, r := range records {
		c.count(r)
		c.from = r.Seq
	}
	return len(records), err
}

// count counts a record that says what became of a change.
func (c *changes) count(r audit.Record) {
	if r.Change == "" || !r.Event.Ends() && r.Event != audit.EventUnknown {
		return
	}
	action, environment := actionOf(r), c.environment(r.Environment)
	c.outcomes.WithLabelValues(action, environment, string(r.Event)).Inc()
	id, err := ulid.ParseStrict(r.Change)
	if err != nil || action == string(secret.Remind) || r.Event == audit.EventUnknown {
		return // a reminder waits for months because it was told to
	}
	c.took.WithLabelValues(environment, string(r.Event)).Observe(max(0, r.Time.Sub(ulid.Time(id.Time())).Seconds()))
}

// labelOther stands for whatever is none of our words: labels are few, whatever a record says.
const labelOther = "other"

// actionOf is the action at the beginning of a record's detail.
func actionOf(r audit.Record) string {
	word, _, _ := strings.Cut(r.Detail, " ")
	if action := secret.Action(strings.TrimRight(word, ":,")); action.Known() {
		return string(action)
	}
	return labelOther
}

// environment is the name if the policy in force has it.
func (c *changes) environment(name string) string {
	if _, known := c.rules().Environment(secret.Environment(name)); known {
		return name
	}
	return labelOther
}

// named is counts under names that the policy has, those of the same name added up.
func (c *changes) named(open []audit.OpenChanges) []audit.OpenChanges {
	var all []audit.OpenChanges
	for _, one := range open {
		one.Environment = c.environment(one.Environment)
		i := slices.IndexFunc(all, func(a audit.OpenChanges) bool { return a.Environment == one.Environment && a.State == one.State })
		if i < 0 {
			all = append(all, one)
			continue
		}
		all[i].Count += one.Count
	}
	return all
}
