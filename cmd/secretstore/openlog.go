package main

import (
	"context"

	"secretstore/internal/audit"
	"secretstore/internal/gcp"
)

// openLog opens the log of `serve` to be read beside it, and makes nothing. Of the settings
// only those are needed that lead there.
func openLog(ctx context.Context, env func(string) string) (*audit.Reader, []problem) {
	s, problems := loadOnly(env, envDatabase, envSecrets)
	if len(problems) > 0 {
		return nil, problems
	}
	if reference.MatchString(s[envDatabase]) {
		manager, err := gcp.NewSecretManager(ctx, s[envSecrets])
		if err != nil {
			return nil, []problem{{placeGoogle, "setting.fault.google", nil}}
		}
		defer manager.Close()
		if problems := s.resolve(ctx, manager); len(problems) > 0 {
			return nil, problems
		}
	}
	reader, err := audit.OpenReader(ctx, s[envDatabase])
	if err != nil {
		return nil, []problem{databaseProblem(err)}
	}
	return reader, nil
}
