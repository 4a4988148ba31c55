package slackapp

import (
	"encoding/json"
	"errors"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

// Response is the answer that Slack must have within 3 s. At most one of its parts is
// set, and one that fits the request's kind; the zero Response is an empty 200, which
// closes the submitted modal and leaves everything else as it is.
type Response struct {
	// Text answers a command; only the person sees it. Blocks may stand beside it, and
	// Text then serves notifications and screen readers. It is sent as it is: whoever
	// puts outside text into it escapes it.
	Text   string
	Blocks []slack.Block
	// Errors keeps a submitted modal open and shows a sentence beside each input. The
	// fields must be inputs of that modal, else the person sees a connection error.
	Errors map[secret.Field]string
	// Update replaces the submitted modal, Push puts one on top of it, Clear closes all.
	Update, Push *slack.ModalViewRequest
	Clear        bool
	// Options answers KindOptions; none means that nothing matches.
	Options []*slack.OptionBlockObject
}

// MaxAnswer is the size from which Slack silently drops an answer over Socket Mode
// (source: slack-go socketmode.go maxResponseSize). It holds for HTTP as well: one
// handler serves both, and must not work in one and fail in the other. Larger views go
// through views.update.
const MaxAnswer = 20_480

// answerOverhead is what the envelope around a payload takes in an acknowledgement.
const answerOverhead = 128

// Errors of Encode. They are faults of the app, not of the person.
var (
	ErrAnswerTooLarge = errors.New("slackapp: the answer is larger than Slack takes")
	ErrAnswerMixed    = errors.New("slackapp: the answer does not fit the request")
)

// Encode returns the body of the HTTP answer, which is also the payload of a socket's
// acknowledgement; nil means an empty one. It returns ErrAnswerTooLarge for what Slack
// would drop and ErrAnswerMixed for parts that do not go together or not with k.
func (r Response) Encode(k Kind) ([]byte, error) {
	parts := r.parts()
	if len(parts) > 1 || len(parts) == 1 && parts[0] != k {
		return nil, ErrAnswerMixed
	}
	answer := r.answer(k)
	if answer == nil {
		return nil, nil
	}
	body, err := json.Marshal(answer)
	switch {
	case err != nil:
		return nil, ErrAnswerMixed // slack-go refuses to marshal a view that was put together wrongly
	case len(body) >= MaxAnswer-answerOverhead:
		return nil, ErrAnswerTooLarge
	}
	return body, nil
}

// parts lists, for each part that is set, the kind of request it answers.
func (r Response) parts() []Kind {
	var kinds []Kind
	add := func(set bool, k Kind) {
		if set {
			kinds = append(kinds, k)
		}
	}
	add(r.Text != "" || r.Blocks != nil, KindCommand)
	add(r.Errors != nil, KindSubmission)
	add(r.Update != nil, KindSubmission)
	add(r.Push != nil, KindSubmission)
	add(r.Clear, KindSubmission)
	add(r.Options != nil, KindOptions)
	return kinds
}

// answer builds what is marshalled; nil for an empty answer. Options are written here
// and not by slack-go, whose type leaves an empty list out and so sends Slack "{}".
func (r Response) answer(k Kind) any {
	switch {
	case k == KindOptions:
		return struct {
			Options []*slack.OptionBlockObject `json:"options"`
		}{append([]*slack.OptionBlockObject{}, r.Options...)}
	case r.Text != "" || r.Blocks != nil:
		return struct {
			ResponseType string        `json:"response_type"`
			Text         string        `json:"text"`
			Blocks       []slack.Block `json:"blocks,omitempty"`
		}{slack.ResponseTypeEphemeral, r.Text, r.Blocks}
	case r.Errors != nil:
		return struct {
			Action string                  `json:"response_action"`
			Errors map[secret.Field]string `json:"errors"`
		}{"errors", r.Errors}
	case r.Update != nil:
		return slack.NewUpdateViewSubmissionResponse(r.Update)
	case r.Push != nil:
		return slack.NewPushViewSubmissionResponse(r.Push)
	case r.Clear:
		return slack.NewClearViewSubmissionResponse()
	}
	return nil
}
