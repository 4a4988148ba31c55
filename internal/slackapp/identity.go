package slackapp

import "secretstore/internal/secret"

// Identity is who the app is in Slack, as auth.test said at start (Client.Identity).
type Identity struct {
	TeamID       string
	EnterpriseID string // empty outside Enterprise Grid
	AppID        string
	BotUserID    string
	// OrgWide is an installation on a whole organisation: people are then told apart
	// within the organisation, and a request need not name a workspace.
	OrgWide bool
}

// Scope is the part of every person's identity that is not their user id.
func (i Identity) Scope() string {
	if i.OrgWide {
		return i.EnterpriseID
	}
	return i.TeamID
}

// Person names a user id within the scope.
func (i Identity) Person(user string) secret.Person {
	return secret.Person{Scope: i.Scope(), User: user}
}

// Complete reports whether everything is known that requests are held against.
func (i Identity) Complete() bool { return i.AppID != "" && i.BotUserID != "" && i.Scope() != "" }

// origin is where a request says that it comes from. Slack signed it; it says whose it is.
type origin struct {
	app, team, enterprise string
	user                  string
	userTeam              string // the workspace the person belongs to; not there for commands
}

// admit checks that a request was meant for this app and comes from its workspace. An
// empty field never matches. A person from another organisation who presses a button in a
// Slack Connect channel is found by userTeam; on an organisation-wide installation, whose
// workspaces we don't know by id, People finds them.
func (i Identity) admit(o origin) error {
	switch _, isUser := secret.ParseUserID(o.user); {
	case o.app == "" || o.app != i.AppID:
		return WrongApp
	case !i.here(o):
		return WrongTeam
	case !i.OrgWide && o.userTeam != "" && o.userTeam != i.TeamID && o.userTeam != i.EnterpriseID:
		return WrongTeam
	case !isUser:
		return Malformed
	}
	return nil
}

func (i Identity) here(o origin) bool {
	if i.OrgWide {
		return o.enterprise != "" && o.enterprise == i.EnterpriseID
	}
	return o.team != "" && o.team == i.TeamID
}
