package main

import (
	"errors"
	"testing"
	"time"

	"secretstore/internal/publish"
	"secretstore/internal/slackapp"
)

func TestWhatAFailedPostLetsOneConclude(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want publish.PostError
	}{
		{"a shared channel is never told", slackapp.ErrShared, publish.PostError{Kind: publish.PostNever}},
		{"a guest is never told", &slackapp.PersonError{Reason: slackapp.PersonGuest}, publish.PostError{Kind: publish.PostNever}},
		{"nobody Slack knows is never told", &slackapp.PersonError{Reason: slackapp.PersonUnknown}, publish.PostError{Kind: publish.PostNever}},
		{"who can't be looked up now may be later", &slackapp.PersonError{Reason: slackapp.PersonUnknown, Passing: true}, publish.PostError{Kind: publish.PostLater}},
		{"a rate limit passes when it says", &slackapp.SlackError{Kind: slackapp.SlackBusy, RetryAfter: time.Minute},
			publish.PostError{Kind: publish.PostLater, RetryAfter: time.Minute}},
		{"not reached", &slackapp.SlackError{Kind: slackapp.SlackDown}, publish.PostError{Kind: publish.PostLater}},
		{"broken off", &slackapp.SlackError{Kind: slackapp.SlackAmbiguous}, publish.PostError{Kind: publish.PostUnknown}},
		{"a message that is gone", &slackapp.SlackError{Kind: slackapp.SlackGone}, publish.PostError{Kind: publish.PostNever}},
		{"anything else", errors.New("?"), publish.PostError{Kind: publish.PostUnknown}},
	}
	for _, test := range tests {
		if got, ok := errors.AsType[*publish.PostError](postError(test.err)); !ok || *got != test.want {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}
