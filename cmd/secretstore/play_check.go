package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/workspace"
)

// checkVerbs is what a story waits to see, on people's screens and in the services.
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
		"once":    {"once CHANNEL|dm TEXT...", 2, playOnce},
		"unsaid":  {"unsaid TEXT", 1, playUnsaid},
		"stored":  {"stored ENV/NAME VERSION TEXT", 3, playStored},
		"size":    {"size ENV/NAME VERSION BYTES", 3, playSize},
		"version": {"version ENV/NAME VERSION STATE", 3, playVersion},
		"marked":  {"marked ENV/NAME KEY VALUE", 3, playMarked},
		"trashed": {"trashed ENV/NAME yes|no", 2, playTrashed},
		"missing": {"missing ENV/NAME [VERSION]", 1, playMissing},
		"row":     {"row EVENT ENV/NAME [DETAIL]", 2, playRow},
		"norow":   {"norow EVENT ENV/NAME", 2, playNoRow},
		"sheet":   {"sheet ROWS", 1, playSheet},
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

func playChannel(ctx context.Context, p *player, args []string) error {
	m, err := p.who.AwaitMessage(ctx, func(m workspace.Message) bool {
		return m.Channel == args[0] && containsAll(m, args[1:])
	})
	if err == nil {
		p.say("channel", names().Replace(args[0]), plain(m.Text))
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

func playStored(ctx context.Context, p *player, args []string) error {
	project, name := split(args[0])
	n, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	return until(ctx, func() error {
		payload, ok := p.manager.Console().Payload(project, name, n)
		switch {
		case !ok:
			return fmt.Errorf("%s has no readable version %d", args[0], n)
		case string(payload) != p.text(args[2]):
			return fmt.Errorf("version %d of %s holds %d other bytes: %q", n, args[0], len(payload), payload)
		}
		p.show(secretTable(p.manager, args[0]))
		return nil
	})
}

func playSize(ctx context.Context, p *player, args []string) error {
	return p.awaitVersion(ctx, args[0], args[1], func(v secretmanager.VersionView) error {
		if strconv.Itoa(v.Size) != args[2] {
			return fmt.Errorf("version %s of %s has %d bytes", args[1], args[0], v.Size)
		}
		return nil
	})
}

func playVersion(ctx context.Context, p *player, args []string) error {
	return p.awaitVersion(ctx, args[0], args[1], func(v secretmanager.VersionView) error {
		if !strings.EqualFold(string(v.State), args[2]) {
			return fmt.Errorf("version %s of %s is %s", args[1], args[0], v.State)
		}
		return nil
	})
}

func (p *player) awaitVersion(ctx context.Context, ref, number string, check func(secretmanager.VersionView) error) error {
	project, name := split(ref)
	return until(ctx, func() error {
		view, _ := p.manager.Console().Secret(project, name)
		for _, v := range view.Versions {
			if strconv.FormatInt(v.Number, 10) == number {
				return check(v)
			}
		}
		return fmt.Errorf("%s has no version %s", ref, number)
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
	view, ok := p.manager.Console().Secret(project, name)
	if len(args) == 1 && ok {
		return fmt.Errorf("%s is there", args[0])
	}
	for _, v := range view.Versions {
		if len(args) > 1 && strconv.FormatInt(v.Number, 10) == args[1] {
			return fmt.Errorf("version %s of %s is there", args[1], args[0])
		}
	}
	return nil
}

// playRow waits for a row of the audit sheet. DETAIL may be any part of the row.
func playRow(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		for _, row := range p.rows() {
			if isRow(row, args[0], args[1]) && (len(args) < 3 || strings.Contains(strings.Join(row, "|"), args[2])) {
				return nil
			}
		}
		return fmt.Errorf("the sheet has no row %s", strings.Join(args, " "))
	})
}

func playNoRow(_ context.Context, p *player, args []string) error {
	if slices.ContainsFunc(p.rows(), func(row []string) bool { return isRow(row, args[0], args[1]) }) {
		return fmt.Errorf("the sheet has a row %s", strings.Join(args, " "))
	}
	return nil
}

// playSheet waits until the sheet has that many rows, in order and without gaps, and
// shows them.
func playSheet(ctx context.Context, p *player, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return until(ctx, func() error {
		rows := p.rows()
		if len(rows) < want {
			return fmt.Errorf("the sheet has %d rows", len(rows))
		}
		for i, row := range rows {
			if row[0] != strconv.Itoa(i+1) {
				return fmt.Errorf("row %d holds record %s", i+1, row[0])
			}
		}
		p.show(sheetTable(rows))
		return nil
	})
}

// rows are the records in the audit sheet.
func (p *player) rows() [][]string {
	rows := p.sheet.Hand().Rows(stageSheet, "audit-1")
	return rows[min(1, len(rows)):]
}

func isRow(row []string, event, ref string) bool {
	return len(row) > 8 && row[2] == event && row[6]+"/"+row[7] == ref
}
