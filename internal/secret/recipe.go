package secret

import (
	"slices"
	"time"
)

// Recipe says how typed text becomes stored bytes and what is checked on the way.
type Recipe string

// The recipes, as annotations and records name them: none is renamed.
const (
	Text             Recipe = "text"
	JSON             Recipe = "json"
	Dotenv           Recipe = "dotenv"
	Base64Decode     Recipe = "base64-decode"
	Base64Encode     Recipe = "base64-encode"
	PEM              Recipe = "pem"
	URL              Recipe = "url"
	K8sSecret        Recipe = "k8s-secret"
	DockerConfigJSON Recipe = "dockerconfigjson"
	Generate         Recipe = "generate"
)

// MaxBytes is the largest payload of a version (source: smdocs/quotas).
const MaxBytes = 65_536

// TextRecipes returns the six recipes that share the create form, in its order.
func TextRecipes() []Recipe {
	return []Recipe{Text, JSON, Dotenv, Base64Decode, Base64Encode, PEM}
}

// FormRecipes returns the four recipes that have a form of their own.
func FormRecipes() []Recipe { return []Recipe{URL, K8sSecret, DockerConfigJSON, Generate} }

// Valid reports whether r is one of the ten recipes.
func (r Recipe) Valid() bool {
	return slices.Contains(TextRecipes(), r) || slices.Contains(FormRecipes(), r)
}

// Input is what a form hands to a recipe; a recipe reads only its own fields.
type Input struct {
	// Value is what was typed, the fields value … value_4 joined exactly.
	Value Value
	// Full reports that one of those fields held exactly as many characters as it can
	// take: the text may have been cut.
	Full        bool
	KeepNewline bool // text, base64-encode: keep one trailing newline
	Compact     bool // json: store it without spaces

	// Name becomes the manifest's metadata.name (k8s-secret).
	Name Name

	Scheme, User, Host, Port, Database string // url; User also dockerconfigjson
	Password                           Value  // url, dockerconfigjson
	Registry                           string // dockerconfigjson: the server

	Length   int    // generate: characters
	Alphabet string // generate: the name of an alphabet, see Alphabets
}

// Encode turns what was typed into the bytes to store. It finds every fault at once; the
// result shares no memory with the input, so that either may be wiped alone.
func (r Recipe) Encode(in Input) Encoded {
	return r.encode(in).settled(r.mainField())
}

func (r Recipe) encode(in Input) Encoded {
	switch r {
	case Text:
		return encodeText(in)
	case JSON:
		return encodeJSON(in)
	case Dotenv:
		return encodeDotenv(in)
	case Base64Decode:
		return encodeFromBase64(in)
	case Base64Encode:
		return encodeBase64(in)
	case PEM:
		return encodePEM(in)
	case URL:
		return encodeURL(in)
	case K8sSecret:
		return encodeK8sSecret(in)
	case DockerConfigJSON:
		return encodeDockerConfig(in)
	case Generate:
		return generate(in)
	}
	return Encoded{Faults: []Fault{{Field: FieldRecipe, Code: CodeUnknownRecipe}}}
}

// mainField is the field that bears what is wrong with the whole.
func (r Recipe) mainField() Field {
	if r == URL || r == DockerConfigJSON {
		return FieldPassword // their forms have no field value
	}
	return FieldValue
}

// Decode is the inverse of Encode: an input that encodes to exactly the stored bytes. It
// reports false where there is none: generated values, and bytes that the recipe did not
// write.
func (r Recipe) Decode(stored Value) (Input, bool) {
	if r == Generate {
		return Input{}, false
	}
	in := r.decode(stored)
	again := r.Encode(in)
	defer again.Wipe()
	if again.Value.Len() == 0 || !again.Value.Same(stored) {
		return Input{}, false
	}
	return in, true
}

func (r Recipe) decode(stored Value) Input {
	switch r {
	case Text:
		return decodeText(stored)
	case Dotenv:
		return decodeDotenv(stored)
	case Base64Decode:
		return decodeFromBase64(stored)
	case Base64Encode:
		return decodeBase64(stored)
	case URL:
		return decodeURL(stored)
	case K8sSecret:
		return decodeK8sSecret(stored)
	case DockerConfigJSON:
		return decodeDockerConfig(stored)
	}
	return Input{Value: stored} // json and pem are stored as they are read
}

// Encoded is a recipe's result.
type Encoded struct {
	// Value is what will be stored; zero when a fault that is no warning was found.
	Value Value
	// Parts are the secrets inside a value made of several: the strings and numbers of
	// JSON, the values of pairs, those long enough to be looked for in text. They stand
	// beside faults, too, and are the caller's to wipe.
	Parts []Value
	// Certificate describes the first certificate of a pem; nil for anything else.
	Certificate *Certificate
	// Faults are errors and warnings, all at once, in reading order.
	Faults []Fault
}

// Wipe overwrites the bytes of the value and of its parts.
func (e Encoded) Wipe() {
	e.Value.Wipe()
	for _, part := range e.Parts {
		part.Wipe()
	}
}

// maxFaults is how many errors, and how many warnings, are told at once: enough to begin
// with, and few enough to fit below a field.
const maxFaults = 8

// settled applies what holds for every recipe: the size limit, no bytes beside an error,
// and no more faults than a person can read.
func (e Encoded) settled(main Field) Encoded {
	if e.Value.Len() > MaxBytes {
		e.Faults = append(e.Faults, Fault{Field: main, Code: CodeTooLarge, Limit: MaxBytes})
	}
	var errors, warnings int
	e.Faults = slices.DeleteFunc(e.Faults, func(f Fault) bool {
		count := &errors
		if f.Warning {
			count = &warnings
		}
		*count++
		return *count > maxFaults
	})
	if errors > 0 {
		e.Value.Wipe()
		e.Value, e.Certificate = Value{}, nil
	}
	return e
}

// Certificate is what may be shown of a certificate.
type Certificate struct {
	Subject string // as RFC 2253 writes it, printable characters only
	Type    string // of its key, such as "RSA" or "ECDSA"
	Expires time.Time
}
