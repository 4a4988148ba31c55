package scan

import (
	"fmt"
	"strings"

	"secretstore/internal/wording"
)

// say is a sentence of the leak guard. Names among the pairs are made visible by whoever
// passes them.
func say(key wording.Key, pairs ...string) string { return wording.English().Say(key, pairs...) }

// Sentence is what people are told of a problem: what is wrong, and what to do.
func (p *Problem) Sentence() string {
	return say(wording.Key("scan.cause."+string(p.Cause)), "what", shortened(visible(p.What), 200), "version", GGShieldVersion)
}

// place says where a finding is.
func (f Finding) place() string {
	pairs := []string{"path", visible(f.Path), "line", fmt.Sprint(f.Line), "commit", short(f.Commit)}
	switch kind(f.Kind) {
	case messageText:
		return say("scan.place.message", pairs...)
	case requestText:
		return say("scan.place.request", pairs...)
	}
	return say("scan.place.file", pairs...)
}

// title is a finding in one line.
func (f Finding) title() string {
	if f.Fault != "" {
		return say("scan.fault.settings", "place", f.place(), "fault", say(wording.Key("scan.fault."+f.Fault)))
	}
	return say("scan.found", "detector", visible(f.Detector), "place", f.place())
}

// facts is what is known of a finding beside its title.
func (f Finding) facts() []string {
	if f.Fault != "" {
		return nil
	}
	var facts []string
	if f.Commit != "" {
		facts = append(facts, say("scan.found.commit", "commit", short(f.Commit), "author", shortened(visible(f.Author), 60)))
	}
	facts = append(facts, say("scan.found.engines", "engines", strings.Join(f.Engines, ", ")))
	if f.Validity != "" && f.Validity != "no_checker" {
		facts = append(facts, say("scan.found.validity", "validity", visible(f.Validity)))
	}
	if f.Kind == string(fileText) {
		facts = append(facts, f.state())
	}
	return facts
}

func (f Finding) state() string {
	if f.InHead {
		return say("scan.state.head")
	}
	return say("scan.state.history")
}

// next is what the author has to do, in order.
func (f Finding) next(environment string) []string {
	if f.Fault != "" {
		return nil
	}
	steps := []string{
		say("scan.next.rotate"),
		say("scan.next.store", "command", f.Command(environment)),
	}
	switch {
	case f.Kind == string(messageText):
		steps = append(steps, say("scan.next.message"))
	case f.Kind == string(requestText):
		steps = append(steps, say("scan.next.request"))
	case f.InHead:
		steps = append(steps, say("scan.next.head"), say("scan.next.history"))
	default:
		steps = append(steps, say("scan.next.history"))
	}
	return append(steps, say("scan.next.ignore"))
}

// Command is what to type in Slack to store the secret's successor. What is typed there is
// checked again by the app, environment, name and recipe.
func (f Finding) Command(environment string) string {
	name := f.Name
	if environment != "" {
		name = environment + "/" + name
	}
	return "/secret create " + name + " as " + f.Recipe
}

// headline is the verdict in a few words, and outcome in a sentence.
func (r *Report) headline() string {
	if r.Verdict == Leaks && r.secrets() == 0 {
		return say("scan.verdict.settings")
	}
	return say(wording.Key("scan.verdict." + string(r.Verdict)))
}

// secrets counts the findings that are not faults of the settings.
func (r *Report) secrets() int {
	n := 0
	for _, f := range r.Findings {
		if f.Fault == "" {
			n++
		}
	}
	return n
}

func (r *Report) outcome() string {
	switch {
	case r.secrets() > 0:
		return say("scan.leaks", "n", fmt.Sprint(r.secrets()))
	case r.Verdict != Clean:
		return ""
	case r.Offline:
		return say("scan.clean.offline")
	case r.Counts.Documents+r.Counts.Cached == 0:
		return say("scan.clean.empty")
	}
	return say("scan.clean")
}

// section is a list of the report with its heading.
type section struct {
	title string
	lines []string
}

// sections are the lists that every report for people has after its findings.
func (r *Report) sections() []section {
	var ignored, workspace, excluded, unread []string
	for _, i := range r.Ignored {
		ignored = append(ignored, say("scan.ignored.entry", "found", i.title(), "reason", visible(i.Reason),
			"owner", visible(i.Owner), "expires", i.Expires.Format("2006-01-02")))
	}
	for _, f := range r.InWorkspace {
		workspace = append(workspace, f.title())
	}
	for _, x := range r.Excluded {
		excluded = append(excluded, say("scan.excluded.entry", "path", visible(x.Path), "reason", visible(x.Reason), "owner", visible(x.Owner)))
	}
	for _, u := range r.Unread {
		unread = append(unread, say(wording.Key("scan.unread."+u.Why), "path", visible(u.Path)))
	}
	all := []section{
		{say("scan.ignored"), ignored}, {say("scan.in_workspace"), workspace},
		{say("scan.excluded"), excluded}, {say("scan.unread"), unread},
	}
	var some []section
	for _, s := range all {
		if len(s.lines) > 0 {
			some = append(some, s)
		}
	}
	return some
}

// figures are the sentences that count.
func (r *Report) figures() []string {
	figures := []string{say("scan.counts",
		"commits", fmt.Sprint(r.Counts.Commits), "files", fmt.Sprint(r.Counts.Files),
		"documents", fmt.Sprint(r.Counts.Documents), "calls", fmt.Sprint(r.Counts.Calls), "engine", r.engine())}
	if r.Before > 0 {
		figures = append(figures, say("scan.before", "n", fmt.Sprint(r.Before)))
	}
	if r.Counts.Cached > 0 {
		figures = append(figures, say("scan.cached", "n", fmt.Sprint(r.Counts.Cached)))
	}
	if r.Quota != nil {
		left := max(r.Quota.Remaining-r.Counts.Calls, 0)
		pairs := []string{"left", fmt.Sprint(left), "limit", fmt.Sprint(r.Quota.Limit)}
		if r.Quota.low(r.Counts.Calls) {
			figures = append(figures, say("scan.quota.low", pairs...))
		} else {
			figures = append(figures, say("scan.quota", pairs...))
		}
	}
	return figures
}

// engine names the engines that were asked, with their versions.
func (r *Report) engine() string {
	var engines []string
	if r.GGShield != "" {
		engines = append(engines, strings.TrimSpace(engineGGShield+" "+visible(r.GGShield)+" "+visible(r.EngineVersion)))
	}
	if r.Gitleaks {
		engines = append(engines, engineGitleaks+" "+gitleaksVersion)
	}
	if len(engines) == 0 {
		return "-"
	}
	return strings.Join(engines, ", ")
}

// short is a commit's id as people use it.
func short(id string) string { return id[:min(len(id), 12)] }
