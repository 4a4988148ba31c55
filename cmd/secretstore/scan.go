package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"secretstore/internal/scan"
	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// exitInconclusive says that nothing was shown, neither leaks nor their absence.
const exitInconclusive = 3

// Variables of `scan`.
const (
	envGuardKey      = "GITGUARDIAN_API_KEY"
	envGuardInstance = "GITGUARDIAN_INSTANCE"
	envScanWebhook   = "SECRETSTORE_SCAN_WEBHOOK"
)

// scanFlags are the flags of `scan`.
type scanFlags struct {
	repo, engine, program, settings, reports, colour, environment string
	limit                                                         time.Duration
	cache, canary                                                 bool
}

func (f *scanFlags) set() *flag.FlagSet {
	say := wording.English().Say
	set := flag.NewFlagSet("scan", flag.ContinueOnError)
	set.StringVar(&f.repo, "repo", ".", say("scan.flag.repo"))
	set.StringVar(&f.engine, "engine", string(scan.GGShield), say("scan.flag.engine"))
	set.StringVar(&f.program, "ggshield", "ggshield", say("scan.flag.ggshield", "version", scan.GGShieldVersion))
	set.DurationVar(&f.limit, "limit", 10*time.Minute, say("scan.flag.limit"))
	set.StringVar(&f.settings, "settings", "", say("scan.flag.settings"))
	set.StringVar(&f.reports, "reports", "", say("scan.flag.reports"))
	set.BoolVar(&f.cache, "cache", false, say("scan.flag.cache"))
	set.BoolVar(&f.canary, "canary", true, say("scan.flag.canary"))
	set.StringVar(&f.colour, "colour", "auto", say("scan.flag.colour"))
	set.StringVar(&f.environment, "environment", "", say("scan.flag.environment"))
	return set
}

// check reports whether the flags' values are ones that there are.
func (f *scanFlags) check() bool {
	engines := []scan.Engine{scan.GGShield, scan.Gitleaks, scan.Both}
	_, faults := secret.ParseEnvironment(f.environment)
	return slices.Contains(engines, scan.Engine(f.engine)) && f.limit > 0 &&
		slices.Contains([]string{"auto", "always", "never"}, f.colour) && (f.environment == "" || len(faults) == 0)
}

// scanVerb is `secretstore scan`.
func scanVerb(ctx context.Context, args []string, c console) int {
	var flags scanFlags
	set := flags.set()
	if len(args) == 0 || slices.Contains(args, "--help") || slices.Contains(args, "-h") || args[0] == "help" {
		return scanHelp(set, c, len(args) > 0)
	}
	mode := args[0]
	rest, ok := parseBetween(set, args[1:])
	if !ok || !flags.check() {
		return scanRefused(c, &scan.Problem{Cause: scan.BadUsage})
	}
	if mode == "install-hook" {
		return scanHook(ctx, flags.repo, rest, c)
	}
	source, err := scanSource(mode, rest, c)
	if err != nil {
		return scanRefused(c, err)
	}
	return scanRun(ctx, source, flags, c)
}

func scanHelp(set *flag.FlagSet, c console, asked bool) int {
	w, code := c.stderr, exitUsage
	if asked {
		w, code = c.stdout, exitOK
	}
	fmt.Fprint(w, wording.English().Say("scan.help"))
	set.VisitAll(func(f *flag.Flag) {
		standard := ""
		if f.DefValue != "" && f.DefValue != "false" {
			standard = " (" + f.DefValue + ")"
		}
		fmt.Fprintf(w, "    --%s%s\n        %s\n", f.Name, standard, f.Usage)
	})
	fmt.Fprint(w, wording.English().Say("scan.environment"))
	return code
}

// scanSource is what a mode scans.
func scanSource(mode string, args []string, c console) (scan.Source, error) {
	switch {
	case mode == "pr" && len(args) == 0:
		payload, err := os.ReadFile(c.env("GITHUB_EVENT_PATH"))
		if err != nil {
			return scan.Source{}, &scan.Problem{Cause: scan.BadEvent, What: "GITHUB_EVENT_PATH"}
		}
		return scan.Event(c.env("GITHUB_EVENT_NAME"), payload, c.env("GITHUB_SHA"))
	case mode == "range" && len(args) == 1:
		return scan.Range(args[0]), nil
	case mode == "pre-push" && len(args) <= 2:
		lines, err := io.ReadAll(io.LimitReader(os.Stdin, 16<<20))
		if err != nil {
			return scan.Source{}, &scan.Problem{Cause: scan.BadPushLines}
		}
		return scan.PrePush(strings.Join(args[:min(len(args), 1)], ""), lines)
	case mode == "pre-commit" && len(args) == 0:
		return scan.PreCommit(), nil
	case mode == "path" && len(args) > 0:
		return scan.Paths(args), nil
	}
	return scan.Source{}, &scan.Problem{Cause: scan.BadUsage}
}

