package main

import (
	"context"
	"errors"
	"maps"
	"slices"

	"secretstore/internal/policy"
	"secretstore/internal/store"
)

// errUnread means that Slack did not tell of a usergroup yet: those who were found to be its
// members when the change was asked for are told one by one.
var errUnread = errors.New("a usergroup is not read yet")

// approvers says where those who decide are asked, by the policy in force: a group with a
// channel there, everyone else one by one. Who reads a group's channel gets no message of
// their own. Where a usergroup without a channel is not known by now, it says so.
func approvers(current func() *policy.Policy, crowd store.Crowd) func(context.Context, store.People, []string) ([]string, []string, error) {
	return func(_ context.Context, by store.People, of []string) (channels, users []string, err error) {
		rules, known := current(), crowd.Known()
		alone, reached := make(map[string]bool), make(map[string]bool)
		add := func(to map[string]bool, ids []string) {
			for _, id := range ids {
				to[id] = of == nil || slices.Contains(of, id)
			}
		}
		add(alone, by.Users)
		for _, name := range by.Groups {
			group, ok := rules.Group(name)
			kept, read := known[group.Usergroup]
			members := slices.Concat(group.Members, kept.Members)
			switch {
			case ok && group.Channel == "" && group.Usergroup != "" && !read:
				return nil, nil, errUnread
			case ok && group.Channel != "":
				channels = append(channels, group.Channel)
				add(reached, members)
			default:
				add(alone, members)
			}
		}
		maps.DeleteFunc(alone, func(id string, meant bool) bool { return !meant || reached[id] })
		slices.Sort(channels)
		return slices.Compact(channels), slices.Sorted(maps.Keys(alone)), nil
	}
}
