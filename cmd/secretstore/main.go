// Command secretstore is the Slack app over Google Secret Manager.
//
//	secretstore serve     run the app
//	secretstore demo      try the app on this machine, without any account
//	secretstore scan      find leaked secrets before they are merged
//	secretstore policy    judge a policy file
//	secretstore audit     verify the audit log and the sheet, or export the log
//	secretstore version   print the version
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"secretstore/internal/wording"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := realMain(ctx, os.Args[1:], console{os.Getenv, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// console is what a verb knows of the world it was called from. The environment is a
// func, so that tests pass their own.
type console struct {
	env            func(string) string
	stdout, stderr io.Writer
}

// sayTo prints one sentence, ended by a line break.
func sayTo(w io.Writer, key wording.Key, pairs ...string) {
	fmt.Fprintln(w, strings.TrimSuffix(wording.English().Say(key, pairs...), "\n"))
}

// realMain runs one verb and returns the exit code.
func realMain(ctx context.Context, args []string, c console) int {
	verb, args := splitVerb(args)
	switch verb {
	case "serve":
		return serveVerb(ctx, args, c)
	case "demo":
		return demoVerb(ctx, args, c)
	case "scan":
		return scanVerb(ctx, args, c)
	case "policy":
		return policyVerb(ctx, args, c)
	case "audit":
		return auditVerb(ctx, args, c)
	case "version", "--version":
		return versionVerb(args, c)
	case "help", "--help", "-h":
		sayTo(c.stdout, "terminal.help")
		return exitOK
	case "":
		return sayUsage(c, "terminal.help", "")
	}
	return sayUsage(c, "terminal.help", "terminal.misused")
}

// versionVerb is `secretstore version`.
func versionVerb(args []string, c console) int {
	if len(args) > 0 {
		return sayUsage(c, "terminal.help", "terminal.misused")
	}
	fmt.Fprintln(c.stdout, version())
	return exitOK
}
