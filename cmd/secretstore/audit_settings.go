package main

import (
	"context"
	"strings"

	"secretstore/internal/gcp"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// signingRing is the keys that sign checkpoints, as `serve` has them. Nothing is made anywhere.
func signingRing(ctx context.Context, env func(string) string) (store.Keyring, []problem) {
	names := []string{envSigningKey, envSecrets}
	if strings.TrimSpace(env(envSigningKey)) == "" {
		names = append(names, envProject, envInstallation) // they lead to where it is kept
	}
	s, problems := loadOnly(env, names...)
	switch {
	case len(problems) > 0:
		return store.Keyring{}, problems
	case s[envSigningKey] != "" && !reference.MatchString(s[envSigningKey]):
		return signingKeys(s[envSigningKey])
	}
	manager, err := gcp.NewSecretManager(ctx, s[envSecrets])
	if err != nil {
		return store.Keyring{}, []problem{{placeGoogle, "setting.fault.google", nil}}
	}
	defer manager.Close()
	return s.resolveSigning(ctx, manager)
}

// resolveSigning resolves references, and reads the signing key where the first start of
// `serve` has put it.
func (s settings) resolveSigning(ctx context.Context, v vault) (store.Keyring, []problem) {
	if problems := s.resolve(ctx, v); len(problems) > 0 {
		return store.Keyring{}, problems
	}
	if s[envSigningKey] != "" {
		return signingKeys(s[envSigningKey])
	}
	at := s.keyTarget("signing")
	kept, err := v.Access(ctx, at, 1)
	if err != nil {
		key := wording.Key("auditcli.key_unread")
		if isKind(err, store.NotFound) {
			key = "auditcli.no_key"
		}
		return store.Keyring{}, []problem{{envSigningKey, key, []string{"secret", string(at.Name), "project", at.Project}}}
	}
	return signingKeys(string(kept.Reveal()))
}

// signingKeys reads the setting. A key that is no seed signs nothing.
func signingKeys(text string) (store.Keyring, []problem) {
	ring, err := store.ParseKeyring(text)
	switch {
	case err != nil:
		return ring, []problem{{envSigningKey, "setting.fault.key", nil}}
	case len(ring.PublicKeys()) == 0:
		return ring, []problem{{envSigningKey, "setting.fault.signing_key", nil}}
	}
	return ring, nil
}
