package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Keys are the public keys that checkpoints are held against. The zero Keys hold none. Who
// has them can verify, and not sign.
type Keys struct{ all []publicKey }

// publicKey is one key; without a name it is believed for every log.
type publicKey struct {
	log string
	key ed25519.PublicKey
}

// KeyFault is why a text is no public key of ours. It quotes nothing: the text may be a
// private key.
type KeyFault struct{ Code KeyCode }

// KeyCode names what is wrong with a key.
type KeyCode string

// The codes of a KeyFault.
const (
	// KeyPrivate: it is a private key, in one of the forms in which they are kept.
	KeyPrivate KeyCode = "private"
	// KeyOther: it is a key of another algorithm than Ed25519.
	KeyOther KeyCode = "other_algorithm"
	// KeyUnreadable: it is no key, or not the whole of one.
	KeyUnreadable KeyCode = "unreadable"
)

func (f *KeyFault) Error() string { return "audit: not a public key: " + string(f.Code) }

// MaxKeyFile is the largest file of keys in bytes: hundreds of them.
const MaxKeyFile = 64 << 10

// Add takes up the keys of a text: PEM blocks `PUBLIC KEY` (RFC 8410), as "openssl pkey
// -pubout" writes them, with any text around them; or one verifier key NAME+HASH+KEY (C2SP
// signed note), which is believed for the log of its name alone. The error is a *KeyFault.
func (k *Keys) Add(text []byte) error {
	found, code := parseKeys(text)
	if code != "" {
		return &KeyFault{code}
	}
	for _, p := range found {
		k.add(p)
	}
	return nil
}

// AddKey takes up a key that is believed for every log.
func (k *Keys) AddKey(key ed25519.PublicKey) { k.add(publicKey{"", key}) }

// add keeps each key once for a log: package note takes two alike for a contradiction.
func (k *Keys) add(p publicKey) {
	if p.log == "" { // it is believed for each of the others' logs
		k.all = slices.DeleteFunc(k.all, func(known publicKey) bool { return known.key.Equal(p.key) })
	}
	same := func(known publicKey) bool {
		return known.key.Equal(p.key) && (known.log == p.log || known.log == "")
	}
	if !slices.ContainsFunc(k.all, same) {
		k.all = append(k.all, p)
	}
}

// Empty reports whether there are no keys.
func (k *Keys) Empty() bool { return len(k.all) == 0 }

// Fingerprints are the Fingerprint of each key.
func (k *Keys) Fingerprints() (all []string) {
	for _, p := range k.all {
		all = append(all, Fingerprint(p.key))
	}
	return all
}

// Open reads a checkpoint that one of the keys signed, of whichever log it speaks.
func (k *Keys) Open(signed string) (Checkpoint, bool) {
	c, ok := ParseCheckpoint(signed)
	if !ok {
		return Checkpoint{}, false
	}
	_, err := note.Open([]byte(signed), k.of(c.Origin))
	return c, err == nil
}

// of is the keys that are believed for a log, by the name that its notes give them.
func (k *Keys) of(origin string) note.Verifiers {
	var all []note.Verifier
	for _, p := range k.all {
		if p.log != "" && p.log != origin {
			continue
		}
		text, err := note.NewEd25519VerifierKey(origin, p.key)
		if err != nil {
			continue // an origin that can't name a key: nothing can be signed for it
		}
		if verifier, err := note.NewVerifier(text); err == nil {
			all = append(all, verifier)
		}
	}
	return note.VerifierList(all...)
}

// PublicPEM is a key as a block that Add reads, and openssl.
func PublicPEM(key ed25519.PublicKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: publicDER(key)})
}

// Fingerprint is hex SHA-256 of a key's DER form (RFC 8410), as
// "openssl pkey -pubin -outform DER | sha256sum" prints it.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(publicDER(key))
	return hex.EncodeToString(sum[:])
}

func publicDER(key ed25519.PublicKey) []byte {
	der, _ := x509.MarshalPKIXPublicKey(key) // it knows the type
	return der
}

// Parts of a PEM file.
const (
	publicBlock = "PUBLIC KEY"
	blockBegins = "-----BEGIN "
)

// privateForms are private keys: every PEM of one, that of a signed note, and ID:HEX of the
// settings.
var privateForms = regexp.MustCompile(`PRIVATE KEY-----|PRIVATE\+KEY\+|\b[A-Za-z0-9_.-]{1,32}:[0-9A-Fa-f]{64}`)

// fingerprintMark stands before a fingerprint, which looks like ID:HEX beside a key.
var fingerprintMark = regexp.MustCompile(`(?i)\bsha-?256:`)

// parseKeys reads keys; code is "" unless something is wrong.
func parseKeys(text []byte) (found []publicKey, code KeyCode) {
	blocks := bytes.Count(text, []byte(blockBegins))
	switch {
	case privateForms.Match(fingerprintMark.ReplaceAll(text, nil)):
		return nil, KeyPrivate
	case blocks == 0:
		return parseNoteKey(strings.TrimSpace(string(text)))
	}
	for range blocks {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil, KeyUnreadable // one that is broken must not be passed over
		}
		any, err := x509.ParsePKIXPublicKey(block.Bytes)
		key, ours := any.(ed25519.PublicKey)
		switch {
		case block.Type != publicBlock, err != nil:
			return nil, KeyUnreadable
		case !ours:
			return nil, KeyOther
		}
		found, text = append(found, publicKey{"", key}), rest
	}
	return found, ""
}

// parseNoteKey reads NAME+HASH+KEY, of which package note knows Ed25519 alone.
func parseNoteKey(text string) ([]publicKey, KeyCode) {
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return nil, KeyUnreadable
	}
	parts := strings.SplitN(text, "+", 3)
	marked, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(marked) != 1+ed25519.PublicKeySize {
		return nil, KeyUnreadable // unreachable: NewVerifier took it
	}
	return []publicKey{{verifier.Name(), marked[1:]}}, ""
}
