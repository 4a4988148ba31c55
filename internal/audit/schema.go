package audit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"
)

// prepareSchema brings the tables up to this release in one transaction, under a lock, so
// that replicas may start at the same time. Tables of a newer release are used as they
// are if that release allows it.
func prepareSchema(ctx context.Context, e *engine) error {
	tx, err := e.write.BeginTx(ctx, nil)
	if err != nil {
		return startFault(e, err)
	}
	defer tx.Rollback()
	if err := migrate(ctx, tx, e); err != nil {
		return startFault(e, err)
	}
	return startFault(e, tx.Commit())
}

func migrate(ctx context.Context, tx *sql.Tx, e *engine) error {
	if e.lock != "" {
		if _, err := tx.ExecContext(ctx, e.lock); err != nil {
			return err
		}
	}
	for _, text := range []string{makeSchema, firstSchema} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	var version, oldest int
	if err := tx.QueryRowContext(ctx, readSchema).Scan(&version, &oldest); err != nil {
		return err
	}
	switch {
	case oldest > len(schemaSteps):
		return &StartFault{StartSchema, ""}
	case version >= len(schemaSteps):
		return nil
	}
	return expand(ctx, tx, version)
}

// expand takes the steps that are missing.
func expand(ctx context.Context, tx *sql.Tx, version int) error {
	for _, step := range schemaSteps[version:] {
		for text := range strings.SplitSeq(step, ";") {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, firstChain, newOrigin()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, writeSchema, len(schemaSteps), oldestReader)
	return err
}

// newOrigin names a log so that no other has its name. It is the key name of its
// checkpoints: no spaces, no plus (source: c2sp.org/signed-note).
func newOrigin() string { return "secretstore/" + strings.ToLower(rand.Text()) }

// startFault turns an error met while opening into one that may be shown.
func startFault(e *engine, err error) error {
	switch err.(type) {
	case nil, *StartFault:
		return err
	}
	_, code := e.judge(err)
	if e.surviving {
		return &StartFault{StartConnect, code}
	}
	return fileFault(code)
}
