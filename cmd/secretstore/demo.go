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
	if flags.Parse(args) != nil {
		return exitUsage
	}
	if flags.NArg() > 0 {
		flags.Usage()
		return exitUsage
	}
	if err := demo(ctx, *dir, *once, c.stdout); err != nil {
		fmt.Fprintf(c.stderr, "demo: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// demo starts the stage, plays the story and stays up until ctx ends, unless once. A
// folder that holds the state of an earlier run is shown as it was left: the story would
// meet its own secrets there.
func demo(ctx context.Context, dir string, once bool, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	folder, remove, err := demoFolder(dir)
	if err != nil {
		return err
	}
	defer remove()
	s, err := newStage(stageOptions{dir: folder, keep: dir != "", program: []string{self, "serve"}})
	if err != nil {
		return err
	}
	defer s.close()
	_, seen := os.Stat(s.path(stageDatabase))
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, s.logged())
	}
	if seen == nil {
		fmt.Fprint(out, wording.English().Say("demo.kept", "dir", folder))
	} else if err := tellStory(ctx, s, demoStory, out); err != nil {
		return fmt.Errorf("%w\n%s", err, s.logged())
	}
	if once {
		return nil
	}
	fmt.Fprint(out, howToLook(s))
	<-ctx.Done()
	return nil
}

// demoFolder makes the demo's folder: dir, or a temporary one that remove takes away.
func demoFolder(dir string) (folder string, remove func(), err error) {
	if dir != "" {
		return dir, func() {}, os.MkdirAll(dir, 0o700)
	}
	folder, err = os.MkdirTemp("", "secretstore-demo-")
	return folder, func() { _ = os.RemoveAll(folder) }, err
}

// tellStory plays a story line by line and prints what is seen on the way.
func tellStory(ctx context.Context, s *stage, story string, out io.Writer) error {
	p := &player{stage: s, show: func(text string) { fmt.Fprintln(out, indent(text)) }}
	told := false
	for number, line := range strings.Split(story, "\n") {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "#"); ok {
			if !told {
				fmt.Fprintln(out)
			}
			fmt.Fprintln(out, strings.TrimSpace(heading))
			told = true
			continue
		}
		told = false
		if line == "" {
			continue
		}
		if err := p.play(ctx, words(line)); err != nil {
			return fmt.Errorf("line %d of the story, %q: %w", number+1, line, err)
		}
	}
	return nil
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

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
