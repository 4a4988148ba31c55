package secret

import "time"

// ShapeVersion is the version of Shape as it is stored. A reader of another version must
// not guess what the fields mean there.
const ShapeVersion = 1

// ShownFrom is the length in bytes from which anything may be told of a value. Shorter
// ones can be guessed: each fact about them, and each comparison, makes that easier.
const ShownFrom = 16

// Shape is what people who decide about a value may know of it without seeing it. It
// holds numbers, words of the lists below, and names that passed a check: those of keys
// and of a certificate's subject. No byte of the value is in it otherwise, so that it may
// be marshalled, recorded and shown.
type Shape struct {
	Version int `json:"v"`
	// Short says that the value has fewer than ShownFrom bytes; nothing else is told then.
	Short bool `json:"short,omitempty"`
	Bytes int  `json:"bytes,omitempty"`
	// Lines counts the last one whether or not a newline ends it; 0 for binary data.
	Lines int  `json:"lines,omitempty"`
	Form  Form `json:"form,omitempty"`
	// Broken says that the bytes are not as the recipe writes them.
	Broken bool `json:"broken,omitempty"`
	// Certificate is the first one of a PEM; nil for anything else.
	Certificate *ShapeCertificate `json:"certificate,omitempty"`
	Classes     []Class           `json:"classes,omitempty"`
	Variety     Variety           `json:"variety,omitempty"`
	// Warnings are codes of ShapeWarnings, in its order.
	Warnings []Code `json:"warnings,omitempty"`
	// Keys tells of the top level of a JSON object; nil for anything else.
	Keys *ShapeKeys `json:"keys,omitempty"`
	// Current compares with the newest version, Other with the secret of the same name in
	// another environment; "" in a shape that is Alone.
	Current Match `json:"current,omitempty"`
	Other   Match `json:"other,omitempty"`
}

// ShapeCertificate is what may be told of a certificate.
type ShapeCertificate struct {
	// Subject is "" where it is too long or looks as if it held a token.
	Subject string    `json:"subject,omitempty"`
	Expires time.Time `json:"expires"`
}

// Match says whether two values are the same.
type Match string

// The outcomes of a comparison. None: there was nothing to compare with.
const (
	MatchSame    Match = "same"
	MatchDiffers Match = "differs"
	MatchNone    Match = "none"
)

// ShapeOf tells the shape of the bytes to be stored; r is the recipe that wrote them, or
// "" if it is not known. before is the current version, nil if there is none; other is
// the value of the same name in another environment, nil if it is not known.
//
// It depends on its arguments alone, so that a shape can be made again from the bytes
// that were approved.
func ShapeOf(r Recipe, stored Value, before, other *Value) Shape {
	s := Shape{Version: ShapeVersion}
	if isShort(stored.Reveal()) {
		s.Short = true
		return s
	}
	text := stored.Reveal()
	s.Bytes = len(text)
	s.Form = formOf(r, stored)
	s.Broken, s.Warnings = rereading(r, stored)
	s.Classes = classesIn(text)
	s.Variety = varietyOf(text)
	s.Current, s.Other = match(stored, before), match(stored, other)
	if s.Form != FormBinary {
		s.Lines = linesIn(text)
		s.Keys = keysOf(text, before)
	}
	if s.Form == FormPEM {
		s.Certificate = shapeCertificate(stored)
	}
	return s
}

// Alone is the shape without what it was compared with: what whoever typed the value may
// read, who would find out by guessing what other values are.
func (s Shape) Alone() Shape {
	s.Current, s.Other, s.Keys = "", "", nil
	return s
}

func isShort(text []byte) bool { return len(text) < ShownFrom }

// match compares in constant time. A short value always differs, which its length tells
// already; that it is short is not told.
func match(stored Value, with *Value) Match {
	switch {
	case with == nil:
		return MatchNone
	case stored.Same(*with):
		return MatchSame
	}
	return MatchDiffers
}

// maxSubject is the longest subject that is shown, in bytes: longer ones are no names.
const maxSubject = 200

func shapeCertificate(stored Value) *ShapeCertificate {
	e := PEM.Encode(Input{Value: stored})
	defer e.Value.Wipe()
	if e.Certificate == nil {
		return nil
	}
	c := ShapeCertificate{Subject: e.Certificate.Subject, Expires: e.Certificate.Expires}
	if len(c.Subject) > maxSubject || holdsToken(c.Subject) {
		c.Subject = ""
	}
	return &c
}
