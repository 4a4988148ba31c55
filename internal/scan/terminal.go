package scan

import (
	"fmt"
	"io"
)

// Colours of a terminal (ECMA-48).
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
)

// Style says how a report for people is written.
type Style struct {
	Colour      bool   // for a terminal
	Environment string // that suggested commands name; may be empty
	Server      string // GITHUB_SERVER_URL, for links; "": GitHub's own
}

// WriteTerminal writes the report for a person at a terminal. Every name in it has been
// made visible, so that no escape sequence of a file's name reaches the terminal.
func (r *Report) WriteTerminal(w io.Writer, style Style) error {
	t := &terminal{w: w, colour: style.Colour}
	t.line(colourOf(r.Verdict)+bold, r.headline())
	t.indented(r.outcome())
	for _, f := range r.Findings {
		t.line("", "")
		t.line(red, f.title())
		for _, fact := range f.facts() {
			t.indented(fact)
		}
		for i, step := range f.next(style.Environment) {
			t.indented(fmt.Sprintf("%d. %s", i+1, step))
		}
	}
	r.writeProblems(t)
	for _, s := range r.sections() {
		t.line("", "")
		t.line(bold, s.title)
		for _, l := range s.lines {
			t.indented(l)
		}
	}
	t.line("", "")
	for _, l := range r.figures() {
		t.line("", l)
	}
	return t.err
}

func (r *Report) writeProblems(t *terminal) {
	if r.Verdict == Leaks && len(r.Problems) > 0 {
		t.line("", "")
		t.line(yellow, say("scan.also"))
	}
	for _, p := range r.Problems {
		t.indented(p.Sentence())
	}
}

func colourOf(v Verdict) string {
	switch v {
	case Clean:
		return green
	case Leaks:
		return red
	}
	return yellow
}

// terminal remembers the first error, so that callers need not ask after each line.
type terminal struct {
	w      io.Writer
	colour bool
	err    error
}

func (t *terminal) line(colour, text string) {
	if t.colour && colour != "" {
		text = colour + text + plain
	}
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, text)
	}
}

func (t *terminal) indented(text string) {
	if text != "" {
		t.line("", "  "+text)
	}
}
