package audit

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the size and root of the log, signed.
type Checkpoint struct {
	// Origin is the id of the log it speaks of.
	Origin string
	Size   int64
	Root   tlog.Hash
	// Note is the C2SP signed note: origin, size, base64 root, and the signature.
	Note string
	Time time.Time
}

// Checkpoint signs the present size and root and stores the note; a size that was signed
// before gives the stored note. The signer's name must be Origin. An empty log gives ErrEmpty.
func (l *Log) Checkpoint(ctx context.Context, signer note.Signer) (Checkpoint, error) {
	if signer.Name() != l.origin {
		return Checkpoint{}, ErrOrigin
	}
	size, err := l.Size(ctx)
	switch {
	case err != nil:
		return Checkpoint{}, err
	case size == 0:
		return Checkpoint{}, ErrEmpty
	}
	c, err := scanCheckpoint(l.read.QueryRowContext(ctx, readCheckpoint, size))
	if !errors.Is(err, sql.ErrNoRows) {
		return c, l.readError(ctx, err)
	}
	return l.sign(ctx, signer, size)
}

// sign makes and stores the checkpoint of a committed size. Only committed sizes are ever
// signed, so that a copy outside that is ahead of the log always means loss.
func (l *Log) sign(ctx context.Context, signer note.Signer, size int64) (Checkpoint, error) {
	hash, _, err := root(ctx, l.read, size)
	if err != nil {
		return Checkpoint{}, l.hashError(ctx, size, err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", l.origin, size, hash)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return Checkpoint{}, errSigner
	}
	return write(ctx, l, func(b *batch) (Checkpoint, error) {
		if _, err := b.exec(insertCheckpoint, size, string(signed), toMS(b.now)); err != nil {
			return Checkpoint{}, err
		}
		return scanCheckpoint(b.row(readCheckpoint, size))
	})
}

var errSigner = errors.New("audit: the signing key did not sign")

// ParseCheckpoint reads the text of a checkpoint, from a signed note whose signatures the
// caller has checked, or means not to.
func ParseCheckpoint(signed string) (Checkpoint, bool) {
	lines := strings.SplitN(signed, "\n", 4)
	if len(lines) != 4 || lines[0] == "" {
		return Checkpoint{}, false
	}
	size, sizeErr := strconv.ParseInt(lines[1], 10, 64)
	hash, hashErr := base64.StdEncoding.DecodeString(lines[2])
	if sizeErr != nil || hashErr != nil || len(hash) != tlog.HashSize || size < 1 ||
		strconv.FormatInt(size, 10) != lines[1] || base64.StdEncoding.EncodeToString(hash) != lines[2] {
		return Checkpoint{}, false
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(hash), Note: signed}, true
}

// scanCheckpoint reads a stored checkpoint; a note that is none is a *Damage.
func scanCheckpoint(row scanner) (Checkpoint, error) {
	var size, ms int64
	var signed string
	if err := row.Scan(&size, &signed, &ms); err != nil {
		return Checkpoint{}, err
	}
	c, ok := ParseCheckpoint(signed)
	if !ok || c.Size != size {
		return Checkpoint{}, &Damage{size, DamageCheckpoint}
	}
	c.Time = fromMS(ms)
	return c, nil
}

// Extends checks that the log still holds everything that a checkpoint, kept here or
// elsewhere, vouches for; else it returns a *Damage. The caller has checked the signature.
func (l *Log) Extends(ctx context.Context, c Checkpoint) error {
	if c.Origin != l.origin {
		return ErrOrigin
	}
	size, err := l.Size(ctx)
	switch {
	case err != nil:
		return err
	case size < c.Size:
		return &Damage{c.Size, DamageShorter}
	}
	hash, _, err := root(ctx, l.read, c.Size)
	switch {
	case err != nil:
		return l.hashError(ctx, c.Size, err)
	case hash != c.Root:
		return &Damage{c.Size, DamageCheckpoint}
	}
	return nil
}

// hashError gives an error met while reading hashes its public form.
func (l *Log) hashError(ctx context.Context, seq int64, err error) error {
	if errors.Is(err, errHashMissing) {
		return &Damage{seq, DamageHash}
	}
	return l.readError(ctx, err)
}

// checkNewest refuses a log that its own newest checkpoint contradicts.
func (l *Log) checkNewest(ctx context.Context) error {
	c, err := scanCheckpoint(l.read.QueryRowContext(ctx, lastCheckpoint))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = l.Extends(ctx, c)
	}
	damage, ok := errors.AsType[*Damage](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrOrigin):
		return &StartFault{StartDamaged, "origin"}
	case !ok:
		return startFault(l.engine, err)
	case damage.Code == DamageShorter:
		return &StartFault{StartRestored, ""}
	}
	return &StartFault{StartDamaged, string(damage.Code)}
}
