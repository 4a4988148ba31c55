package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// anyone is the word that stands for every person Slack vouches for.
const anyone = "anyone"

// editable is the word that trusts a usergroup which any member may edit.
const editable = "editable"

// maxGroup is the longest name of a group.
const maxGroup = 32

// readGroups reads the section groups. A group whose content is at fault is still known
// by its name.
func (l *loader) readGroups(n *yaml.Node) {
	before := len(l.faults)
	byUsergroup := make(map[string]string) // :: id of the usergroup -> name of the group
	for _, e := range l.named(n) {
		if !isGroup(e.key.Value) || e.key.Value == anyone {
			l.fault(e.key, CodeBadName)
			continue
		}
		g, f := l.readGroup(e)
		if other, taken := byUsergroup[g.Usergroup]; taken {
			l.about(f["slack_usergroup"], CodeSameUsergroup, g.Name, other)
		} else if g.Usergroup != "" {
			byUsergroup[g.Usergroup] = g.Name
		}
		l.policy.groups = append(l.policy.groups, g)
	}
	l.groupsHold = len(l.faults) == before
}

// readGroup reads one group: its members are listed, or kept by Slack, never both.
func (l *loader) readGroup(e entry) (Group, map[string]*yaml.Node) {
	before := len(l.faults)
	f := l.fields(e.value, groupKeys)
	g := Group{
		Name:      e.key.Value,
		Members:   list(l, f["members"], l.user),
		Usergroup: l.usergroup(f["slack_usergroup"]),
		Editable:  l.trust(f["trust"]),
		Channel:   l.channel(f["channel"]),
	}
	switch members, slack, trust := f["members"], f["slack_usergroup"], f["trust"]; {
	case members != nil && slack != nil:
		l.about(slack, CodeBeside, "slack_usergroup", "members")
	case trust != nil && slack == nil:
		l.about(trust, CodeWithout, "trust", "slack_usergroup")
	case members == nil && slack == nil && len(l.faults) == before:
		l.fault(e.value, CodeNoMembers)
	}
	return g, f
}

// isGroup reports whether name may be a group's: lower-case letters, digits and hyphens, a
// letter first. So no group looks like a user id.
func isGroup(name string) bool {
	return name != "" && len(name) <= maxGroup && onlyOf(name, lower+digits+"-") && onlyOf(name[:1], lower)
}

func (l *loader) user(n *yaml.Node) (string, bool) {
	return l.id(n, secret.ParseUserID, CodeBadUser)
}

// usergroup reads the id of a usergroup, never its handle or name.
func (l *loader) usergroup(n *yaml.Node) string {
	id, _ := l.id(n, secret.ParseUsergroupID, CodeBadUsergroup)
	return id
}

func (l *loader) trust(n *yaml.Node) bool {
	text, ok := l.text(n)
	if ok && text != editable {
		l.fault(n, CodeBadTrust)
	}
	return text == editable
}

// group reads the name of a group that the file declares.
func (l *loader) group(n *yaml.Node) (Group, bool) {
	name, ok := l.text(n)
	if !ok {
		return Group{}, false
	}
	switch g, known := l.policy.Group(name); {
	case name == anyone:
		l.fault(n, CodeAnyoneListed)
	case !isGroup(name):
		l.fault(n, CodeBadWho)
	case !known:
		l.about(n, CodeUnknownGroup, name, "")
	default:
		return g, true
	}
	return Group{}, false
}

// audience reads who a rule is for: the word anyone, or people.
func (l *loader) audience(n *yaml.Node) People {
	if n == nil || n.Kind != yaml.ScalarNode {
		return l.people(n)
	}
	if n.Value != anyone {
		l.fault(n, CodeBadWho)
	}
	return People{Anyone: true}
}

// people reads a list of groups and user ids. A nil n gives nobody.
func (l *loader) people(n *yaml.Node) People {
	var p People
	l.each(n, func(item *yaml.Node) {
		if id, valid := secret.ParseUserID(item.Value); valid && item.Kind == yaml.ScalarNode {
			p.Users = append(p.Users, id)
		} else if g, ok := l.group(item); ok {
			p.Groups = append(p.Groups, g.Name)
			p.Users = append(p.Users, g.Members...)
			if g.Usergroup != "" {
				p.Usergroups = append(p.Usergroups, g.Name)
			}
		}
	})
	slices.Sort(p.Users)
	p.Users = slices.Compact(p.Users)
	return p
}
