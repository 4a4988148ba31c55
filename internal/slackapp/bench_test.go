package slackapp

import (
	"testing"
	"time"

	"secretstore/internal/secret"
)

// BenchmarkSubmission takes a submission of Slack's shape from its bytes to an admitted
// request: verify, decode, admit.
func BenchmarkSubmission(b *testing.B) {
	body := []byte(payloadForm(testdata(b, "view_submission.json")))
	now := time.Unix(vectorTime, 0)
	header := sign(vectorKey, now, body)
	r := newReceiver(Transport{Identity: acme, Keys: []secret.Value{key(vectorKey)}})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	copied := make([]byte, len(body))
	for b.Loop() {
		copy(copied, body) // decoding overwrites it
		if _, err := Verify(header, copied, r.Keys, now); err != nil {
			b.Fatal(err)
		}
		d, err := decodeInteractionForm(copied)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.admit(d, now); err != nil {
			b.Fatal(err)
		}
	}
}
