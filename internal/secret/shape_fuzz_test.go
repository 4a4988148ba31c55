package secret

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// FuzzShape holds every shape against its promise: numbers, words of ours, and names, of
// which none holds a piece of a leaf value.
func FuzzShape(f *testing.F) {
	for _, seed := range []string{"", "hunter2", "correct horse battery", `{"password":"correct horse","user":{"name":"password"}}`, `{"a":["b",1e999],"staple_battery":"\u0073taple_battery"}`,
		pemKey, "-----BEGIN CERTIFICATE-----\naGVs\n-----END CERTIFICATE-----\n", "A=b\nC=\"d e f g h i\"", "postgres://a:b@h/%2Fx?punctuation", "c29tZXRoaW5nIHNlY3JldA==",
		"\xff\x00 0123456789abc", `{"punctuation":"punctuation placeholder"}`, `{"a":1,"a":2,"b":"0123456789"}`, "[[[[[[[[[[[[[[[[", `{"n12345678":12345678}`} {
		for r := range 11 {
			f.Add([]byte(seed), []byte(`{"user":"correct horse","password":"x"}`), uint8(r))
		}
	}
	recipes := append(append(TextRecipes(), FormRecipes()...), "")
	f.Fuzz(func(t *testing.T, text, old []byte, r uint8) {
		value, before := NewValue(slices.Clone(text)), NewValue(slices.Clone(old))
		got := ShapeOf(recipes[int(r)%len(recipes)], value, &before, nil)
		if string(value.Reveal()) != string(text) || string(before.Reveal()) != string(old) {
			t.Fatal("a value was changed")
		}
		written, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if short := string(written) == `{"v":1,"short":true}`; short != (len(text) < ShownFrom) {
			t.Fatalf("%d bytes have the shape %s", len(text), written)
		}
		checkLeaves(t, takeNames(&got), append(leavesOf(text), leavesOf(old)...))
		checkWords(t, got)
	})
}

// takeNames takes out of a shape what may hold other words than ours, and returns the
// names of keys. A certificate's subject and date are exempt: they are there to be told.
func takeNames(s *Shape) []string {
	s.Certificate = nil
	if s.Keys == nil {
		return nil
	}
	var names []string
	for _, list := range []*KeyList{&s.Keys.Added, &s.Keys.Removed, &s.Keys.Changed, &s.Keys.Uncompared} {
		names = append(names, list.Names...)
		list.Names = nil
	}
	return names
}

// checkLeaves looks for each piece of leafWindow bytes of each leaf in the names.
func checkLeaves(t *testing.T, names, leaves []string) {
	t.Helper()
	for _, leaf := range leaves {
		for i := range len(leaf) - leafWindow + 1 {
			for _, name := range names {
				if strings.Contains(name, leaf[i:i+leafWindow]) {
					t.Fatalf("the name %q holds %q of a value", name, leaf[i:i+leafWindow])
				}
			}
		}
	}
}

// checkWords sees to it that every string of a shape without its names is a constant.
func checkWords(t *testing.T, s Shape) {
	t.Helper()
	written, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	tokens := json.NewDecoder(bytes.NewReader(written))
	for token, err := tokens.Token(); err == nil; token, err = tokens.Token() {
		if word, ok := token.(string); ok && !isShapeWord(word) {
			t.Errorf("%q is no word of ours: %s", word, written)
		}
	}
}

// isShapeWord knows the names of Shape's fields and the constants that they take.
func isShapeWord(word string) bool {
	fields := []string{"v", "short", "bytes", "lines", "form", "broken", "classes", "variety", "warnings", "keys", "current", "other",
		"added", "removed", "changed", "uncompared", "unchanged", "more"}
	known := constants()
	return slices.Contains(fields, word) || slices.Contains(ShapeWarnings(), Code(word)) ||
		known["Form"][word] || known["Class"][word] || known["Variety"][word] || known["Match"][word]
}

// leavesOf is the contents of a JSON object without its keys; any other text is one leaf.
// It reads with encoding/json alone, so that it shares no error with what it checks.
func leavesOf(text []byte) []string {
	tokens := json.NewDecoder(bytes.NewReader(text))
	tokens.UseNumber()
	var object map[string]any
	if !json.Valid(text) || tokens.Decode(&object) != nil {
		return []string{string(text)}
	}
	var leaves []string
	var walk func(any)
	walk = func(content any) {
		switch content := content.(type) {
		case string:
			leaves = append(leaves, content)
		case json.Number:
			leaves = append(leaves, content.String())
		case []any:
			for _, item := range content {
				walk(item)
			}
		case map[string]any:
			for _, item := range content {
				walk(item)
			}
		}
	}
	walk(object)
	return leaves
}
