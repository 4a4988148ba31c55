package store_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/store"
)

// TestSignerIsWhatAuditorsVerify opens a signed note with the public key alone.
func TestSignerIsWhatAuditorsVerify(t *testing.T) {
	seed := strings.Repeat("5a", ed25519.SeedSize)
	ring, err := store.ParseKeyring("sign:" + seed)
	must(t, err)
	signer, err := ring.Signer("log.example/1")
	must(t, err)
	signed, err := note.Sign(&note.Note{Text: "log.example/1\n1\nroot\n"}, signer)
	must(t, err)
	raw, err := hex.DecodeString(seed)
	must(t, err)
	key, err := note.NewEd25519VerifierKey("log.example/1", ed25519.NewKeyFromSeed(raw).Public().(ed25519.PublicKey))
	must(t, err)
	verifier, err := note.NewVerifier(key)
	must(t, err)
	if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		t.Errorf("the note does not verify: %v", err)
	}
}

func TestSignerNeedsASeed(t *testing.T) {
	ring, err := store.ParseKeyring("long:" + strings.Repeat("5a", 40))
	must(t, err)
	if _, err := ring.Signer("log"); err != store.ErrKeys {
		t.Errorf("a key of 40 bytes: %v, want ErrKeys", err)
	}
}

// TestAnOldSigningKeyStillVerifies: a key that was replaced is put behind the new one.
func TestAnOldSigningKeyStillVerifies(t *testing.T) {
	old, err := store.ParseKeyring("old:" + strings.Repeat("5a", ed25519.SeedSize))
	must(t, err)
	both, err := store.ParseKeyring("new:" + strings.Repeat("3c", ed25519.SeedSize) + ",old:" + strings.Repeat("5a", ed25519.SeedSize))
	must(t, err)
	signer, err := old.Signer("log.example/1")
	must(t, err)
	signed, err := note.Sign(&note.Note{Text: "log.example/1\n1\nroot\n"}, signer)
	must(t, err)
	if _, err := note.Open(signed, note.VerifierList(both.Verifiers("log.example/1")...)); err != nil {
		t.Errorf("the note does not verify: %v", err)
	}
	if _, err := note.Open(signed, note.VerifierList(both.Verifiers("log.example/2")...)); err == nil {
		t.Error("the note verifies for another log")
	}
}
