package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// anyone is the word that stands for every person Slack vouches for.
const anyone = "anyone"

// maxGroup is the longest name of a group.
const maxGroup = 32

// readGroups reads the section groups. A group whose content is at fault is still known
// by its name.
func (l *loader) readGroups(n *yaml.Node) {
	l.groups = make(map[string][]string)
	for _, e := range l.named(n) {
		if !isGroup(e.key.Value) || e.key.Value == anyone {
			l.fault(e.key, CodeBadName)
			continue
		}
		f := l.fields(e.value, groupKeys)
		l.groups[e.key.Value] = list(l, f["members"], l.user)
	}
}

// isGroup reports whether name may be a group's: lower-case letters, digits and hyphens, a
// letter first. So no group looks like a user id.
func isGroup(name string) bool {
	return name != "" && len(name) <= maxGroup && onlyOf(name, lower+digits+"-") && onlyOf(name[:1], lower)
}

func (l *loader) user(n *yaml.Node) (string, bool) {
	text, ok := l.text(n)
	if !ok {
		return "", false
	}
	id, valid := secret.ParseUserID(text)
	if !valid {
		l.fault(n, CodeBadUser)
	}
	return id, valid
}

// group reads the name of a group that the file declares.
func (l *loader) group(n *yaml.Node) (string, bool) {
	name, ok := l.text(n)
	if !ok {
		return "", false
	}
	switch _, known := l.groups[name]; {
	case name == anyone:
		l.fault(n, CodeAnyoneListed)
	case !isGroup(name):
		l.fault(n, CodeBadWho)
	case !known:
		l.about(n, CodeUnknownGroup, name, "")
	default:
		return name, true
	}
	return "", false
}

// audience reads who a rule is for: the word anyone, or a list of groups and user ids.
func (l *loader) audience(n *yaml.Node) audience {
	if n == nil {
		return audience{}
	}
	if n.Kind == yaml.ScalarNode {
		if n.Value != anyone {
			l.fault(n, CodeBadWho)
		}
		return audience{anyone: true}
	}
	var a audience
	l.each(n, func(item *yaml.Node) {
		if id, valid := secret.ParseUserID(item.Value); valid && item.Kind == yaml.ScalarNode {
			a.users = append(a.users, id)
		} else if name, ok := l.group(item); ok {
			a.groups = append(a.groups, name)
			a.users = append(a.users, l.groups[name]...)
		}
	})
	slices.Sort(a.users)
	a.users = slices.Compact(a.users)
	return a
}
