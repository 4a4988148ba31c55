package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// boxWidth is how wide a drawn box is, in characters.
const boxWidth = 76

// facts are values beside their labels.
type facts [][2]string

// lines aligns the values.
func (f facts) lines() []string {
	wide := 0
	for _, fact := range f {
		wide = max(wide, utf8.RuneCountInString(fact[0])+2)
	}
	var all []string
	for _, fact := range f {
		label := fact[0]
		for _, line := range wrap(fact[1], boxWidth-4-wide) {
			all = append(all, label+strings.Repeat(" ", wide-utf8.RuneCountInString(label))+line)
			label = ""
		}
	}
	return all
}

// wrap breaks text at spaces, and keeps its own line breaks.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if line != "" && utf8.RuneCountInString(line+" "+word) > width {
				lines, line = append(lines, line), ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		lines = append(lines, line)
	}
	return lines
}

// box draws lines under a title, with the buttons at the bottom.
func box(title string, lines []string, buttons ...string) string {
	var b strings.Builder
	rule := func(corner, text string) string {
		return corner + strings.Repeat("─", max(0, boxWidth-1-utf8.RuneCountInString(text))) + text
	}
	b.WriteString("┌─ " + title + " " + strings.Repeat("─", max(0, boxWidth-4-utf8.RuneCountInString(title))))
	for _, line := range lines {
		b.WriteString("\n│ " + strings.TrimRight(line, " "))
	}
	tail := ""
	if len(buttons) > 0 {
		tail = " [" + strings.Join(buttons, "] [") + "] ─"
	}
	return b.String() + "\n" + rule("└", tail)
}

func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return cmp.Or(text, "-")
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// table aligns columns, indented by two.
func table(rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, "  "+strings.Join(row, "\t"))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return trailing.ReplaceAllString(strings.TrimRight(b.String(), "\n"), "")
}

var trailing = regexp.MustCompile(`(?m) +$`)
