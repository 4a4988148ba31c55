package main

import (
	"context"

	"secretstore/internal/gcp"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// auditSettings are the settings of `serve` as far as verifying needs them, with the keys
// that sign checkpoints. Nothing is made anywhere.
func auditSettings(ctx context.Context, env func(string) string) (settings, store.Keyring, []problem) {
	s, problems := loadOnly(env, envInstallation, envProject, envDatabase, envSheets, envSheetsURL, envSecrets, envSigningKey)
	if len(problems) > 0 {
		return nil, store.Keyring{}, problems
	}
	if s[envSigningKey] != "" && !reference.MatchString(s[envSigningKey]) && !reference.MatchString(s[envDatabase]) {
		ring, problems := signingKeys(s[envSigningKey])
		return s, ring, problems
	}
	manager, err := gcp.NewSecretManager(ctx, s[envSecrets])
	if err != nil {
		return nil, store.Keyring{}, []problem{{placeGoogle, "setting.fault.google", nil}}
	}
	defer manager.Close()
	ring, problems := s.resolveSigning(ctx, manager)
	return s, ring, problems
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

func signingKeys(text string) (store.Keyring, []problem) {
	ring, err := store.ParseKeyring(text)
	if err != nil {
		return ring, []problem{{envSigningKey, "setting.fault.key", nil}}
	}
	return ring, nil
}
