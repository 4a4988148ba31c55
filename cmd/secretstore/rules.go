package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/wording"
)

// rules is the policy in force, as this process knows it. A policy takes effect only when
// the log says so: the newest record of the event `policy` tells which one stands, and a
// process with another one than that changes nothing.
type rules struct {
	path    string
	journal *audit.Log
	logger  *slog.Logger
	inForce atomic.Pointer[policy.Policy]
	behind  atomic.Bool // a newer policy is recorded than ours
	refused atomic.Bool // the newest reload came to nothing
	hangup  chan os.Signal
}

// policyFile is a policy and the text it was read from.
type policyFile struct {
	*policy.Policy
	text []byte
}

// readPolicy reads the policy file; all its faults come at once.
func readPolicy(path string) (policyFile, []problem) {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return policyFile{}, []problem{{envConfig, "setting.fault.file", nil}}
	}
	p, faults := policy.Load(text)
	var problems []problem
	for _, f := range faults {
		problems = append(problems, policyProblem(f))
	}
	return policyFile{p, text}, problems
}

// newRules brings the first policy into force, and listens for SIGHUP from then on. One
// that is older than the newest recorded does no harm: the process waits for a newer file.
func newRules(ctx context.Context, path string, first policyFile, journal *audit.Log, logger *slog.Logger) (*rules, []problem) {
	r := &rules{path: path, journal: journal, logger: logger, hangup: make(chan os.Signal, 1)}
	switch err := r.enact(ctx, first); {
	case errors.Is(err, errOlderPolicy):
		r.superseded(first.Policy)
	case errors.Is(err, errSameRevision):
		return nil, []problem{{envConfig, "policycli.same_revision", []string{"revision", strconv.FormatInt(first.Revision(), 10)}}}
	case err != nil:
		return nil, []problem{{envDatabase, "policycli.unrecorded", nil}}
	}
	signal.Notify(r.hangup, syscall.SIGHUP)
	return r, nil
}

// current is the policy in force.
func (r *rules) current() *policy.Policy { return r.inForce.Load() }

// Why a policy can't take effect.
var (
	errOlderPolicy   = errors.New("a policy with a higher revision is recorded")
	errSameRevision  = errors.New("another policy with the same revision is recorded")
	errPolicyBehind  = errors.New("a newer policy is in force elsewhere")
	errPolicyContest = errors.New("other processes are changing the policy at the same time")
)

// maxContest is how often a record that others were faster with is tried again.
const maxContest = 8

// enact records a policy, unless it stands in the log already, and lets it take effect.
func (r *rules) enact(ctx context.Context, f policyFile) error {
	for range maxContest {
		newest, _, err := r.journal.Newest(ctx, audit.EventPolicy)
		if err != nil {
			return err
		}
		switch revision, hash := standing(newest); {
		case hash == f.Hash():
			r.inForce.Store(f.Policy)
			r.behind.Store(false)
			r.logger.Info("a policy is in force", "revision", f.Revision(), "hash", f.Hash())
			return nil
		case f.Supersedes(revision, hash):
		case f.Revision() == revision:
			return errSameRevision
		default:
			return errOlderPolicy
		}
		err = r.journal.Supersede(ctx, newest.Seq, policyRecord(r.recorded(ctx, newest), f.Policy), f.text)
		if err != nil && !errors.Is(err, audit.ErrMoved) && !errors.Is(err, audit.ErrUnknown) {
			return err
		}
	}
	return errPolicyContest
}

// recorded is the policy that a record tells of, nil if its text is not there or is not
// what the record says.
func (r *rules) recorded(ctx context.Context, newest audit.Record) *policy.Policy {
	_, hash := standing(newest)
	text, err := r.journal.Attachment(ctx, newest.Seq)
	if sum := sha256.Sum256(text); err != nil || hex.EncodeToString(sum[:]) != hash {
		return nil
	}
	older, _ := policy.Load(text) // a file that another release understood may have faults by now
	return older
}

// maxGains is how many lines of a record tell who may do more.
const maxGains = 50

// policyRecord says that a policy takes effect, and who may do more than by the older one.
func policyRecord(older, newer *policy.Policy) audit.Record {
	lines := []string{fmt.Sprintf("revision %d, SHA-256 %s", newer.Revision(), newer.Hash())}
	gains := policy.Gains(older, newer)
	for _, g := range gains[:min(len(gains), maxGains)] {
		lines = append(lines, shortened(g.String()))
	}
	if more := len(gains) - maxGains; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d rules more", more))
	}
	return audit.Record{Event: audit.EventPolicy, Detail: strings.Join(lines, "\n")}
}

// shortened keeps a line that names very many people from filling the cell.
func shortened(line string) string {
	const longest = audit.MaxCell / (2 * maxGains)
	if len(line) <= longest {
		return line
	}
	return strings.ToValidUTF8(line[:longest], "") + " …"
}

var standingForm = regexp.MustCompile(`^revision (\d{1,19}), SHA-256 ([0-9a-f]{64})(\n|$)`)

// standing reads revision and hash out of a record of the event `policy`; 0 and "" where
// there are none.
func standing(r audit.Record) (revision int64, hash string) {
	found := standingForm.FindStringSubmatch(r.Detail)
	if found == nil {
		return 0, ""
	}
	revision, _ = strconv.ParseInt(found[1], 10, 64) // digits only
	return revision, found[2]
}

// lookAgain is how often the log is asked whether another process has a newer policy.
const lookAgain = time.Second

// Run reloads the file at each SIGHUP, and looks out for newer policies, until ctx ends.
func (r *rules) Run(ctx context.Context) {
	defer signal.Stop(r.hangup)
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.hangup:
			r.reload(ctx)
		case <-again.C:
			r.look(ctx)
		}
	}
}

// reload reads the file again. One that can't take effect leaves everything as it is.
func (r *rules) reload(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	f, problems := readPolicy(r.path)
	for _, p := range problems {
		r.logger.Error("a fault of the new policy", "place", p.where, "fault", wording.English().Say(p.key, p.pairs...))
	}
	if len(problems) > 0 {
		r.refuse("faults", len(problems))
		return
	}
	if err := r.enact(ctx, f); err != nil {
		r.refuse("reason", err, "new", f.Revision())
		return
	}
	r.refused.Store(false)
}

// refuse says that a reload came to nothing, and why.
func (r *rules) refuse(why ...any) {
	r.refused.Store(true)
	r.logger.Error("the new policy is refused, the old one stays", append(why, "revision", r.current().Revision())...)
}

// look finds out whether a newer policy than ours is recorded.
func (r *rules) look(ctx context.Context) {
	newest, ok, err := r.journal.Newest(ctx, audit.EventPolicy)
	if err != nil || !ok {
		return // who can't read the log can't record a change either
	}
	ours := r.current()
	if revision, hash := standing(newest); !r.behind.Load() && hash != ours.Hash() && revision > ours.Revision() {
		r.superseded(ours)
	}
}

// superseded ends all changes by a policy of ours.
func (r *rules) superseded(ours *policy.Policy) {
	r.inForce.Store(ours.Superseded())
	r.behind.Store(true)
	r.logger.Error("a newer policy is recorded than this process has; it changes nothing until it has that file and a SIGHUP", "revision", ours.Revision())
}

// ready is nil unless a newer policy is in force elsewhere.
func (r *rules) ready(context.Context) error {
	if r.behind.Load() {
		return errPolicyBehind
	}
	return nil
}
