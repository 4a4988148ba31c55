package slackapp

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// MaxBody is the largest request that is read, in bytes.
const MaxBody = 1 << 20

// answerWithin is how long a Handler has: Slack waits 3 s, of which the way there and
// back takes some.
const answerWithin = 2800 * time.Millisecond

// Transport is what HTTP and Socket Mode have in common. Handler and Identity are needed;
// without a complete Identity every request is refused.
type Transport struct {
	Handler  Handler
	Identity Identity
	// Command is the slash command, "/secret" when empty.
	Command string
	// Keys are the signing secrets, for HTTP. Without any, NewHTTP serves no Slack routes.
	Keys []secret.Value
	// Ready says whether the process can do its work; nil means always.
	Ready func(context.Context) error
	// Counters may be shared; nil counts nowhere.
	Counters *Counters
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Logger discards when nil. Refusals are counted, never logged.
	Logger *slog.Logger
}

// receiver is a Transport with its defaults, and the part of the way that every request goes.
type receiver struct {
	Transport
	seen Seen
}

func newReceiver(t Transport) *receiver {
	if t.Command == "" {
		t.Command = "/secret"
	}
	if t.Counters == nil {
		t.Counters = new(Counters)
	}
	if t.Clock == nil {
		t.Clock = time.Now
	}
	if t.Logger == nil {
		t.Logger = slog.New(slog.DiscardHandler)
	}
	return &receiver{Transport: t}
}

// admit checks whose request d is and names the person. A refused request is wiped.
func (r *receiver) admit(d decoded, now time.Time) (Request, error) {
	err := r.Identity.admit(d.origin)
	if err == nil && d.request.Kind == KindCommand && d.request.Command != r.Command {
		err = Malformed
	}
	if err != nil {
		d.request.wipe()
		return Request{}, err
	}
	d.request.Person = r.Identity.Person(d.origin.user)
	d.request.UserID, d.request.TeamID = d.origin.user, d.origin.team
	d.request.Received = now
	return d.request, nil
}

// errUnanswered means that the Handler gave no answer that Slack would take. Slack then
// shows the person an error of its own.
var errUnanswered = errors.New("slackapp: no answer")

// answer lets the Handler answer, in the form that goes to Slack; nil is an empty answer.
// A command always gets one, if only an apology; for anything else that failed the error
// is errUnanswered, since an empty answer would close a form as though it were done.
func (r *receiver) answer(ctx context.Context, request Request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	var response Response
	panicked := secret.Guard(r.Logger, "slackapp: "+string(request.Kind), func() { response = r.Handler(ctx, request) })
	if !panicked {
		body, err := response.Encode(request.Kind)
		if err == nil {
			r.Counters.Served.Add(1)
			return body, nil
		}
		r.Logger.Error("slackapp: answer", "kind", request.Kind, "error", err) // one of two constants
	}
	r.Counters.Failed.Add(1)
	if request.Kind == KindCommand {
		return r.sorry("transport.failed")
	}
	return nil, errUnanswered
}

// sorry answers a command with a sentence.
func (r *receiver) sorry(key wording.Key) ([]byte, error) {
	return Response{Text: wording.English().Say(key)}.Encode(KindCommand)
}
