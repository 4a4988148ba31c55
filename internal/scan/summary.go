package scan

import (
	"fmt"
	"io"
	"strings"
)

// maxRows is how many findings a summary lists: GitHub drops one over 1 MiB.
const maxRows = 200

// WriteSummary writes the report in Markdown, for GitHub's job summary.
func (r *Report) WriteSummary(w io.Writer, style Style) error {
	var b strings.Builder
	paragraph := func(text string) {
		if text != "" {
			b.WriteString(text + "\n\n")
		}
	}
	paragraph("## " + markdown(r.headline()))
	paragraph(markdown(r.outcome()))
	r.table(&b, style)
	if r.Verdict == Leaks && len(r.Problems) > 0 {
		paragraph(markdown(say("scan.also")))
	}
	for _, p := range r.Problems {
		paragraph("**" + markdown(p.Sentence()) + "**")
	}
	r.steps(&b, style)
	for _, s := range r.sections() {
		paragraph("### " + markdown(s.title))
		for _, l := range s.lines[:min(len(s.lines), maxRows)] {
			b.WriteString("- " + markdown(l) + "\n")
		}
		b.WriteString("\n")
	}
	for _, l := range r.figures() {
		paragraph(markdown(l))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table lists the findings.
func (r *Report) table(b *strings.Builder, style Style) {
	if len(r.Findings) == 0 {
		return
	}
	row := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row(markdown(say("scan.column.where")), markdown(say("scan.column.what")), markdown(say("scan.column.commit")),
		markdown(say("scan.column.author")), markdown(say("scan.column.state")), markdown(say("scan.column.store")))
	row("---", "---", "---", "---", "---", "---")
	for _, f := range r.Findings[:min(len(r.Findings), maxRows)] {
		if f.Fault != "" {
			row(code(f.place()), markdown(f.title()), "", "", "", "")
			continue
		}
		row(code(f.place()), markdown(visible(f.Detector)), code(short(f.Commit)),
			markdown(shortened(visible(f.Author), 60)), markdown(f.state()), code(f.Command(style.Environment)))
	}
	b.WriteString("\n")
	if more := len(r.Findings) - maxRows; more > 0 {
		b.WriteString(markdown(say("scan.more", "n", fmt.Sprint(more))) + "\n\n")
	}
}

// steps says what to do, once for all findings of a kind.
func (r *Report) steps(b *strings.Builder, style Style) {
	told := make(map[string]bool)
	number := 0
	for _, f := range r.Findings {
		for _, step := range f.next(style.Environment) {
			if strings.Contains(step, "/secret create") {
				continue // in the table
			}
			if told[step] {
				continue
			}
			if number++; number == 1 {
				b.WriteString("### " + markdown(say("scan.next.title")) + "\n\n")
			}
			told[step] = true
			fmt.Fprintf(b, "%d. %s\n", number, markdown(step))
		}
	}
	if number > 0 {
		b.WriteString("\n")
	}
}

// markdown encodes text so that nothing in it is a sign of Markdown or HTML, and no
// mention or reference of GitHub's. A character reference always stands for itself.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == ' ', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == ',', r == '/', r > 0x7f:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// code is text in the font of code, where GitHub links nothing.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "<code>" + markdown(text) + "</code>"
}
