package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"secretstore/internal/emulator/secretmanager"
)

// serviceVerbs is what a story waits to see in Secret Manager and in the audit sheet.
func serviceVerbs() map[string]verb {
	return map[string]verb{
		"stored":       {"stored ENV/NAME VERSION TEXT", 3, playStored},
		"size":         {"size ENV/NAME VERSION BYTES", 3, playSize},
		"version":      {"version ENV/NAME VERSION STATE", 3, playVersion},
		"marked":       {"marked ENV/NAME KEY VALUE", 3, playMarked},
		"staged":       {"staged ENV COUNT", 2, playStaged},
		"unstage":      {"unstage ENV", 1, playUnstage},
		"trashed":      {"trashed ENV/NAME yes|no", 2, playTrashed},
		"missing":      {"missing ENV/NAME [VERSION]", 1, playMissing},
		"row":          {"row EVENT ENV/NAME [DETAIL]", 2, playRow},
		"norow":        {"norow EVENT ENV/NAME", 2, playNoRow},
		"sheet":        {"sheet ROWS", 1, playSheet},
		"checkpointed": {"checkpointed", 0, playCheckpointed},
	}
}

func playStored(ctx context.Context, p *player, args []string) error {
	project, name := projectOf(args[0])
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
	project, name := projectOf(ref)
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
	project, name := projectOf(args[0])
	return until(ctx, func() error {
		view, _ := p.manager.Console().Secret(project, name)
		if got := view.Labels[args[1]] + view.Annotations[args[1]]; got != args[2] {
			return fmt.Errorf("%s of %s is %q", args[1], args[0], got)
		}
		return nil
	})
}

// staging is the names of the staged values in an environment's project.
func (p *player) staging(env string) []string {
	project, _ := projectOf(env)
	var all []string
	for _, view := range p.manager.Console().Secrets(project) {
		if strings.HasPrefix(view.ID, "secretstore-staging-") {
			all = append(all, view.ID)
		}
	}
	return all
}

// playStaged waits until that many values wait for consent in an environment's project.
func playStaged(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		if all := p.staging(args[0]); strconv.Itoa(len(all)) != args[1] {
			return fmt.Errorf("%d values are staged in %s", len(all), args[0])
		}
		return nil
	})
}

// playUnstage deletes what is staged, as somebody would in Google's console.
func playUnstage(_ context.Context, p *player, args []string) error {
	project, _ := projectOf(args[0])
	for _, name := range p.staging(args[0]) {
		if err := p.manager.Console().Delete(project, name); err != nil {
			return err
		}
	}
	p.say("console", "delete the staged value in "+args[0])
	return nil
}

func playTrashed(ctx context.Context, p *player, args []string) error {
	project, name := projectOf(args[0])
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
	project, name := projectOf(args[0])
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

// playCheckpointed waits until a checkpoint of all records stands in the sheet: one is
// written each minute.
func playCheckpointed(ctx context.Context, p *player, _ []string) error {
	return until(ctx, func() error {
		points := p.sheet.Hand().Rows(stageSheet, "checkpoints")
		if len(points) < 2 || points[len(points)-1][0] != strconv.Itoa(len(p.rows())) {
			return fmt.Errorf("%d checkpoints", max(0, len(points)-1))
		}
		return nil
	})
}
