package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/sync/errgroup"

	"secretstore/internal/secret"
)

const (
	// connections is how many a process holds: Slack renews each every few hours, and
	// with a second one nobody notices. An app may have ten.
	connections = 2
	// maxServing bounds the requests in flight on all connections. slack-go's own handler
	// has no bound; and waiting for room would stop its read loop, and so the pings.
	maxServing = 256
	// ackWithin bounds handing an answer over: the library's queue is full while
	// there is no connection.
	ackWithin = 2 * time.Second
	// flushFor is how long a stopping process keeps its connections after the last answer
	// was handed over: the library does not tell when it has written it.
	flushFor = 250 * time.Millisecond
	// maxFrame leaves the envelope room around the largest payload. A larger frame ends
	// the connection.
	maxFrame = 2 * MaxBody
)

// Socket takes requests over Socket Mode, for installations that Slack can't reach. It
// goes the way of HTTP from the decoder on; frames are not signed, so trust is TLS and
// the app token.
//
// An envelope is acknowledged when it was served, or is an event. A refused one is not:
// the person then sees Slack's own error, where an empty acknowledgement would close a
// form as though it were done.
type Socket struct {
	*receiver
	client *Client
	slots  chan struct{}
	up     atomic.Int32
}

// NewSocket needs a client that has an app token.
func NewSocket(t Transport, c *Client) *Socket {
	return &Socket{receiver: newReceiver(t), client: c, slots: make(chan struct{}, maxServing)}
}

// Connected is the number of connections that are up; readiness asks for one.
func (s *Socket) Connected() int { return int(s.up.Load()) }

// Run holds the connections until ctx ends, then waits for the requests in flight and
// returns nil. It returns a *SlackError when Slack refuses the app token for good;
// everything else is retried for ever, with at most five minutes in between.
func (s *Socket) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for range connections {
		group.Go(func() error { return s.connect(ctx) })
	}
	return group.Wait()
}

// connect holds one connection. It outlives ctx by as long as it takes to answer.
func (s *Socket) connect(ctx context.Context) error {
	link := &link{Socket: s, slack: socketmode.New(s.client.api, socketmode.OptionReadLimit(maxFrame),
		socketmode.OptionLog(silent()))}
	open, shut := context.WithCancel(context.WithoutCancel(ctx))
	defer shut()
	ended := make(chan error, 1)
	go func() {
		var err error
		if secret.Guard(s.Logger, "slackapp: socket", func() { err = link.slack.RunContext(open) }) {
			err = errors.New("slackapp: panic") // the connection is lost; its kind below is "ambiguous"
		}
		ended <- asSlackError("apps.connections.open", err)
	}()
	defer link.setUp(false)
	return link.consume(ctx, shut, ended)
}

// link is one connection.
type link struct {
	*Socket
	slack   *socketmode.Client
	serving sync.WaitGroup
	isUp    bool
}

// consume takes events until ctx ends or the connection does for good.
func (l *link) consume(ctx context.Context, shut func(), ended <-chan error) error {
	for {
		select {
		case e := <-l.slack.Events:
			secret.Guard(l.Logger, "slackapp: socket event", func() { l.event(e) })
		case err := <-ended:
			return err
		case <-ctx.Done():
			l.drain()
			shut()
			<-ended
			return nil
		}
	}
}

// drain waits for the requests in flight and lets their answers go out.
func (l *link) drain() {
	l.serving.Wait()
	_ = pause(context.Background(), flushFor)
}

// event sorts what slack-go reports. What it decoded itself (e.Data of a request) is
// neither read nor kept: it holds values as strings. Its errors are not logged: they
// quote frames and URLs.
func (l *link) event(e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeConnecting:
		l.setUp(false)
	case socketmode.EventTypeHello:
		l.setUp(true)
		l.Counters.Connects.Add(1)
	case socketmode.EventTypeConnectionError:
		l.logConnection(e.Data)
	case socketmode.EventTypeErrorWriteFailed:
		l.Counters.Failed.Add(1)
	case socketmode.EventTypeErrorBadMessage:
		l.badFrame(e.Data)
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
		l.take(envelope{kind: e.Request.Type, id: e.Request.EnvelopeID, payload: raw(e.Request.Payload),
			answers: e.Request.AcceptsResponsePayload, retry: e.Request.RetryAttempt > 0})
	}
}

