package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"secretstore/internal/wording"
)

//go:embed stories/demo.txt
var demoStory string

// demoVerb is `secretstore demo`: the whole product on this machine, without any account.
func demoVerb(ctx context.Context, args []string, c console) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(c.stderr)
	once := flags.Bool("once", false, "end after the story")
	dir := flags.String("dir", "", "a folder that keeps the state over a restart")
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		return exitUsage
	}
	if err := demo(ctx, *dir, *once, c.stdout); err != nil {
		fmt.Fprintf(c.stderr, "demo: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// demo starts the stage, plays the story and stays up until ctx ends, unless once.
func demo(ctx context.Context, dir string, once bool, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	keep := dir != ""
	if !keep {
		if dir, err = os.MkdirTemp("", "secretstore-demo-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	s, err := newStage(stageOptions{dir: dir, keep: keep, program: []string{self, "serve"}})
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, s.logged())
	}
	if err := tellStory(ctx, s, demoStory, out); err != nil {
		return fmt.Errorf("%w\n%s", err, s.logged())
	}
	if once {
		return nil
	}
	fmt.Fprint(out, howToLook(s))
	<-ctx.Done()
	return nil
}

// tellStory plays a story line by line and prints what is seen on the way.
func tellStory(ctx context.Context, s *stage, story string, out io.Writer) error {
	p := &player{stage: s, show: func(text string) { fmt.Fprintln(out, indent(text)) }}
	for number, line := range strings.Split(story, "\n") {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "#"); ok {
			fmt.Fprintf(out, "\n%s\n", strings.TrimSpace(heading))
			continue
		}
		if line == "" {
			continue
		}
		if err := p.play(ctx, words(line)); err != nil {
			return fmt.Errorf("line %d of the story, %q: %w", number+1, line, err)
		}
	}
	return nil
}

func indent(text string) string { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }

// words splits a line at spaces; '…' keeps words together and ” inside it is one quote.
func words(line string) []string {
	var all []string
	var word strings.Builder
	quoted, open := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'' && quoted && i+1 < len(line) && line[i+1] == '\'':
			word.WriteByte(c)
			i++
		case c == '\'':
			quoted, open = !quoted, true
		case c == ' ' && !quoted:
			if open || word.Len() > 0 {
				all = append(all, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteByte(c)
		}
	}
	if open || word.Len() > 0 {
		all = append(all, word.String())
	}
	return all
}

// howToLook says how to look at the running demo with real clients.
func howToLook(s *stage) string {
	return wording.English().Say("demo.look",
		"manager", "http://"+s.manager.Addr()+"/", "slack", s.slack.APIURL(), "sheet", s.sheet.URL(),
		"app", "http://"+s.addr, "spreadsheet", stageSheet)
}
