package slackapp

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// whyPage says for every act whether the person may, and which rules decided or missed;
// acts with the same answer stand together.
func (a *App) whyPage(v viewer, c *composer, p page) slack.ModalViewRequest {
	if !a.Sights.Why(v.Person, secret.View, p.ref).Allowed {
		return a.hiddenPage(v, c, p)
	}
	c.production(p.ref.Environment)
	c.text("modal.why.what", "ref", inCode(p.ref.String()))
	var answers []markup
	actions := make(map[markup][]string) // :: answer -> what it is about
	for _, action := range secret.Actions() {
		if action == secret.Retire {
			continue // the update that asks for it covers it
		}
		answer := c.decision(a.Sights.Why(v.Person, action, p.ref))
		if actions[answer] == nil {
			answers = append(answers, answer)
		}
		actions[answer] = append(actions[answer], string(c.markup(wording.Key("action."+action))))
	}
	for _, answer := range answers {
		c.text("modal.why.answer", "action", markup(strings.Join(actions[answer], ", ")), "decision", answer)
	}
	a.unless(v, c, p)
	return c.modal(VerbWhy, metadata{Env: p.ref.Environment, Name: p.ref.Name})
}

// decision says what policy answered, and how it came to that.
func (c *composer) decision(d policy.Decision) markup {
	rule, _, _ := strings.Cut(d.Rule, "@")
	switch {
	case d.Superseded:
		return c.markup("why.superseded")
	case d.NeedsApproval():
		return c.markup("why.approve", "rule", inCode(rule), "terms", c.terms(d)+c.alone(d.BreakGlass))
	case d.Allowed:
		return c.markup("why.allowed", "rule", inCode(rule))
	case d.Rule != "":
		return c.markup("why.denied", "rule", inCode(rule))
	case len(d.Tried) == 0:
		return c.markup("why.no_rules")
	}
	return c.markup("why.unmatched", "rules", c.tried(d.Tried))
}

// alone says how the person may act without the consent of others, if at all.
func (c *composer) alone(glass *policy.BreakGlass) markup {
	if glass == nil {
		return ""
	}
	return "\n" + c.markup("why.emergency", "who", c.people(named(glass.ReviewBy), glass.ReviewBy.Users), "time", c.duration(glass.Due))
}

// triedShown is how many rules that did not match are named.
const triedShown = 8

func (c *composer) tried(all []policy.Trial) markup {
	var lines []string
	for _, t := range all[:min(len(all), triedShown)] {
		lines = append(lines, string(c.markup(wording.Key("why.tried."+t.Failed), "rule", inCode(t.Rule))))
	}
	if more := len(all) - triedShown; more > 0 {
		lines = append(lines, string(c.markup("why.tried.more", "count", fmt.Sprint(more))))
	}
	return markup(strings.Join(lines, "\n"))
}
