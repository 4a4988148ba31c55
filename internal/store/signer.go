package store

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// algEd25519 marks the algorithm in a note's keys (source: golang.org/x/mod/sumdb/note).
const algEd25519 = 1

// Signer signs checkpoints of the log of that origin with the current key, whose bytes
// are an Ed25519 seed. ErrKeys if they are not as many as a seed has.
func (k Keyring) Signer(origin string) (note.Signer, error) {
	seed := k.open(k.Current())
	if len(seed) != ed25519.SeedSize {
		return nil, ErrKeys
	}
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	sum := sha256.Sum256(append([]byte(origin+"\n"), append([]byte{algEd25519}, public...)...))
	secret := base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, seed...))
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin, binary.BigEndian.Uint32(sum[:4]), secret))
	if err != nil {
		return nil, ErrKeys // an origin that can't name a key; the library's text quotes the key
	}
	return signer, nil
}

// Verifiers are the public keys of all keys that are seeds, the current one and those before
// it, for checkpoints of the log of that origin.
func (k Keyring) Verifiers(origin string) []note.Verifier {
	var all []note.Verifier
	for _, key := range k.VerifierKeys(origin) {
		if verifier, err := note.NewVerifier(key); err == nil {
			all = append(all, verifier)
		}
	}
	return all
}

// VerifierKeys are the Verifiers as text, which is no secret: whoever has it can verify (C2SP
// signed note, verifier keys).
func (k Keyring) VerifierKeys(origin string) []string {
	var all []string
	for _, public := range k.PublicKeys() {
		key, err := note.NewEd25519VerifierKey(origin, public)
		if err != nil {
			continue // an origin that can't name a key: nothing can be signed for it
		}
		all = append(all, key)
	}
	return all
}

// PublicKeys are those of all keys that are seeds, the current one first.
func (k Keyring) PublicKeys() []ed25519.PublicKey {
	var all []ed25519.PublicKey
	for _, id := range k.ids {
		if seed := k.open(id); len(seed) == ed25519.SeedSize {
			all = append(all, ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
		}
	}
	return all
}