func (l *link) setUp(up bool) {
	if up == l.isUp {
		return
	}
	l.isUp = up
	if up {
		l.up.Add(1)
	} else {
		l.up.Add(-1)
	}
}

func (l *link) logConnection(data any) {
	if failed, ok := data.(*slack.ConnectionErrorEvent); ok {
		l.Logger.Warn("slackapp: no connection to slack", "attempt", failed.Attempt, "next", failed.Backoff,
			"error", asSlackError("apps.connections.open", failed.ErrorObj))
	}
}

// badFrame serves a frame that slack-go could not decode, from the frame itself: our
// decoder reads less, and may well understand it.
func (l *link) badFrame(data any) {
	bad, ok := data.(*socketmode.ErrorBadMessage)
	if !ok {
		return
	}
	e, err := decodeEnvelope(bad.Message)
	if err != nil {
		l.Counters.refuse(Malformed)
		clear(bad.Message)
		return
	}
	l.take(e)
}

// take serves an envelope beside others, or refuses it when there are too many.
func (l *link) take(e envelope) {
	select {
	case l.slots <- struct{}{}:
	default:
		l.refuse(e, Busy)
		return
	}
	l.serving.Go(func() {
		defer func() { <-l.slots }()
		secret.Guard(l.Logger, "slackapp: socket request", func() { l.serve(e) })
		clear(e.payload)
	})
}

// serve brings one envelope to its answer.
func (l *link) serve(e envelope) {
	now := l.Clock()
	switch {
	case e.id == "":
		l.refuse(e, Malformed)
	case len(e.payload) > MaxBody:
		l.refuse(e, TooLarge)
	case !l.seen.Envelope(e.id, now):
		l.refuse(e, Replayed)
	case e.kind == socketmode.RequestTypeEventsAPI:
		l.countEvent(e.retry)
		l.ack(e, nil)
	default:
		request, err := l.request(e, now)
		if refusal, refused := errors.AsType[Refusal](err); refused {
			l.refuse(e, refusal)
			return
		}
		l.reply(e, request)
	}
}

func (l *link) request(e envelope, now time.Time) (Request, error) {
	decode := decodeInteraction
	switch e.kind {
	case socketmode.RequestTypeInteractive:
	case socketmode.RequestTypeSlashCommands:
		decode = decodeCommandJSON
	default:
		return Request{}, Malformed
	}
	d, err := decode(e.payload)
	if err != nil {
		return Request{}, err
	}
	return l.admit(d, now)
}

func (l *link) reply(e envelope, request Request) {
	answer, err := l.answer(context.Background(), request)
	switch {
	case err != nil: // not acknowledged: the person sees Slack's own error
	case answer != nil && !e.answers:
		l.Counters.Failed.Add(1)
	default:
		l.ack(e, answer)
	}
}

// refuse counts. Events are acknowledged all the same, or Slack would send them again; a
// command that found no room gets a sentence.
func (l *link) refuse(e envelope, r Refusal) {
	l.Counters.refuse(r)
	switch {
	case e.id == "":
	case e.kind == socketmode.RequestTypeEventsAPI:
		l.ack(e, nil)
	case r == Busy && e.kind == socketmode.RequestTypeSlashCommands:
		if sentence, err := l.sorry("transport.busy"); err == nil {
			l.ack(e, sentence)
		}
	}
}

// ack hands an answer over; nil is an empty one.
func (l *link) ack(e envelope, answer []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), ackWithin)
	defer cancel()
	var payload any // a nil json.RawMessage would be sent as null
	if answer != nil {
		payload = json.RawMessage(answer)
	}
	if l.slack.AckCtx(ctx, e.id, payload) != nil {
		l.Counters.Failed.Add(1)
	}
}
