package main

import (
	"context"
	"errors"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/publish"
	"secretstore/internal/secret"
	"secretstore/internal/slackapp"
	"secretstore/internal/store"
)

// What stands here joins the rooms by func fields, so that adapters need not import each other.

// projects are the GCP projects of the policy in force.
func (r *rules) projects() []string {
	var ids []string
	for _, e := range r.environments() {
		ids = append(ids, e.Project)
	}
	return ids
}

// environments are those of the policy in force, in its order.
func (r *rules) environments() []policy.Environment { return r.current().Environments() }

// channel is where notices of an environment go by the policy in force, "" for nowhere.
func (r *rules) channel(environment string) string {
	e, _ := r.current().Environment(secret.Environment(environment))
	return e.Channel
}

// usergroups are the ids of Slack's usergroups that the policy in force names.
func (r *rules) usergroups() []string {
	var ids []string
	for _, g := range r.current().Groups() {
		if g.Usergroup != "" {
			ids = append(ids, g.Usergroup)
		}
	}
	return ids
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
