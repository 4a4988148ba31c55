package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/wording"
)

// player carries out the lines of a story, as the people in it would. A story is a text
// that somebody could have typed: one verb a line, '#' for what is told in between.
// docs: the verbs are listed by verbs, each with its form.
type player struct {
	*stage
	who    *workspace.Person
	name   string
	errors map[string]string // on the fields of the form in front :: block id -> text
	show   func(text string)
}

// say shows the sentence "demo.KEY", whose placeholders are {who}, {a} and {b}.
func (p *player) say(key string, words ...string) {
	pairs := []string{"who", p.name}
	for i, word := range words {
		pairs = append(pairs, string(rune('a'+i)), word)
	}
	p.show(wording.English().Say(wording.Key("demo."+key), pairs...))
}

// stepWithin bounds one line of a story: longer than any wait that is right.
const stepWithin = 30 * time.Second

// errStory is a line that can't be played as it is written.
var errStory = errors.New("no such line in a story")

// verb is one thing a line can say.
type verb struct {
	form string // for whoever writes a story
	args int    // at least
	play func(ctx context.Context, p *player, args []string) error
}

// verbs lists what lines can say :: verb -> what it does.
func verbs() map[string]verb {
	return map[string]verb{
		"as":      {"as PERSON", 1, playAs},
		"type":    {"type COMMAND", 1, playType},
		"reply":   {"reply TEXT", 1, playReply},
		"sees":    {"sees TEXT...", 1, playSees},
		"fill":    {"fill FIELD TEXT", 2, playFill},
		"choose":  {"choose FIELD OPTION...", 2, playChoose},
		"pick":    {"pick FIELD ID...", 2, playPick},
		"tick":    {"tick FIELD", 1, playTick},
		"search":  {"search FIELD QUERY OPTION", 3, playSearch},
		"press":   {"press BUTTON", 1, playPress},
		"submit":  {"submit", 0, playSubmit},
		"wrong":   {"wrong FIELD TEXT", 2, playWrong},
		"close":   {"close", 0, playClose},
		"told":    {"told TEXT...", 1, playTold},
		"channel": {"channel ID TEXT...", 2, playChannel},
		"stored":  {"stored ENV/NAME VERSION TEXT", 3, playStored},
		"version": {"version ENV/NAME VERSION STATE", 3, playVersion},
		"marked":  {"marked ENV/NAME KEY VALUE", 3, playMarked},
		"trashed": {"trashed ENV/NAME yes|no", 2, playTrashed},
		"missing": {"missing ENV/NAME", 1, playMissing},
		"row":     {"row EVENT ENV/NAME [DETAIL]", 2, playRow},
		"console": {"console add|create|label|disable|delete ...", 2, playConsole},
		"fault":   {"fault slack|manager|sheet METHOD KIND [TIMES] [STATUS] [DELAY]", 3, playFault},
		"mend":    {"mend", 0, playMend},
		"crash":   {"crash", 0, playCrash},
		"quit":    {"quit", 0, playQuit},
		"start":   {"start", 0, playStart},
	}
}

// play carries out one line.
func (p *player) play(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, stepWithin)
	defer cancel()
	v, ok := verbs()[args[0]]
	if !ok {
		return fmt.Errorf("%w: %s", errStory, args[0])
	}
	if len(args)-1 < v.args {
		return fmt.Errorf("%w: write %s", errStory, v.form)
	}
	return v.play(ctx, p, args[1:])
}

func playAs(_ context.Context, p *player, args []string) error {
	p.name, p.who = args[0], p.person(args[0])
	return nil
}

func playType(ctx context.Context, p *player, args []string) error {
	command, text, _ := strings.Cut(args[0], " ")
	p.say("types", args[0])
	p.errors = nil
	reply, err := p.who.Command(ctx, command, text)
	if err == nil && reply.Text+reply.Blocks != "" {
		p.say("reply", cmp.Or(reply.Blocks, reply.Text))
	}
	return err
}

