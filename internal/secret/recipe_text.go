package secret

import "bytes"

// encodeText stores exactly what was typed. One trailing newline is dropped unless the
// person keeps it: editors add it, and no password ends in one.
func encodeText(in Input) Encoded {
	typed, faults := typedText(in)
	return Encoded{Value: NewValue(bytes.Clone(typed)), Faults: faults}
}

// typedText is the text of the two recipes that take it as it is, with its warnings.
func typedText(in Input) ([]byte, []Fault) {
	typed := in.Value.Reveal()
	if !in.KeepNewline {
		typed = withoutNewline(typed)
	}
	if fault, refused := unusable(FieldValue, typed); refused {
		return nil, []Fault{fault}
	}
	inner := typed
	if in.KeepNewline {
		inner = withoutNewline(typed) // that newline is meant, so it is no edge whitespace
	}
	faults := append(cutWarning(in), edgeWarning(FieldValue, inner)...)
	faults = append(faults, textWarnings(FieldValue, inner)...)
	return typed, append(faults, placeholderWarning(FieldValue, inner)...)
}

// withoutNewline drops one trailing newline, of either kind.
func withoutNewline(text []byte) []byte {
	text, _ = bytes.CutSuffix(text, []byte("\n"))
	text, _ = bytes.CutSuffix(text, []byte("\r"))
	return text
}

func decodeText(stored Value) Input { return Input{Value: stored, KeepNewline: true} }
