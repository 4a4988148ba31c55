package slackapp

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"secretstore/internal/secret"
)

// The rules of reading JSON that may hold a value:
//
//   - encoding/json decides whether the text is JSON; it doesn't decode it. It would match
//     keys without regard to case and let the last of several win, so that
//     {"user":{"id":"U1","ID":"U2"}} names U2, and it would make strings, which can't be
//     wiped, of what was typed.
//   - A member that is read must stand there once, in whatever case.
//   - What was typed is unescaped into bytes of its own, once, and wrapped at once.
//   - A surrogate without its partner is malformed: it stands for no character, and a
//     value must be stored as it was typed or not at all.
//   - Every failure is Malformed.

// maxDepth is deeper than Slack's blocks nest.
const maxDepth = 64

// raw is the text of one JSON value, cut from text that parse found valid. nil: not there.
type raw []byte

// parse checks that text is one JSON object, in UTF-8 and not too deep.
func parse(text []byte) (raw, error) {
	text = bytes.TrimLeft(text, jsonSpace)
	if len(text) == 0 || text[0] != '{' || !utf8.Valid(text) || !json.Valid(text) || depth(text) > maxDepth {
		return nil, Malformed
	}
	return text, nil
}

// reader reads members of raw values and remembers the first failure, so that a decoder
// is one straight list. What it returns after a failure is empty.
type reader struct {
	err error
}

func (d *reader) fail() { d.err = Malformed }

// object returns the named members of an object; those that are not there are nil. It
// returns nil where r is null or not there.
func (d *reader) object(r raw, names ...string) map[string]raw {
	if r.null() {
		return nil
	}
	found := make(map[string]raw) // of many names few stand there
	for key, value := range d.members(r) {
		for _, name := range names {
			if !strings.EqualFold(key, name) {
				continue
			}
			if _, twice := found[name]; twice || key != name {
				d.fail()
				return nil
			}
			found[name] = value
		}
	}
	return found
}

// members yields all members of an object.
func (d *reader) members(r raw) iter.Seq2[string, raw] {
	return func(yield func(string, raw) bool) {
		if r.null() {
			return
		}
		if r[0] != '{' {
			d.fail()
			return
		}
		for rest := r.inside(); len(rest) > 0; {
			n := end(rest)
			key := d.text(raw(rest[:n]), maxKey)
			rest = bytes.TrimLeft(rest[n:], jsonSpace+":")
			n = end(rest)
			if d.err != nil || !yield(key, raw(rest[:n])) {
				return
			}
			rest = bytes.TrimLeft(rest[n:], jsonSpace+",")
		}
	}
}

// elements yields the elements of an array; none where r is null or not there.
func (d *reader) elements(r raw) iter.Seq[raw] {
	return func(yield func(raw) bool) {
		if r.null() {
			return
		}
		if r[0] != '[' {
			d.fail()
			return
		}
		for rest := r.inside(); len(rest) > 0; {
			n := end(rest)
			if !yield(raw(rest[:n])) {
				return
			}
			rest = bytes.TrimLeft(rest[n:], jsonSpace+",")
		}
	}
}

// text returns a string of at most limit bytes, "" where r is null or not there.
func (d *reader) text(r raw, limit int) string {
	if plain, ok := r.plain(); ok && len(plain) <= limit {
		return string(plain)
	}
	b := d.bytes(r)
	if len(b) > limit {
		d.fail()
		return ""
	}
	return string(b)
}

// typed returns what a person typed, and whether there is anything.
func (d *reader) typed(r raw) (v secret.Value, present bool) {
	if r.null() {
		return secret.Value{}, false
	}
	return secret.NewValue(d.bytes(r)), d.err == nil
}

// bytes returns a string's bytes in a slice of their own, nil where r is null or not there.
func (d *reader) bytes(r raw) []byte {
	if r.null() {
		return nil
	}
	if r[0] != '"' {
		d.fail()
		return nil
	}
	b, ok := unescape(r[1 : len(r)-1])
	if !ok {
		clear(b)
		d.fail()
		return nil
	}
	return b
}

// plain returns the text of a string in which nothing is escaped.
func (r raw) plain() (text []byte, ok bool) {
	if len(r) == 0 || r[0] != '"' || bytes.IndexByte(r, '\\') >= 0 {
		return nil, false
	}
	return r[1 : len(r)-1], true
}

func (r raw) null() bool { return len(r) == 0 || r[0] == 'n' }

// inside returns what stands between the brackets, without spaces around it.
func (r raw) inside() []byte {
	r = bytes.TrimRight(r, jsonSpace)
	return bytes.Trim(r[1:len(r)-1], jsonSpace)
}

const jsonSpace = " \t\r\n"

// end returns the length of the JSON value at the start of b, which is valid JSON.
func end(b []byte) int {
	switch b[0] {
	case '"':
		return endString(b)
	case '{', '[':
		return endNested(b)
	}
	if n := bytes.IndexAny(b, jsonSpace+",:]}"); n >= 0 {
		return n
	}
	return len(b)
}

func endString(b []byte) int {
	for i := 1; ; i++ {
		i += bytes.IndexByte(b[i:], '"')
		if slashes := i - len(bytes.TrimRight(b[:i], `\`)); slashes%2 == 0 {
			return i + 1
		}
	}
}

func endNested(b []byte) int {
	open := 0
	for i := 0; ; i++ {
		switch b[i] {
		case '"':
			i += endString(b[i:]) - 1
		case '{', '[':
			open++
		case '}', ']':
			open--
		}
		if open == 0 {
			return i + 1
		}
	}
}

// depth returns how deep valid JSON nests.
func depth(b []byte) int {
	open, deepest := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += endString(b[i:]) - 1
		case '{', '[':
			open++
			deepest = max(deepest, open)
		case '}', ']':
			open--
		}
	}
	return deepest
}

// unescape returns the text between a JSON string's quotes. It is never longer than s, so
// that growing leaves no copy behind; ok is false for half a surrogate pair.
func unescape(s []byte) (text []byte, ok bool) {
	text = make([]byte, 0, len(s))
	for len(s) > 0 {
		plain := bytes.IndexByte(s, '\\')
		if plain < 0 {
			return append(text, s...), true
		}
		text, s = append(text, s[:plain]...), s[plain:]
		r, n := escape(s)
		if r < 0 {
			return text, false
		}
		text, s = utf8.AppendRune(text, r), s[n:]
	}
	return text, true
}

// escapes of one letter.
var escapes = [...]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape returns the character at the start of s, which is a valid escape, and its
// length; -1 for half a surrogate pair.
func escape(s []byte) (r rune, n int) {
	if s[1] != 'u' {
		return escapes[s[1]], 2
	}
	r = hex4(s[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) < 12 || s[6] != '\\' || s[7] != 'u' {
		return -1, 0
	}
	if r = utf16.DecodeRune(r, hex4(s[8:])); r == utf8.RuneError {
		return -1, 0
	}
	return r, 12
}

// hex4 reads four hexadecimal digits, which valid JSON has there.
func hex4(s []byte) rune {
	var r rune
	for _, c := range s[:4] {
		r = r<<4 | hexDigit(c)
	}
	return r
}