// playReply waits for a private message from the app, by whichever way it came.
func playReply(ctx context.Context, p *player, args []string) error {
	m, err := p.who.AwaitMessage(ctx, func(m workspace.Message) bool { return m.Ephemeral && containsAll(m, args) })
	if err == nil {
		p.say("reply", m.Visible())
	}
	return err
}

func playSees(ctx context.Context, p *player, args []string) error {
	view, err := p.who.AwaitView(ctx, func(v *workspace.View) bool {
		text := v.Title + "\n" + v.Text()
		for _, want := range args {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return true
	})
	if err == nil {
		p.show(viewBox(view))
	}
	return err
}

func playFill(_ context.Context, p *player, args []string) error {
	text := strings.NewReplacer(`\n`, "\n").Replace(args[1])
	p.say("fills", args[0], args[1])
	return p.who.Fill(args[0], text)
}

func playChoose(_ context.Context, p *player, args []string) error {
	p.say("chooses", args[0], strings.Join(args[1:], ", "))
	return p.who.Choose(args[0], args[1:]...)
}

func playPick(_ context.Context, p *player, args []string) error {
	p.say("chooses", args[0], strings.Join(args[1:], ", "))
	if strings.HasPrefix(args[1], "U") {
		return p.who.PickUsers(args[0], args[1:]...)
	}
	return p.who.PickConversations(args[0], args[1:]...)
}

func playTick(_ context.Context, p *player, args []string) error {
	field, ok := p.field(args[0])
	if !ok || len(field.Options) == 0 {
		return fmt.Errorf("there is no box %s", args[0])
	}
	p.say("ticks", field.Options[0].Text)
	return p.who.Tick(args[0], field.Options[0].Value)
}

func (p *player) field(name string) (workspace.Field, bool) {
	view := p.who.View()
	if view == nil {
		return workspace.Field{}, false
	}
	return view.Field(name)
}

func playSearch(ctx context.Context, p *player, args []string) error {
	options, err := p.who.Suggest(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	var offered []string
	for _, o := range options {
		offered = append(offered, o.Text)
	}
	p.say("searches", args[1], strings.Join(offered, ", "))
	return p.who.Choose(args[0], args[2])
}

func playPress(ctx context.Context, p *player, args []string) error {
	p.say("presses", args[0])
	return p.who.Press(ctx, args[0])
}

func playSubmit(ctx context.Context, p *player, _ []string) error {
	p.say("submits")
	done, err := p.who.SubmitView(ctx)
	if err != nil {
		return err
	}
	for field, text := range done.Errors {
		p.say("wrong", field, text)
	}
	p.errors = done.Errors
	return nil
}

func playWrong(_ context.Context, p *player, args []string) error {
	if text := p.errors[args[0]]; !strings.Contains(text, args[1]) {
		return fmt.Errorf("the form says %q", p.errors)
	}
	return nil
}

func playClose(ctx context.Context, p *player, _ []string) error {
	p.say("closes")
	return p.who.CloseView(ctx)
}

func playTold(ctx context.Context, p *player, args []string) error {
	m, err := p.who.AwaitMessage(ctx, func(m workspace.Message) bool {
		return m.Channel == p.who.Direct() && containsAll(m, args)
	})
	if err == nil {
		p.say("told", oneLine(m.Visible()))
	}
	return err
}

func playChannel(ctx context.Context, p *player, args []string) error {
	m, err := p.who.AwaitMessage(ctx, func(m workspace.Message) bool {
		return m.Channel == args[0] && containsAll(m, args[1:])
	})
	if err == nil {
		p.say("channel", args[0], oneLine(m.Visible()))
	}
	return err
}

func containsAll(m workspace.Message, parts []string) bool {
	for _, part := range parts {
		if !m.Contains(part) {
			return false
		}
	}
	return true
}

// split finds project and secret of "env/name" on this stage.
func split(ref string) (project, name string) {
	env, name, _ := strings.Cut(ref, "/")
	return "acme-" + env, name
}

func playStored(ctx context.Context, p *player, args []string) error {
	project, name := split(args[0])
	n, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	want := strings.NewReplacer(`\n`, "\n").Replace(args[2])
	return until(ctx, func() error {
		payload, ok := p.manager.Console().Payload(project, name, n)
		switch {
		case !ok:
			return fmt.Errorf("%s has no readable version %d", args[0], n)
		case string(payload) != want:
			return fmt.Errorf("version %d of %s holds %d other bytes", n, args[0], len(payload))
		}
		p.show(secretTable(p.manager, args[0]))
		return nil
	})
}

func playVersion(ctx context.Context, p *player, args []string) error {
	project, name := split(args[0])
	return until(ctx, func() error {
		view, _ := p.manager.Console().Secret(project, name)
		for _, v := range view.Versions {
			if strconv.FormatInt(v.Number, 10) == args[1] && strings.EqualFold(string(v.State), args[2]) {
				p.show(secretTable(p.manager, args[0]))
				return nil
			}
		}
		return fmt.Errorf("version %s of %s is not %s", args[1], args[0], args[2])
	})
}

func playMarked(ctx context.Context, p *player, args []string) error {
	project, name := split(args[0])
	return until(ctx, func() error {
		view, _ := p.manager.Console().Secret(project, name)
		if got := view.Labels[args[1]] + view.Annotations[args[1]]; got != args[2] {
			return fmt.Errorf("%s of %s is %q", args[1], args[0], got)
		}
		return nil
	})
}

func playTrashed(ctx context.Context, p *player, args []string) error {
	project, name := split(args[0])
	return until(ctx, func() error {
		view, ok := p.manager.Console().Secret(project, name)
		if !ok || view.Expires.IsZero() != (args[1] == "no") {
			return fmt.Errorf("%s: there %v, expires %v", args[0], ok, view.Expires)
		}
		p.show(secretTable(p.manager, args[0]))
		return nil
	})
}

func playMissing(_ context.Context, p *player, args []string) error {
	project, name := split(args[0])
	if _, ok := p.manager.Console().Secret(project, name); ok {
		return fmt.Errorf("%s is there", args[0])
	}
	return nil
}

// playRow waits for a row of the audit sheet. DETAIL may be any part of the row.
func playRow(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		for _, row := range p.sheet.Hand().Rows(stageSheet, "audit-1") {
			text := strings.Join(row, "|")
			if len(row) > 8 && row[2] == args[0] && row[6]+"/"+row[7] == args[1] && (len(args) < 3 || strings.Contains(text, args[2])) {
				p.say("row", rowLine(row))
				return nil
			}
		}
		return fmt.Errorf("the sheet has no row %s", strings.Join(args, " "))
	})
}

