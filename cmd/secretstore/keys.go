package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// vault is Secret Manager, as the start needs it.
type vault interface {
	store.Secrets
	store.Versions
}

// keys are the three keys of an installation, each with a purpose of its own.
type keys struct {
	prints, seal, signing store.Keyring
}

// verify reads a checkpoint that a key of ours signed, of whichever log it speaks.
func (k keys) verify(signed string) (audit.Checkpoint, bool) {
	c, ok := audit.ParseCheckpoint(signed)
	if !ok {
		return audit.Checkpoint{}, false
	}
	_, err := note.Open([]byte(signed), note.VerifierList(k.signing.Verifiers(c.Origin)...))
	return c, err == nil
}

// reference is the form in which a setting names a version in Secret Manager. The version
// is a number: `latest` could change under a running installation.
var reference = regexp.MustCompile(`^projects/([a-z0-9:.-]+)/secrets/([A-Za-z0-9_-]{1,255})/versions/([1-9][0-9]{0,9})$`)

// resolve replaces references among the secret settings by what they stand for. One with a
// problem stays a reference.
func (s settings) resolve(ctx context.Context, v vault) []problem {
	var problems []problem
	for _, def := range allSettings() {
		m := reference.FindStringSubmatch(s[def.name])
		if !def.secret || m == nil {
			continue
		}
		n, _ := strconv.ParseInt(m[3], 10, 64) // the expression lets digits through only
		value, err := v.Access(ctx, store.Target{Project: m[1], Name: secret.Name(m[2])}, secret.Version(n))
		if err != nil {
			problems = append(problems, problem{def.name, "setting.fault.reference", nil})
			continue
		}
		text := strings.TrimSpace(string(value.Reveal())) // "echo" adds a line break
		if key := def.resolved(text); key != "" {
			problems = append(problems, problem{def.name, key, nil})
			continue
		}
		s[def.name] = text
	}
	return problems
}

// loadKeys reads the keys from the settings, or from Secret Manager, where the first start
// makes them.
func (s settings) loadKeys(ctx context.Context, v vault) (keys, []problem) {
	var k keys
	var problems []problem
	read := func(name, purpose string, into *store.Keyring) {
		ring, key := s.loadKey(ctx, v, name, purpose)
		if *into = ring; key != "" {
			problems = append(problems, problem{name, key, nil})
		}
	}
	read(envPrintKey, "fingerprint", &k.prints)
	read(envSealKey, "seal", &k.seal)
	read(envSigningKey, "signing", &k.signing)
	if len(problems) == 0 && !distinct(k.prints, k.seal, k.signing) {
		problems = append(problems, problem{envSealKey, "setting.fault.same_key", nil})
	}
	return k, problems
}

// distinct reports whether no two of the keyrings share a key.
func distinct(rings ...store.Keyring) bool {
	for i, ring := range rings {
		if slices.ContainsFunc(rings[:i], ring.Same) {
			return false
		}
	}
	return true
}

// loadKey returns one keyring, or the key of the sentence that says what is wrong.
func (s settings) loadKey(ctx context.Context, v vault, name, purpose string) (store.Keyring, wording.Key) {
	text := s[name]
	if text == "" {
		kept, err := keptKey(ctx, v, s.keyTarget(purpose))
		if err != nil {
			return store.Keyring{}, "setting.fault.key_store"
		}
		text = string(kept.Reveal())
	}
	ring, err := store.ParseKeyring(text)
	if err != nil {
		return store.Keyring{}, "setting.fault.key"
	}
	return ring, ""
}

// keyTarget is where Secret Manager keeps the key of a purpose.
func (s settings) keyTarget(purpose string) store.Target {
	return store.Target{Project: s[envProject], Name: secret.Name(secret.KeyPrefix + s[envInstallation] + "-" + purpose)}
}

// keptKey reads version 1 of a key's secret and makes it where there is none. Of several
// first starts at once, the one whose version got the number 1 wins: all read that.
func keptKey(ctx context.Context, v vault, t store.Target) (secret.Value, error) {
	kept, err := v.Access(ctx, t, 1)
	if !isKind(err, store.NotFound) {
		return kept, err
	}
	if _, err := v.Create(ctx, t, store.Patch{}); err != nil && !isKind(err, store.Exists) {
		return secret.Value{}, err
	}
	if _, err := v.Add(ctx, t, newKey()); err != nil {
		return secret.Value{}, err
	}
	return v.Access(ctx, t, 1)
}

func isKind(err error, k store.Kind) bool {
	e, ok := errors.AsType[*store.CallError](err)
	return ok && e.Kind == k
}

// newKey makes "k1:HEX" of MinKey random bytes.
func newKey() secret.Value {
	key := make([]byte, store.MinKey)
	_, _ = rand.Read(key) // never fails: the runtime ends the process instead
	return secret.NewValue([]byte("k1:" + hex.EncodeToString(key)))
}
