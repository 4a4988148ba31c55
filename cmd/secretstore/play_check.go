package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"secretstore/internal/emulator/workspace"
)

// checkVerbs is what a story waits to see on people's screens.
func checkVerbs() map[string]verb {
	return map[string]verb{
		"sees":    {"sees TEXT...", 1, playSees},
		"lacks":   {"lacks TEXT...", 1, playLacks},
		"ceases":  {"ceases COMMAND PAGE TEXT", 3, playCeases},
		"wrong":   {"wrong FIELD TEXT", 2, playWrong},
		"holds":   {"holds FIELD TEXT", 2, playHolds},
		"offers":  {"offers FIELD QUERY OPTION...", 2, playOffers},
		"reply":   {"reply TEXT...", 1, playReply},
		"told":    {"told TEXT...", 1, playTold},
		"channel": {"channel ID TEXT...", 2, playChannel},
		"card":    {"card CHANNEL TEXT...", 2, playCard},
		"once":    {"once CHANNEL|dm TEXT...", 2, playOnce},
		"unsaid":  {"unsaid TEXT", 1, playUnsaid},
	}
}

// playSees waits for a view. A form is shown when it is submitted, with what was typed.
func playSees(ctx context.Context, p *player, args []string) error {
	view, err := p.who.AwaitView(ctx, func(v *workspace.View) bool {
		text := plain(v.Title + "\n" + v.Text())
		return !slices.ContainsFunc(args, func(want string) bool { return !strings.Contains(text, want) })
	})
	if err == nil && view.Submit == "" {
		p.show(p.pageBox(view))
	}
	return err
}

// playLacks proves that the view in front says none of the texts.
func playLacks(_ context.Context, p *player, args []string) error {
	view := p.who.View()
	if view == nil {
		return fmt.Errorf("%s has no view in front", p.name)
	}
	for _, text := range args {
		if strings.Contains(plain(view.Text()), text) {
			return fmt.Errorf("the view says %q", text)
		}
	}
	return nil
}

// playCeases opens a page, known by its text PAGE, until it does not say TEXT any more.
func playCeases(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		if err := playType(ctx, p, args[:1]); err != nil {
			return err
		}
		if err := playSees(ctx, p, args[1:2]); err != nil {
			return err
		}
		lacks := playLacks(ctx, p, args[2:])
		return errors.Join(lacks, p.who.CloseView(ctx))
	})
}

func playWrong(_ context.Context, p *player, args []string) error {
	if text := p.errors[args[0]]; !strings.Contains(text, args[1]) {
		return fmt.Errorf("the form says %q", p.errors)
	}
	return nil
}

func playHolds(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		if f, ok := p.field(args[0]); !ok || f.Value != p.text(args[1]) {
			return fmt.Errorf("the field %s is there: %v, and holds %q", args[0], ok, f.Value)
		}
		return nil
	})
}

func playOffers(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		options, err := p.who.Suggest(ctx, args[0], p.text(args[1]))
		if got := offered(options); err == nil && !slices.Equal(got, args[2:]) {
			err = fmt.Errorf("a search for %q offers %q", args[1], got)
		}
		return err
	})
}

// playReply waits for a private message from the app, by whichever way it came.
func playReply(ctx context.Context, p *player, args []string) error {
	_, err := p.who.AwaitMessage(ctx, func(m workspace.Message) bool { return m.Ephemeral && containsAll(m, args) })
	return err
}

func playTold(ctx context.Context, p *player, args []string) error {
	m, err := p.who.AwaitMessage(ctx, func(m workspace.Message) bool {
		return m.Channel == p.who.Direct() && !m.Ephemeral && containsAll(m, args)
	})
	if err == nil {
		p.say("told", plain(m.Text))
	}
	return err
}

// messageIn waits for a message in a channel that says all of the texts.
func (p *player) messageIn(ctx context.Context, channel string, texts []string) (workspace.Message, error) {
	return p.who.AwaitMessage(ctx, func(m workspace.Message) bool { return m.Channel == channel && containsAll(m, texts) })
}

func playChannel(ctx context.Context, p *player, args []string) error {
	m, err := p.messageIn(ctx, args[0], args[1:])
	if err == nil {
		p.say("channel", names().Replace(args[0]), plain(m.Text))
	}
	return err
}

// playCard waits for a message like playChannel, and shows all of it.
func playCard(ctx context.Context, p *player, args []string) error {
	m, err := p.messageIn(ctx, args[0], args[1:])
	if err == nil {
		p.show(messageBox("#"+names().Replace(args[0]), m))
	}
	return err
}

// playOnce waits for a message and proves that there is no second one.
func playOnce(ctx context.Context, p *player, args []string) error {
	channel := args[0]
	if channel == "dm" {
		channel = p.who.Direct()
	}
	_, err := p.who.AwaitMessage(ctx, func(m workspace.Message) bool {
		return m.Channel == channel && !m.Ephemeral && containsAll(m, args[1:])
	})
	if err != nil {
		return err
	}
	n := 0
	for _, m := range p.who.Messages(channel) {
		if !m.Ephemeral && containsAll(m, args[1:]) {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("%d messages say %q in %s", n, args[1:], channel)
	}
	return nil
}

func containsAll(m workspace.Message, parts []string) bool {
	text := plain(m.Blocks) + "\n" + plain(m.Text)
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}

// playUnsaid proves that the app gave a text to nobody: not to Slack, the sheet or its log.
func playUnsaid(_ context.Context, p *player, args []string) error {
	said := append(append(p.slack.RawSent(), p.sheet.RawReceived()...), []byte(p.logged()))
	for _, raw := range said {
		if bytes.Contains(raw, []byte(args[0])) {
			return fmt.Errorf("the app gave %q away", args[0])
		}
	}
	return nil
}
