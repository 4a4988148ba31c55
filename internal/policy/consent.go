package policy

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// Stage is one round of approval: Count different people out of By.
type Stage struct {
	By    People
	Count int
	// Expires is how long the stage may wait for its votes.
	Expires time.Duration
	// Remind is after what time those who have not voted are asked again; 0 for never.
	Remind time.Duration
	// Escalate is who is told when as much time has passed again. To be told is all: who
	// may decide is By alone.
	Escalate People
}

// BreakGlass is how somebody may act without approval in an emergency.
type BreakGlass struct {
	Who People
	// ReviewBy is who reviews it afterwards; the one who acted never does.
	ReviewBy People
	// Due is by when the review has to be done.
	Due time.Duration
	// PerDay is how often an environment may see this in a day, before reviews.
	PerDay int
}

// consent is what a rule asks for beyond a match.
type consent struct {
	stages     []Stage
	hold       time.Duration
	breakGlass *BreakGlass
}

// What stands where the file does not say, and how far it may go.
const (
	DefaultExpires = 24 * time.Hour
	DefaultDue     = 24 * time.Hour
	DefaultPerDay  = 2

	// MaxExpires keeps a value that waits from being staged for long.
	MaxExpires = 7 * 24 * time.Hour
	MaxHold    = 24 * time.Hour
	MaxDue     = 7 * 24 * time.Hour
	maxCount   = 20
	maxPerDay  = 100
)

// consent reads approve, hold and break_glass of a rule and what they mean together.
func (l *loader) consent(f map[string]*yaml.Node, r rule) consent {
	l.together(f)
	c := consent{
		stages:     l.stages(f["approve"]),
		hold:       l.duration("hold", f["hold"], 0, MaxHold),
		breakGlass: l.breakGlass(f["break_glass"]),
	}
	if f["approve"] != nil && slices.Contains(r.do, secret.View) {
		l.fault(f["approve"], CodeViewApproved)
	}
	return c
}

// together reports keys of a rule that mean nothing beside, or without, another.
func (l *loader) together(f map[string]*yaml.Node) {
	for _, key := range []string{"approve", "hold", "break_glass"} {
		switch {
		case f[key] == nil:
		case f["deny"] != nil && f["deny"].Value == "true":
			l.about(f[key], CodeBeside, key, "deny")
		case f["approve"] == nil:
			l.about(f[key], CodeWithout, key, "approve")
		}
	}
}

// stages reads one stage or a list of them.
func (l *loader) stages(n *yaml.Node) []Stage {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.SequenceNode {
		return list(l, n, l.stage)
	}
	if s, ok := l.stage(n); ok {
		return []Stage{s}
	}
	return nil
}

func (l *loader) stage(n *yaml.Node) (s Stage, ok bool) {
	before := len(l.faults)
	f := l.fields(n, stageKeys)
	s = Stage{
		By:       l.people(f["by"]),
		Count:    l.number(f["count"], 0, maxCount),
		Expires:  l.duration("expires", f["expires"], DefaultExpires, MaxExpires),
		Remind:   l.duration("remind", f["remind"], 0, MaxExpires),
		Escalate: l.people(f["escalate"]),
	}
	switch {
	case len(l.faults) > before:
	case f["escalate"] != nil && f["remind"] == nil:
		l.about(f["escalate"], CodeWithout, "escalate", "remind")
	case f["escalate"] != nil && 2*s.Remind >= s.Expires:
		l.fault(f["escalate"], CodeEscalateLate)
	case s.Remind >= s.Expires:
		l.fault(f["remind"], CodeRemindLate)
	}
	return s, len(l.faults) == before
}

func (l *loader) breakGlass(n *yaml.Node) *BreakGlass {
	if n == nil {
		return nil
	}
	f := l.fields(n, breakGlassKeys)
	return &BreakGlass{
		Who:      l.people(f["who"]),
		ReviewBy: l.people(f["review_by"]),
		Due:      l.duration("due", f["due"], DefaultDue, MaxDue),
		PerDay:   l.number(f["per_day"], DefaultPerDay, maxPerDay),
	}
}
