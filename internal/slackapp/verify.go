package slackapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/secret"
)

// MaxAge is how far a request's timestamp may be from now, in either direction
// (docs: authentication/verifying-requests-from-slack).
const MaxAge = 5 * time.Minute

// Headers of a signed request.
const (
	headerSignature = "X-Slack-Signature"
	headerTimestamp = "X-Slack-Request-Timestamp"
)

// Proof is what a verified request proved: the MAC that Slack put on it, and when.
type Proof struct {
	mac  [sha256.Size]byte
	time time.Time
}

// Verify checks that Slack signed body with one of keys within MaxAge of now; several
// keys let a signing secret be rotated. It returns BadSignature or BadAge, which say
// nothing of the input. No keys, and an empty one, verify nothing.
//
// It is a pure function. slack-go's verifier reads the wall clock, takes one key and
// returns parsers' errors that quote the header; a test holds the two against each other.
func Verify(header http.Header, body []byte, keys []secret.Value, now time.Time) (Proof, error) {
	stamp, mac, err := signature(header)
	if err != nil {
		return Proof{}, err
	}
	if !signed(stamp, body, keys, mac) {
		return Proof{}, BadSignature
	}
	// The age comes second: only who knows the key learns anything about our clock.
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return Proof{}, BadSignature
	}
	at := time.Unix(seconds, 0)
	if now.Sub(at).Abs() > MaxAge {
		return Proof{}, BadAge
	}
	return Proof{mac: mac, time: at}, nil
}

// signature reads the two headers; each must be there exactly once.
func signature(header http.Header) (stamp string, mac [sha256.Size]byte, err error) {
	stamps, signatures := header.Values(headerTimestamp), header.Values(headerSignature)
	if len(stamps) != 1 || len(signatures) != 1 {
		return "", mac, BadSignature
	}
	digits, ok := strings.CutPrefix(signatures[0], "v0=")
	if !ok || len(digits) != hex.EncodedLen(len(mac)) {
		return "", mac, BadSignature
	}
	if _, err := hex.Decode(mac[:], []byte(digits)); err != nil {
		return "", mac, BadSignature
	}
	return stamps[0], mac, nil
}

// signed tries every key, whether or not an earlier one matched.
func signed(stamp string, body []byte, keys []secret.Value, mac [sha256.Size]byte) bool {
	found := false
	for _, key := range keys {
		if key.Len() == 0 {
			continue
		}
		h := hmac.New(sha256.New, key.Reveal())
		h.Write([]byte("v0:" + stamp + ":"))
		h.Write(body)
		if hmac.Equal(h.Sum(nil), mac[:]) {
			found = true
		}
	}
	return found
}