// playConsole does something by hand, as somebody would in Google's console.
func playConsole(_ context.Context, p *player, args []string) error {
	console := p.manager.Console()
	project, name := split(args[1])
	p.say("console", strings.Join(args[:2], " "))
	switch args[0] {
	case "create":
		labels := make(map[string]string)
		for _, pair := range args[2:] {
			k, v, _ := strings.Cut(pair, "=")
			labels[k] = v
		}
		return console.Create(project, name, labels)
	case "add":
		_, err := console.AddVersion(project, name, []byte(strings.Join(args[2:], " ")))
		return err
	case "disable":
		n, err := strconv.ParseInt(args[2], 10, 64)
		if err != nil {
			return err
		}
		return console.SetState(project, name, n, secretmanager.Disabled)
	case "delete":
		return console.Delete(project, name)
	}
	return fmt.Errorf("%w: console %s", errStory, args[0])
}

func playFault(_ context.Context, p *player, args []string) error {
	f := faults.Fault{Method: args[1], Kind: faults.Kind(args[2])}
	var err error
	if len(args) > 3 {
		f.Times, err = strconv.Atoi(args[3])
	}
	if err == nil && len(args) > 4 {
		if f.Status, err = strconv.Atoi(args[4]); err != nil {
			f.Error, err = args[4], nil
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

// until asks again and again until the answer is nil or ctx ends; then it returns the
// last answer.
func until(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
