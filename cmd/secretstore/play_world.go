package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/secretmanager"
)

// playConsole does something by hand, as somebody would in Google's console.
func playConsole(_ context.Context, p *player, args []string) error {
	console := p.manager.Console()
	project, name := projectOf(args[1])
	p.say("console", strings.Join(args[:2], " "))
	switch args[0] {
	case "create":
		return console.Create(project, name, pairs(args[2:]))
	case "label":
		return console.SetLabels(project, name, pairs(args[2:]))
	case "add":
		_, err := console.AddVersion(project, name, []byte(strings.Join(args[2:], " ")))
		return err
	case "disable":
		return p.setState(project, name, args[2:], secretmanager.Disabled)
	case "destroy":
		return p.setState(project, name, args[2:], secretmanager.Destroyed)
	case "delete":
		return console.Delete(project, name)
	}
	return fmt.Errorf("%w: console %s", errStory, args[0])
}

// pairs reads KEY=VALUE words.
func pairs(words []string) map[string]string {
	all := make(map[string]string)
	for _, word := range words {
		k, v, _ := strings.Cut(word, "=")
		all[k] = v
	}
	return all
}

func (p *player) setState(project, name string, args []string, to secretmanager.State) error {
	n, err := strconv.ParseInt(strings.Join(args, ""), 10, 64)
	if err != nil {
		return err
	}
	return p.manager.Console().SetState(project, name, n, to)
}

// playGroup changes who is in a usergroup, as an admin of the workspace would.
func playGroup(_ context.Context, p *player, args []string) error {
	for _, g := range stageGroups() {
		if g.ID == args[0] {
			g.Users = args[1:]
			p.slack.SetGroup(g)
			p.say("group", g.Name, names().Replace(strings.Join(g.Users, ", ")))
			return nil
		}
	}
	return fmt.Errorf("%w: group %s", errStory, args[0])
}

// playJoin adds people to a channel, as somebody who invites them would.
func playJoin(_ context.Context, p *player, args []string) error {
	for _, c := range p.slack.Channels() {
		if c.ID == args[0] {
			c.Members = append(slices.Clone(c.Members), args[1:]...)
			p.slack.SetChannel(c)
			p.say("join", "#"+c.Name, names().Replace(strings.Join(args[1:], ", ")))
			return nil
		}
	}
	return fmt.Errorf("%w: join %s", errStory, args[0])
}

// playLeaves closes somebody's account.
func playLeaves(_ context.Context, p *player, args []string) error {
	for _, u := range stageUsers() {
		if u.Name == args[0] {
			u.Deleted = true
			p.slack.SetUser(u)
			p.say("leaves", u.Name)
			return nil
		}
	}
	return fmt.Errorf("%w: leaves %s", errStory, args[0])
}

func playFault(_ context.Context, p *player, args []string) error {
	f := faults.Fault{Method: args[1], Kind: faults.Kind(args[2])}
	var err error
	if len(args) > 3 {
		f.Times, err = strconv.Atoi(args[3])
	}
	if err == nil && len(args) > 4 {
		if f.Status, err = strconv.Atoi(args[4]); err != nil {
			f.Status, f.Error, err = 0, args[4], nil
		}
	}
	if err == nil && len(args) > 5 {
		f.Delay, err = time.ParseDuration(args[5])
		f.RetryAfter = f.Delay
	}
	plan, ok := p.plans()[args[0]]
	if err != nil || !ok {
		return fmt.Errorf("%w: fault %s", errStory, strings.Join(args, " "))
	}
	p.say("fault", args[0], strings.Join(args[1:], " "))
	plan.Add(f)
	return nil
}

func (p *player) plans() map[string]*faults.Plan {
	return map[string]*faults.Plan{"slack": p.slack.Faults(), "manager": p.manager.Faults(), "sheet": p.sheet.Faults()}
}

// playHit proves that a fault was met.
func playHit(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		if plan, ok := p.plans()[args[0]]; !ok || plan.Taken(args[1]) == 0 {
			return fmt.Errorf("no fault of %s was met by %s", args[0], args[1])
		}
		return nil
	})
}

func playMend(_ context.Context, p *player, _ []string) error {
	for _, plan := range p.plans() {
		plan.Clear()
	}
	p.say("mend")
	return nil
}

func playCrash(_ context.Context, p *player, _ []string) error {
	p.say("crash")
	p.kill()
	return nil
}

func playQuit(_ context.Context, p *player, _ []string) error {
	p.say("quit")
	p.stop()
	return nil
}

func playStart(ctx context.Context, p *player, _ []string) error {
	p.say("start")
	return p.start(context.WithoutCancel(ctx))
}
