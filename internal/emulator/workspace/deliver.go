package workspace

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Words that Slack's client shows when the app did not do its part.
const (
	ShownCommandTimeout = "failed with the error \"operation_timeout\""
	ShownCommandFailed  = "failed with the error \"dispatch_failed\""
	ShownTrouble        = "We had some trouble connecting. Try again?"
)

// NotAnsweredError says that the app did not take what a person did.
type NotAnsweredError struct {
	Shown   string // what the person sees
	Status  int    // of the app's answer, 0 when there was none
	Timeout bool   // the app did not answer within the acknowledgement time
	Cause   string // for the reader of a test's output

	noRetry bool // the app's answer stops further deliveries of the event
}

func (e *NotAnsweredError) Error() string { return e.Shown + " (" + e.Cause + ")" }

// Delivery is one request that the workspace made to the app by HTTP, or one envelope that
// it sent over Socket Mode.
type Delivery struct {
	Path         string // "socket" for an envelope
	Header       http.Header
	Body         []byte
	Status       int // 0 when there was no answer
	Answer       []byte
	AnswerHeader http.Header
}

// Deliveries lists everything that was sent to the app, so that a test can replay it.
func (w *Workspace) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.deliveries)
}

// parcel is something for the app: its form differs between the transports.
type parcel struct {
	kind    string // envelope type in Socket Mode
	path    string // below the app's URL
	payload any    // what Socket Mode carries
	form    url.Values
	retry   int    // number of this retry, for events
	reason  string // of the retry
}

func commandParcel(form url.Values) parcel {
	flat := make(obj, len(form))
	for name := range form {
		flat[name] = form.Get(name)
	}
	return parcel{kind: "slash_commands", path: "/slack/commands", payload: flat, form: form}
}

func interaction(path string, payload obj) parcel {
	raw, _ := json.Marshal(payload)
	return parcel{kind: "interactive", path: path, payload: payload, form: url.Values{"payload": {string(raw)}}}
}

// reply is how the app answered.
type reply struct {
	status int
	body   []byte
}

// send brings a parcel to the app and waits for its answer, at most the acknowledgement
// time. Exactly one transport is used: HTTP when the app has a URL, else Socket Mode.
func (w *Workspace) send(ctx context.Context, p parcel) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.AckTimeout)
	defer cancel()
	w.mu.Lock()
	base := w.appURL
	w.mu.Unlock()
	if base == "" {
		return w.sendEnvelope(ctx, p)
	}
	body, header := w.signed(p)
	d, err := w.post(ctx, base+p.path, p.path, body, header)
	if err != nil {
		return reply{}, refusedBy(ctx, err)
	}
	if d.Status < 200 || d.Status > 299 {
		return reply{}, &NotAnsweredError{Status: d.Status, noRetry: noRetryAsked(d.AnswerHeader),
			Cause: fmt.Sprintf("the app answered %d", d.Status)}
	}
	return reply{status: d.Status, body: d.Answer}, nil
}

// signed is a parcel as an HTTP request: a form, or JSON for events.
func (w *Workspace) signed(p parcel) ([]byte, http.Header) {
	body, contentType := []byte(p.form.Encode()), "application/x-www-form-urlencoded"
	if p.form == nil {
		body, _ = json.Marshal(p.payload)
		contentType = "application/json"
	}
	header := w.Sign(time.Now(), body)
	header.Set("Content-Type", contentType)
	if p.retry > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(p.retry))
		header.Set("X-Slack-Retry-Reason", p.reason)
	}
	return body, header
}

func refusedBy(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &NotAnsweredError{Timeout: true, Cause: "the app did not acknowledge in time"}
	}
	return &NotAnsweredError{Cause: err.Error()}
}

// shown puts the client's words into a delivery error.
func shown(err error, timeout, failed string) error {
	if e, isIt := errors.AsType[*NotAnsweredError](err); isIt {
		e.Shown = failed
		if e.Timeout {
			e.Shown = timeout
		}
	}
	return err
}

func (w *Workspace) post(ctx context.Context, to, path string, body []byte, header http.Header) (Delivery, error) {
	d := Delivery{Path: path, Header: header, Body: body}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return d, err
	}
	req.Header = header.Clone()
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	res, err := w.client.Do(req)
	if err == nil {
		defer res.Body.Close()
		d.Status, d.AnswerHeader = res.StatusCode, res.Header
		d.Answer, err = io.ReadAll(io.LimitReader(res.Body, maxRequest))
	}
	w.remember(d.Answer)
	w.recordDelivery(d)
	return d, err
}

func (w *Workspace) recordDelivery(d Delivery) {
	if w.opt.Forgetful {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliveries = append(w.deliveries, d)
}

func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Sign gives the headers that prove a body to come from Slack at the given time
// (docs: authentication/verifying-requests-from-slack).
func (w *Workspace) Sign(at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{
		"X-Slack-Request-Timestamp": {stamp},
		"X-Slack-Signature":         {signature(w.opt.SigningSecret, stamp, body)},
	}
}

func signature(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// Deliver posts any body to a path of the app, signed as of now. Headers in `header`
// replace those that would be sent, the signature included: so a test can replay, age or
// corrupt a request. Without a Content-Type the body is a form.
func (w *Workspace) Deliver(path string, body []byte, header http.Header) (Delivery, error) {
	w.mu.Lock()
	base := w.appURL
	w.mu.Unlock()
	if base == "" {
		return Delivery{}, errors.New("workspace: the app has no URL; call SetAppURL first")
	}
	all := w.Sign(time.Now(), body)
	all.Set("Content-Type", "application/x-www-form-urlencoded")
	maps.Copy(all, header)
	return w.post(context.Background(), base+path, path, body, all)
}
