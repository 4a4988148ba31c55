package secret

import (
	"bytes"
	"encoding/json"
)

// encodeJSON stores the text as typed, or without the spaces between tokens. Numbers,
// escapes and the order of keys stay as they are.
func encodeJSON(in Input) Encoded {
	typed := in.Value.Reveal()
	if fault, refused := unusable(FieldValue, typed); refused {
		return Encoded{Faults: []Fault{fault}}
	}
	s := jsonScanner{text: typed}
	s.document()
	if s.failed {
		return Encoded{Parts: hidden(s.leaves), Faults: append(cutWarning(in), s.faults...)}
	}
	faults := append(cutWarning(in), textWarnings(FieldValue, typed)...)
	return Encoded{Value: NewValue(compacted(typed, in.Compact)), Parts: hidden(s.leaves), Faults: append(faults, s.faults...)}
}

func compacted(text []byte, compact bool) []byte {
	if !compact {
		return bytes.Clone(text)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return nil // unreachable: jsonScanner accepts nothing that encoding/json refuses, see FuzzJSON
	}
	return out.Bytes()
}

// jsonString is text as a JSON string, with no more escaped than JSON asks for.
func jsonString(text []byte) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(string(text)) // a string always encodes
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
