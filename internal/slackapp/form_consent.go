package slackapp

import (
	"strings"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// foretell says before anything is typed what policy answers, as things stand: that it
// would refuse, or whose consent it asks for. The form is there all the same: only what is
// sent is decided, and recorded.
func (a *App) foretell(v viewer, c *composer, action secret.Action, ref secret.Ref) {
	d := a.Sights.Why(v.Person, action, ref)
	what := []any{"action", c.markup(wording.Key("action." + action)), "ref", inCode(ref.String())}
	switch d.Outcome() {
	case policy.OutcomeDeny:
		c.text("form.foretold", append(what, "decision", c.decision(d))...)
	case policy.OutcomeApprove:
		c.text("form.consent", append(what, "terms", c.terms(d), "time", c.duration(d.Expires))...)
	}
}

// terms is what a decision asks for before the change is made, a line for each stage.
func (c *composer) terms(d policy.Decision) markup {
	var lines []string
	for _, stage := range d.Approve {
		by := c.quorum(store.Stage{By: named(stage.By), Count: stage.Count, Members: stage.By.Users})
		lines = append(lines, string(c.markup("why.stage", "who", by)))
	}
	if d.Hold > 0 {
		lines = append(lines, string(c.markup("why.hold", "time", c.duration(d.Hold))))
	}
	return markup(strings.Join(lines, "\n"))
}

// named are the people of a rule in the words of the store.
func named(p policy.People) store.People { return store.People{Groups: p.Groups, Users: p.Users} }

// incidentMax is enough for a link.
const incidentMax = 300

// breakGlass offers to act without the consent of others to those whom the rule for the
// secret names. The second box is there so that nobody begins an emergency by a slip.
func (a *App) breakGlass(v viewer, c *composer, action secret.Action, ref secret.Ref) {
	glass := a.Sights.Why(v.Person, action, ref).BreakGlass
	if glass == nil {
		return
	}
	c.text("form.emergency.what", "who", c.people(named(glass.ReviewBy), glass.ReviewBy.Users),
		"time", c.duration(glass.Due), "count", glass.PerDay, "env", inCode(string(ref.Environment)))
	c.field(secret.FieldEmergency, "").askTick()
	c.field(secret.FieldIncident, "").askText(textInput{limit: incidentMax, optional: true})
	c.field(secret.FieldConfirm, "emergency").askTick()
}

// emergency reads whether consent is not to be waited for, and what that needs.
func (f *sentForm) emergency(sub *store.Submission) []secret.Fault {
	if f.verb == VerbDelete {
		return nil // its box of that name asks for something else
	}
	sub.Emergency, sub.Incident = f.ticked(secret.FieldEmergency), strings.TrimSpace(f.text(secret.FieldIncident))
	confirmed := f.ticked(secret.FieldConfirm)
	if !sub.Emergency {
		if confirmed || sub.Incident != "" {
			return []secret.Fault{{Field: secret.FieldEmergency, Code: CodeHalfEmergency}}
		}
		return nil
	}
	var faults []secret.Fault
	if sub.Reason == "" {
		faults = append(faults, secret.Fault{Field: secret.FieldReason, Code: store.CodeNoReason})
	}
	if sub.Incident == "" {
		faults = append(faults, secret.Fault{Field: secret.FieldIncident, Code: store.CodeNoIncident})
	}
	if !confirmed {
		faults = append(faults, secret.Fault{Field: secret.FieldConfirm, Code: CodeUnconfirmed})
	}
	return faults
}
