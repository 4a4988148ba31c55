package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"secretstore/internal/policy"
	"secretstore/internal/wording"
)

// policyVerb is `secretstore policy lint|test|explain|what-if`.
func policyVerb(ctx context.Context, args []string, c console) int {
	if asksHelp(args) {
		sayTo(c.stdout, "policycli.help")
		return exitOK
	}
	verb, args := splitVerb(args)
	switch verb {
	case "lint":
		return policyLint(args, c)
	case "test":
		return policyTest(args, c)
	case "explain":
		return policyExplain(args, c)
	case "what-if":
		return policyWhatIf(ctx, args, c)
	case "":
		return policyUsage(c, "")
	}
	return policyUsage(c, "terminal.misused")
}

func policyUsage(c console, why wording.Key) int { return sayUsage(c, "policycli.help", why) }

// policyArgs reads flags, wherever they stand, and the one FILE, which is the policy file of
// the settings if it is left out; wrong, if not "", is the key of the sentence that says what is.
func policyArgs(flags *flag.FlagSet, args []string, c console) (file string, wrong wording.Key) {
	files, ok := parseBetween(flags, args)
	switch {
	case !ok || len(files) > 1:
		return "", "terminal.misused"
	case len(files) == 1:
		return files[0], ""
	case c.env(envConfig) == "":
		return "", "policycli.no_file"
	}
	return c.env(envConfig), ""
}

// judged reads a policy file; ok is false if it can't be read at all, and that was said.
func judged(file string, c console) (p *policy.Policy, faults []policy.Fault, ok bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		sayTo(c.stderr, "policycli.unreadable", "file", file)
		return nil, nil, false
	}
	p, faults = policy.Load(text)
	return p, faults, true
}

// sound reads a policy file that has to be without faults; all of them are said otherwise.
func sound(file string, c console) (*policy.Policy, bool) {
	p, faults, ok := judged(file, c)
	sayFaults(c.stderr, file, faults)
	return p, ok && len(faults) == 0
}

func sayFaults(w io.Writer, file string, faults []policy.Fault) {
	for _, f := range faults {
		fmt.Fprintf(w, "%s: %s\n", placed(file, f.Line, f.Column), wording.English().Say(wording.Key("policy."+f.Code), f.Words()...))
	}
}

// policyLint is `policy lint [FILE]`: 0 without faults, 1 with any.
func policyLint(args []string, c console) int {
	file, wrong := policyArgs(flag.NewFlagSet("lint", flag.ContinueOnError), args, c)
	if wrong != "" {
		return policyUsage(c, wrong)
	}
	p, faults, ok := judged(file, c)
	switch {
	case !ok:
		return exitUsage
	case len(faults) > 0:
		sayFaults(c.stdout, file, faults)
		return exitFailed
	}
	sayTo(c.stdout, "policycli.sound", "file", file, "revision", strconv.FormatInt(p.Revision(), 10),
		"environments", strconv.Itoa(len(p.Environments())), "groups", strconv.Itoa(len(p.Groups())),
		"rules", strconv.Itoa(p.Rules()), "tests", strconv.Itoa(len(p.Tests())))
	return exitOK
}

// policyTest is `policy test [FILE]`: 0 if every test holds, 1 if one does not, 2 if the
// file has other faults or no tests.
func policyTest(args []string, c console) int {
	file, wrong := policyArgs(flag.NewFlagSet("test", flag.ContinueOnError), args, c)
	if wrong != "" {
		return policyUsage(c, wrong)
	}
	p, faults, ok := judged(file, c)
	switch {
	case !ok:
		return exitUsage
	case len(faults) > 0:
		return testFaults(file, faults, c)
	case len(p.Tests()) == 0:
		sayTo(c.stderr, "policycli.no_tests", "file", file)
		return exitUsage
	}
	for _, t := range p.Tests() {
		sayTo(c.stdout, "policycli.test", "place", file+":"+strconv.Itoa(t.Line), "expect", string(t.Expect),
			"who", member(t.As, t.In), "do", string(t.Do), "secret", t.Ref.String())
	}
	return exitOK
}

// testFaults says which tests failed, or, where the file has other faults, that none ran.
func testFaults(file string, faults []policy.Fault, c console) int {
	for _, f := range faults {
		if !strings.HasPrefix(string(f.Code), "test_") {
			sayFaults(c.stderr, file, faults)
			sayTo(c.stderr, "policycli.not_run", "file", file)
			return exitUsage
		}
	}
	sayFaults(c.stdout, file, faults)
	return exitFailed
}

// member names a person and the groups the person is said to be in.
func member(user string, in []string) string {
	if len(in) == 0 {
		return user
	}
	return wording.English().Say("policycli.member", "user", user, "groups", strings.Join(in, ", "))
}
