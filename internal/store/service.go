package store

import (
	"context"
	"iter"
	"time"

	"secretstore/internal/secret"
)

// Target is one secret in its GCP project. The project is its id, not its number.
type Target struct {
	Project string
	Name    secret.Name
}

// Secret is what Secret Manager tells of a secret besides its versions.
type Secret struct {
	Target
	Labels      map[string]string
	Annotations map[string]string
	Etag        string
	Created     time.Time
	Expires     time.Time // zero: never
}

// State is the state of one version.
type State string

// The states of a version, in our words.
const (
	StateEnabled   State = "enabled"
	StateDisabled  State = "disabled"
	StateDestroyed State = "destroyed"
)

// VersionInfo is what Secret Manager tells of a version besides its bytes.
type VersionInfo struct {
	Number    secret.Version
	State     State
	Created   time.Time
	DestroyAt time.Time // zero: no destruction is scheduled
	Etag      string
}

// Patch is a change to a secret's metadata. Maps replace the present ones whole, since
// Secret Manager has no mask for single keys; nil leaves them alone.
type Patch struct {
	Labels      map[string]string
	Annotations map[string]string
	Expires     *time.Time // nil leaves the expiry alone, the zero time clears it
	Etag        string     // "" writes unconditionally
}

// Secrets is what the law needs of Secret Manager's secrets. Every error is a *CallError.
type Secrets interface {
	Get(ctx context.Context, t Target) (Secret, error)
	Create(ctx context.Context, t Target, p Patch) (Secret, error)
	Update(ctx context.Context, t Target, p Patch) (Secret, error)
	List(ctx context.Context, project string) iter.Seq2[Secret, error]
	// DeleteStaged deletes a staging secret for good while it bears the etag. It is refused
	// as Invalid, without a call, for any other name: nothing else is ever deleted.
	DeleteStaged(ctx context.Context, t Target, etag string) error
}

// Versions is what the law needs of Secret Manager's versions. Every error is a
// *CallError. Reads are by number, which Secret Manager keeps strongly consistent;
// `latest` is never used (source: smdocs/reference/consistency).
type Versions interface {
	// Add sends once and never retries: each send that arrives mints a version.
	Add(ctx context.Context, t Target, v secret.Value) (secret.Version, error)
	Access(ctx context.Context, t Target, n secret.Version) (secret.Value, error)
	Info(ctx context.Context, t Target, n secret.Version) (VersionInfo, error)
	// All returns every version, the newest first.
	All(ctx context.Context, t Target) ([]VersionInfo, error)
	// SetState enables, disables or destroys one version; "" for etag is unconditional.
	SetState(ctx context.Context, t Target, n secret.Version, to State, etag string) error
}

type changeKey struct{}

// WithChange marks ctx as working for the change id, which adapters send along as the
// request reason, so that Google's own audit log names the change.
func WithChange(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, changeKey{}, id)
}

// ChangeOf returns the change id of ctx, or "".
func ChangeOf(ctx context.Context) string {
	id, _ := ctx.Value(changeKey{}).(string)
	return id
}
