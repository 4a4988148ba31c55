package main

import (
	"flag"
	"io"
)

// splitVerb takes the verb off the arguments, "" where there is none.
func splitVerb(args []string) (verb string, rest []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
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
