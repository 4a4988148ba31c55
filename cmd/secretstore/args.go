package main

import (
	"flag"
	"io"
	"slices"

	"secretstore/internal/wording"
)

// splitVerb takes the verb off the arguments, "" where there is none.
func splitVerb(args []string) (verb string, rest []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}

// asksHelp reports whether the arguments ask for help rather than for anything else.
func asksHelp(args []string) bool {
	return slices.Contains(args, "--help") || slices.Contains(args, "-h")
}

// sayUsage prints the help of a verb and after it, where it is seen last, what is wrong, if
// why is not "". What was typed is not repeated: it may be a secret in the wrong place.
func sayUsage(c console, help, why wording.Key) int {
	sayTo(c.stderr, help)
	if why != "" {
		sayTo(c.stderr, why)
	}
	return exitUsage
}

// parseBetween reads flags wherever they stand among the arguments, and returns the others.
func parseBetween(set *flag.FlagSet, args []string) (rest []string, ok bool) {
	set.SetOutput(io.Discard) // package flag quotes what was typed
	for {
		if set.Parse(args) != nil {
			return nil, false
		}
		if set.NArg() == 0 {
			return rest, true
		}
		rest, args = append(rest, set.Arg(0)), set.Args()[1:]
	}
}
