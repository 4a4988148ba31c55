package secret

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// encodeBase64 stores the base64 of what was typed, for readers that expect to decode it.
// Its text rules are those of text: a newline in the base64 of a password is the field's
// most common mistake.
func encodeBase64(in Input) Encoded {
	typed, faults := typedText(in)
	if looksLikeBase64(typed) {
		faults = append(faults, Fault{Field: FieldValue, Code: CodeBase64Twice, Warning: true})
	}
	return Encoded{Value: NewValue(base64.StdEncoding.AppendEncode(nil, typed)), Faults: faults}
}

func decodeBase64(stored Value) Input {
	plain, _ := base64.StdEncoding.AppendDecode(nil, stored.Reveal()) // checked by encoding it again
	return Input{Value: NewValue(plain), KeepNewline: true}
}

// encodeFromBase64 stores the bytes that the base64 text stands for: keystores, binary
// keys. The text may be standard or URL-safe, padded or not, on any number of lines.
func encodeFromBase64(in Input) Encoded {
	typed := in.Value.Reveal()
	if fault, refused := unusable(FieldValue, typed); refused {
		return Encoded{Faults: []Fault{fault}}
	}
	if offset := notBase64(typed); offset >= 0 {
		return Encoded{Faults: append(cutWarning(in), faultAt(FieldValue, CodeNotBase64, typed, offset))}
	}
	plain, ok := unbase64(typed)
	if !ok {
		return Encoded{Faults: append(cutWarning(in), Fault{Field: FieldValue, Code: CodeBase64Cut})}
	}
	faults := cutWarning(in)
	if looksLikeBase64(plain) {
		faults = append(faults, Fault{Field: FieldValue, Code: CodeBase64Twice, Warning: true})
	}
	return Encoded{Value: NewValue(plain), Faults: faults}
}

func decodeFromBase64(stored Value) Input {
	return Input{Value: NewValue(base64.StdEncoding.AppendEncode(nil, stored.Reveal()))}
}

// notBase64 is the offset of the first character that no base64 text holds there, -1 for none.
func notBase64(text []byte) int {
	standard, urlSafe, padding := false, false, false
	for i, c := range text {
		switch {
		case bytes.IndexByte([]byte(base64Blanks), c) >= 0:
		case c == '=':
			padding = true
		case padding:
			return i
		case c == '+' || c == '/':
			standard = true
		case c == '-' || c == '_':
			urlSafe = true
		case !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z'):
			return i
		}
		if standard && urlSafe {
			return i
		}
	}
	return -1
}

const base64Blanks = " \t\r\n"

// unbase64 decodes text that passed notBase64. It refuses a wrong length, wrong padding
// and stray bits at the end: those are signs of a cut.
func unbase64(text []byte) ([]byte, bool) {
	digits := bytes.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, text)
	encoding := base64.RawStdEncoding
	if bytes.HasSuffix(digits, []byte("=")) {
		encoding = base64.StdEncoding
	}
	plain, err := encoding.Strict().AppendDecode(nil, digits)
	return plain, err == nil && len(plain) > 0
}

// binaryBase64 is base64 that can hardly be anything else: long, with a "+" or "/".
var binaryBase64 = regexp.MustCompile(`^[A-Za-z0-9]{3,}[A-Za-z0-9+/]*[+/][A-Za-z0-9+/]*$`)

// looksLikeBase64 guesses whether text is base64 of something. Many passwords could be;
// what counts is padding, plain text inside, or length and look.
func looksLikeBase64(text []byte) bool {
	text = bytes.TrimSpace(text)
	if len(text) < 8 || notBase64(text) >= 0 {
		return false
	}
	plain, ok := unbase64(text)
	return ok && (text[len(text)-1] == '=' || isPlainText(plain) ||
		len(text) >= 40 && len(text)%4 == 0 && binaryBase64.Match(text))
}

// isPlainText reports whether text is what people can read, throughout.
func isPlainText(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
		text = text[size:]
	}
	return true
}
