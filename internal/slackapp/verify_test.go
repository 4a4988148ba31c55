package slackapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

// Slack's published example (docs: authentication/verifying-requests-from-slack).
const (
	vectorKey       = "8f742231b10e8888abcd99yyyzzz85a5"
	vectorTime      = 1531420618
	vectorSignature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	vectorBody      = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)

func key(text string) secret.Value { return secret.NewValue([]byte(text)) }

// sign does what Slack does, on its own.
func sign(signingKey string, at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, []byte(signingKey))
	h.Write([]byte("v0:" + stamp + ":" + string(body)))
	return http.Header{headerTimestamp: {stamp}, headerSignature: {"v0=" + hex.EncodeToString(h.Sum(nil))}}
}

func TestVerify(t *testing.T) {
	then := time.Unix(vectorTime, 0)
	vector := http.Header{headerTimestamp: {strconv.Itoa(vectorTime)}, headerSignature: {vectorSignature}}
	with := func(name string, values ...string) http.Header {
		h := vector.Clone()
		h[name] = values
		return h
	}
	one := []secret.Value{key(vectorKey)}
	tests := []struct {
		name   string
		header http.Header
		body   string
		keys   []secret.Value
		now    time.Time
		want   error
	}{
		{"the published vector verifies", vector, vectorBody, one, then, nil},
		{"five minutes late is in time", vector, vectorBody, one, then.Add(MaxAge), nil},
		{"five minutes early is in time", vector, vectorBody, one, then.Add(-MaxAge), nil},
		{"a second more is too late", vector, vectorBody, one, then.Add(MaxAge + time.Second), BadAge},
		{"a second more is too early", vector, vectorBody, one, then.Add(-MaxAge - time.Second), BadAge},
		{"the older key of two verifies", vector, vectorBody, []secret.Value{key("newer"), key(vectorKey)}, then, nil},
		{"another key does not", vector, vectorBody, []secret.Value{key("other")}, then, BadSignature},
		{"no key verifies nothing", vector, vectorBody, nil, then, BadSignature},
		{"an empty key verifies nothing", sign("", then, []byte("x")), "x", []secret.Value{{}}, then, BadSignature},
		{"a changed body does not verify", vector, vectorBody + " ", one, then, BadSignature},
		{"a changed timestamp does not verify", with(headerTimestamp, strconv.Itoa(vectorTime+1)), vectorBody, one, then, BadSignature},
		{"an old request with a wrong signature is not told about its age", with(headerSignature, "v0="+strings.Repeat("00", 32)), vectorBody, one, then.Add(time.Hour), BadSignature},
		{"no timestamp", with(headerTimestamp), vectorBody, one, then, BadSignature},
		{"no signature", with(headerSignature), vectorBody, one, then, BadSignature},
		{"two signatures", with(headerSignature, vectorSignature, vectorSignature), vectorBody, one, then, BadSignature},
		{"a signature of another version", with(headerSignature, "v1="+vectorSignature[3:]), vectorBody, one, then, BadSignature},
		{"a short signature", with(headerSignature, vectorSignature[:60]), vectorBody, one, then, BadSignature},
		{"a signature that is not hexadecimal", with(headerSignature, "v0="+strings.Repeat("zz", 32)), vectorBody, one, then, BadSignature},
		{"a signed timestamp that is no number", signText("soon", vectorBody), vectorBody, one, then, BadSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Verify(test.header, []byte(test.body), test.keys, test.now); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func signText(stamp, body string) http.Header {
	h := hmac.New(sha256.New, []byte(vectorKey))
	h.Write([]byte("v0:" + stamp + ":" + body))
	return http.Header{headerTimestamp: {stamp}, headerSignature: {"v0=" + hex.EncodeToString(h.Sum(nil))}}
}

// FuzzVerify holds Verify against slack-go's verifier: it never takes what that refuses.
func FuzzVerify(f *testing.F) {
	now := time.Now()
	f.Add("body", strconv.FormatInt(now.Unix(), 10), "", true)
	f.Add("body", strconv.FormatInt(now.Add(-time.Hour).Unix(), 10), "", true)
	f.Add("body", "1e9", "", true)
	f.Add("body", "+"+strconv.FormatInt(now.Unix(), 10), "", true)
	f.Add(vectorBody, strconv.Itoa(vectorTime), vectorSignature, false)
	f.Add("", "", "v0=", false)
	f.Fuzz(func(t *testing.T, body, stamp, signature string, signed bool) {
		header := http.Header{headerTimestamp: {stamp}, headerSignature: {signature}}
		if signed {
			header = signText(stamp, body)
		}
		now := time.Now()
		_, ours := Verify(header, []byte(body), []secret.Value{key(vectorKey)}, now)
		theirs := slackGoVerify(header, body)
		if seconds, err := strconv.ParseInt(stamp, 10, 64); err == nil && (now.Sub(time.Unix(seconds, 0)).Abs()-MaxAge).Abs() < time.Minute {
			return // on the edge the two clocks may differ
		}
		if (ours == nil) != (theirs == nil) {
			t.Errorf("ours: %v, slack-go: %v", ours, theirs)
		}
	})
}

func slackGoVerify(header http.Header, body string) error {
	v, err := slack.NewSecretsVerifier(header, vectorKey)
	if err != nil {
		return err
	}
	_, _ = v.Write([]byte(body)) // a hash takes everything
	return v.Ensure()
}

func TestAnIdenticalRequestIsSeenWhileItsSignatureLives(t *testing.T) {
	var seen Seen
	now := time.Unix(vectorTime, 0)
	early := Proof{mac: [32]byte{1}, time: now.Add(MaxAge)} // Slack's clock runs ahead
	if !seen.Proof(early, now) || seen.Proof(early, now.Add(2*MaxAge)) {
		t.Error("a request was not seen, or forgotten while it could still be replayed")
	}
	if !seen.Proof(Proof{mac: [32]byte{2}, time: now}, now) {
		t.Error("another request was taken for the first one")
	}
	if !seen.Envelope("envelope", now) || seen.Envelope("envelope", now.Add(MaxAge)) {
		t.Error("an envelope was not seen")
	}
}

func TestSeenIsBounded(t *testing.T) {
	var seen Seen
	now := time.Unix(vectorTime, 0)
	for i := range maxSeen + 1000 {
		seen.Envelope(strconv.Itoa(i), now)
	}
	if got := len(seen.known); got != maxSeen {
		t.Errorf("%d entries are kept, want %d", got, maxSeen)
	}
	if !seen.Envelope("0", now) {
		t.Error("the oldest entry did not make room")
	}
	if seen.Envelope(strconv.Itoa(maxSeen+999), now) {
		t.Error("the newest entry was forgotten")
	}
	seen.Envelope("later", now.Add(time.Hour))
	if got := len(seen.known); got != 1 {
		t.Errorf("%d entries outlived their signatures, want only the new one", got-1)
	}
}
