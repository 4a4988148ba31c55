package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// A value that waits for consent is a secret of its own, never a version of the live one.
// It is sealed under a key that only the database has, so that neither a copy of the
// database nor an accessor of the whole project can read it.

// stagedKeySize makes it AES-256.
const stagedKeySize = 32

// stagedFor is how long the staged value outlives the request and its hold, which is more
// than the change can need it: should everything else fail, Secret Manager deletes it.
const stagedFor = time.Hour

// stagedVersion is the only version of a staging secret that is read.
const stagedVersion secret.Version = 1

func stagingTarget(project, change string) Target {
	return Target{project, secret.Name(secret.StagingPrefix + change)}
}

// stage makes a recorded request ready to be decided: its value is put away, and from the
// step on people may be asked.
func (s *Store) stage(ctx context.Context, c audit.Change, v secret.Value) {
	ctx = WithChange(ctx, c.ID)
	w := work{change: c}
	r, err := s.Request(c)
	if err != nil {
		s.finish(ctx, &w, failed(DetailForged))
		return
	}
	w.request = r
	step := audit.Step{ID: c.ID, From: []audit.Event{audit.EventRequested}, To: audit.EventStaged, Due: r.Expires()}
	step.Records = []audit.Record{r.record(audit.EventStaged)}
	if r.staged() {
		if step.Key, err = s.putAway(ctx, r, v); err != nil {
			s.finish(ctx, &w, failedBy(err))
			return
		}
	}
	if _, err := s.step(ctx, step); err != nil {
		s.left(&w, err)
	}
}

// putAway seals the value and stages it. The key is the caller's to keep.
func (s *Store) putAway(ctx context.Context, r Request, v secret.Value) (key []byte, err error) {
	key = make([]byte, stagedKeySize)
	_, _ = rand.Read(key) // never fails: the runtime ends the process instead
	sealed := secret.NewValue(stagingCipher(key).Seal(nil, nil, v.Reveal(), stagingData(r)))
	t, until := stagingTarget(r.Project, r.ID), r.Expires().Add(r.Hold()).Add(stagedFor)
	err = s.persist(ctx, func(ctx context.Context) error {
		_, err := s.secrets.Create(ctx, t, Patch{Labels: map[string]string{StagingLabel: s.installation}, Expires: &until})
		if err != nil && kindOf(err) == Exists {
			return nil // an attempt that was not answered: nobody else has this id
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, s.persist(ctx, func(ctx context.Context) error {
		_, err := s.versions.Add(ctx, t, sealed) // sent twice it makes two versions of the same bytes
		return err
	})
}

// fetch reads a staged value back. DetailStaged says that it is not there any more as it
// was put away; an error, that nobody can say.
func (s *Store) fetch(ctx context.Context, r Request) (v secret.Value, detail string, err error) {
	var key []byte
	err = s.retry(ctx, func(ctx context.Context) error {
		key, err = s.box.Key(ctx, r.ID)
		return err
	})
	if err != nil {
		return secret.Value{}, "", err
	}
	if len(key) != stagedKeySize {
		return secret.Value{}, DetailStaged, nil
	}
	sealed, err := s.persistRead(ctx, stagingTarget(r.Project, r.ID), stagedVersion)
	switch {
	case err == nil:
	case kindOf(err) == NotFound, kindOf(err) == Stale:
		return secret.Value{}, DetailStaged, nil
	default:
		return secret.Value{}, "", err
	}
	defer sealed.Wipe()
	open, err := stagingCipher(key).Open(nil, nil, sealed.Reveal(), stagingData(r))
	if err != nil {
		return secret.Value{}, DetailStaged, nil
	}
	return secret.NewValue(open), "", nil
}

// stagingCipher is AES-256-GCM with a random nonce in front of what it seals.
func stagingCipher(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("store: the staging key has another size") // unreachable: both callers saw to it
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("store: GCM needs a block of 16 bytes") // unreachable: AES has it
	}
	return aead
}

// stagingData binds what is staged to its change and to what the change committed to.
func stagingData(r Request) []byte { return []byte(r.ID + "\n" + r.Commitment) }

// clear deletes the staging secret of a change that has ended. It tries once: what it
// can't delete now the patrol deletes later, and Secret Manager at the latest.
func (s *Store) clear(ctx context.Context, r Request) {
	if !r.staged() {
		return
	}
	if err := s.unstage(ctx, stagingTarget(r.Project, r.ID)); err != nil {
		s.logger.Warn("staged value not deleted yet", "change", r.ID, "reason", err)
	}
}

// unstage deletes one staging secret of this installation.
func (s *Store) unstage(ctx context.Context, t Target) error {
	now, exists, err := s.get(ctx, t)
	switch {
	case err != nil || !exists:
		return err
	case now.Labels[StagingLabel] != s.installation:
		return errors.New("store: it does not bear this installation's label")
	}
	err = s.within(ctx, func(ctx context.Context) error { return s.secrets.DeleteStaged(ctx, t, now.Etag) })
	if err != nil && kindOf(err) == NotFound {
		return nil
	}
	return err
}
