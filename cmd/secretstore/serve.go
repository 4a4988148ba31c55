package main

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"secretstore/internal/secret"
)

// serveVerb is `secretstore serve`.
func serveVerb(ctx context.Context, args []string, c console) int {
	if len(args) > 0 {
		if asksHelp(args) {
			printSettings(c.stdout)
			return exitOK
		}
		printSettings(c.stderr)
		sayTo(c.stderr, "terminal.misused")
		return exitUsage
	}
	tuneMemory(c.env)
	logger := slog.New(slog.NewJSONHandler(c.stderr, &slog.HandlerOptions{ReplaceAttr: cloudNames}))
	s, file, problems := prepare(c.env)
	if len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	app, problems := build(ctx, s, file, logger)
	if len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	defer app.close()
	if err := app.run(ctx); err != nil {
		logger.Error("stopped", "reason", err)
		return exitFailed
	}
	return exitOK
}

// Memory that serve may take. With the few MB that the app keeps alive (23 at its
// busiest), Go's own setting collects garbage every few hundred requests, for an eighth of
// the processor; this one spends memory instead, up to a limit.
const (
	garbagePercent = 400
	memoryLimit    = 256 << 20
)

// tuneMemory leaves alone what the environment sets for the Go runtime.
func tuneMemory(env func(string) string) {
	if env("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// cloudNames renames slog's keys, and the one level of another name, to what Cloud Logging
// reads (sources: run/samples/cloudrun-manual-logging, LogSeverity).
func cloudNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.LevelKey:
		a.Key = "severity"
		if a.Value.Any() == slog.LevelWarn {
			a.Value = slog.StringValue("WARNING")
		}
	case slog.MessageKey:
		a.Key = "message"
	}
	return a
}

// Time limits of the HTTP server and of the end. Cloud Run kills about 10 s after SIGTERM
// (source: run/samples/cloudrun-sigterm-handler).
const (
	readWithin = 5 * time.Second
	idleFor    = 2 * time.Minute
	drainFor   = 8 * time.Second
)

// run serves until ctx ends, then lets go of Slack first and of the log last: requests at
// hand are answered, and only when nothing can begin a change any more, changes at hand
// get their outcome.
func (a *app) run(ctx context.Context) error {
	listener, err := net.Listen("tcp", a.settings[envAddr])
	if err != nil {
		return errors.New("the address " + envAddr + " can't be listened on")
	}
	metrics, err := net.Listen("tcp", a.settings[envMetrics])
	if err != nil {
		return errors.New("the address " + envMetrics + " can't be listened on")
	}
	server := &http.Server{Handler: a.http, ReadHeaderTimeout: readWithin, ReadTimeout: readWithin, IdleTimeout: idleFor, ErrorLog: quiet()}
	counts := &http.Server{Handler: a.metrics, ReadHeaderTimeout: readWithin, ErrorLog: quiet()}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return served(server.Serve(listener)) })
	group.Go(func() error { return served(counts.Serve(metrics)) })
	for _, part := range a.parts {
		group.Go(func() error { return a.guarded(ctx, part) })
	}
	late, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	group.Go(func() error {
		<-ctx.Done()
		time.AfterFunc(drainFor, end)
		_ = counts.Shutdown(late)
		_ = server.Shutdown(late)
		return nil
	})
	a.logger.Info("serving", "addr", listener.Addr().String(), "metrics", metrics.Addr().String(), "version", version(), "pid", os.Getpid())
	err = group.Wait()
	a.drain(late)
	return err
}

var errPanicked = errors.New("a part of the app panicked; the frames are in the log")

// guarded runs a part. A panic ends the process in order, its text unseen: it may quote anything.
func (a *app) guarded(ctx context.Context, part func(context.Context) error) (err error) {
	if secret.Guard(a.logger, "part", func() { err = part(ctx) }) {
		return errPanicked
	}
	return err
}

// quiet drops what net/http logs: it quotes clients.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// served forgives the end of a server that was asked to end.
func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
