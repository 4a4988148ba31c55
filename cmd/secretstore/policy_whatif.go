package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// policyWhatIf is `policy what-if [--last N] [--in GROUP,…] [--json] NEWFILE`: 0 if no
// decision would change, 1 if one would, 2 if that could not be found out.
func policyWhatIf(ctx context.Context, args []string, c console) int {
	flags := flag.NewFlagSet("what-if", flag.ContinueOnError)
	last := flags.Int("last", 100, "")
	in := flags.String("in", "", "")
	asJSON := flags.Bool("json", false, "")
	file, wrong := policyArgs(flags, args, c)
	switch {
	case wrong != "":
		return policyUsage(c, wrong)
	case *last < 1:
		return policyUsage(c, "terminal.misused")
	}
	if c.env(envConfig) == "" {
		return tell(c.stderr, []problem{{envConfig, "policycli.not_in_force", nil}})
	}
	older, ok := sound(c.env(envConfig), c)
	newer, also := sound(file, c)
	if !ok || !also {
		return exitUsage
	}
	requests, problems := recordedRequests(ctx, c.env, *last)
	if len(problems) > 0 {
		return tell(c.stderr, problems)
	}
	w := replay(older, newer, requests, groupNames(*in))
	w.print(c.stdout, *asJSON)
	if len(w.Changed) > 0 {
		return exitFailed
	}
	return exitOK
}

// requestPage is how many records are read at once.
const requestPage = 500

// recordedRequests reads the newest requests of the log, the newest first. It uses what
// `serve` is set to, and may run beside it.
func recordedRequests(ctx context.Context, env func(string) string, last int) ([]audit.Record, []problem) {
	reader, problems := openLog(ctx, env)
	if len(problems) > 0 {
		return nil, problems
	}
	defer reader.Close()
	var found []audit.Record
	for end := reader.Size(); end > 0 && len(found) < last; end -= requestPage {
		from := max(end-requestPage+1, 1)
		records, err := reader.Readable(ctx, from, end)
		switch {
		case err != nil:
			return nil, []problem{databaseProblem(err)}
		case int64(len(records)) <= end-from:
			return nil, []problem{{envDatabase, "database.log_damaged", []string{"what", ""}}}
		}
		for _, r := range slices.Backward(records) {
			if (r.Event == audit.EventRequested || r.Event == audit.EventDenied) && len(found) < last {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

// whatIf says how another policy would have decided on recorded requests.
type whatIf struct {
	Requests int               `json:"requests"`
	Changed  []changedDecision `json:"changed"`
}

// changedDecision is one request that the newer policy decides otherwise.
type changedDecision struct {
	Seq    int64     `json:"seq"`
	Time   time.Time `json:"time"`
	Person string    `json:"person"` // user id
	Action string    `json:"action"`
	Secret string    `json:"secret"`
	Old    verdict   `json:"old"`
	New    verdict   `json:"new"`
}

// verdict is a decision in short.
type verdict struct {
	Outcome policy.Outcome `json:"outcome"`
	Rule    string         `json:"rule"` // "" if none matched
	Alone   bool           `json:"alone_in_an_emergency"`
}

func newVerdict(d policy.Decision) verdict {
	return verdict{d.Outcome(), ruleName(d.Rule), d.BreakGlass != nil}
}

// ruleName is the name of a rule as decisions and records bear it, before the policy's hash.
func ruleName(stamp string) string {
	name, _, _ := strings.Cut(stamp, "@")
	return name
}

// replay decides every request by both policies. The log does not keep who was in which
// usergroup: a person counts as a member of the groups that the recorded rule was for, and
// of those in the list in.
func replay(older, newer *policy.Policy, requests []audit.Record, in []string) whatIf {
	w := whatIf{Changed: []changedDecision{}}
	for _, r := range requests {
		q, ok := asked(r)
		if !ok {
			continue
		}
		w.Requests++
		groups := append(older.For(ruleName(r.Rule)).Usergroups, in...)
		was, is := newVerdict(decideAs(older, q, groups)), newVerdict(decideAs(newer, q, groups))
		if was.Outcome != is.Outcome || was.Alone != is.Alone {
			w.Changed = append(w.Changed, changedDecision{r.Seq, r.Time, q.Person.User, string(q.Action), q.Ref.String(), was, is})
		}
	}
	return w
}

// asked is the question that a recorded request put to policy.
func asked(r audit.Record) (policy.Request, bool) {
	person, ok := secret.ParsePerson(r.ActorID)
	action, _, _ := strings.Cut(r.Detail, " ")
	ref := secret.Ref{Environment: secret.Environment(r.Environment), Name: secret.Name(r.Secret)}
	return policy.Request{Person: person, Action: secret.Action(action), Ref: ref}, ok && secret.Action(action).Valid()
}

// decideAs decides for a member of groups, as far as p has groups of these names.
func decideAs(p *policy.Policy, q policy.Request, groups []string) policy.Decision {
	q.Groups, _ = stated(p, slices.DeleteFunc(slices.Clone(groups), func(name string) bool {
		_, known := p.Group(name)
		return !known
	}))
	return p.Decide(q)
}

func (w whatIf) print(out io.Writer, asJSON bool) {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(w) // plain fields; a broken pipe has nobody to be told
		return
	}
	for _, c := range w.Changed {
		sayTo(out, "policycli.changed", "seq", strconv.FormatInt(c.Seq, 10), "time", c.Time.UTC().Format(time.RFC3339),
			"who", c.Person, "do", c.Action, "secret", c.Secret, "old", c.Old.String(), "new", c.New.String())
	}
	sayTo(out, "policycli.replayed", "requests", strconv.Itoa(w.Requests), "changed", strconv.Itoa(len(w.Changed)))
}

// String is a verdict in a line.
func (v verdict) String() string {
	key := wording.Key("policycli.by_rule")
	switch {
	case v.Rule == "":
		key = "policycli.by_none"
	case v.Alone:
		key = "policycli.by_rule_alone"
	}
	return wording.English().Say(key, "outcome", string(v.Outcome), "rule", v.Rule)
}
