package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"secretstore/internal/audit"
	"secretstore/internal/publish"
	"secretstore/internal/slackapp"
	"secretstore/internal/store"
)

// calls counts what this process asked of others, and what it had to ask again.
type calls struct {
	made    *prometheus.CounterVec
	retries *prometheus.CounterVec
	unsaved *prometheus.CounterVec
}

// The services, as labels.
const (
	serviceSlack   = "slack"
	serviceManager = "secretmanager"
	serviceSheets  = "sheets"
	serviceLog     = "log"
)

func newCalls() *calls {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	c := &calls{
		made:    counter("secretstore_calls_total", "Calls by service, method and result: ok, or the kind of the error.", "service", "method", "result"),
		retries: counter("secretstore_retries_total", "Calls and steps that were repeated after a fault that may pass, by service.", "service"),
		unsaved: counter("secretstore_log_writes_failed_total", "Writes of changes that the log did not take, by reason.", "reason"),
	}
	for _, service := range []string{serviceSlack, serviceManager, serviceSheets, serviceLog} {
		c.retries.WithLabelValues(service)
	}
	for _, reason := range unsavedReasons() {
		c.unsaved.WithLabelValues(reason.name)
	}
	return c
}

func (c *calls) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.made, c.retries, c.unsaved}
}

// result is the label of an error's kind.
func result(kind string) string { return cmp.Or(kind, "ok") }

// slack is a slackapp.Client's Called.
func (c *calls) slack(method string, again bool, kind slackapp.SlackKind) {
	c.made.WithLabelValues(serviceSlack, method, result(string(kind))).Inc()
	if again {
		c.retries.WithLabelValues(serviceSlack).Inc()
	}
}

// manager is a gcp.SecretManager's Called.
func (c *calls) manager(method string, kind store.Kind) {
	c.made.WithLabelValues(serviceManager, method, result(string(kind))).Inc()
}

// retried is the store's Retried.
func (c *calls) retried(cause error) {
	service := serviceLog
	if _, call := errors.AsType[*store.CallError](cause); call {
		service = serviceManager
	}
	c.retries.WithLabelValues(service).Inc()
}

// countedSheet counts the calls of a sheet. What fails in passing is asked for again.
type countedSheet struct {
	publish.Sheet
	calls *calls
}

func (s countedSheet) count(method string, err error) {
	fault, failed := errors.AsType[*publish.SheetError](err)
	if !failed {
		s.calls.made.WithLabelValues(serviceSheets, method, result("")).Inc()
		return
	}
	s.calls.made.WithLabelValues(serviceSheets, method, result(string(fault.Kind))).Inc()
	if fault.Kind == publish.SheetBusy || fault.Kind == publish.SheetDown {
		s.calls.retries.WithLabelValues(serviceSheets).Inc()
	}
}

// Tabs implements publish.Sheet, as do the four below.
func (s countedSheet) Tabs(ctx context.Context, spreadsheet string) ([]publish.Tab, error) {
	tabs, err := s.Sheet.Tabs(ctx, spreadsheet)
	s.count("Tabs", err)
	return tabs, err
}

// AddTab implements publish.Sheet.
func (s countedSheet) AddTab(ctx context.Context, spreadsheet, title string, header []string) (publish.Tab, error) {
	tab, err := s.Sheet.AddTab(ctx, spreadsheet, title, header)
	s.count("AddTab", err)
	return tab, err
}

// Read implements publish.Sheet.
func (s countedSheet) Read(ctx context.Context, spreadsheet, title string, first, last int) ([][]string, error) {
	rows, err := s.Sheet.Read(ctx, spreadsheet, title, first, last)
	s.count("Read", err)
	return rows, err
}

// Grow implements publish.Sheet.
func (s countedSheet) Grow(ctx context.Context, spreadsheet string, tab publish.Tab, rows int) error {
	err := s.Sheet.Grow(ctx, spreadsheet, tab, rows)
	s.count("Grow", err)
	return err
}

// Write implements publish.Sheet.
func (s countedSheet) Write(ctx context.Context, spreadsheet string, tab publish.Tab, first int, rows [][]string) error {
	err := s.Sheet.Write(ctx, spreadsheet, tab, first, rows)
	s.count("Write", err)
	return err
}

// countedLog counts the writes of changes that the log did not take.
type countedLog struct {
	store.Log
	calls *calls
}

// unsavedReason is why the log did not take a write, by the error that says so.
type unsavedReason struct {
	err  error
	name string
}

func unsavedReasons() []unsavedReason {
	return []unsavedReason{
		{audit.ErrFull, "queue_full"}, {audit.ErrUnavailable, "unavailable"}, {audit.ErrUnknown, "unknown"}, {audit.ErrClosed, "closed"},
	}
}

func (l countedLog) count(err error) {
	for _, reason := range unsavedReasons() {
		if errors.Is(err, reason.err) {
			l.calls.unsaved.WithLabelValues(reason.name).Inc()
			return
		}
	}
}

// Submit implements store.Log, as does Advance.
func (l countedLog) Submit(ctx context.Context, c audit.Change, records ...audit.Record) (audit.Change, bool, error) {
	stored, fresh, err := l.Log.Submit(ctx, c, records...)
	l.count(err)
	return stored, fresh, err
}

// Advance implements store.Log.
func (l countedLog) Advance(ctx context.Context, step audit.Step) (audit.Change, error) {
	c, err := l.Log.Advance(ctx, step)
	l.count(err)
	return c, err
}
