package secret

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"index/suffixarray"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// ShapeKeys compares the top level of a JSON object with that of the current version.
// Without a current version, or where that is no object, all keys are added.
type ShapeKeys struct {
	Added   KeyList `json:"added,omitzero"`
	Removed KeyList `json:"removed,omitzero"`
	Changed KeyList `json:"changed,omitzero"`
	// Uncompared are keys of both whose content has fewer than ShownFrom bytes: to tell
	// whether it changed would be to confirm a guess. If the current version itself is that
	// short, none of its keys are told, and all keys are here.
	Uncompared KeyList `json:"uncompared,omitzero"`
	Unchanged  int     `json:"unchanged,omitempty"`
}

// KeyList is names of keys, in order, and the number of those that are not told: too
// many, or not surely names.
type KeyList struct {
	Names []string `json:"names,omitempty"`
	More  int      `json:"more,omitempty"`
}

// maxKeys is how many names a list holds: what a person reads on a card.
const maxKeys = 20

// keysOf is nil where text is no JSON object.
func keysOf(text []byte, before *Value) *ShapeKeys {
	now, ok := members(text)
	if !ok {
		return nil
	}
	var old map[string]json.RawMessage
	hidden := before != nil && isShort(before.Reveal())
	if before != nil && !hidden {
		old, _ = members(before.Reveal())
	}
	names, keys := keyNames{leafIndex(text, before)}, new(ShapeKeys)
	for _, key := range slices.Sorted(maps.Keys(now)) {
		is, was := leafOf(now[key]), leafOf(old[key])
		switch _, there := old[key]; {
		case !hidden && !there:
			names.add(&keys.Added, key)
		case hidden || isShort(is.text):
			names.add(&keys.Uncompared, key)
		case is.same(was):
			keys.Unchanged++
		default:
			names.add(&keys.Changed, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if _, there := now[key]; !there {
			names.add(&keys.Removed, key)
		}
	}
	return keys
}

// members reads a JSON object :: key -> content. It reports false for other text, and
// where a key stands there twice: one content would go unseen.
func members(text []byte) (map[string]json.RawMessage, bool) {
	tokens := json.NewDecoder(bytes.NewReader(text))
	if brace, err := tokens.Token(); !utf8.Valid(text) || !json.Valid(text) || err != nil || brace != json.Delim('{') {
		return nil, false
	}
	object := make(map[string]json.RawMessage)
	for tokens.More() {
		key, _ := tokens.Token() // valid JSON: a key, then its content
		var content json.RawMessage
		_ = tokens.Decode(&content)
		if _, twice := object[key.(string)]; twice {
			return nil, false
		}
		object[key.(string)] = content
	}
	return object, true
}

// leaf is the content of one key: the text of a string, anything else without spaces.
type leaf struct {
	text   []byte
	quoted bool
}

// leafOf is the zero leaf for no content.
func leafOf(raw json.RawMessage) leaf {
	if len(raw) > 0 && raw[0] == '"' {
		return leaf{text: unquoted(raw), quoted: true}
	}
	if len(raw) == 0 {
		return leaf{}
	}
	return leaf{text: compacted(raw, true)}
}

func (l leaf) same(m leaf) bool {
	return l.quoted == m.quoted && subtle.ConstantTimeCompare(l.text, m.text) == 1
}

// leafIndex finds text in the contents of both versions. Of a version that is no object,
// all is content: what was the whole value yesterday may stand in place of a key today.
func leafIndex(text []byte, before *Value) *suffixarray.Index {
	all := appendLeaves(nil, text)
	if before != nil {
		all = appendLeaves(all, before.Reveal())
	}
	return suffixarray.New(all)
}

// appendLeaves adds the strings and numbers below the top level's keys, however deep, as
// they are read; among them keys further down, which may be as secret as what they hold.
// They are separated by a byte that no name holds.
func appendLeaves(all, text []byte) []byte {
	object, ok := members(text)
	if !ok {
		return append(append(all, text...), 0)
	}
	for _, content := range object {
		tokens := json.NewDecoder(bytes.NewReader(content))
		tokens.UseNumber() // as they are written
		for token, err := tokens.Token(); err == nil; token, err = tokens.Token() {
			switch token := token.(type) {
			case string:
				all = append(append(all, token...), 0)
			case json.Number:
				all = append(append(all, token...), 0)
			}
		}
	}
	return all
}

// keyNames decides which keys are told by name.
type keyNames struct {
	leaves *suffixarray.Index
}

func (n keyNames) add(list *KeyList, key string) {
	if len(list.Names) < maxKeys && n.tellable(key) {
		list.Names = append(list.Names, key)
		return
	}
	list.More++
}

// maxKeyName is the longest key that is told, in bytes: longer ones are no names.
const maxKeyName = 64

// tellable reports whether key is surely a name: an identifier, no token, and nothing
// that a value repeats. Those who are told only a number lose little.
func (n keyNames) tellable(key string) bool {
	return len(key) <= maxKeyName && isVariable(key) && !isTokenKey(key) && !n.inLeaf(key)
}

// minTokenKey is the shortest key that may be a token, in bytes. It is stricter than for
// free text, which may name ids: a key that looks random is rarely a name.
const minTokenKey = 16

func isTokenKey(key string) bool {
	return holdsToken(key) || plainID.MatchString(strings.ToLower(key)) ||
		len(key) >= minTokenKey && isIrregular(key)
}

// leafWindow is the shortest piece of a value that no name may hold, in bytes.
const leafWindow = 6

func (n keyNames) inLeaf(key string) bool {
	for i := range len(key) - leafWindow + 1 {
		if len(n.leaves.Lookup([]byte(key[i:i+leafWindow]), 1)) > 0 {
			return true
		}
	}
	return false
}
