package policy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// readRules reads the section rules and puts it into the order of decision.
func (l *loader) readRules(n *yaml.Node) {
	named := make(map[string]int) // :: rule -> its line
	l.policy.rules = list(l, n, func(item *yaml.Node) (rule, bool) { return l.rule(item, named) })
	slices.SortStableFunc(l.policy.rules, func(a, b rule) int {
		switch {
		case a.deny == b.deny:
			return 0
		case a.deny:
			return -1
		}
		return 1
	})
}

// rule reads one rule; ok is false if anything is wrong with it.
func (l *loader) rule(n *yaml.Node, named map[string]int) (r rule, ok bool) {
	before := len(l.faults)
	f := l.fields(n, ruleKeys)
	r = rule{
		name:    l.ruleName(f["name"], named),
		deny:    l.boolean(f["deny"]),
		secrets: list(l, f["secrets"], l.pattern),
		do:      list(l, f["do"], l.action),
		who:     l.audience(f["who"]),
		line:    n.Line, column: n.Column,
	}
	r.stamp = r.name + "@" // until the policy has its hash
	r.consent = l.consent(f, r)
	if len(l.faults) == before && l.groupsHold {
		l.checkQuorum(f, r)
	}
	return r, len(l.faults) == before
}

// maxRuleName keeps a rule's name readable in the audit sheet.
const maxRuleName = 80

// ruleName reads a name that is shown to people and recorded: one line of letters, digits,
// spaces and a few signs, unique in the file. "@" is what separates it from the hash.
func (l *loader) ruleName(n *yaml.Node, named map[string]int) string {
	name, ok := l.text(n)
	if !ok {
		return ""
	}
	if !isRuleName(name) {
		l.add(Fault{Line: n.Line, Column: n.Column, Code: CodeBadRuleName, Limit: maxRuleName})
		return ""
	}
	if line, twice := named[name]; twice {
		l.add(Fault{Line: n.Line, Column: n.Column, Code: CodeTwice, Earlier: line})
	} else {
		named[name] = n.Line
	}
	return name
}

func isRuleName(name string) bool {
	foreign := func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -_.,:()/+", r)
	}
	return name != "" && utf8.RuneCountInString(name) <= maxRuleName &&
		strings.TrimSpace(name) == name && !strings.ContainsFunc(name, foreign)
}

// pattern reads one pattern, which has to match an environment of the file.
func (l *loader) pattern(n *yaml.Node) (pattern, bool) {
	text, ok := l.text(n)
	if !ok {
		return pattern{}, false
	}
	env, name, code := checkPattern(text)
	if code != "" {
		l.fault(n, code)
		return pattern{}, false
	}
	environments, ok := l.environmentsOf(env)
	if !ok {
		l.unknownEnvironment(n, env)
		return pattern{}, false
	}
	return pattern{environments, name}, true
}

func (l *loader) action(n *yaml.Node) (secret.Action, bool) {
	text, ok := l.text(n)
	if ok && !secret.Action(text).Valid() {
		l.about(n, CodeUnknownAction, "", wordList(secret.Actions()))
		return "", false
	}
	return secret.Action(text), ok
}

// refuseShadowed reports the rules that can never decide, since others before them in the
// order of decision match whatever they match. Rules at fault were left out before.
func (l *loader) refuseShadowed() {
	for i, r := range l.policy.rules {
		if by, shadowed := shadow(l.policy.rules[:i], r); shadowed {
			l.add(Fault{Line: r.line, Column: r.column, Code: CodeShadowed, Name: r.name, Other: by.name, Earlier: by.line})
		}
	}
}

// shadow reports whether the earlier rules together leave nothing for r, and names the
// first of them that takes something.
func shadow(earlier []rule, r rule) (by rule, shadowed bool) {
	for g := range r.grants() {
		i := slices.IndexFunc(earlier, func(e rule) bool {
			return e.covers(g.env, g.glob, g.action) && e.who.covers(r.who)
		})
		if i < 0 {
			return rule{}, false
		}
		if by.name == "" {
			by = earlier[i]
		}
	}
	return by, by.name != ""
}

func wordList[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}
