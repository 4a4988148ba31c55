package main

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// policyExplain is `policy explain --as U --do ACTION --secret ENV/NAME [--in GROUP,…]
// [FILE]`: 0 if the person may, alone or with approval, 1 if not.
func policyExplain(args []string, c console) int {
	var q question
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	flags.StringVar(&q.as, "as", "", "")
	flags.StringVar(&q.do, "do", "", "")
	flags.StringVar(&q.secret, "secret", "", "")
	flags.StringVar(&q.in, "in", "", "")
	file, wrong := policyArgs(flags, args, c)
	switch {
	case wrong != "":
		return policyUsage(c, wrong)
	case q.as == "" || q.do == "" || q.secret == "":
		return policyUsage(c, "policycli.no_question")
	}
	p, ok := sound(file, c)
	if !ok {
		return exitUsage
	}
	r, wrong := q.request(p)
	if wrong != "" {
		sayTo(c.stderr, wrong)
		return exitUsage
	}
	d := p.Decide(r)
	explain(c.stdout, member(q.as, groupNames(q.in)), r, d)
	if d.Outcome() == policy.OutcomeDeny {
		return exitFailed
	}
	return exitOK
}

// question is what `policy explain` asks.
type question struct {
	as, do, secret, in string
}

// request makes the request out of the flags; the key of a sentence says what is wrong.
func (q question) request(p *policy.Policy) (policy.Request, wording.Key) {
	user, valid := secret.ParseUserID(q.as)
	if !valid {
		return policy.Request{}, "policycli.bad_as"
	}
	if !secret.Action(q.do).Valid() {
		return policy.Request{}, "policycli.bad_do"
	}
	ref, faults := secret.ParseRef(q.secret)
	if _, known := p.Environment(ref.Environment); len(faults) > 0 || !known {
		return policy.Request{}, "policycli.bad_secret"
	}
	in, ok := stated(p, groupNames(q.in))
	if !ok {
		return policy.Request{}, "policycli.bad_in"
	}
	return policy.Request{Person: secret.Person{User: user}, Groups: in, Action: secret.Action(q.do), Ref: ref}, ""
}

// groupNames splits a list of names at its commas.
func groupNames(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// stated is the membership that somebody states; every other group is known to be without
// the person. ok is false if there is no such group.
func stated(p *policy.Policy, groups []string) (in map[string]bool, ok bool) {
	in = make(map[string]bool)
	for _, g := range p.Groups() {
		in[g.Name] = false
	}
	for _, name := range groups {
		if _, known := in[name]; !known {
			return nil, false
		}
		in[name] = true
	}
	return in, true
}

// explain prints a decision: the answer, the rule, the consent it takes, and which rules
// did not match and why.
func explain(w io.Writer, who string, r policy.Request, d policy.Decision) {
	rule := ruleName(d.Rule)
	about := []string{"who", who, "do", string(r.Action), "secret", r.Ref.String(), "rule", rule}
	switch outcome := d.Outcome(); {
	case outcome == policy.OutcomeAllow:
		sayTo(w, "policycli.allow", about...)
	case outcome == policy.OutcomeApprove:
		sayTo(w, "policycli.approve", about...)
	case rule != "":
		sayTo(w, "policycli.deny", about...)
	default:
		sayTo(w, "policycli.unmatched", about...)
	}
	explainConsent(w, d)
	for _, t := range d.Tried {
		fmt.Fprintf(w, "  %s\n", wording.English().Say(wording.Key("policycli.tried."+t.Failed), "rule", t.Rule))
	}
}

func explainConsent(w io.Writer, d policy.Decision) {
	for i, s := range d.Approve {
		sayTo(w, "policycli.stage", "number", strconv.Itoa(i+1), "count", strconv.Itoa(s.Count),
			"people", people(s.By), "expires", duration(s.Expires))
		if s.Remind > 0 {
			sayTo(w, "policycli.remind", "after", duration(s.Remind))
		}
		if len(s.Escalate.Groups)+len(s.Escalate.Users) > 0 {
			sayTo(w, "policycli.escalate", "after", duration(2*s.Remind), "people", people(s.Escalate))
		}
	}
	if d.Hold > 0 {
		sayTo(w, "policycli.hold", "time", duration(d.Hold))
	}
	if b := d.BreakGlass; b != nil {
		sayTo(w, "policycli.break_glass", "people", people(b.ReviewBy), "due", duration(b.Due), "count", strconv.Itoa(b.PerDay))
	}
}

// people lists groups by name, with the ids of everyone whom the file lists.
func people(p policy.People) string {
	all := append(append([]string{}, p.Groups...), p.Users...)
	return strings.Join(all, ", ")
}

// duration writes a time as the policy file does.
func duration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}
