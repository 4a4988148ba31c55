package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// policyVerb is `secretstore policy lint|test|explain|what-if`.
func policyVerb(ctx context.Context, args []string, c console) int {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "lint":
		return policyLint(args, c)
	case "test":
		return policyTest(args, c)
	case "explain":
		return policyExplain(args, c)
	case "what-if":
		return policyWhatIf(ctx, args, c)
	case "--help", "-h":
		sayTo(c.stdout, "policycli.help")
		return exitOK
	}
	sayTo(c.stderr, "policycli.help")
	return exitUsage
}

// sayTo prints one sentence, ended by a line break.
func sayTo(w io.Writer, key wording.Key, pairs ...string) {
	fmt.Fprintln(w, strings.TrimSuffix(wording.English().Say(key, pairs...), "\n"))
}

// errUsage means that a verb was not called as it can be.
var errUsage = errors.New("usage")

// policyArgs reads flags, wherever they stand, and the one FILE, which is the policy file of
// the settings if it is left out.
func policyArgs(flags *flag.FlagSet, args []string, c console) (file string, err error) {
	flags.SetOutput(io.Discard)
	var files []string
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return "", errUsage
		}
		if args = flags.Args(); len(args) > 0 {
			files, args = append(files, args[0]), args[1:]
		}
	}
	switch {
	case len(files) == 1:
		return files[0], nil
	case len(files) == 0 && c.env(envConfig) != "":
		return c.env(envConfig), nil
	case len(files) == 0:
		sayTo(c.stderr, "policycli.no_file")
	}
	return "", errUsage
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
	file, err := policyArgs(flag.NewFlagSet("lint", flag.ContinueOnError), args, c)
	if err != nil {
		sayTo(c.stderr, "policycli.help")
		return exitUsage
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
	file, err := policyArgs(flag.NewFlagSet("test", flag.ContinueOnError), args, c)
	if err != nil {
		sayTo(c.stderr, "policycli.help")
		return exitUsage
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

// question is what `policy explain` asks.
type question struct {
	as, do, secret, in string
}

// request makes the request out of the flags; the key of a sentence says what is wrong.
func (q question) request(p *policy.Policy) (policy.Request, wording.Key) {
	user, valid := secret.ParseUserID(q.as)
	if !valid {
		return policy.Request{}, "policycli.bad_as"
	}
	if !secret.Action(q.do).Valid() {
		return policy.Request{}, "policycli.bad_do"
	}
	ref, faults := secret.ParseRef(q.secret)
	if _, known := p.Environment(ref.Environment); len(faults) > 0 || !known {
		return policy.Request{}, "policycli.bad_secret"
	}
	in, ok := stated(p, groupNames(q.in))
	if !ok {
		return policy.Request{}, "policycli.bad_in"
	}
	return policy.Request{Person: secret.Person{User: user}, Groups: in, Action: secret.Action(q.do), Ref: ref}, ""
}

// groupNames splits a list of names at its commas.
func groupNames(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// stated is the membership that somebody states; every other group is known to be without
// the person. ok is false if there is no such group.
func stated(p *policy.Policy, groups []string) (in map[string]bool, ok bool) {
	in = make(map[string]bool)
	for _, g := range p.Groups() {
		in[g.Name] = false
	}
	for _, name := range groups {
		if _, known := in[name]; !known {
			return nil, false
		}
		in[name] = true
	}
	return in, true
}

// policyExplain is `policy explain --as U --do ACTION --secret ENV/NAME [--in GROUP,…]
// [FILE]`: 0 if the person may, alone or with approval, 1 if not.
func policyExplain(args []string, c console) int {
	var q question
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	flags.StringVar(&q.as, "as", "", "")
	flags.StringVar(&q.do, "do", "", "")
	flags.StringVar(&q.secret, "secret", "", "")
	flags.StringVar(&q.in, "in", "", "")
	file, err := policyArgs(flags, args, c)
	if err != nil || q.as == "" || q.do == "" || q.secret == "" {
		sayTo(c.stderr, "policycli.help")
		return exitUsage
	}
	p, ok := sound(file, c)
	if !ok {
		return exitUsage
	}
	r, wrong := q.request(p)
	if wrong != "" {
		sayTo(c.stderr, wrong)
		return exitUsage
	}
	d := p.Decide(r)
	explain(c.stdout, member(q.as, groupNames(q.in)), r, d)
	if d.Outcome() == policy.OutcomeDeny {
		return exitFailed
	}
	return exitOK
}
