package policy

import (
	"strings"

	"secretstore/internal/secret"
)

// pattern is one entry of a rule's secrets, written environment/name. In either part "*"
// stands for any run of characters, also none; it never reaches over the slash, and
// nothing else is special. Letters match in their own case only.
type pattern struct {
	environments []bool // :: place of an environment in the file -> whether the first part matches it
	name         string
}

// covers reports whether the pattern matches every name in that environment that glob matches.
func (p *pattern) covers(env int, glob string) bool {
	return p.environments[env] && match(p.name, glob)
}

// touches reports whether a name may match both the pattern and glob: it is false only
// where their fixed beginnings or ends contradict each other.
func (p *pattern) touches(env int, glob string) bool {
	before, _, star := strings.Cut(glob, "*")
	if !p.environments[env] || !star && !match(p.name, glob) {
		return false
	}
	own, _, _ := strings.Cut(p.name, "*")
	n := min(len(before), len(own))
	a, b := p.name[strings.LastIndex(p.name, "*")+1:], glob[strings.LastIndex(glob, "*")+1:]
	m := min(len(a), len(b))
	return before[:n] == own[:n] && a[len(a)-m:] == b[len(b)-m:]
}

// match reports whether glob matches all of text. A "*" within text is matched by a "*"
// of glob only, so that match(a, b) of two globs says that a matches whatever b matches.
func match(glob, text string) bool {
	g, t := 0, 0
	star, retry := -1, 0 // the last "*" seen, and where in text to go on after it
	for t < len(text) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, retry = g, t
			g++
		case g < len(glob) && glob[g] == text[t]:
			g++
			t++
		case star >= 0:
			retry++
			g, t = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(glob[g:], "*") == ""
}

// checkPattern returns the two parts of a pattern, or what is wrong with its form.
func checkPattern(text string) (env, name string, fault Code) {
	env, name, slash := strings.Cut(text, "/")
	switch {
	case !slash, !isGlob(env, envCharacters, secret.MaxEnvironment), !isGlob(name, nameCharacters, secret.MaxName):
		return "", "", CodeBadPattern
	case isReserved(name):
		return "", "", CodePatternReserved
	}
	return env, name, ""
}

const (
	envCharacters  = lower + digits + "-"
	nameCharacters = envCharacters + upper + "_"
)

// isGlob reports whether part is characters and single stars, short enough to match a
// name of that many characters.
func isGlob(part, characters string, longest int) bool {
	return part != "" && onlyOf(part, characters+"*") && !strings.Contains(part, "**") &&
		len(part)-strings.Count(part, "*") <= longest
}

// isReserved reports whether every name that glob matches is one that people can't use:
// whether its fixed beginning is already at fault, whatever follows.
func isReserved(glob string) bool {
	before, _, _ := strings.Cut(glob, "*")
	_, faults := secret.ParseName(before[:min(len(before), secret.MaxName-1)] + "a")
	return len(faults) > 0
}
