package wording

import (
	"strconv"
	"strings"
	"time"

	"secretstore/internal/secret"
)

// Shape tells a shape in short lines, for the people who decide. Names in them were
// checked, but not escaped for any sink. Of a shape of another version it says only that
// it can't be shown.
func (c *Catalogue) Shape(s secret.Shape) []string {
	switch {
	case s.Version != secret.ShapeVersion:
		return []string{c.Say("shape.other_version")}
	case s.Short:
		return []string{c.Say("shape.short")}
	}
	lines := []string{c.shapeSize(s), c.Say("shape.reads", "form", c.Say(Key("shape.form."+s.Form)))}
	if s.Broken {
		lines = append(lines, c.Say("shape.broken"))
	}
	if s.Certificate != nil {
		lines = append(lines, c.shapeCertificate(*s.Certificate))
	}
	lines = append(lines, c.shapeClasses(s.Classes), c.Say(Key("shape.variety."+s.Variety)))
	for _, code := range s.Warnings {
		lines = append(lines, c.Say("shape.warning", "what", c.Say(Key("shape.warning."+code))))
	}
	if s.Keys != nil {
		lines = append(lines, c.shapeKeys(*s.Keys)...)
	}
	if s.Current != "" {
		lines = append(lines, c.Say(Key("shape.current."+s.Current)), c.Say(Key("shape.other."+s.Other)))
	}
	return lines
}

func (c *Catalogue) shapeSize(s secret.Shape) string {
	if s.Lines == 0 {
		return c.Say("shape.bytes", "bytes", strconv.Itoa(s.Bytes))
	}
	return c.Say("shape.bytes.lines", "bytes", strconv.Itoa(s.Bytes), "lines", strconv.Itoa(s.Lines))
}

// shapeCertificate gives the day alone, which is UTC's.
func (c *Catalogue) shapeCertificate(cert secret.ShapeCertificate) string {
	until := cert.Expires.UTC().Format(time.DateOnly)
	if cert.Subject == "" {
		return c.Say("shape.certificate.unnamed", "until", until)
	}
	return c.Say("shape.certificate", "subject", cert.Subject, "until", until)
}

func (c *Catalogue) shapeClasses(classes []secret.Class) string {
	var list []string
	for _, class := range classes {
		list = append(list, c.Say(Key("shape.class."+class)))
	}
	return c.Say("shape.characters", "list", strings.Join(list, ", "))
}

func (c *Catalogue) shapeKeys(keys secret.ShapeKeys) []string {
	var lines []string
	for _, part := range []struct {
		key  Key
		list secret.KeyList
	}{
		{"shape.keys.added", keys.Added},
		{"shape.keys.removed", keys.Removed},
		{"shape.keys.changed", keys.Changed},
		{"shape.keys.uncompared", keys.Uncompared},
	} {
		if text := c.keyList(part.list); text != "" {
			lines = append(lines, c.Say(part.key, "keys", text))
		}
	}
	if keys.Unchanged > 0 {
		lines = append(lines, c.Say("shape.keys.unchanged", "number", strconv.Itoa(keys.Unchanged)))
	}
	return lines
}

// keyList is the names and the number of the others, "" for an empty list.
func (c *Catalogue) keyList(list secret.KeyList) string {
	words := list.Names
	number := strconv.Itoa(list.More)
	switch {
	case list.More > 0 && len(words) == 0:
		return c.Say("shape.keys.unnamed", "number", number)
	case list.More > 0:
		words = append(words[:len(words):len(words)], c.Say("shape.keys.more", "number", number))
	}
	return strings.Join(words, ", ")
}
