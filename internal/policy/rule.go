package policy

import (
	"slices"

	"secretstore/internal/secret"
)

// rule matches a request when secrets, do and who all match.
type rule struct {
	name    string
	deny    bool
	secrets []pattern
	do      []secret.Action
	who     audience

	line, column int
}

// failed returns the first condition that r does not meet, "" if the rule matches.
func (u *rule) failed(r Request, in []string) Condition {
	switch {
	case !slices.ContainsFunc(u.secrets, func(p pattern) bool { return p.matches(r.Ref) }):
		return ConditionSecrets
	case !slices.Contains(u.do, r.Action):
		return ConditionDo
	case !u.who.includes(r.Person.User, in):
		return ConditionWho
	}
	return ""
}

// covers reports whether the rule matches every request for that action on a secret of
// env whose name glob matches, whoever asks.
func (u *rule) covers(env secret.Environment, glob string, action secret.Action) bool {
	return slices.Contains(u.do, action) && slices.ContainsFunc(u.secrets, func(p pattern) bool {
		return slices.Contains(p.environments, env) && match(p.name, glob)
	})
}

// audience is the people a rule is for.
type audience struct {
	anyone bool
	users  []string // ids, those of the groups included; sorted
	groups []string // names, for the tests of the file, which state who is a member
}

func (a audience) includes(user string, in []string) bool {
	if a.anyone {
		return true
	}
	_, found := slices.BinarySearch(a.users, user)
	return found || slices.ContainsFunc(in, func(group string) bool { return slices.Contains(a.groups, group) })
}

// covers reports whether everyone of b is in a.
func (a audience) covers(b audience) bool {
	if a.anyone || b.anyone {
		return a.anyone
	}
	return !slices.ContainsFunc(b.users, func(user string) bool { return !a.includes(user, nil) })
}
