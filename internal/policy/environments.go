package policy

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// readEnvironments reads the section environments. One whose content is at fault is still
// known by its name, so that the patterns of rules are judged all the same.
func (l *loader) readEnvironments(n *yaml.Node) {
	byProject := make(map[string]secret.Environment)
	for _, e := range l.named(n) {
		name, faults := secret.ParseEnvironment(e.key.Value)
		if len(faults) > 0 || string(name) != e.key.Value {
			l.fault(e.key, CodeBadName)
			continue
		}
		f := l.fields(e.value, environmentKeys)
		project := l.project(f["project"])
		if other, taken := byProject[project]; taken {
			l.about(f["project"], CodeSameProject, string(name), string(other))
		} else if project != "" {
			byProject[project] = name
		}
		l.policy.environments = append(l.policy.environments, Environment{name, project, l.channel(f["channel"])})
	}
}

// environmentsOf says of each environment, by its place, whether glob matches it; ok is
// false if it matches none.
func (l *loader) environmentsOf(glob string) (matched []bool, ok bool) {
	matched = make([]bool, len(l.policy.environments))
	for i, e := range l.policy.environments {
		matched[i] = match(glob, string(e.Name))
		ok = ok || matched[i]
	}
	return matched, ok
}

// unknownEnvironment reports that n speaks of environments which the file does not have.
// Where it has none at all, that was reported, and says more.
func (l *loader) unknownEnvironment(n *yaml.Node, glob string) {
	var names []secret.Environment
	for _, e := range l.policy.environments {
		names = append(names, e.Name)
	}
	if len(names) > 0 {
		l.about(n, CodeUnknownEnvironment, glob, wordList(names))
	}
}

// project reads a project's id. A number would name the same project a second way, and
// two environments with one project would go unseen.
func (l *loader) project(n *yaml.Node) string {
	if n != nil && n.Kind == yaml.ScalarNode && n.Value != "" && onlyOf(n.Value, digits) {
		l.fault(n, CodeProjectNumber)
		return ""
	}
	id, ok := l.text(n)
	if ok && !isProject(id) {
		l.fault(n, CodeBadProject)
		return ""
	}
	return id
}

// isProject reports whether id has the form of a project's id: 6 to 30 lower-case
// letters, digits and hyphens, a letter first and no hyphen last (docs: Resource Manager,
// creating and managing projects).
func isProject(id string) bool {
	return len(id) >= 6 && len(id) <= 30 && onlyOf(id, lower+digits+"-") &&
		onlyOf(id[:1], lower) && !strings.HasSuffix(id, "-")
}

func (l *loader) channel(n *yaml.Node) string {
	id, _ := l.id(n, secret.ParseChannelID, CodeBadChannel)
	return id
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

func onlyOf(text, characters string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(characters, r) })
}
