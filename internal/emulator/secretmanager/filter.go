package secretmanager

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Filters follow AIP-160 as far as smdocs/filtering uses it:
//
//	expression = sequence {"AND" sequence}
//	sequence   = factor {factor}            a space means AND
//	factor     = term {"OR" term}           OR binds closer than AND
//	term       = ["NOT" | "-"] simple
//	simple     = "(" expression ")" | field comparator argument | word
//	argument   = word | string | "(" expression of words ")"
//
// There is no prefix search and no regular expression.

// A match says whether a message passes a filter.
type match func(protoreflect.Message) bool

const (
	maxFilter      = 8192
	maxFilterDepth = 50
)

// parseFilter compiles a filter for messages of type desc. The empty filter passes all.
func parseFilter(text string, desc protoreflect.MessageDescriptor) (match, error) {
	if strings.TrimSpace(text) == "" {
		return func(protoreflect.Message) bool { return true }, nil
	}
	if len(text) > maxFilter || !utf8.ValidString(text) {
		return nil, invalid("The filter is longer than %d bytes or not UTF-8.", maxFilter)
	}
	p := &filterParser{rest: text, desc: desc, simple: (*filterParser).restriction}
	m, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.skipSpace(); p.rest != "" {
		return nil, p.fault("the end")
	}
	return m, nil
}

type filterParser struct {
	rest  string
	desc  protoreflect.MessageDescriptor
	depth int
	// simple reads what is neither a keyword nor a parenthesis: a restriction, or, in
	// an argument's parentheses, one more word for the same field.
	simple func(*filterParser) (match, error)
}

func (p *filterParser) fault(expected string) error {
	return invalid("Invalid filter: expected %s at %q.", expected, p.rest)
}

func (p *filterParser) expression() (match, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxFilterDepth {
		return nil, invalid("Invalid filter: it is nested too deep.")
	}
	all, err := p.factor()
	for err == nil {
		if p.skipSpace(); p.rest == "" || p.rest[0] == ')' {
			return all, nil
		}
		p.keyword("AND") // without it the space means the same
		var next match
		next, err = p.factor()
		before := all
		all = func(m protoreflect.Message) bool { return before(m) && next(m) }
	}
	return nil, err
}

func (p *filterParser) factor() (match, error) {
	some, err := p.term()
	for err == nil && p.keyword("OR") {
		var next match
		next, err = p.term()
		before := some
		some = func(m protoreflect.Message) bool { return before(m) || next(m) }
	}
	return some, err
}

func (p *filterParser) term() (match, error) {
	p.skipSpace()
	negated := p.keyword("NOT")
	if p.skipSpace(); !negated && strings.HasPrefix(p.rest, "-") {
		negated, p.rest = true, p.rest[1:]
	}
	var m match
	var err error
	if p.symbol("(") {
		m, err = p.group()
	} else {
		m, err = p.simple(p)
	}
	if err != nil || !negated {
		return m, err
	}
	return func(msg protoreflect.Message) bool { return !m(msg) }, nil
}

// group reads the rest of a parenthesis.
func (p *filterParser) group() (match, error) {
	m, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.symbol(")") {
		return nil, p.fault(`")"`)
	}
	return m, nil
}

func (p *filterParser) restriction() (match, error) {
	field, err := p.word(":=!<>")
	if err != nil {
		return nil, err
	}
	op := p.comparator()
	if op == "" {
		return compare(p.desc, "name", ":", field)
	}
	bound := func(p *filterParser) (match, error) {
		value, err := p.word("")
		if err != nil {
			return nil, err
		}
		return compare(p.desc, field, op, value)
	}
	if !p.symbol("(") {
		return bound(p)
	}
	outer := p.simple
	p.simple = bound
	m, err := p.group()
	p.simple = outer
	return m, err
}

func (p *filterParser) comparator() string {
	for _, op := range []string{"<=", ">=", "!=", ":", "=", "<", ">"} {
		if p.symbol(op) {
			return op
		}
	}
	return ""
}

// word reads a quoted string, or up to a space, a parenthesis or one of the stops.
func (p *filterParser) word(stops string) (string, error) {
	p.skipSpace()
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		return p.quoted(rune(p.rest[0]))
	}
	end := strings.IndexFunc(p.rest, func(c rune) bool {
		return unicode.IsSpace(c) || strings.ContainsRune("()\"'", c) || strings.ContainsRune(stops, c)
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	if word == "" || word == "AND" || word == "OR" || word == "NOT" {
		return "", p.fault("a word")
	}
	p.rest = p.rest[end:]
	return word, nil
}

func (p *filterParser) quoted(quote rune) (string, error) {
	var out strings.Builder
	escaped := false
	for i, c := range p.rest[1:] {
		switch {
		case escaped:
			out.WriteRune(c)
			escaped = false
		case c == '\\':
			escaped = true
		case c == quote:
			p.rest = p.rest[1+i+1:]
			return out.String(), nil
		default:
			out.WriteRune(c)
		}
	}
	return "", p.fault("a closing quotation mark")
}

func (p *filterParser) skipSpace() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

func (p *filterParser) symbol(s string) bool {
	p.skipSpace()
	rest, found := strings.CutPrefix(p.rest, s)
	p.rest = rest
	return found
}

// keyword is upper case and ends where a word does.
func (p *filterParser) keyword(s string) bool {
	p.skipSpace()
	rest, found := strings.CutPrefix(p.rest, s)
	next, _ := utf8.DecodeRuneInString(rest)
	if !found || rest != "" && !unicode.IsSpace(next) && next != '(' {
		return false
	}
	p.rest = rest
	return true
}
