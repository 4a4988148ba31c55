package store

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
)

// Log is the durable log the law writes; *audit.Log is the real one.
type Log interface {
	// Submit claims the change's key and records the request in one transaction.
	Submit(ctx context.Context, c audit.Change, records ...audit.Record) (stored audit.Change, fresh bool, err error)
	// Advance moves a change whose state and owner are still as the step expects.
	Advance(ctx context.Context, step audit.Step) (audit.Change, error)
	// Claim takes over what is due, has not ended and has no living owner.
	Claim(ctx context.Context, owner string, until time.Time, limit int) ([]audit.Change, error)
	// Renew prolongs the leases of the changes that owner is at work on.
	Renew(ctx context.Context, owner string, until time.Time, ids []string) error
	Find(ctx context.Context, q audit.Query) ([]audit.Change, error)
}

var _ Log = (*audit.Log)(nil)

// Ballots is what consent needs of the log; *audit.Log is the real one.
type Ballots interface {
	// Vote writes a vote and takes its step in one transaction, once for each person and kind.
	Vote(ctx context.Context, v audit.Vote, step audit.Step) (c audit.Change, fresh bool, err error)
	Votes(ctx context.Context, changes ...string) ([]audit.Vote, error)
	// Key returns the key of a staged value, nil when there is none.
	Key(ctx context.Context, change string) ([]byte, error)
}

var _ Ballots = (*audit.Log)(nil)

// Past is what looking back needs of the log; *audit.Log is the real one.
type Past interface {
	History(ctx context.Context, ref secret.Ref, limit int) ([]audit.Record, error)
	// Proven returns records in order, each held against the hashes of the log.
	Proven(ctx context.Context, from int64, limit int) ([]audit.Record, error)
	Memo(ctx context.Context, name string) (audit.Memo, error)
	SetMemo(ctx context.Context, m audit.Memo) error
}

var _ Past = (*audit.Log)(nil)

// Entry is one secret of the index of names.
type Entry struct {
	Environment secret.Environment
	Name        secret.Name
	Managed     bool // bears this installation's label
	Trashed     bool // has an expiry
	Description string
}

// Names is the local index that type-ahead and lists are served from.
type Names interface {
	// Find returns up to limit entries of one project whose name contains part and which
	// visible lets through, in order of name, and how old the index is: NeverRead if it
	// was not read yet and knows own writes at most.
	Find(project, part string, limit int, visible func(secret.Name) bool) (entries []Entry, age time.Duration)
	// Note enters what was just written, ahead of the next refresh.
	Note(project string, s Secret)
}

// NeverRead is the age of an index before its first complete read: older than any other.
const NeverRead time.Duration = math.MaxInt64

// Options are the parts and settings of a Store. All but Crowd, the times, Clock and
// Logger are required.
type Options struct {
	Log      Log
	Ballots  Ballots
	Past     Past
	Secrets  Secrets
	Versions Versions
	Names    Names
	// Crowd is Slack's people; nil: no usergroup has members, and nobody agrees to anything.
	Crowd Crowd
	// Policy returns the policy in force; it is asked once for every decision.
	Policy func() *policy.Policy
	Seal   Keyring // seals requests and makes commitments
	Prints Keyring // makes fingerprints
	// Installation is the id our label bears; Owner names this process among its replicas.
	Installation string
	Owner        string

	Lease  time.Duration // how long a silent owner keeps a change; 30 s when 0
	Call   time.Duration // the limit of one call to Secret Manager; 10 s when 0
	Settle time.Duration // how long after a lost Add its version may still appear; 2 min when 0
	Give   time.Duration // how long passing faults are retried; 5 min when 0
	Patrol time.Duration // how often waiting requests and staged values are looked at; 1 min when 0
	Clock  func() time.Time
	Logger *slog.Logger
	// Retried, if not nil, is told of each passing fault after which a step is repeated: a
	// *CallError, or one of the log's.
	Retried func(error)
}

// Store applies changes. Its methods may be called at the same time.
type Store struct {
	log          Log
	box          Ballots
	crowd        Crowd
	past         Past
	secrets      Secrets
	versions     Versions
	names        Names
	policy       func() *policy.Policy
	seal, prints Keyring
	installation string
	owner        string

	lease, call, settle, give, patrol time.Duration
	clock                             func() time.Time
	logger                            *slog.Logger
	retried                           func(error)
	live                              *live
	ledger                            ledger
}

// New returns a Store. Run must be running for changes of earlier owners to be finished.
func New(o Options) *Store {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Crowd == nil {
		o.Crowd = nobody{}
	}
	return &Store{
		log: o.Log, box: o.Ballots, crowd: o.Crowd, past: o.Past, secrets: o.Secrets, versions: o.Versions, names: o.Names,
		policy: o.Policy, seal: o.Seal, prints: o.Prints, installation: o.Installation, owner: o.Owner,
		lease: cmp.Or(o.Lease, 30*time.Second), call: cmp.Or(o.Call, 10*time.Second),
		settle: cmp.Or(o.Settle, 2*time.Minute), give: cmp.Or(o.Give, 5*time.Minute),
		patrol: cmp.Or(o.Patrol, time.Minute),
		clock:  o.Clock, logger: cmp.Or(o.Logger, slog.New(slog.DiscardHandler)), live: newLive(o.Clock()),
		retried: o.Retried,
	}
}
