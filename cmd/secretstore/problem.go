package main

import (
	"errors"
	"fmt"
	"io"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/wording"
)

// problem is one fault of the settings: where it is, and the key of the sentence that
// says what to do, with what fills its placeholders.
type problem struct {
	where string
	key   wording.Key
	pairs []string
}

// placed is a place in the file that a variable names.
func placed(name string, line, column int) string { return fmt.Sprintf("%s:%d:%d", name, line, column) }

// placeGoogle is where a fault is that no variable of ours mends.
const placeGoogle = "Google credentials"

// tell prints problems, one line each and none twice, and returns the exit code for them.
func tell(w io.Writer, problems []problem) int {
	told := make(map[string]bool)
	for _, p := range problems {
		line := fmt.Sprintf("%s: %s\n", p.where, wording.English().Say(p.key, p.pairs...))
		if !told[line] {
			told[line] = true
			fmt.Fprint(w, line)
		}
	}
	return exitUsage
}

// databaseProblem names the sentence for a log that can't be opened.
func databaseProblem(err error) problem {
	if f, ok := errors.AsType[*audit.StartFault](err); ok {
		return problem{envDatabase, wording.Key("database." + string(f.Code)), []string{"what", f.What}}
	}
	return problem{envDatabase, "database.no_connection", []string{"what", ""}}
}

// policyProblem names the sentence for a fault of the policy file, with its line.
func policyProblem(f policy.Fault) problem {
	return problem{placed(envConfig, f.Line, f.Column), wording.Key("policy." + f.Code), f.Words()}
}
