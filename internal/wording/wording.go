// Package wording holds every sentence shown to people.
//
// A language is a folder of YAML files, each a flat map from key to sentence; English is
// complete and stands in for what another language lacks. Placeholders are written
// {name}. A sentence is short, kind and exact, and an error says what to do.
//
// The package takes plain words and typed faults, never a secret.Value: what is not
// passed in can't be shown. It escapes nothing, since each sink has one encoder of its own.
package wording

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"secretstore/internal/secret"
)

// Key names one sentence, such as "form.create.title".
type Key string

//go:embed en ko
var files embed.FS

// Catalogue is the sentences of one language.
type Catalogue struct {
	// Language is the folder's name, such as "en".
	Language  string
	sentences map[Key]string
	fallback  *Catalogue // nil for English
}

// English returns the complete catalogue.
var English = sync.OnceValue(func() *Catalogue { return mustLoad("en", nil) })

// For returns the catalogue for a Slack locale such as "ko-KR", English if there is none.
func For(locale string) *Catalogue {
	language, _, _ := strings.Cut(locale, "-")
	if c, ok := others()[language]; ok {
		return c
	}
	return English()
}

// Languages returns every catalogue, English first.
func Languages() []*Catalogue {
	all := []*Catalogue{English()}
	for _, c := range others() {
		all = append(all, c)
	}
	return all
}

// others is every language but English :: language -> catalogue.
var others = sync.OnceValue(func() map[string]*Catalogue {
	found := make(map[string]*Catalogue)
	folders, _ := fs.ReadDir(files, ".") // an embedded folder is always readable
	for _, f := range folders {
		if f.Name() != "en" {
			found[f.Name()] = mustLoad(f.Name(), English())
		}
	}
	return found
})

// Say returns the sentence of key with its placeholders filled from pairs of name and text.
// A key that no language knows comes back as it is: a test keeps that from shipping.
func (c *Catalogue) Say(key Key, pairs ...string) string {
	sentence, ok := c.sentences[key]
	switch {
	case ok:
		return fill(sentence, pairs)
	case c.fallback != nil:
		return c.fallback.Say(key, pairs...)
	}
	return string(key)
}

// Fault returns the sentence for one fault of a person's input: what is wrong, where, and
// what to do.
func (c *Catalogue) Fault(f secret.Fault) string {
	pairs := []string{"limit", fmt.Sprint(f.Limit), "line", fmt.Sprint(f.Line), "column", fmt.Sprint(f.Column)}
	if f.Expected != "" {
		pairs = append(pairs, "expected", c.Say(Key("expected."+f.Expected)))
	}
	if key := Key("fault." + string(f.Field) + "." + string(f.Code)); c.has(key) {
		return c.Say(key, pairs...)
	}
	return c.Say(Key("fault."+f.Code), pairs...)
}

// Has reports whether English knows key.
func Has(key Key) bool { return English().has(key) }

func (c *Catalogue) has(key Key) bool {
	_, ok := c.sentences[key]
	return ok || c.fallback != nil && c.fallback.has(key)
}

// fill replaces {name} by the text that follows name in pairs. What it puts in is not
// searched again, and braces around any other word stay.
func fill(sentence string, pairs []string) string {
	if len(pairs) == 0 {
		return sentence
	}
	var filled strings.Builder
	for {
		before, rest, open := strings.Cut(sentence, "{")
		name, after, closed := strings.Cut(rest, "}")
		filled.WriteString(before)
		switch text, known := paired(pairs, name); {
		case !open:
			return filled.String()
		case closed && known:
			filled.WriteString(text)
			sentence = after
		default:
			filled.WriteByte('{')
			sentence = rest
		}
	}
}

// paired returns the text that follows name in pairs, and whether there is one.
func paired(pairs []string, name string) (text string, known bool) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == name {
			return pairs[i+1], true
		}
	}
	return "", false
}

// mustLoad panics on a broken file, which only a broken build can hold.
func mustLoad(language string, fallback *Catalogue) *Catalogue {
	c := &Catalogue{Language: language, sentences: make(map[Key]string), fallback: fallback}
	names, err := fs.Glob(files, language+"/*.yaml")
	if err != nil {
		panic(err) // unreachable: the pattern is ours
	}
	for _, name := range names {
		if err := c.read(name); err != nil {
			panic(err)
		}
	}
	return c
}

func (c *Catalogue) read(name string) error {
	text, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	part := make(map[Key]string)
	if err := yaml.Unmarshal(text, &part); err != nil {
		return fmt.Errorf("wording: %s: %w", name, err)
	}
	for key, sentence := range part {
		if _, twice := c.sentences[key]; twice {
			return fmt.Errorf("wording: %s: %s is there twice", name, key)
		}
		c.sentences[key] = sentence
	}
	return nil
}
