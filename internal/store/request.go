package store

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// Request is one change as it was asked for: what is sealed, stored and later proven. It
// never changes after Submit.
type Request struct {
	ID            string             `json:"id"`
	Key           string             `json:"key"`
	Action        secret.Action      `json:"action"`
	Environment   secret.Environment `json:"environment"`
	Project       string             `json:"project"`
	Name          secret.Name        `json:"name"`
	Requester     string             `json:"requester"`
	RequesterName string             `json:"requester_name"` // as shown, never compared
	Base          secret.Version     `json:"base"`
	Recipe        secret.Recipe      `json:"recipe"`
	Bytes         int                `json:"bytes"`
	Etag          string             `json:"etag"` // of the secret when it was inspected; "" creates it
	Commitment    string             `json:"commitment"`
	Source        secret.Version     `json:"source"` // the version to roll back to or to retire
	Old           OldPlan            `json:"old"`
	Remind        Reminder           `json:"remind,omitzero"` // of the end of a certificate
	Adopt         bool               `json:"adopt"`
	Labels        map[string]string  `json:"labels"`      // the whole map to be set
	Annotations   map[string]string  `json:"annotations"` // the whole map to be set
	Owner         string             `json:"owner"`
	Notify        []string           `json:"notify"`
	Reason        string             `json:"reason"`
	Rule          string             `json:"rule"`
	Parent        string             `json:"parent"` // the change that asked for this one
	CreatedMS     int64              `json:"created_ms"`
	DueMS         int64              `json:"due_ms"`

	// What a change has that others must agree to, or that nobody was waited for.
	RequesterIDs []string     `json:"requester_ids,omitempty"` // all user ids of the requester
	Stages       []Stage      `json:"stages,omitempty"`        // who has to agree, or was skipped
	ExpiresMS    int64        `json:"expires_ms,omitempty"`
	HoldMS       int64        `json:"hold_ms,omitempty"`
	Shape        secret.Shape `json:"shape,omitzero"` // what those who decide may know of the bytes
	Emergency    bool         `json:"emergency,omitempty"`
	Incident     string       `json:"incident,omitempty"`
	ReviewBy     People       `json:"review_by,omitzero"`
	ReviewDueMS  int64        `json:"review_due_ms,omitempty"`
	PerDay       int          `json:"per_day,omitempty"` // how many emergencies there may be
}

// OldPlan says what becomes of the version that an update replaces.
type OldPlan struct {
	Do   OldAction `json:"do"`
	Days int       `json:"days"` // counted from the update; 1 to MaxOldDays
}

// OldAction is what happens to the replaced version when its days are over.
type OldAction string

// The choices of the field `old`.
const (
	OldKeep    OldAction = "keep"
	OldDisable OldAction = "disable"
	OldDestroy OldAction = "destroy"
)

// MaxOldDays is the longest time after which an old version may be retired.
const MaxOldDays = 365

// valid reports whether the plan is one of the form's choices.
func (p OldPlan) valid() bool {
	switch p.Do {
	case "", OldKeep:
		return true
	case OldDisable, OldDestroy:
		return 1 <= p.Days && p.Days <= MaxOldDays
	}
	return false
}

// ErrForged means that a stored request does not bear our seal, or that the row around it
// says something else. Nothing is applied from such a row.
var ErrForged = errors.New("store: a stored request does not match its seal")

// Ref is the secret the change is about.
func (r Request) Ref() secret.Ref { return secret.Ref{Environment: r.Environment, Name: r.Name} }

func (r Request) target() Target { return Target{r.Project, r.Name} }

// Due is when the change may be worked on; the zero time means at once.
func (r Request) Due() time.Time { return fromMS(r.DueMS) }

const (
	purposeSeal        = "secretstore request v1"
	purposeAttempt     = "secretstore attempt v1"
	purposeCommitment  = "secretstore commitment v1"
	purposeFingerprint = "secretstore fingerprint v1 "
)

