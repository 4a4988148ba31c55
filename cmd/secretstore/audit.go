package main

import (
	"context"
	"fmt"
	"io"

	"secretstore/internal/wording"
)

// auditVerb is `secretstore audit verify|export|key`.
func auditVerb(ctx context.Context, args []string, c console) int {
	if asksHelp(args) {
		sayTo(c.stdout, "auditcli.help")
		return exitOK
	}
	verb, args := splitVerb(args)
	switch verb {
	case "verify":
		return auditVerify(ctx, args, c)
	case "export":
		return auditExport(ctx, args, c)
	case "key":
		return auditKey(ctx, args, c)
	case "":
		return sayUsage(c, "auditcli.help", "")
	}
	return auditUsage(c)
}

func auditUsage(c console) int { return sayUsage(c, "auditcli.help", "terminal.misused") }

// progress shows on a terminal how far a long check is; nil for anything else.
func progress(w io.Writer, key wording.Key) func(done, all int64) {
	if !isTerminal(w) {
		return nil
	}
	return ticker(w, key)
}

// ticker writes one line over and over, at each hundredth, and wipes it at the end.
func ticker(w io.Writer, key wording.Key) func(done, all int64) {
	const wipe = "\r\x1b[K"
	last := int64(0)
	return func(done, all int64) {
		percent := 100 * done / max(all, 1)
		switch {
		case percent == last:
		case percent >= 100:
			fmt.Fprint(w, wipe)
		default:
			fmt.Fprint(w, wipe+wording.English().Say(key, "percent", fmt.Sprint(percent)))
		}
		last = percent
	}
}
