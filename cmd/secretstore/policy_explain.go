package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/policy"
	"secretstore/internal/wording"
)

// explain prints a decision: the answer, the rule, the consent it takes, and which rules
// did not match and why.
func explain(w io.Writer, who string, r policy.Request, d policy.Decision) {
	rule, _, _ := strings.Cut(d.Rule, "@")
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
