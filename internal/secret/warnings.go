package secret

import (
	"bytes"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// unusable finds what no recipe can work with: nothing, or bytes that are not text.
func unusable(field Field, text []byte) (Fault, bool) {
	if len(text) == 0 {
		return Fault{Field: field, Code: CodeEmpty}, true
	}
	for offset := 0; offset < len(text); {
		r, size := utf8.DecodeRune(text[offset:])
		if r == utf8.RuneError && size == 1 {
			return faultAt(field, CodeNotUTF8, text, offset), true
		}
		offset += size
	}
	return Fault{}, false
}

// cutWarning tells that a field was exactly full: Slack cuts longer text without a word.
func cutWarning(in Input) []Fault {
	if !in.Full {
		return nil
	}
	return []Fault{{Field: FieldValue, Code: CodeMaybeCut, Warning: true}}
}

// edgeWarning tells of whitespace at the first or the last character.
func edgeWarning(field Field, text []byte) []Fault {
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == len(text) {
		return nil
	}
	return []Fault{{Field: field, Code: CodeEdgeWhitespace, Warning: true}}
}

// textWarnings finds characters and words that keyboards, browsers and Slack put in place
// of what was typed: each kind once, at its first place, in reading order of the kinds.
func textWarnings(field Field, text []byte) []Fault {
	kinds := []struct {
		code Code
		find func([]byte) int // offset of the first, -1 for none
	}{
		{CodeSmartQuotes, firstRune(isTypographic)},
		{CodeInvisible, firstRune(isInvisible)},
		{CodeLineEnding, firstRune(func(r rune) bool { return r == '\r' })},
		{CodeControl, firstRune(isControl)},
		{CodeReplacement, firstRune(func(r rune) bool { return r == utf8.RuneError })},
		{CodeEntity, firstMatch(entity)},
		{CodeSlackMarkup, firstMarkup},
	}
	var faults []Fault
	for _, kind := range kinds {
		if offset := kind.find(text); offset >= 0 {
			faults = append(faults, warningAt(field, kind.code, text, offset))
		}
	}
	return faults
}

func firstRune(is func(rune) bool) func([]byte) int {
	return func(text []byte) int { return bytes.IndexFunc(text, is) }
}

func firstMatch(pattern *regexp.Regexp) func([]byte) int {
	return func(text []byte) int {
		if at := pattern.FindIndex(text); at != nil {
			return at[0]
		}
		return -1
	}
}

// firstMarkup looks closer only where there is one of the characters that all markup has.
func firstMarkup(text []byte) int {
	if !bytes.ContainsAny(text, "<:") {
		return -1
	}
	return firstMatch(slackMarkup)(text)
}

// isTypographic reports the quotes, dashes and dots that phones and editors put in place
// of the plain ones.
func isTypographic(r rune) bool {
	return r >= '\u2018' && r <= '\u201f' || r == '\u2013' || r == '\u2014' || r == '\u2026'
}

// isInvisible reports spaces that are no plain space, and characters without width.
func isInvisible(r rune) bool {
	return r != ' ' && unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r)
}

func isControl(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

var (
	entity = regexp.MustCompile(`&(amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});`)

	// slackMarkup is what text becomes when it went through a Slack message: links,
	// mentions, an emoji standing alone, and the names that emoticons such as ":)" turn into.
	slackMarkup = regexp.MustCompile(`<(https?://|mailto:|tel:|[@#][A-Z0-9]{3,}|!(here|channel|everyone))` +
		`|(^|\s):[a-z0-9_+-]*[a-z][a-z0-9_+-]*:(\s|$)` +
		`|:(slightly_smiling_face|smile|smiley|wink|disappointed|cry|laughing|confused|angry|anguished` +
		`|open_mouth|neutral_face|sunglasses|stuck_out_tongue|stuck_out_tongue_winking_eye|kissing_heart` +
		`|heart|broken_heart|monkey_face|\+1|-1):`)

	// placeholderPart is text that stands for a value still to be filled in, wherever it
	// stands; placeholderWhole is such text only where it is all there is, since it may be
	// part of a real value. They are two patterns so that the longer one is tried but once.
	placeholderPart = regexp.MustCompile(`(?i)(change|replace|fill|insert)[-_ ]?(me|this|here)` +
		`|placeholder|your[-_ ](\w+[-_ ])*(password|secret|token|key)`)
	placeholderWhole = regexp.MustCompile(`(?i)^(to-?do|tbd|tba|fix-?me|dummy|fake|test|testing|example|sample|secret|password|passw0rd|foo|bar|foobar|none|null|nil|undefined|n/?a|value|string|x{2,}|\*+|\.{2,}|-+|_+|\?+` +
		`|<[^<>\n]*>|__\w+__|\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|\$\([^()\n]*\)|%\w+%)$`)
)

// isPlaceholder reports whether text is a value still to be filled in.
func isPlaceholder(text []byte) bool {
	text = bytes.TrimSpace(text)
	return placeholderWhole.Match(text) || placeholderPart.Match(text)
}

// placeholderWarning is for a field with but one value.
func placeholderWarning(field Field, text []byte) []Fault {
	if !isPlaceholder(text) {
		return nil
	}
	return []Fault{{Field: field, Code: CodePlaceholder, Warning: true}}
}
