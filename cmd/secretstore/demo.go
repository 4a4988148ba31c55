package main

import (
	"cmp"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"secretstore/internal/emulator/page"
	"secretstore/internal/slackapp"
	"secretstore/internal/wording"
)

//go:embed stories/demo.txt
var demoStory string

// demoVerb is `secretstore demo`: the whole product on this machine, without any account.
func demoVerb(ctx context.Context, args []string, c console) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // package flag quotes what was typed
	once := flags.Bool("once", false, "no page: tell the story of demo.txt in this terminal and end")
	addr := flags.String("page", "", "address of the page (default "+pageAddr+", or a free port if that one is taken)")
	dir := flags.String("dir", "", "a folder that keeps the state over a restart")
	if asksHelp(args) {
		flags.SetOutput(c.stdout)
		flags.Usage()
		return exitOK
	}
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		flags.SetOutput(c.stderr)
		flags.Usage()
		sayTo(c.stderr, "terminal.misused")
		return exitUsage
	}
	o := demoOptions{dir: *dir, once: *once, page: *addr}
	if err := demo(ctx, o, c.stdout); err != nil {
		fmt.Fprintf(c.stderr, "demo: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// demoOptions are the flags of demo.
type demoOptions struct {
	dir  string
	once bool
	page string
}

// demo starts the stage. Then it serves the page until ctx ends or, with once, tells the
// story: but not over the state of an earlier run, where it would meet its own secrets.
func demo(ctx context.Context, o demoOptions, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	folder, remove, err := demoFolder(o.dir)
	if err != nil {
		return err
	}
	defer remove()
	s, err := newStage(stageOptions{dir: folder, keep: o.dir != "", program: []string{self, "serve"}})
	if err != nil {
		return err
	}
	defer s.close()
	_, seen := os.Stat(s.path(stageDatabase))
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, s.logged())
	}
	switch {
	case !o.once:
		return showPage(ctx, s, o.page, out)
	case seen == nil:
		fmt.Fprint(out, wording.English().Say("demo.kept", "dir", folder))
	default:
		if err := tellStory(ctx, s, demoStory, out); err != nil {
			return fmt.Errorf("%w\n%s", err, s.logged())
		}
	}
	return nil
}

// showPage serves the page until ctx ends.
func showPage(ctx context.Context, s *stage, addr string, out io.Writer) error {
	p, err := startPage(ctx, s, addr)
	if err != nil {
		return err
	}
	defer p.Close()
	fmt.Fprint(out, wording.English().Say("demo.page", "url", p.URL()), howToLook(s))
	<-ctx.Done()
	return nil
}

// pageAddr is where the page is unless somebody else is there.
const pageAddr = "127.0.0.1:8765"

// startPage serves a stage whose app runs to browsers. What it starts anew lives as long as ctx.
func startPage(ctx context.Context, s *stage, addr string) (*page.Server, error) {
	var turn sync.Mutex // of those who end the app
	again := func(end func()) func(context.Context) error {
		return func(context.Context) error {
			turn.Lock()
			defer turn.Unlock()
			end()
			return s.restart(ctx)
		}
	}
	o := page.Options{
		Workspace: s.slack, Manager: s.manager, Sheets: s.sheet, Backlog: s.backlog, Commands: slashCommands(), Tours: stageTours(),
		Kill: again(s.kill), Renew: again(s.stop),
	}
	p, err := page.Start(cmp.Or(addr, pageAddr), o)
	if err != nil && addr == "" {
		return page.Start("127.0.0.1:0", o)
	}
	return p, err
}

// stageTours is who plays the guided stories; stories/policy.yaml makes them possible.
func stageTours() *page.Tours {
	return &page.Tours{
		Requester: "U0CAROL", Approver: "U0BOB", Channel: "C0SEC",
		Create:  page.TourSecret{Environment: "dev", Project: "acme-dev", Name: "db-password"},
		Guarded: page.TourSecret{Environment: "prod", Project: "acme-prod", Name: "payments-key"},
		Trouble: page.TourSecret{Environment: "dev", Project: "acme-dev", Name: "api-key"},
	}
}

// slashCommands is what the composer offers: every verb with the title of what it opens.
func slashCommands() []page.Command {
	both := func(key wording.Key) map[string]string {
		return map[string]string{"en": wording.English().Say(key), "ko": wording.For("ko").Say(key)}
	}
	secret := page.Command{Name: "/secret", About: both("help.title")}
	for _, v := range slackapp.Verbs() {
		verb := page.Verb{Name: string(v), About: both(wording.Key("modal." + string(v) + ".title"))}
		if v != slackapp.VerbHelp {
			verb.Usage = "ENV/NAME"
		}
		secret.Verbs = append(secret.Verbs, verb)
	}
	return []page.Command{secret}
}

// demoFolder makes the demo's folder: dir, or a temporary one that remove takes away.
func demoFolder(dir string) (folder string, remove func(), err error) {
	if dir != "" {
		if folder, err = filepath.Abs(dir); err != nil { // it is printed for terminals that stand elsewhere
			return "", nil, err
		}
		return folder, func() {}, os.MkdirAll(folder, 0o700)
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
