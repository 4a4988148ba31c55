package scan

import (
	"regexp"
	"strings"
)

// pattern matches whole paths: "*" is anything but "/", "?" one character but "/", "**/"
// any folders or none, "**" at the end anything. The zero pattern matches nothing.
type pattern struct{ compiled *regexp.Regexp }

// newPattern never fails: whatever is no sign of its own stands for itself.
func newPattern(text string) pattern {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for text = strings.TrimPrefix(text, "/"); text != ""; {
		switch {
		case strings.HasPrefix(text, "**/"):
			b.WriteString(`(?:[^/]+/)*`)
			text = text[3:]
		case strings.HasPrefix(text, "**"):
			b.WriteString(`.*`)
			text = text[2:]
		case text[0] == '*':
			b.WriteString(`[^/]*`)
			text = text[1:]
		case text[0] == '?':
			b.WriteString(`[^/]`)
			text = text[1:]
		default:
			end := strings.IndexAny(text, "*?")
			if end < 0 {
				end = len(text)
			}
			b.WriteString(regexp.QuoteMeta(text[:end]))
			text = text[end:]
		}
	}
	compiled, err := regexp.Compile(b.String() + `\z`)
	if err != nil {
		return pattern{} // only for text that is not UTF-8, which YAML can't hold
	}
	return pattern{compiled}
}

func (p pattern) match(path string) bool { return p.compiled != nil && p.compiled.MatchString(path) }
