package ggshieldtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"secretstore/internal/emulator/faults"
)

// oddity is a scan of content, or with settings, that ggshield treats in a way of its own.
// LEAK in a text stands for the leak.
type oddity struct {
	name  string
	files [][2]string // committed one by one: name, text
	loose [][2]string // written and not committed
	docs  [][2]string // of the document set docs.jsonl: id, text
	args  []string    // after "secret scan"
	env   []string
	fault faults.Fault
	exit  int
}

var (
	docsetArgs = []string{"docset", "docs.jsonl"}
	rangeArgs  = []string{"commit-range", "HEAD~1..HEAD"}
)

func oddities() []oddity {
	leaking := [][2]string{{"leak.py", `k = "LEAK"`}}
	many := make([][2]string, 46)
	for i := range many {
		many[i] = [2]string{fmt.Sprintf("%02d.txt", i), "text"}
	}
	return []oddity{
		{name: "docset without documents", docs: [][2]string{}, args: docsetArgs},
		{name: "docset of an empty file", loose: [][2]string{{"empty", ""}}, args: []string{"docset", "empty"}},
		{name: "docset with empty content", docs: [][2]string{{"a", ""}, {"b", "text"}}, args: docsetArgs},
		{name: "docset with a document over 1 MiB", docs: [][2]string{{"a", "LEAK" + strings.Repeat(" ", 1<<20)}, {"b", "text"}}, args: docsetArgs},
		{name: "docset of 46 documents", docs: many, args: docsetArgs},
		{name: "docset with odd ids", docs: [][2]string{{"./y", "1"}, {"a//b", "2"}, {"commit://abc/x.py", "3"}, {"/z", "4"}, {"same", "5"}, {"same", "6"}, {"line\nbreak", "7"}}, args: docsetArgs},
		{name: "docset with odd content", docs: [][2]string{{"vendor/x.py", "LEAK"}, {"we\"ird.py", "LEAK"}, {"nul", "LEAK\x00"}, {"größe", "größe LEAK"}}, args: docsetArgs, exit: 1},
		{name: "docset with a ggignore comment", docs: [][2]string{{"a", "LEAK # ggignore"}}, args: docsetArgs},
		{name: "docset with a ggignore comment and --all-secrets", docs: [][2]string{{"a", "LEAK # ggignore"}}, args: slices.Concat(docsetArgs, []string{"--all-secrets"}), exit: 1},

		{name: "commit-range with a quote in another file's name", files: append(leaking, [2]string{"we\"ird", "text"}), args: []string{"commit-range", "HEAD~2..HEAD"}},
		{name: "commit-range with -diff in .gitattributes", files: leaking, loose: [][2]string{{".gitattributes", "* -diff\n"}}, args: rangeArgs},
		{name: "commit-range with a NUL byte", files: [][2]string{{"leak.py", "\x00LEAK"}}, args: rangeArgs},
		{name: "commit-range below vendor", files: [][2]string{{"vendor/leak.py", "LEAK"}}, args: rangeArgs},
		{name: "commit-range with --exit-zero", files: leaking, args: slices.Concat(rangeArgs, []string{"--exit-zero"})},
		{name: "path that asks and gets no answer", args: []string{"path", "clean.txt", "leak.py"}},
		{name: "ci with metadata 500 and no fail on server error", args: []string{"ci", "--no-fail-on-server-error"}, fault: metadata(faults.Refuse, 500),
			env: []string{"CI=true", "GITHUB_ACTIONS=true", "GITHUB_PUSH_BASE_SHA=HEAD~1", "GITHUB_SHA=HEAD"}},

		{name: ".gitguardian.yaml with exit_zero", files: leaking, loose: [][2]string{{".gitguardian.yaml", "version: 2\nexit_zero: true\n"}}, args: rangeArgs},
		{name: ".gitguardian.yaml with exit_zero, and a config of our own", files: leaking, loose: [][2]string{{".gitguardian.yaml", "version: 2\nexit_zero: true\n"}, {"own.yaml", "version: 2\n"}}, args: slices.Concat([]string{"--config-path", "own.yaml"}, rangeArgs), exit: 1},
		{name: ".env with another instance", files: leaking, loose: [][2]string{{".env", "GITGUARDIAN_INSTANCE=http://evil.example\n"}}, args: rangeArgs, env: []string{"GITGUARDIAN_DONT_LOAD_ENV=0"}, exit: 2},
		{name: ".env with another instance, not loaded", files: leaking, loose: [][2]string{{".env", "GITGUARDIAN_INSTANCE=http://evil.example\n"}}, args: rangeArgs, exit: 1},
	}
}

// judge runs one oddity in a repository of its own.
func (o oddity) judge(t *testing.T, into captures) {
	t.Helper()
	w := newWorld(t)
	for _, f := range o.files {
		w.commit(t, f[0], strings.ReplaceAll(f[1], "LEAK", w.leak))
	}
	for _, f := range o.loose {
		w.write(t, f[0], f[1])
	}
	if o.docs != nil {
		var pairs []string
		for _, d := range o.docs {
			pairs = append(pairs, d[0], strings.ReplaceAll(d[1], "LEAK", w.leak))
		}
		w.write(t, "docs.jsonl", docsOf(t, pairs...))
	}
	w.named(t)
	tr := &trial{fact: fact{name: o.name, fault: o.fault, env: o.env}, args: o.line(), exit: o.exit, command: "scan " + strings.Join(o.args, " ")}
	tr.run(t.Context(), w, t.TempDir())
	tr.judge(t, w, into)
}

// line is the command line; options of ggshield itself stand before the command.
func (o oddity) line() []string {
	args := o.args
	var before []string
	if args[0] == "--config-path" {
		before, args = args[:2], args[2:]
	}
	return slices.Concat(before, []string{"secret", "scan", args[0], "--json", "--no-check-for-updates"}, args[1:])
}
