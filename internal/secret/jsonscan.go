package secret

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// maxJSONDepth keeps the scanner's stack small; readers of secrets nest a few levels.
const maxJSONDepth = 100

// jsonScanner checks JSON text by RFC 8259. It stops at the first syntax error, of which
// it tells the place and what should have stood there, and finds every duplicate key and
// placeholder before that.
//
// encoding/json reports neither line nor duplicate keys, and its errors quote the input.
type jsonScanner struct {
	text   []byte
	at     int // offset of the next byte
	depth  int
	leaves [][]byte // its strings and numbers, keys left out
	faults []Fault
	failed bool // the text is no JSON
}

// document reads one value and nothing else.
func (s *jsonScanner) document() {
	s.value()
	if s.peek(); !s.failed && s.at < len(s.text) {
		s.fail(ExpectTextEnd)
	}
}

// peek skips spaces and returns the next byte without taking it; 0 at the end.
func (s *jsonScanner) peek() byte {
	for s.at < len(s.text) && bytes.IndexByte([]byte(" \t\r\n"), s.text[s.at]) >= 0 {
		s.at++
	}
	return s.here()
}

// here is the next byte, 0 at the end.
func (s *jsonScanner) here() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *jsonScanner) fail(expected Code) {
	if s.failed {
		return
	}
	f := faultAt(FieldValue, CodeJSONSyntax, s.text, s.at)
	f.Expected = expected
	s.faults, s.failed = append(s.faults, f), true
}

func (s *jsonScanner) value() {
	switch c := s.peek(); {
	case c == '{':
		s.nested(s.object)
	case c == '[':
		s.nested(s.array)
	case c == '"':
		start := s.at
		text := s.str()
		s.leaves = append(s.leaves, text)
		if isPlaceholder(text) {
			s.faults = append(s.faults, warningAt(FieldValue, CodePlaceholderAt, s.text, start))
		}
	case c == '-' || isDigit(c):
		start := s.at
		s.number()
		s.leaves = append(s.leaves, bytes.Clone(s.text[start:s.at]))
	default:
		s.literal()
	}
}

func (s *jsonScanner) nested(read func()) {
	if s.depth == maxJSONDepth {
		f := faultAt(FieldValue, CodeJSONDepth, s.text, s.at)
		f.Limit = maxJSONDepth
		s.faults, s.failed = append(s.faults, f), true
		return
	}
	s.depth++
	s.at++ // the opening brace or bracket
	read()
	s.depth--
}

func (s *jsonScanner) object() {
	seen := make(map[string]bool)
	if s.peek() == '}' {
		s.at++
		return
	}
	for !s.failed {
		s.key(seen)
		if s.failed {
			return
		}
		if s.peek() != ':' {
			s.fail(ExpectJSONColon)
			return
		}
		s.at++
		if s.value(); s.ends('}', ExpectCommaBrace) {
			return
		}
	}
}

func (s *jsonScanner) array() {
	if s.peek() == ']' {
		s.at++
		return
	}
	for !s.failed {
		if s.value(); s.ends(']', ExpectCommaBracket) {
			return
		}
	}
}

// ends takes a comma or the closing byte; it reports whether the list is over.
func (s *jsonScanner) ends(closing byte, expected Code) bool {
	c := s.peek()
	switch {
	case s.failed:
		return true
	case c != ',' && c != closing:
		s.fail(expected)
		return true
	}
	s.at++
	return c == closing
}

func (s *jsonScanner) key(seen map[string]bool) {
	if s.peek() != '"' {
		s.fail(s.orPlainQuotes(ExpectJSONKey))
		return
	}
	start := s.at
	key := string(s.str())
	if seen[key] && !s.failed {
		s.faults = append(s.faults, faultAt(FieldValue, CodeDuplicateKey, s.text, start))
	}
	seen[key] = true
}

// orPlainQuotes is what to expect where another kind of quote stands.
func (s *jsonScanner) orPlainQuotes(expected Code) Code {
	if r, _ := utf8.DecodeRune(s.text[s.at:]); r == '\'' || r == '`' || isTypographic(r) {
		return ExpectPlainQuotes
	}
	return expected
}

// str reads a string and returns what it means, nil after a failure. Keys are compared so:
// "a" and "\u0061" are one key.
func (s *jsonScanner) str() []byte {
	start := s.at
	s.at++ // the opening quote
	for {
		switch c := s.here(); {
		case s.at == len(s.text) || c == '\n' || c == '\r':
			s.fail(ExpectClosingQuote)
			return nil
		case c == '"':
			s.at++
			return unquoted(s.text[start:s.at])
		case c < ' ':
			s.fail(ExpectEscape)
			return nil
		case c == '\\':
			if !s.escape() {
				s.fail(ExpectEscape)
				return nil
			}
		default:
			s.at++
		}
	}
}

// escape takes a backslash and what belongs to it.
func (s *jsonScanner) escape() bool {
	rest := s.text[s.at+1:]
	switch {
	case len(rest) == 0:
		return false
	case bytes.IndexByte([]byte(`"\/bfnrt`), rest[0]) >= 0:
		s.at += 2
		return true
	case rest[0] == 'u' && len(rest) >= 5 && isHex(rest[1:5]):
		s.at += 6
		return true
	}
	return false
}

func unquoted(literal []byte) []byte {
	var text string
	if err := json.Unmarshal(literal, &text); err != nil {
		return nil // unreachable: str checked it
	}
	return []byte(text)
}

func (s *jsonScanner) number() {
	if s.here() == '-' {
		s.at++
	}
	if s.here() == '0' {
		s.at++
	} else {
		s.digits()
	}
	if s.here() == '.' {
		s.at++
		s.digits()
	}
	if c := s.here(); c == 'e' || c == 'E' {
		s.at++
		if c := s.here(); c == '+' || c == '-' {
			s.at++
		}
		s.digits()
	}
}

// digits takes one or more.
func (s *jsonScanner) digits() {
	if !isDigit(s.here()) {
		s.fail(ExpectDigit)
	}
	for isDigit(s.here()) {
		s.at++
	}
}

func (s *jsonScanner) literal() {
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(s.text[s.at:], []byte(word)) {
			s.at += len(word)
			return
		}
	}
	s.fail(s.orPlainQuotes(ExpectJSONValue))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(text []byte) bool {
	for _, c := range text {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
