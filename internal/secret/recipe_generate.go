package secret

import "crypto/rand"

// Lengths of generated values, in characters.
const (
	MinLength     = 16
	MaxLength     = 4096
	DefaultLength = 32
)

// Alphabets returns the names that Input.Alphabet takes; the first is the default.
func Alphabets() []string {
	return []string{"letters-digits", "readable", "url-safe", "printable", "hex", "digits"}
}

// alphabet returns the characters of a named alphabet, "" for an unknown name.
func alphabet(name string) string {
	const (
		digits  = "0123456789"
		lower   = "abcdefghijklmnopqrstuvwxyz"
		letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + lower
	)
	switch name {
	case "", "letters-digits":
		return letters + digits
	case "readable": // without what is easily taken for another: 0 O o, 1 I l
		return "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
	case "url-safe": // RFC 4648, section 5
		return letters + digits + "-_"
	case "printable": // ASCII from "!" to "~"
		return letters + digits + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	case "hex":
		return digits + "abcdef"
	case "digits":
		return digits
	}
	return ""
}

// generate makes a random value that nobody has seen.
func generate(in Input) Encoded {
	length, characters := in.Length, alphabet(in.Alphabet)
	var faults []Fault
	switch {
	case length == 0:
		length = DefaultLength
	case length < MinLength:
		faults = append(faults, Fault{Field: FieldLength, Code: CodeTooShort, Limit: MinLength})
	case length > MaxLength:
		faults = append(faults, Fault{Field: FieldLength, Code: CodeTooLong, Limit: MaxLength})
	}
	if characters == "" {
		faults = append(faults, Fault{Field: FieldAlphabet, Code: CodeUnknownAlphabet})
	}
	if len(faults) > 0 {
		return Encoded{Faults: faults}
	}
	return Encoded{Value: NewValue(randomText(length, characters))}
}

// randomText draws each character with equal chance: bytes beyond the largest multiple of
// the alphabet's size are thrown away, since taking them modulo would favour its first ones.
func randomText(length int, characters string) []byte {
	text := make([]byte, 0, length)
	unbiased := 256 - 256%len(characters)
	draw := make([]byte, length)
	for len(text) < length {
		_, _ = rand.Read(draw) // never fails: crypto/rand ends the process instead
		for _, b := range draw {
			if int(b) < unbiased && len(text) < length {
				text = append(text, characters[int(b)%len(characters)])
			}
		}
	}
	clear(draw)
	return text
}
