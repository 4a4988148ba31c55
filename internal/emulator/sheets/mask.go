package sheets

import (
	"encoding/json"
	"slices"
	"strings"
)

// mask is a parsed field mask; an empty one takes everything below it.
type mask map[string]mask

// parseMask reads a mask such as sheets(properties.title,protectedRanges). Path parts
// are separated by a dot or a slash.
func parseMask(s string) (mask, bool) {
	m, rest, ok := parseFields(s)
	return m, ok && rest == ""
}

func parseFields(s string) (mask, string, bool) {
	m := mask{}
	for {
		end := strings.IndexAny(s, ".,/()")
		if end < 0 {
			end = len(s)
		}
		name := strings.TrimSpace(s[:end])
		if name == "" {
			return nil, s, false
		}
		below, rest, ok := parseBelow(s[end:])
		if !ok {
			return nil, s, false
		}
		m.add(name, below)
		if !strings.HasPrefix(rest, ",") {
			return m, rest, true
		}
		s = rest[1:]
	}
}

// parseBelow reads what follows a name: nothing, a path, or a list in parentheses.
func parseBelow(s string) (below mask, rest string, ok bool) {
	switch {
	case strings.HasPrefix(s, ".") || strings.HasPrefix(s, "/"):
		end := strings.IndexAny(s[1:], ".,/()") + 1
		if end == 0 {
			end = len(s)
		}
		name := s[1:end]
		below, rest, ok = parseBelow(s[end:])
		return mask{name: below}, rest, ok && name != ""
	case strings.HasPrefix(s, "("):
		below, rest, ok = parseFields(s[1:])
		return below, strings.TrimPrefix(rest, ")"), ok && strings.HasPrefix(rest, ")")
	}
	return nil, s, true
}

// add joins below into what m has under name; the wider one wins.
func (m mask) add(name string, below mask) {
	old, had := m[name]
	if had && (len(old) == 0 || len(below) == 0) {
		m[name] = nil
		return
	}
	if !had {
		m[name] = below
		return
	}
	for k, v := range below {
		old.add(k, v)
	}
}

// has tells whether the mask takes the field at path.
func (m mask) has(path ...string) bool {
	for _, name := range path {
		if _, all := m["*"]; all || len(m) == 0 {
			return true
		}
		below, ok := m[name]
		if !ok {
			return false
		}
		m = below
	}
	return true
}

// only tells whether the mask takes no field at the top but these.
func (m mask) only(names ...string) bool {
	for name := range m {
		if name != "*" && !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

// masked keeps of a reply what the mask takes.
func masked(reply any, m mask) any {
	if len(m) == 0 {
		return reply
	}
	wire, err := json.Marshal(reply)
	if err != nil {
		return reply // unreachable: replies are our own types
	}
	var tree any
	if json.Unmarshal(wire, &tree) != nil {
		return reply // unreachable: as above
	}
	return m.cut(tree)
}

func (m mask) cut(tree any) any {
	if _, all := m["*"]; all || len(m) == 0 {
		return tree
	}
	switch x := tree.(type) {
	case []any:
		for i := range x {
			x[i] = m.cut(x[i])
		}
	case map[string]any:
		for name := range x {
			if below, ok := m[name]; ok {
				x[name] = below.cut(x[name])
			} else {
				delete(x, name)
			}
		}
	}
	return tree
}
