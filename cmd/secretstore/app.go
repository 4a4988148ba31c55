package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/mod/sumdb/note"

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

// outside is what the app is joined to, and the keys and rules it works by.
type outside struct {
	manager  *gcp.SecretManager
	sheets   publish.Sheet
	slack    *slackapp.Client
	identity slackapp.Identity
	journal  *audit.Log
	signer   note.Signer
	rules    *rules
	keys     keys
	calls    *calls
	size     int64 // of the log, before this process wrote to it
}

// build connects and wires the app. Problems are all faults that can be told at once;
// none means that the app is ready to run.
func build(ctx context.Context, s settings, logger *slog.Logger) (*app, []problem) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	o, problems := connect(ctx, s, logger)
	if len(problems) > 0 {
		return nil, problems
	}
	return wire(s, o, logger), nil
}

// connect joins the app to Google, Slack and its database. What makes something, the keys
// and then the log, comes last: until everything else is right, nothing is changed anywhere.
func connect(ctx context.Context, s settings, logger *slog.Logger) (o outside, problems []problem) {
	o.calls = newCalls()
	file, problems := readPolicy(s[envConfig])
	problems = append(problems, s.checkProject(file.Policy)...)
	var err error
	if o.manager, err = gcp.NewSecretManager(ctx, s[envSecrets]); err != nil {
		return o, append(problems, problem{placeGoogle, "setting.fault.google", nil})
	}
	o.manager.Called = o.calls.manager
	sheets, err := gcp.NewSheets(ctx, gcp.SheetsOptions{Endpoint: s[envSheetsURL]})
	if err != nil {
		problems = append(problems, problem{placeGoogle, "setting.fault.google", nil})
	}
	o.sheets = countedSheet{sheets, o.calls}
	problems = append(problems, s.resolve(ctx, o.manager)...)
	if len(problems) > 0 {
		return o, problems
	}
	if o.slack, o.identity, problems = s.slack(ctx, o.calls.slack); len(problems) > 0 {
		return o, problems
	}
	if o.keys, problems = s.loadKeys(ctx, o.manager); len(problems) > 0 {
		return o, problems
	}
	if o.journal, err = audit.Open(ctx, audit.Options{URL: s[envDatabase], Ephemeral: s[envEphemeral] == "yes", Logger: logger}); err != nil {
		return o, []problem{databaseProblem(err)}
	}
	if o.size, err = o.journal.Size(ctx); err != nil {
		return o, []problem{databaseProblem(err)}
	}
	if o.signer, err = o.keys.signing.Signer(o.journal.Origin()); err != nil {
		return o, []problem{{envSigningKey, "setting.fault.signing_key", nil}}
	}
	o.rules, problems = newRules(ctx, s[envConfig], file, o.journal, logger)
	return o, problems
}

// wire joins the rooms in one straight line, from the ground up.
func wire(s settings, o outside, logger *slog.Logger) *app {
	owner := rand.Text() // this process among its replicas
	current := o.rules.current
	index := gcp.NewIndex(o.manager, s[envInstallation], projects(current), logger)
	counters := new(slackapp.Counters)
	people := slackapp.NewPeople(slackapp.PeopleOptions{Lookup: o.slack.User, Identity: o.identity, Counters: counters, Logger: logger})
	crowd := slackapp.NewCrowd(slackapp.CrowdOptions{Slack: o.slack, People: people, Named: usergroups(current), Logger: logger})
	law := store.New(store.Options{
		Log: countedLog{o.journal, o.calls}, Ballots: o.journal, Past: o.journal, Secrets: o.manager, Versions: o.manager, Names: index, Crowd: crowd, Policy: current,
		Seal: o.keys.seal, Prints: o.keys.prints, Installation: s[envInstallation], Owner: owner, Logger: logger, Retried: o.calls.retried,
	})
	var notifier *publish.Notifier // speaks through the desk, which in turn shows what it could not say
	desk := slackapp.New(slackapp.Options{
		Changes: law, Sights: law, Waiting: law, Decisions: law, Screen: o.slack, Messages: o.slack, People: people,
		Environments: func() []policy.Environment { return current().Environments() },
		Untold: func(ctx context.Context, p secret.Person) ([]store.Telling, error) {
			return notifier.Untold(ctx, p)
		},
		Shown:  func(ctx context.Context, t store.Telling) error { return notifier.Shown(ctx, t) },
		Logger: logger,
	})
	notifier = publish.NewNotifier(publish.NotifierOptions{
		Feed: o.journal, Notices: o.journal, Owner: owner, Request: law.Request,
		Channel: channels(current), Post: post(desk), Card: law.Card, Open: law.Open, Approvers: approvers(current, crowd),
		Announce: announce(desk), Alarms: func() string { return s[envChannel] },
		Logger: logger,
	})
	witness := publish.NewWitness(publish.WitnessOptions{
		Log: o.journal, Sheet: o.sheets, Spreadsheet: s.spreadsheets()[0], Verify: o.keys.verify, Logger: logger,
	})
	publisher := publish.NewPublisher(publish.PublisherOptions{
		Log: o.journal, Sheet: o.sheets, Spreadsheets: s.spreadsheets(), Owner: owner, Vouched: witness.Check, Alarm: notifier.Parked, Logger: logger,
	})
	checkpoints := publish.NewCheckpoints(publish.CheckpointsOptions{
		Log: o.journal, Signer: o.signer, Sheet: o.sheets, Spreadsheet: s.spreadsheets()[0], Owner: owner, Vouched: witness.Check, Logger: logger,
	})
	counted := newChanges(o.journal, o.size, current, logger)
	a := &app{settings: s, logger: logger, metrics: metricsHandler(watched{
		requests: counters, publisher: publisher, journal: o.journal, rules: o.rules, calls: o.calls, changes: counted,
	})}
	a.parts = []func(context.Context) error{
		endless(o.rules.Run), endless(crowd.Run), endless(law.Run), endless(index.Run), endless(notifier.Run), endless(publisher.Run),
		endless(checkpoints.Run), endless(counted.Run), failing(o.journal),
	}
	a.receive(s, o.slack, slackapp.Transport{
		Handler: desk.Handle, Identity: o.identity, Keys: s.signingSecrets(), Counters: counters, Ready: o.rules.ready, Logger: logger,
	})
	a.drain = func(ctx context.Context) { law.Drain(ctx); desk.Drain(ctx) }
	a.close = func() { _ = o.journal.Close(); _ = o.manager.Close() }
	return a
}

// receive takes requests by HTTP and, with an app token, by Socket Mode; the probes are
// served in either case.
func (a *app) receive(s settings, client *slackapp.Client, t slackapp.Transport) {
	if s[envAppToken] != "" {
		socket := slackapp.NewSocket(t, client)
		t.Ready = both(t.Ready, connected(socket))
		a.parts = append(a.parts, socket.Run)
	}
	a.http = slackapp.NewHTTP(t)
}