// scanRun scans, reports to everyone concerned and returns the exit code.
func scanRun(ctx context.Context, source scan.Source, flags scanFlags, c console) int {
	webhook := valueOf(strings.TrimSpace(c.env(envScanWebhook)))
	if err := scan.CheckWebhook(webhook); webhook.Len() > 0 && err != nil {
		return scanRefused(c, err)
	}
	report, err := scan.Scan(ctx, source, scanOptions(flags, c))
	if err != nil {
		return scanRefused(c, err)
	}
	style := scan.Style{Environment: flags.environment, Server: c.env("GITHUB_SERVER_URL"), Colour: scanColour(flags.colour, c)}
	if err := scanReport(report, flags, style, c); err != nil {
		return scanRefused(c, err)
	}
	if webhook.Len() > 0 && report.Tell(ctx, webhook, style) != nil {
		fmt.Fprintln(c.stderr, wording.English().Say("scan.slack.untold"))
	}
	return map[scan.Verdict]int{scan.Clean: exitOK, scan.Leaks: exitFailed, scan.Inconclusive: exitInconclusive}[report.Verdict]
}

func scanOptions(flags scanFlags, c console) scan.Options {
	say := wording.English().Say
	options := scan.Options{
		Dir: flags.repo, Env: c.env, Engine: scan.Engine(flags.engine), Program: flags.program,
		Key:      valueOf(strings.TrimSpace(c.env(envGuardKey))),
		Instance: strings.TrimSpace(c.env(envGuardInstance)), Limit: flags.limit, Settings: flags.settings, NoCanary: !flags.canary,
		Progress: func(done, all int) {
			const each = 100
			if done%each == 0 && all > each {
				fmt.Fprintln(c.stderr, say("scan.progress", "done", fmt.Sprint(done), "all", fmt.Sprint(all)))
			}
		},
		Calls: func(documents, n int) {
			fmt.Fprintln(c.stderr, say("scan.calling", "documents", fmt.Sprint(documents), "calls", fmt.Sprint(n)))
		},
	}
	if cache, err := os.UserCacheDir(); err == nil && flags.cache && c.env("CI") == "" {
		options.Cache = filepath.Join(cache, "secretstore", "scan")
	}
	return options
}

// scanReport writes the report for a person, and what GitHub's runner asks for by its
// variables (docs: workflow-commands-for-github-actions).
func scanReport(report *scan.Report, flags scanFlags, style scan.Style, c console) error {
	if c.env("GITHUB_ACTIONS") == "true" {
		if err := report.WriteAnnotations(c.stdout, style); err != nil {
			return &scan.Problem{Cause: scan.ReportUnsaved, What: "stdout"}
		}
		// Nothing in the report may be taken for a command.
		resume := scan.StopCommands(c.stdout)
		defer resume()
	}
	if err := report.WriteTerminal(c.stdout, style); err != nil {
		return &scan.Problem{Cause: scan.ReportUnsaved, What: "stdout"}
	}
	return scan.Save(report, style, flags.reports, c.env("GITHUB_STEP_SUMMARY"), c.env("GITHUB_OUTPUT"))
}

func scanColour(choice string, c console) bool {
	if choice != "auto" {
		return choice == "always"
	}
	return isTerminal(c.stdout) && c.env("NO_COLOR") == "" && c.env("TERM") != "dumb"
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// scanHook is `secretstore scan install-hook`.
func scanHook(ctx context.Context, dir string, args []string, c console) int {
	kind := "pre-push"
	if len(args) == 1 {
		kind = args[0]
	}
	program, err := os.Executable()
	if err != nil || len(args) > 1 {
		return scanRefused(c, &scan.Problem{Cause: scan.BadUsage})
	}
	path, err := scan.InstallHook(ctx, dir, kind, program)
	if err != nil {
		return scanRefused(c, err)
	}
	fmt.Fprintln(c.stdout, wording.English().Say("scan.hook_installed", "path", path))
	return exitOK
}

// scanRefused tells why nothing was scanned as it was asked.
func scanRefused(c console, err error) int {
	p, ok := errors.AsType[*scan.Problem](err)
	if !ok {
		p = &scan.Problem{Cause: scan.BadUsage} // unreachable: package scan returns Problems
	}
	if c.env("GITHUB_ACTIONS") == "true" {
		scan.AnnotateProblem(c.stdout, p)
	}
	fmt.Fprintln(c.stderr, scan.LogLine(p.Sentence()))
	return exitUsage
}
