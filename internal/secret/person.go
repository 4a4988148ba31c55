package secret

import "strings"

// Person is someone's identity: Slack's scope and user id, never a name or an address.
// The scope is the workspace's id, or the organisation's on an org-wide installation;
// it is fixed at start from auth.test.
type Person struct {
	Scope string
	User  string
}

// String returns "scope/user", the form of the actor_id column.
func (p Person) String() string { return p.Scope + "/" + p.User }

// IsZero reports whether p is nobody.
func (p Person) IsZero() bool { return p == Person{} }

// ParsePerson reads what String wrote; ok is false for anything else.
func ParsePerson(text string) (p Person, ok bool) {
	scope, user, ok := strings.Cut(text, "/")
	if !ok || !isSlackID(scope, "TE") || !isSlackID(user, "UW") {
		return Person{}, false
	}
	return Person{scope, user}, true
}

// ParseUserID checks that text has the form of a Slack user id (U… or W…).
func ParseUserID(text string) (string, bool) { return text, isSlackID(text, "UW") }

// ParseChannelID checks that text has the form of a Slack channel id (C…, G… or D…).
func ParseChannelID(text string) (string, bool) { return text, isSlackID(text, "CGD") }

// ParseUsergroupID checks that text has the form of a Slack usergroup id (S…).
func ParseUsergroupID(text string) (string, bool) { return text, isSlackID(text, "S") }

// maxSlackID is generous: ids seen have 9 to 11 characters.
const maxSlackID = 32

func isSlackID(text, first string) bool {
	return len(text) > 1 && len(text) <= maxSlackID && strings.IndexByte(first, text[0]) >= 0 &&
		onlyOf(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
}
