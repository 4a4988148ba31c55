package slackapp

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

func TestAnAnswerIsWhatSlackExpects(t *testing.T) {
	view := &slack.ModalViewRequest{Type: slack.VTModal, Title: &slack.TextBlockObject{Type: "plain_text", Text: "Done"},
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}
	const viewText = `"view":{"type":"modal","title":{"type":"plain_text","text":"Done"},"blocks":[{"type":"divider"}]}}`
	option := slack.NewOptionBlockObject("db", &slack.TextBlockObject{Type: "plain_text", Text: "db"}, nil)
	tests := []struct {
		name     string
		kind     Kind
		response Response
		want     string
	}{
		{"nothing is an empty body", KindSubmission, Response{}, ""},
		{"an action is answered elsewhere", KindAction, Response{}, ""},
		{"a text is private", KindCommand, Response{Text: "a <b> & c"}, `{"response_type":"ephemeral","text":"a \u003cb\u003e \u0026 c"}`},
		{"a text with blocks", KindCommand, Response{Text: "x", Blocks: []slack.Block{slack.NewDividerBlock()}}, `{"response_type":"ephemeral","text":"x","blocks":[{"type":"divider"}]}`},
		{"errors stand at fields", KindSubmission, Response{Errors: map[secret.Field]string{secret.FieldName: "Taken."}}, `{"response_action":"errors","errors":{"name":"Taken."}}`},
		{"a view replaces", KindSubmission, Response{Update: view}, `{"response_action":"update",` + viewText},
		{"a view goes on top", KindSubmission, Response{Push: view}, `{"response_action":"push",` + viewText},
		{"all views close", KindSubmission, Response{Clear: true}, `{"response_action":"clear"}`},
		{"no options are a list", KindOptions, Response{}, `{"options":[]}`},
		{"options", KindOptions, Response{Options: []*slack.OptionBlockObject{option}}, `{"options":[{"text":{"type":"plain_text","text":"db"},"value":"db"}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.response.Encode(test.kind)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestAnAnswerThatSlackWouldDropIsAnError(t *testing.T) {
	tests := []struct {
		name     string
		kind     Kind
		response Response
		want     error
	}{
		{"too large", KindCommand, Response{Text: strings.Repeat("x", MaxAnswer)}, ErrAnswerTooLarge},
		{"just fits", KindCommand, Response{Text: strings.Repeat("x", MaxAnswer-answerOverhead-50)}, nil},
		{"errors for a command", KindCommand, Response{Errors: map[secret.Field]string{secret.FieldName: "x"}}, ErrAnswerMixed},
		{"a text for a submission", KindSubmission, Response{Text: "x"}, ErrAnswerMixed},
		{"a text for a button", KindAction, Response{Text: "x"}, ErrAnswerMixed},
		{"options for a submission", KindSubmission, Response{Options: []*slack.OptionBlockObject{}}, ErrAnswerMixed},
		{"errors and a view", KindSubmission, Response{Errors: map[secret.Field]string{}, Update: &slack.ModalViewRequest{}}, ErrAnswerMixed},
		{"closing all for a closed view", KindClosed, Response{Clear: true}, ErrAnswerMixed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.response.Encode(test.kind); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestTheLargestAnswerFitsAnAcknowledgement(t *testing.T) {
	for n := MaxAnswer - 2*answerOverhead; ; n++ {
		body, err := Response{Text: strings.Repeat("x", n)}.Encode(KindCommand)
		if err != nil {
			return
		}
		frame, err := json.Marshal(map[string]any{"envelope_id": strings.Repeat("e", 36), "payload": json.RawMessage(body)})
		if err != nil {
			t.Fatal(err)
		}
		if len(frame) >= MaxAnswer {
			t.Fatalf("an answer of %d bytes makes a frame of %d, which Slack drops", len(body), len(frame))
		}
	}
}

func TestARequestPrintsNeitherItsValueNorItsResponseURL(t *testing.T) {
	r := Request{ResponseURL: NewResponseURL("https://hooks.slack.com/" + testCanary),
		View: &ViewState{Fields: map[secret.Field]Input{secret.FieldValue: {Secret: key(testCanary)}}}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "url", r.ResponseURL, "view", *r.View)
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %v %+v", r, r, r, r.ResponseURL, r.ResponseURL, r.ResponseURL, *r.View, &r) + log.String()
	if strings.Contains(printed, testCanary) || strings.Contains(printed, fmt.Sprintf("%x", testCanary)) {
		t.Errorf("printed: %s", printed)
	}
	if _, err := json.Marshal(r); !errors.Is(err, secret.ErrMarshal) {
		t.Errorf("marshalled: %v", err)
	}
}
