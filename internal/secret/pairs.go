package secret

import (
	"bytes"
	"strings"
)

// pair is one KEY=value of dotenv text.
type pair struct {
	key   string
	value []byte
	line  int // where it begins, from 1
}

// typedPairs reads dotenv text and finds all faults of its lines. The dialect is what
// the common readers agree on, and where they differ, what loses nothing:
//
//   - "export " before a key and spaces around "=" are skipped; so are blank lines and
//     lines that begin with "#"
//   - an unquoted value ends with its line or before " #", which is told
//   - '…' and `…` hold their text as it is; "…" knows \n \r \t \" \\ \$ \` and keeps any
//     other backslash; all three may run over several lines
//   - nothing is expanded: "$HOME" stays as typed
//
// Windows line breaks count as plain ones.
func typedPairs(in Input) ([]pair, []Fault) {
	text := bytes.ReplaceAll(in.Value.Reveal(), []byte("\r\n"), []byte("\n"))
	if fault, refused := unusable(FieldValue, text); refused {
		return nil, []Fault{fault}
	}
	s := pairScanner{text: text, seen: make(map[string]bool)}
	for s.at < len(s.text) {
		s.line()
	}
	if len(s.pairs) == 0 && len(s.faults) == 0 {
		s.faults = []Fault{{Field: FieldValue, Code: CodeNoPairs}}
	}
	faults := append(cutWarning(in), textWarnings(FieldValue, text)...)
	return s.pairs, append(faults, s.faults...)
}

// pairLines writes pairs as typedPairs reads them.
func pairLines(pairs []pair) []byte {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`)
	var out bytes.Buffer
	for _, p := range pairs {
		out.WriteString(p.key + `="`)
		_, _ = escape.WriteString(&out, string(p.value)) // a buffer takes everything
		out.WriteString("\"\n")
	}
	return out.Bytes()
}

// pairParts takes over the values of pairs: they are not to be read afterwards.
func pairParts(pairs []pair) []Value {
	var values [][]byte
	for _, p := range pairs {
		values = append(values, p.value)
	}
	return hidden(values)
}

type pairScanner struct {
	text   []byte
	at     int // offset of the next byte
	pairs  []pair
	seen   map[string]bool // :: key -> met before
	faults []Fault
}

// line reads one pair, which may take several lines, or skips a line without one.
func (s *pairScanner) line() {
	s.skipBlanks()
	if c := s.here(); c == '\n' || c == '#' {
		s.skipLine()
		return
	}
	if s.at == len(s.text) {
		return
	}
	start := s.at
	key, ok := s.key()
	if !ok {
		s.skipLine()
		return
	}
	value, ok := s.value()
	if ok {
		s.add(key, value, start)
	}
	s.skipLine()
}

func (s *pairScanner) add(key string, value []byte, start int) {
	line, _ := position(s.text, start)
	if s.seen[key] {
		s.faults = append(s.faults, faultAt(FieldValue, CodeDuplicateKey, s.text, start))
		return
	}
	if len(value) == 0 {
		s.faults = append(s.faults, Fault{Field: FieldValue, Code: CodeEmptyPair, Line: line, Warning: true})
	}
	if isPlaceholder(value) {
		s.faults = append(s.faults, Fault{Field: FieldValue, Code: CodePlaceholderAt, Line: line, Warning: true})
	}
	s.seen[key] = true
	s.pairs = append(s.pairs, pair{key, value, line})
}

// key takes everything up to and with "=".
func (s *pairScanner) key() (string, bool) {
	s.skipExport()
	before, _, found := bytes.Cut(s.rest(), []byte("="))
	key := bytes.TrimRight(before, " \t")
	word, _, spaced := bytes.Cut(bytes.ReplaceAll(key, []byte("\t"), []byte(" ")), []byte(" "))
	switch {
	case !found || spaced:
		s.at += len(word)
		return s.fail(ExpectEquals)
	case len(key) == 0:
		return s.fail(ExpectKey)
	}
	s.at += len(before) + 1
	return string(key), true
}

func (s *pairScanner) skipExport() {
	rest, found := bytes.CutPrefix(s.rest(), []byte("export"))
	if found && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		s.at += len("export")
		s.skipBlanks()
	}
}

func (s *pairScanner) value() ([]byte, bool) {
	unspaced := s.at
	s.skipBlanks()
	switch s.here() {
	case '"', '\'', '`':
		return s.quoted()
	}
	line := s.text[unspaced : s.at+len(s.rest())]
	if i := commentStart(line); i >= 0 {
		s.faults = append(s.faults, warningAt(FieldValue, CodeCommentDropped, s.text, unspaced+i))
		line = line[:i]
	}
	return bytes.Clone(bytes.Trim(line, " \t")), true
}

// commentStart finds a "#" after a blank, -1 for none.
func commentStart(line []byte) int {
	for i, c := range line {
		if c == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') {
			return i
		}
	}
	return -1
}

// quoted reads a value in quotes and sees to it that nothing but a comment follows.
func (s *pairScanner) quoted() ([]byte, bool) {
	quote := s.here()
	length := closingQuote(s.text[s.at+1:], quote)
	if length < 0 {
		_, ok := s.fail(ExpectClosingQuote)
		s.at = len(s.text) // what follows can't be told from the value
		return nil, ok
	}
	value := bytes.Clone(s.text[s.at+1 : s.at+1+length])
	s.at += length + 2
	s.skipBlanks()
	if c := s.here(); s.at < len(s.text) && c != '\n' && c != '#' {
		_, ok := s.fail(ExpectLineEnd)
		return nil, ok
	}
	if quote == '"' {
		value = unescaped(value)
	}
	return value, true
}

// closingQuote is the offset of the quote that ends text, -1 for none.
func closingQuote(text []byte, quote byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return i
		case text[i] == '\\' && quote == '"':
			i++
		}
	}
	return -1
}

// unescaped replaces the escapes of a double-quoted value, in place.
func unescaped(text []byte) []byte {
	out := text[:0]
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) {
			if plain, known := escapes(text[i+1]); known {
				c = plain
				i++
			}
		}
		out = append(out, c)
	}
	return out
}

func escapes(c byte) (plain byte, known bool) {
	switch c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case '"', '\\', '$', '`':
		return c, true
	}
	return 0, false
}

// here is the next byte, 0 at the end.
func (s *pairScanner) here() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// rest is what remains of the line, without its end.
func (s *pairScanner) rest() []byte {
	line, _, _ := bytes.Cut(s.text[s.at:], []byte("\n"))
	return line
}

func (s *pairScanner) skipBlanks() {
	for c := s.here(); c == ' ' || c == '\t'; c = s.here() {
		s.at++
	}
}

func (s *pairScanner) skipLine() { s.at = min(s.at+len(s.rest())+1, len(s.text)) }

// fail records that the line can't be read here; its results end the caller.
func (s *pairScanner) fail(expected Code) (string, bool) {
	f := faultAt(FieldValue, CodeUnreadableLine, s.text, s.at)
	f.Expected = expected
	s.faults = append(s.faults, f)
	return "", false
}
