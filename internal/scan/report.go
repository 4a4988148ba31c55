package scan

import (
	"slices"
	"strings"
	"time"
)

// Report is the result of a scan. It holds nothing of a secret.
type Report struct {
	Verdict  Verdict
	About    About
	Problems []*Problem // why it is inconclusive, or incomplete beside its leaks
	Findings []Finding

	Ignored     []Ignored   // by the base's settings
	InWorkspace []Finding   // excluded by the administrators of the GitGuardian workspace
	Excluded    []Exclusion // paths that were not scanned
	Unread      []Unread
	Before      int  // hits on lines that the change does not add
	Offline     bool // judged without GitGuardian, as the settings or the caller allow

	Counts        Counts
	Quota         *Quota // nil: not known
	Gitleaks      bool   // it was asked
	GGShield      string // its version; empty when it was not asked
	EngineVersion string // GitGuardian's
}

// Ignored is a finding that an entry of the settings excuses.
type Ignored struct {
	Finding
	Reason, Owner string
	Expires       time.Time
}

// Counts says how much was looked at.
type Counts struct {
	Commits, Files, Documents, Calls int
	// What a change may do without adding a byte.
	Deleted, Unchanged, Submodules int
	Cached                         int // commits that this machine's own memory knows to be clean
}

// settle decides. A leak is one whatever else went wrong; clean needs that nothing did.
func (r *Report) settle() {
	slices.SortStableFunc(r.Problems, func(a, b *Problem) int { return strings.Compare(string(a.Cause), string(b.Cause)) })
	switch {
	case len(r.Findings) > 0:
		r.Verdict = Leaks
	case len(r.Problems) > 0:
		r.Verdict = Inconclusive
	default:
		r.Verdict = Clean
	}
}
