package secret

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Form is what stored bytes read as, whatever their recipe.
type Form string

// The forms, in the order in which they are tried. A manifest and a docker configuration
// are told only where they are exactly as our recipes write them.
const (
	FormBinary       Form = "binary" // not UTF-8, or with control characters
	FormDockerConfig Form = "docker_config"
	FormJSON         Form = "json"
	FormPEM          Form = "pem"
	FormK8sSecret    Form = "k8s_secret"
	FormURL          Form = "url"
	FormDotenv       Form = "dotenv" // lines KEY=value; the recipe dotenv stores JSON
	FormBase64       Form = "base64"
	FormText         Form = "text"
)

func formOf(r Recipe, stored Value) Form {
	text := stored.Reveal()
	reads := func(as Recipe) bool { _, ok := as.Decode(stored); return ok }
	switch {
	case !utf8.Valid(text) || bytes.IndexFunc(text, isControl) >= 0:
		return FormBinary
	case reads(DockerConfigJSON):
		return FormDockerConfig
	case (r == JSON || opensJSON(text)) && json.Valid(text):
		return FormJSON
	case isPEM(stored):
		return FormPEM
	case reads(K8sSecret):
		return FormK8sSecret
	case isURL(text):
		return FormURL
	case isPairs(stored):
		return FormDotenv
	case r == Base64Encode && reads(r) || r != Generate && looksLikeBase64(text):
		return FormBase64
	}
	return FormText
}

// opensJSON tells an object or a list from a number or a quoted password, which are JSON
// by chance.
func opensJSON(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// isPEM takes blocks that are not normalised, but no text around them.
func isPEM(stored Value) bool {
	faults := encodePEM(Input{Value: stored}).Faults
	for _, f := range faults {
		if !f.Warning || f.Code == CodeTextAroundPEM {
			return false
		}
	}
	return true
}

var absoluteURL = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://\S+$`)

func isURL(text []byte) bool {
	if !absoluteURL.Match(text) {
		return false
	}
	u, err := url.Parse(string(text))
	return err == nil && u.Host != ""
}

// variableName is stricter than dotenv: base64 ends in "=", and passwords hold it.
var variableName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

func isPairs(stored Value) bool {
	pairs, faults := typedPairs(Input{Value: stored})
	for _, p := range pairs {
		if !variableName.MatchString(p.key) || len(p.value) == 0 {
			return false
		}
	}
	return len(pairs) > 0 && len(Blocking(faults, true)) == 0
}

// linesIn counts the last line whether or not a newline ends it.
func linesIn(text []byte) int {
	return 1 + bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
}

// Class is a kind of characters.
type Class string

// The classes, in the order in which a shape lists them.
const (
	ClassLower       Class = "lower"
	ClassUpper       Class = "upper"
	ClassDigit       Class = "digit"
	ClassSpace       Class = "space" // blanks, tabs and line breaks
	ClassPunctuation Class = "punctuation"
	ClassNonASCII    Class = "non_ascii"
	ClassControl     Class = "control"
	ClassBinary      Class = "binary" // bytes that are no UTF-8
)

func classesIn(text []byte) []Class {
	seen := make(map[Class]bool)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		seen[runeClass(r, size)] = true
		text = text[size:]
	}
	var found []Class
	for _, c := range []Class{ClassLower, ClassUpper, ClassDigit, ClassSpace, ClassPunctuation, ClassNonASCII, ClassControl, ClassBinary} {
		if seen[c] {
			found = append(found, c)
		}
	}
	return found
}

// runeClass is the class of a character of that many bytes.
func runeClass(r rune, size int) Class {
	switch {
	case r == utf8.RuneError && size == 1:
		return ClassBinary
	case isControl(r):
		return ClassControl
	case r > unicode.MaxASCII:
		return ClassNonASCII
	case unicode.IsSpace(r):
		return ClassSpace
	case unicode.IsLower(r):
		return ClassLower
	case unicode.IsUpper(r):
		return ClassUpper
	case unicode.IsDigit(r):
		return ClassDigit
	}
	return ClassPunctuation
}

// Variety is a band of Shannon's entropy over the bytes of a value. It tells random text
// from repeated text, not a good password from a bad one: it knows neither words nor order.
type Variety string

// The bands. Dates and repeated words are low; words, sentences, digits and hexadecimal
// digits are medium, since they use few kinds of bytes however long they are; base64,
// passwords of mixed characters and binary keys are high, and so is longer JSON.
const (
	VarietyLow    Variety = "low"
	VarietyMedium Variety = "medium"
	VarietyHigh   Variety = "high"
)

// varietyOf sets the bands in bits a byte: low below 3, which eight kinds of bytes give;
// high from 4.5, which hexadecimal digits (4) never reach and base64 (6) soon does. Short
// text holds no more kinds of bytes than bytes: there, 85 % of what its length allows is
// high too. Measured on random text: of 16 letters and digits 98 % are high, of 16
// hexadecimal digits 17 %, of 32 none. Single digits fall on both sides of the lower limit.
func varietyOf(text []byte) Variety {
	const few, many, share = 3, 4.5, 0.85
	bits, most := entropy(string(text)), math.Log2(float64(len(text)))
	switch {
	case bits < few:
		return VarietyLow
	case bits >= min(many, share*most):
		return VarietyHigh
	}
	return VarietyMedium
}

// ShapeWarnings returns the warnings that a shape may tell: those that can be found in
// stored bytes. What was cut, or left out while encoding, can't.
func ShapeWarnings() []Code {
	return []Code{
		CodePlaceholder, CodePlaceholderAt, CodeEdgeWhitespace, CodeInvisible, CodeSmartQuotes, CodeLineEnding, CodeControl,
		CodeReplacement, CodeEntity, CodeSlackMarkup, CodeEmptyPair, CodeBase64Twice, CodeBadCertificate, CodeQueryInDatabase,
	}
}

// rereading holds stored bytes against the recipe that wrote them: it encodes them once
// more, for the warnings, or as plain text if the recipe can't read them. broken reports
// that it should: any bytes could have been generated, and an unknown recipe promises nothing.
func rereading(r Recipe, stored Value) (broken bool, warnings []Code) {
	in, ok := r.Decode(stored)
	broken = !ok && r.Valid() && r != Generate
	if !ok {
		r, in = Text, decodeText(stored)
	}
	e := r.encode(in) // with all its warnings, not only as many as fit below a field
	defer e.Value.Wipe()
	for _, code := range ShapeWarnings() {
		if slices.ContainsFunc(e.Faults, func(f Fault) bool { return f.Code == code && f.Warning }) {
			warnings = append(warnings, code)
		}
	}
	return broken, warnings
}
