package store

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
)

// MinKey is the least number of random bytes of a key.
const MinKey = 32

// ErrKeys is returned for a setting that is no list of keys. It quotes nothing.
var ErrKeys = errors.New("store: keys are ID:HEX of at least 32 bytes, separated by commas, each id once")

// Keyring is a list of keys under their ids: the first signs, all of them verify. Like a
// value it prints as redacted, since its bytes stand behind a func.
type Keyring struct {
	ids    []string
	open   func(id string) []byte
	derive func(id, purpose string) []byte
}

// ParseKeyring reads "ID:HEX[,ID:HEX…]".
func ParseKeyring(text string) (Keyring, error) {
	keys := make(map[string][]byte) // :: id -> key
	var ids []string
	for part := range strings.SplitSeq(text, ",") {
		id, digits, ok := strings.Cut(strings.TrimSpace(part), ":")
		key, err := hex.DecodeString(digits)
		if _, twice := keys[id]; !ok || err != nil || twice || !isKeyID(id) || len(key) < MinKey {
			return Keyring{}, ErrKeys
		}
		keys[id] = key
		ids = append(ids, id)
	}
	open := func(id string) []byte { return keys[id] }
	return Keyring{ids, open, derived(open)}, nil
}

// maxDerived is how many derived keys are kept: more than there are purposes of seals.
// Those of fingerprints, one for each secret, are made anew beyond.
const maxDerived = 64

// derived makes the key of an id for one purpose. Making it takes twice as long as the MAC
// that it is for.
func derived(open func(id string) []byte) func(id, purpose string) []byte {
	type use struct{ id, purpose string }
	var mu sync.Mutex
	kept := make(map[use][]byte)
	return func(id, purpose string) []byte {
		mu.Lock()
		defer mu.Unlock()
		key, known := kept[use{id, purpose}]
		if known {
			return key
		}
		key, err := hkdf.Key(sha256.New, open(id), nil, purpose, sha256.Size)
		if err != nil {
			panic(err) // unreachable: the length is within HKDF's bounds
		}
		if len(kept) < maxDerived {
			kept[use{id, purpose}] = key
		}
		return key
	}
}

// isKeyID keeps ids fit for records, where a fingerprint shows them: 1 to 32 letters,
// digits, "-", "_" and ".".
func isKeyID(id string) bool {
	outside := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r))
	}
	return id != "" && len(id) <= 32 && !strings.ContainsFunc(id, outside)
}

// Current is the id of the key that signs.
func (k Keyring) Current() string { return k.ids[0] }

// Same reports whether the two rings share a key under any id: keys of different
// purposes must be distinct.
func (k Keyring) Same(other Keyring) bool {
	for _, a := range k.ids {
		for _, b := range other.ids {
			if hmac.Equal(k.open(a), other.open(b)) {
				return true
			}
		}
	}
	return false
}

// String returns the ids only.
func (k Keyring) String() string { return "keys " + strings.Join(k.ids, ",") }

// MarshalText returns what String does.
func (k Keyring) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// mac returns "ID:HEX" of the current key's MAC over parts under a key of its own for
// purpose, so that a MAC made for one purpose proves nothing for another.
func (k Keyring) mac(purpose string, size int, parts ...[]byte) string {
	return k.macWith(k.Current(), purpose, size, parts)
}

// proves reports whether mac is this ring's MAC over the same parts.
func (k Keyring) proves(mac, purpose string, size int, parts ...[]byte) bool {
	id, _, ok := strings.Cut(mac, ":")
	if !ok || k.open(id) == nil {
		return false
	}
	return hmac.Equal([]byte(mac), []byte(k.macWith(id, purpose, size, parts)))
}

func (k Keyring) macWith(id, purpose string, size int, parts [][]byte) string {
	h := hmac.New(sha256.New, k.derive(id, purpose))
	for _, p := range parts {
		h.Write(binary.AppendUvarint(nil, uint64(len(p)))) // so that parts can't run into each other
		h.Write(p)
	}
	return id + ":" + hex.EncodeToString(h.Sum(nil)[:size])
}
