package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
	"secretstore/internal/gcp"
	"secretstore/internal/publish"
	"secretstore/internal/secret"
	"secretstore/internal/slackapp"
)

// startWithin bounds the calls of the start.
const startWithin = 30 * time.Second

// outside is what the app is joined to, and the settings, keys and rules it works by.
type outside struct {
	settings settings
	logger   *slog.Logger
	owner    string // this process among its replicas
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

// connect joins the app to Google, Slack and its database. What makes something, the keys
// and then the log, comes last: until everything else is right, nothing is changed anywhere.
func connect(ctx context.Context, s settings, file policyFile, logger *slog.Logger) (o outside, problems []problem) {
	o = outside{settings: s, logger: logger, owner: rand.Text(), calls: newCalls()}
	problems = o.connectGoogle(ctx)
	if problems = append(problems, o.connectSlack(ctx)...); len(problems) > 0 {
		return o, append(problems, s.tryJournal(ctx)...)
	}
	if o.keys, problems = s.loadKeys(ctx, o.manager); len(problems) > 0 {
		return o, problems
	}
	if problems = o.openJournal(ctx); len(problems) > 0 {
		return o, problems
	}
	o.rules, problems = newRules(ctx, s[envConfig], file, o.journal, logger)
	return o, problems
}

// connectGoogle opens Secret Manager and Sheets, and reads what settings refer to there.
func (o *outside) connectGoogle(ctx context.Context) (problems []problem) {
	var err error
	if o.manager, err = gcp.NewSecretManager(ctx, o.settings[envSecrets]); err != nil {
		return []problem{{placeGoogle, "setting.fault.google", nil}}
	}
	o.manager.Called = o.calls.manager
	sheets, err := gcp.NewSheets(ctx, gcp.SheetsOptions{Endpoint: o.settings[envSheetsURL]})
	if err != nil {
		problems = append(problems, problem{placeGoogle, "setting.fault.google", nil})
	}
	o.sheets = countedSheet{sheets, o.calls}
	return append(problems, o.settings.resolve(ctx, o.manager)...)
}

// openJournal opens the log, or makes it at the first start, with the key that signs for it.
func (o *outside) openJournal(ctx context.Context) []problem {
	var err error
	if o.journal, err = audit.Open(ctx, audit.Options{
		URL: o.settings[envDatabase], Ephemeral: o.settings[envEphemeral] == "yes", Logger: o.logger,
	}); err != nil {
		return []problem{databaseProblem(err)}
	}
	if o.size, err = o.journal.Size(ctx); err != nil {
		return []problem{databaseProblem(err)}
	}
	if o.signer, err = o.keys.signing.Signer(o.journal.Origin()); err != nil {
		return []problem{{envSigningKey, "setting.fault.signing_key", nil}}
	}
	return nil
}

// tryJournal looks for what keeps the log from being opened, and makes nothing: a start
// that fails anyway tells of it with the rest.
func (s settings) tryJournal(ctx context.Context) []problem {
	if reference.MatchString(s[envDatabase]) || ctx.Err() != nil {
		return nil // it can't be known
	}
	reader, err := audit.OpenReader(ctx, s[envDatabase])
	if err == nil {
		reader.Close()
		return nil
	}
	if fault, ok := errors.AsType[*audit.StartFault](err); ok && fault.Code == audit.StartNoLog {
		return nil // the first start makes it
	}
	return []problem{databaseProblem(err)}
}

// connectSlack makes the client, learns who we are at Slack and tries the app token. It does
// nothing while a token is not known.
func (o *outside) connectSlack(ctx context.Context) (problems []problem) {
	s := o.settings
	if reference.MatchString(s[envBotToken]) || reference.MatchString(s[envAppToken]) {
		return nil
	}
	var err error
	if o.slack, err = slackapp.NewClient(slackapp.ClientOptions{
		Token: valueOf(s[envBotToken]), AppToken: valueOf(s[envAppToken]), APIURL: s[envSlackAPI], Called: o.calls.slack,
	}); err != nil {
		return []problem{{envSlackAPI, "setting.fault.slack_url", nil}}
	}
	o.identity, err = o.slack.Identity(ctx)
	e, _ := errors.AsType[*slackapp.SlackError](err)
	switch {
	case e != nil && e.Kind == slackapp.SlackDenied:
		problems = []problem{{envBotToken, "setting.fault.slack_token", nil}}
	case err != nil:
		return []problem{{envBotToken, "setting.fault.slack_down", nil}}
	case s[envTeam] != "" && s[envTeam] != o.identity.Scope() && s[envTeam] != o.identity.TeamID:
		problems = []problem{{envTeam, "setting.fault.slack_team", nil}}
	}
	return append(problems, o.tryAppToken(ctx)...)
}

// tryAppToken asks Slack for a connection that nobody makes: Socket Mode would find a token
// that is refused only once the app serves.
func (o *outside) tryAppToken(ctx context.Context) []problem {
	if o.settings[envAppToken] == "" {
		return nil
	}
	err := o.slack.TryAppToken(ctx)
	e, _ := errors.AsType[*slackapp.SlackError](err)
	switch {
	case e != nil && e.Kind == slackapp.SlackDenied:
		return []problem{{envAppToken, "setting.fault.slack_app_token", nil}}
	case err != nil: // Socket Mode tries again for as long as it takes
		o.logger.Warn("the app token was not tried", "reason", err)
	}
	return nil
}

func valueOf(text string) secret.Value { return secret.NewValue([]byte(text)) }

// signingSecrets are one or more, separated by commas, so that one can be replaced while
// the other still signs.
func (s settings) signingSecrets() []secret.Value {
	var all []secret.Value
	for part := range strings.SplitSeq(s[envSigning], ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, valueOf(part))
		}
	}
	return all
}