// commitment is the keyed MAC over everything that will happen, the bytes included.
// Bytes stands for a value that this change writes; nil otherwise.
func (s *Store) commitment(r Request, value []byte) string {
	return s.seal.mac(purposeCommitment, sha256.Size, commitmentParts(r, value)...)
}

// matchesCommitment reports whether value is what the request committed to.
func (s *Store) matchesCommitment(r Request, value []byte) bool {
	return s.seal.proves(r.Commitment, purposeCommitment, sha256.Size, commitmentParts(r, value)...)
}

func commitmentParts(r Request, value []byte) [][]byte {
	parts := [][]byte{value}
	for _, text := range []string{
		string(r.Action), string(r.Environment), r.Project, string(r.Name), r.Base.String(),
		string(r.Recipe), r.Source.String(), string(r.Old.Do), strconv.Itoa(r.Old.Days), r.Requester,
	} {
		parts = append(parts, []byte(text))
	}
	parts = append(append(parts, pairs(r.Labels)...), pairs(r.Annotations)...)
	return append(parts, r.Remind.parts()...)
}

// pairs lays a map out in one order, led by its size.
func pairs(m map[string]string) [][]byte {
	parts := [][]byte{[]byte(strconv.Itoa(len(m)))}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, []byte(k), []byte(m[k]))
	}
	return parts
}

// fingerprint compares versions of one secret and says nothing across secrets. The hash
// inside lets a leak report be matched without the value.
func (s *Store) fingerprint(ref secret.Ref, value []byte) string {
	sum := sha256.Sum256(value)
	return s.prints.mac(purposeFingerprint+ref.String(), 16, sum[:])
}

// row makes the sealed row of a new change.
func (s *Store) row(r Request, state audit.Event) (audit.Change, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return audit.Change{}, err // unreachable: the fields are plain
	}
	person, _ := secret.ParsePerson(r.Requester)
	return audit.Change{
		ID: r.ID, Key: r.Key, Action: r.Action, Ref: r.Ref(), Requester: person,
		Request: text, Seal: s.seal.mac(purposeSeal, sha256.Size, text),
		State: state, Created: fromMS(r.CreatedMS), Due: r.Due(),
		Owner: s.owner, LeaseUntil: s.clock().Add(s.lease),
	}, nil
}

// Request reads the sealed request of a row and proves that the row around it says the same.
func (s *Store) Request(c audit.Change) (Request, error) {
	var r Request
	if !s.seal.proves(c.Seal, purposeSeal, sha256.Size, c.Request) || json.Unmarshal(c.Request, &r) != nil {
		return Request{}, ErrForged
	}
	if !r.fits(c) {
		return Request{}, ErrForged
	}
	return r, nil
}

// fits reports whether the row around a request says the same as the request.
func (r Request) fits(c audit.Change) bool {
	return r.ID == c.ID && r.Key == c.Key && r.Action == c.Action && r.Ref() == c.Ref && r.Requester == c.Requester.String()
}

// attempt is what `applying` decided: sealed like a request, so that recovery acts on
// nothing that a database writer made up.
type attempt struct {
	ID       string           `json:"id"`
	Base     secret.Version   `json:"base"`
	Deadline int64            `json:"deadline_ms"` // nothing that this attempt did to a version is answered later
	Prior    []secret.Version `json:"prior"`       // delete, restore: the versions that are enabled outside the trash
}

func (s *Store) sealAttempt(a attempt) (text []byte, seal string, err error) {
	text, err = json.Marshal(a)
	if err != nil {
		return nil, "", err // unreachable: the fields are plain
	}
	return text, s.seal.mac(purposeAttempt, sha256.Size, text), nil
}

// attemptOf reads the sealed attempt of a row; ErrForged if there is none of ours.
func (s *Store) attemptOf(c audit.Change) (attempt, error) {
	var a attempt
	if !s.seal.proves(c.AttemptSeal, purposeAttempt, sha256.Size, c.Attempt) || json.Unmarshal(c.Attempt, &a) != nil || a.ID != c.ID {
		return attempt{}, ErrForged
	}
	return a, nil
}

func fromMS(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
