package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/gcp"
	"secretstore/internal/policy"
	"secretstore/internal/publish"
	"secretstore/internal/secret"
	"secretstore/internal/slackapp"
	"secretstore/internal/store"
)

// app is everything that serve runs, wired.
type app struct {
	settings settings
	logger   *slog.Logger
	http     http.Handler
	metrics  http.Handler
	parts    []func(context.Context) error // each runs until its ctx ends
	drain    func(context.Context)
	close    func()
}

// startWithin bounds the calls of the start.
const startWithin = 30 * time.Second

// build wires the app in one straight line, from the ground up. Problems are all faults
// that can be told at once; none means that the app is ready to run.
func build(ctx context.Context, s settings, logger *slog.Logger) (*app, []problem) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()

	manager, err := gcp.NewSecretManager(ctx, s[envSecrets])
	if err != nil {
		return nil, []problem{{envSecrets, "setting.fault.google", nil}}
	}
	if problems := s.resolve(ctx, manager); len(problems) > 0 {
		return nil, problems
	}
	keys, problems := s.loadKeys(ctx, manager)
	rules, faults := s.loadPolicy()
	problems = append(problems, faults...)
	client, identity, faults := s.slack(ctx)
	problems = append(problems, faults...)
	sheets, err := gcp.NewSheets(ctx, gcp.SheetsOptions{Endpoint: s[envSheetsURL]})
	if err != nil {
		problems = append(problems, problem{envSheetsURL, "setting.fault.google", nil})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	journal, err := audit.Open(ctx, audit.Options{URL: s[envDatabase], Ephemeral: s[envEphemeral] == "yes", Logger: logger})
	if err != nil {
		return nil, []problem{databaseProblem(err)}
	}

	owner := rand.Text()
	current := func() *policy.Policy { return rules }
	index := gcp.NewIndex(manager, s[envInstallation], projects(current), logger)
	law := store.New(store.Options{
		Log: journal, Past: journal, Secrets: manager, Versions: manager, Names: index, Policy: current,
		Seal: keys.seal, Prints: keys.prints, Installation: s[envInstallation], Owner: owner, Logger: logger,
	})
	counters := new(slackapp.Counters)
	people := slackapp.NewPeople(slackapp.PeopleOptions{Lookup: client.User, Identity: identity, Counters: counters, Logger: logger})
	var notifier *publish.Notifier
	desk := slackapp.New(slackapp.Options{
		Changes: law, Sights: law, Screen: client, Messages: client, People: people,
		Environments: func() []policy.Environment { return current().Environments() },
		Untold: func(ctx context.Context, p secret.Person) ([]store.Telling, error) {
			return notifier.Untold(ctx, p)
		},
		Shown:  func(ctx context.Context, t store.Telling) error { return notifier.Shown(ctx, t) },
		Logger: logger,
	})
	notifier = publish.NewNotifier(publish.NotifierOptions{
		Feed: journal, Notices: journal, Owner: owner, Request: law.Request,
		Channel: channels(current), Post: post(desk), Logger: logger,
	})
	signer, err := keys.signing.Signer(journal.Origin())
	if err != nil {
		return nil, []problem{{envSigningKey, "setting.fault.signing_key", nil}}
	}
	checkpoints := publish.NewCheckpoints(publish.CheckpointsOptions{
		Log: journal, Signer: signer, Sheet: sheets, Spreadsheet: s.spreadsheets()[0], Owner: owner, Logger: logger,
	})
	publisher := publish.NewPublisher(publish.PublisherOptions{
		Log: journal, Sheet: sheets, Spreadsheets: s.spreadsheets(), Owner: owner, Logger: logger,
	})
	transport := slackapp.Transport{
		Handler: desk.Handle, Identity: identity, Keys: s.signingSecrets(), Counters: counters, Logger: logger,
	}
	a := &app{settings: s, logger: logger, metrics: metricsHandler(counters, publisher)}
	a.parts = []func(context.Context) error{
		endless(law.Run), endless(index.Run), endless(notifier.Run), endless(publisher.Run), endless(checkpoints.Run), failing(journal),
	}
	if s[envAppToken] != "" {
		socket := slackapp.NewSocket(transport, client)
		transport.Ready = connected(socket)
		a.parts = append(a.parts, socket.Run)
	}
	a.http = slackapp.NewHTTP(transport)
	a.drain = func(ctx context.Context) { law.Drain(ctx); desk.Drain(ctx) }
	a.close = func() { _ = journal.Close(); _ = manager.Close() }
	return a, nil
}
