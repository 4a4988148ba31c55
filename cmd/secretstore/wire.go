package main

import (
	"context"
	"errors"
	"io"
	"log"
	"strings"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/publish"
	"secretstore/internal/secret"
	"secretstore/internal/slackapp"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// What stands here joins the rooms by func fields, so that adapters need not import each other.

// slack connects to Slack and learns who we are there; called is told of every call.
func (s settings) slack(ctx context.Context, called func(string, bool, slackapp.SlackKind)) (*slackapp.Client, slackapp.Identity, []problem) {
	client, err := slackapp.NewClient(slackapp.ClientOptions{
		Token: value(s[envBotToken]), AppToken: value(s[envAppToken]), APIURL: s[envSlackAPI], Called: called,
	})
	if err != nil {
		return nil, slackapp.Identity{}, []problem{{envSlackAPI, "setting.fault.slack_url", nil}}
	}
	identity, err := client.Identity(ctx)
	switch e, _ := errors.AsType[*slackapp.SlackError](err); {
	case e != nil && e.Kind == slackapp.SlackDenied:
		return nil, identity, []problem{{envBotToken, "setting.fault.slack_token", nil}}
	case err != nil:
		return nil, identity, []problem{{envBotToken, "setting.fault.slack_down", nil}}
	case s[envTeam] != "" && s[envTeam] != identity.Scope() && s[envTeam] != identity.TeamID:
		return nil, identity, []problem{{envTeam, "setting.fault.slack_team", nil}}
	}
	return client, identity, nil
}

func value(text string) secret.Value { return secret.NewValue([]byte(text)) }

// signingSecrets are one or more, separated by commas, so that one can be replaced while
// the other still signs.
func (s settings) signingSecrets() []secret.Value {
	var all []secret.Value
	for part := range strings.SplitSeq(s[envSigning], ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, value(part))
		}
	}
	return all
}

// projects are the GCP projects of the policy in force.
func projects(current func() *policy.Policy) func() []string {
	return func() []string {
		var ids []string
		for _, e := range current().Environments() {
			ids = append(ids, e.Project)
		}
		return ids
	}
}

// usergroups are the ids of Slack's usergroups that the policy in force names.
func usergroups(current func() *policy.Policy) func() []string {
	return func() []string {
		var ids []string
		for _, g := range current().Groups() {
			if g.Usergroup != "" {
				ids = append(ids, g.Usergroup)
			}
		}
		return ids
	}
}

// channels gives the channel of an environment by the policy in force.
func channels(current func() *policy.Policy) func(string) string {
	return func(environment string) string {
		e, _ := current().Environment(secret.Environment(environment))
		return e.Channel
	}
}

// post lets the notifier speak through the Slack app.
func post(desk *slackapp.App) func(context.Context, store.Telling) (publish.Posted, error) {
	return func(ctx context.Context, t store.Telling) (publish.Posted, error) { return posted(desk.Notify(ctx, t)) }
}

// announce lets the notifier speak to a channel.
func announce(desk *slackapp.App) func(context.Context, string, string) (publish.Posted, error) {
	return func(ctx context.Context, channel, text string) (publish.Posted, error) {
		return posted(desk.Announce(ctx, channel, text))
	}
}

// posted is what the notifier learns of a message.
func posted(at slackapp.MessageRef, err error) (publish.Posted, error) {
	if err != nil {
		return publish.Posted{}, postError(err)
	}
	return publish.Posted{Channel: at.Channel, TS: at.TS}, nil
}

// postError says what the notifier may conclude from an error of the Slack app. Who may
// not be told, or is not known just now, was not told.
func postError(err error) error {
	refusal, refused := errors.AsType[*slackapp.PersonError](err)
	e, ok := errors.AsType[*slackapp.SlackError](err)
	switch {
	case refused && refusal.Passing:
		return &publish.PostError{Kind: publish.PostLater}
	case refused, errors.Is(err, slackapp.ErrShared):
		return &publish.PostError{Kind: publish.PostNever}
	case !ok:
		return &publish.PostError{Kind: publish.PostUnknown}
	}
	kind := publish.PostNever
	switch e.Kind {
	case slackapp.SlackBusy, slackapp.SlackDown:
		kind = publish.PostLater
	case slackapp.SlackAmbiguous:
		kind = publish.PostUnknown
	}
	return &publish.PostError{Kind: kind, RetryAfter: e.RetryAfter}
}

// endless is a part that only ends with its ctx.
func endless(run func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		run(ctx)
		return nil
	}
}

var errLogFailed = errors.New("the log closed itself after a fault of its disk: check the disk, then start again")

// failing ends the process when the log had to close itself.
func failing(journal *audit.Log) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return nil
		case <-journal.Failed():
			return errLogFailed
		}
	}
}

var errNotConnected = errors.New("no socket is connected")

// connected is readiness in Socket Mode.
func connected(s *slackapp.Socket) func(context.Context) error {
	return func(context.Context) error {
		if s.Connected() == 0 {
			return errNotConnected
		}
		return nil
	}
}

// both is an error where either is one.
func both(a, b func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error { return errors.Join(a(ctx), b(ctx)) }
}

// quiet drops what net/http logs: it quotes clients.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// databaseProblem names the sentence for a log that can't be opened.
func databaseProblem(err error) problem {
	if f, ok := errors.AsType[*audit.StartFault](err); ok {
		return problem{envDatabase, wording.Key("database." + string(f.Code)), []string{"what", f.What}}
	}
	return problem{envDatabase, "database.no_connection", nil}
}

// policyProblem names the sentence for a fault of the policy file, with its line.
func policyProblem(f policy.Fault) problem {
	return problem{placed(envConfig, f.Line, f.Column), wording.Key("policy." + f.Code), f.Words()}
}
