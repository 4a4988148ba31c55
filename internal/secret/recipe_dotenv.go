package secret

import (
	"bytes"
	"encoding/json"
	"strings"
)

// encodeDotenv stores the pairs as one JSON object, in their order, each value a string.
func encodeDotenv(in Input) Encoded {
	pairs, faults := typedPairs(in)
	for _, p := range pairs {
		if !isVariable(p.key) {
			faults = append(faults, Fault{Field: FieldValue, Code: CodeBadVariable, Line: p.line})
		}
	}
	out := pairsObject(pairs)
	return Encoded{Value: NewValue(out), Parts: pairParts(pairs), Faults: faults}
}

// isVariable reports whether key can name an environment variable; "." and "-" are
// allowed inside because dotenv readers allow them.
func isVariable(key string) bool {
	return key != "" && onlyOf(key, nameAlphabet+".") && strings.IndexByte("0123456789.-", key[0]) < 0
}

func pairsObject(pairs []pair) []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, p := range pairs {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(jsonString([]byte(p.key)))
		out.WriteByte(':')
		out.Write(jsonString(p.value))
	}
	out.WriteByte('}')
	return out.Bytes()
}

// decodeDotenv writes the pairs of a JSON object of strings as dotenv lines.
func decodeDotenv(stored Value) Input {
	tokens := json.NewDecoder(bytes.NewReader(stored.Reveal()))
	var pairs []pair
	if brace, err := tokens.Token(); err != nil || brace != json.Delim('{') {
		return Input{}
	}
	for tokens.More() {
		key, errKey := tokens.Token()
		value, errValue := tokens.Token()
		text, isText := value.(string)
		if errKey != nil || errValue != nil || !isText {
			return Input{}
		}
		pairs = append(pairs, pair{key: key.(string), value: []byte(text)})
	}
	return Input{Value: NewValue(pairLines(pairs))}
}
