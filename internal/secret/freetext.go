package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxFreeText is the largest description or reason, in characters.
const MaxFreeText = 500

// Codes of free text.
const (
	CodeTextControl    Code = "text_control"
	CodeValueInText    Code = "value_in_text"
	CodeLooksLikeToken Code = "looks_like_token"
)

// minHidden is the shortest value that is looked for inside a text, in bytes: shorter
// ones stand in innocent words. A text that is nothing but the value is found at any length.
const minHidden = 8

// TextFaults checks text that everyone may read later: a name, a description, a reason.
// It must be fit for a record, and hold none of the values, plain or encoded, nor anything
// that looks like a token. Empty text has no faults; a zero value is in no text. Where
// what was typed, what is stored and its parts differ, the caller names them all.
func TextFaults(field Field, text string, values ...Value) []Fault {
	var faults []Fault
	if limit := textLimit(field); utf8.RuneCountInString(text) > limit {
		faults = append(faults, Fault{Field: field, Code: CodeTooLong, Limit: limit})
	}
	if i := unfitForRecord(text); i >= 0 {
		faults = append(faults, faultAt(field, CodeTextControl, []byte(text), i))
	}
	switch {
	case slices.ContainsFunc(values, func(v Value) bool { return holdsValue(text, v) }):
		faults = append(faults, Fault{Field: field, Code: CodeValueInText})
	case holdsToken(text):
		faults = append(faults, Fault{Field: field, Code: CodeLooksLikeToken})
	}
	return faults
}

func textLimit(field Field) int {
	if field == FieldName {
		return MaxName
	}
	return MaxFreeText
}

// unfitForRecord is the offset of the first character that a record refuses, -1 for none:
// control characters but line breaks, bytes that are no UTF-8, and the marks that turn
// the direction of writing, with which a reason could be made to read as another.
func unfitForRecord(text string) int {
	breaks := strings.ReplaceAll(text, "\r\n", "\n\n") // of equal length, so that offsets hold
	for i, r := range breaks {
		_, size := utf8.DecodeRuneInString(breaks[i:])
		broken := r == utf8.RuneError && size == 1
		if broken || r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return i
		}
	}
	return -1
}

// holdsValue reports whether text contains value as it is, without its edge whitespace,
// or in an encoding.
func holdsValue(text string, value Value) bool {
	plain := bytes.TrimSpace(value.Reveal())
	if len(plain) == 0 || len(plain) > len(text) { // no encoding is shorter than its value
		return false
	}
	if strings.TrimSpace(text) == string(plain) {
		return true
	}
	if len(plain) < minHidden {
		return false
	}
	for _, form := range append(writtenForms(plain), base64Forms(plain)...) {
		if strings.Contains(text, form) {
			return true
		}
	}
	lower := strings.ToLower(text)
	for _, form := range hexForms(plain) {
		if strings.Contains(lower, strings.ToLower(form)) {
			return true
		}
	}
	return false
}

// hidden takes over the parts of a value that are looked for in text, and wipes the rest.
func hidden(parts [][]byte) []Value {
	var values []Value
	for _, part := range parts {
		if len(bytes.TrimSpace(part)) < minHidden {
			clear(part)
			continue
		}
		values = append(values, NewValue(part))
	}
	return values
}

// Replacers are made once: a new one takes several KB of tables.
var (
	jsonEscaper  = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`) // as encoding/json does in HTML
	slackEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	urlAlphabet  = strings.NewReplacer("+", "-", "/", "_") // of base64
)

// writtenForms is value as it stands in plain text, JSON, HTML and Slack.
func writtenForms(value []byte) []string {
	text := string(value)
	asJSON := string(jsonString(value))
	return []string{
		text,
		strings.Trim(asJSON, `"`),
		jsonEscaper.Replace(strings.Trim(asJSON, `"`)),
		html.EscapeString(text),
		slackEscaper.Replace(text),
	}
}

// hexForms is value in hex and as it stands in URLs; all of these may come in either case.
func hexForms(value []byte) []string {
	text := string(value)
	return []string{
		hex.EncodeToString(value),
		string(appendEscaped(nil, value)),
		url.QueryEscape(text),
		url.PathEscape(text),
	}
}

// base64Forms is what every base64 text with value inside has in common: value may begin
// at the first, second or third byte of a group of three, and the digits that depend on
// its neighbours are left out.
func base64Forms(value []byte) []string {
	var forms []string
	for shift := range 3 {
		padded := append(make([]byte, shift), value...)
		first := (shift*8 + 5) / 6
		end := len(padded) * 8 / 6
		digits := base64.RawStdEncoding.EncodeToString(padded)[first:end]
		forms = append(forms, digits, urlAlphabet.Replace(digits))
	}
	return forms
}
