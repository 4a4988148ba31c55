package main

import (
	"context"
	"log/slog"
	"net/http"

	"secretstore/internal/gcp"
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

// build connects and wires the app. Problems are all faults that can be told at once;
// none means that the app is ready to run.
func build(ctx context.Context, s settings, file policyFile, logger *slog.Logger) (*app, []problem) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	o, problems := connect(ctx, s, file, logger)
	if len(problems) > 0 {
		return nil, problems
	}
	return wire(o), nil
}

// wire joins the rooms, from the ground up.
func wire(o outside) *app {
	counters := new(slackapp.Counters)
	people, crowd := o.directory(counters)
	index := gcp.NewIndex(o.manager, o.settings[envInstallation], o.rules.projects, o.logger)
	law := o.law(index, crowd)
	desk, notifier := o.voices(law, people, crowd)
	publisher, checkpoints := o.sheetWriters(notifier)
	counted := newChanges(o.journal, o.size, o.rules.current, o.logger)

	a := &app{settings: o.settings, logger: o.logger}
	a.parts = []func(context.Context) error{
		endless(o.rules.Run), endless(crowd.Run), endless(law.Run), endless(index.Run), endless(notifier.Run), endless(publisher.Run),
		endless(checkpoints.Run), endless(counted.Run), failing(o.journal),
	}
	a.metrics = metricsHandler(watched{
		requests: counters, publisher: publisher, journal: o.journal, rules: o.rules, calls: o.calls, changes: counted,
	})
	a.receive(o.slack, slackapp.Transport{
		Handler: desk.Handle, Identity: o.identity, Keys: o.settings.signingSecrets(), Counters: counters,
		Ready: o.rules.ready, Logger: o.logger,
	})
	a.drain = func(ctx context.Context) { desk.Drain(ctx); law.Drain(ctx) } // a click at the desk may still begin a change
	a.close = func() { _ = o.journal.Close(); _ = o.manager.Close() }
	return a
}

// directory knows who people are, and who is in which usergroup.
func (o outside) directory(counters *slackapp.Counters) (*slackapp.People, *slackapp.Crowd) {
	people := slackapp.NewPeople(slackapp.PeopleOptions{
		Lookup: o.slack.User, Identity: o.identity, Counters: counters, Logger: o.logger,
	})
	crowd := slackapp.NewCrowd(slackapp.CrowdOptions{
		Slack: o.slack, People: people, Named: o.rules.usergroups, Logger: o.logger,
	})
	return people, crowd
}

// law is the one room that changes secrets.
func (o outside) law(index *gcp.Index, crowd *slackapp.Crowd) *store.Store {
	return store.New(store.Options{
		Log: countedLog{o.journal, o.calls}, Ballots: o.journal, Past: o.journal,
		Secrets: o.manager, Versions: o.manager, Names: index,
		Crowd: crowd, Policy: o.rules.current, Seal: o.keys.seal, Prints: o.keys.prints,
		Installation: o.settings[envInstallation], Owner: o.owner, Logger: o.logger, Retried: o.calls.retried,
	})
}

// voices are the desk, which answers people, and the notifier, which tells them what became
// of a change. Each needs the other: the notifier speaks through the desk, and the desk
// shows what the notifier could not say.
func (o outside) voices(law *store.Store, people *slackapp.People, crowd *slackapp.Crowd) (*slackapp.App, *publish.Notifier) {
	var notifier *publish.Notifier
	desk := slackapp.New(slackapp.Options{
		Changes: law, Sights: law, Waiting: law, Decisions: law, Screen: o.slack, Messages: o.slack, People: people,
		Environments: o.rules.environments, Reach: law.Reach,
		Untold: func(ctx context.Context, p secret.Person) ([]store.Telling, error) {
			return notifier.Untold(ctx, p)
		},
		Shown:  func(ctx context.Context, t store.Telling) error { return notifier.Shown(ctx, t) },
		Logger: o.logger,
	})
	notifier = publish.NewNotifier(publish.NotifierOptions{
		Feed: o.journal, Notices: o.journal, Owner: o.owner, Request: law.Request, Card: law.Card, Open: law.Open,
		Channel: o.rules.channel, Approvers: approvers(o.rules.current, crowd),
		Post: post(desk), Announce: announce(desk), Alarms: func() string { return o.settings[envChannel] },
		Logger: o.logger,
	})
	return desk, notifier
}

// sheetWriters bring records and checkpoints to the sheet, once a witness has held the log
// against what the sheet vouches for.
func (o outside) sheetWriters(notifier *publish.Notifier) (*publish.Publisher, *publish.Checkpoints) {
	spreadsheets := o.settings.spreadsheets()
	witness := publish.NewWitness(publish.WitnessOptions{
		Log: o.journal, Sheet: o.sheets, Spreadsheet: spreadsheets[0], Verify: o.keys.verify, Logger: o.logger,
	})
	publisher := publish.NewPublisher(publish.PublisherOptions{
		Log: o.journal, Sheet: o.sheets, Spreadsheets: spreadsheets, Owner: o.owner,
		Vouched: witness.Check, Alarm: notifier.Parked, Logger: o.logger,
	})
	checkpoints := publish.NewCheckpoints(publish.CheckpointsOptions{
		Log: o.journal, Signer: o.signer, Sheet: o.sheets, Spreadsheet: spreadsheets[0], Owner: o.owner,
		Vouched: witness.Check, Logger: o.logger,
	})
	return publisher, checkpoints
}

// receive takes requests by HTTP and, with an app token, by Socket Mode; the probes are
// served in either case.
func (a *app) receive(client *slackapp.Client, t slackapp.Transport) {
	if a.settings[envAppToken] != "" {
		socket := slackapp.NewSocket(t, client)
		t.Ready = both(t.Ready, connected(socket))
		a.parts = append(a.parts, socket.Run)
	}
	a.http = slackapp.NewHTTP(t)
}
