package slackapp

import (
	"context"

	"github.com/slack-go/slack"
)

// Usergroups asks usergroups.list for every usergroup that is not disabled, with its
// members. team is needed by an organisation-wide token alone, and may be "".
func (c *Client) Usergroups(ctx context.Context, team string) (groups []slack.UserGroup, err error) {
	err = c.repeat(ctx, "usergroups.list", func(ctx context.Context) (err error) {
		groups, err = c.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true), slack.GetUserGroupsOptionTeamID(team))
		return err
	})
	return groups, err
}

// UsergroupMembers asks usergroups.users.list for the members of one usergroup.
func (c *Client) UsergroupMembers(ctx context.Context, team, usergroup string) (users []string, err error) {
	err = c.repeat(ctx, "usergroups.users.list", func(ctx context.Context) (err error) {
		users, err = c.api.GetUserGroupMembersContext(ctx, usergroup, slack.GetUserGroupMembersOptionTeamID(team))
		return err
	})
	return users, err
}
