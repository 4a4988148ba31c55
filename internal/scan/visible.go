package scan

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible shows names that others chose on one line: control characters, marks that turn
// the direction of writing, other invisible characters and bytes that are not UTF-8 are
// written as escapes. Each sink then encodes the result in its own way.
func visible(text string) string {
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\':
			b.WriteString(`\\`)
		case r < 0x80 && unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Visible is visible, for the other verbs that show what others wrote.
func Visible(text string) string { return visible(text) }

// shortened keeps what is shown of a name within so many characters.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
