package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// keys is what a mapping may hold.
type keys struct {
	required []string
	optional []string
	// reserved are words of the policy language that this version can't honour. They are
	// refused: to ignore a condition would open what it was meant to close.
	reserved []string
}

// The keys of each mapping of the file.
var (
	fileKeys = keys{
		required: []string{"revision", "environments", "rules"},
		optional: []string{"groups", "tests"},
	}
	environmentKeys = keys{required: []string{"project"}, optional: []string{"channel"}}
	groupKeys       = keys{optional: []string{"members", "slack_usergroup", "trust", "channel"}}
	ruleKeys        = keys{
		required: []string{"name", "secrets", "do", "who"},
		optional: []string{"deny", "approve", "hold", "break_glass"},
		reserved: []string{"step_up"},
	}
	stageKeys = keys{
		required: []string{"by", "count"},
		optional: []string{"expires", "remind", "escalate"},
	}
	breakGlassKeys = keys{required: []string{"who", "review_by"}, optional: []string{"due", "per_day"}}
	testKeys       = keys{required: []string{"as", "do", "secret", "expect"}, optional: []string{"in"}}
)

// fields returns what stands under each key of n. What is missing, unknown or there
// twice is reported; what is missing is absent from the map.
func (l *loader) fields(n *yaml.Node, allowed keys) map[string]*yaml.Node {
	found := make(map[string]*yaml.Node)
	entries, ok := l.entries(n)
	if !ok {
		return found
	}
	known := append(slices.Clone(allowed.required), allowed.optional...)
	for _, e := range entries {
		switch key := e.key.Value; {
		case slices.Contains(allowed.reserved, key):
			l.about(e.key, CodeReservedKey, key, "")
		case !slices.Contains(known, key):
			l.about(e.key, CodeUnknownKey, "", wordList(known))
		default:
			found[key] = e.value
		}
	}
	for _, key := range allowed.required {
		if found[key] == nil {
			l.about(n, CodeMissingKey, key, "")
		}
	}
	return found
}

// entry is one key of a mapping and what stands there.
type entry struct{ key, value *yaml.Node }

// entries returns the entries of n in order, each key once; ok is false if n is no mapping.
func (l *loader) entries(n *yaml.Node) (all []entry, ok bool) {
	if n.Kind != yaml.MappingNode {
		l.wrongKind(n, CodeNotMapping)
		return nil, false
	}
	first := make(map[string]int) // :: key -> its line
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch line, twice := first[key.Value]; {
		case key.Kind == yaml.AliasNode || key.ShortTag() == "!!merge": // reported by refuseIndirect
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			l.fault(key, CodeNotText)
		case twice:
			l.add(Fault{Line: key.Line, Column: key.Column, Code: CodeTwice, Earlier: line})
		default:
			first[key.Value] = key.Line
			all = append(all, entry{key, value})
		}
	}
	return all, true
}

// named returns the entries of a section whose keys are names. A nil n gives none.
func (l *loader) named(n *yaml.Node) []entry {
	if n == nil {
		return nil
	}
	all, ok := l.entries(n)
	if ok && len(n.Content) == 0 {
		l.fault(n, CodeEmptyList)
	}
	return all
}

// each hands the items of n to read, a text that stands there twice only once. A nil n has none.
func (l *loader) each(n *yaml.Node, read func(*yaml.Node)) {
	switch {
	case n == nil:
		return
	case n.Kind != yaml.SequenceNode:
		l.wrongKind(n, CodeNotList)
		return
	case len(n.Content) == 0:
		l.fault(n, CodeEmptyList)
	}
	first := make(map[string]int) // :: text -> its line
	for _, item := range n.Content {
		if item.Kind == yaml.ScalarNode {
			if line, twice := first[item.Value]; twice {
				l.add(Fault{Line: item.Line, Column: item.Column, Code: CodeTwice, Earlier: line})
				continue
			}
			first[item.Value] = item.Line
		}
		read(item)
	}
}

// list returns the items of n that read found no fault in.
func list[T any](l *loader, n *yaml.Node, read func(*yaml.Node) (T, bool)) []T {
	var all []T
	l.each(n, func(item *yaml.Node) {
		if v, ok := read(item); ok {
			all = append(all, v)
		}
	})
	return all
}

// text returns the text of n; ok is false if n is nil or something else.
func (l *loader) text(n *yaml.Node) (text string, ok bool) {
	switch {
	case n == nil:
		return "", false
	case n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str":
		l.wrongKind(n, CodeNotText)
		return "", false
	}
	return n.Value, true
}

// id returns an id of Slack's that parse accepts; ok is false if n is nil or something else.
func (l *loader) id(n *yaml.Node, parse func(string) (string, bool), wrong Code) (id string, ok bool) {
	text, ok := l.text(n)
	if !ok {
		return "", false
	}
	if id, ok = parse(text); !ok {
		l.fault(n, wrong)
	}
	return id, ok
}

// boolean returns the truth value of n; a nil n is false.
func (l *loader) boolean(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	var truth bool
	if n.ShortTag() != "!!bool" || n.Decode(&truth) != nil {
		l.wrongKind(n, CodeNotBoolean)
	}
	return truth
}

// wrongKind reports n, unless it is an alias, which was reported as such.
func (l *loader) wrongKind(n *yaml.Node, code Code) {
	if n.Kind != yaml.AliasNode {
		l.fault(n, code)
	}
}

// refuseIndirect reports whatever makes a file mean something else than it seems to say:
// anchors, aliases, merge keys and explicit tags.
func (l *loader) refuseIndirect(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.ShortTag() == "!!merge":
		l.fault(n, CodeAlias)
	case n.Style&yaml.TaggedStyle != 0:
		l.fault(n, CodeTag)
	}
	for _, child := range n.Content {
		l.refuseIndirect(child)
	}
}
