package secret

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a Value shows wherever it is printed.
const Redacted = "[value]"

// ErrMarshal is returned by every encoder that is handed a Value.
var ErrMarshal = errors.New("secret: a value can't be marshalled")

// Value is the bytes of a secret. It can be counted, compared on purpose and revealed on
// purpose; it can't be printed, logged, marshalled or compared by accident.
//
// The bytes stand behind a func: fmt, slog and reflect walk unexported fields and print
// a []byte there, whether or not its type has methods, but they print a func as an
// address. A func field also makes == a compile error.
//
// The zero Value is the absence of a value; it has length 0.
type Value struct {
	open func() []byte
}

var (
	_ fmt.Formatter  = Value{}
	_ slog.LogValuer = Value{}
)

// NewValue takes ownership of b: the caller must not use it afterwards.
func NewValue(b []byte) Value {
	return Value{open: func() []byte { return b }}
}

// Reveal returns the bytes themselves, not a copy. Whoever calls it answers for where
// they go: a sealed request, Secret Manager's payload, a MAC. The caller must not keep
// or change them.
func (v Value) Reveal() []byte {
	if v.open == nil {
		return nil
	}
	return v.open()
}

// Len is the number of bytes.
func (v Value) Len() int { return len(v.Reveal()) }

// Same reports whether both hold the same bytes, in constant time for equal lengths.
func (v Value) Same(w Value) bool {
	return subtle.ConstantTimeCompare(v.Reveal(), w.Reveal()) == 1
}

// Within reports whether text contains the value. An empty value is in no text.
func (v Value) Within(text string) bool {
	return v.Len() > 0 && bytes.Contains([]byte(text), v.Reveal())
}

// Wipe overwrites the bytes with zeros. It is best effort: copies made by the runtime,
// by decoders and by clients are out of reach.
func (v Value) Wipe() { clear(v.Reveal()) }

// String returns Redacted.
func (Value) String() string { return Redacted }

// GoString returns Redacted.
func (Value) GoString() string { return Redacted }

// Format writes Redacted for every verb and flag.
func (Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, Redacted) }

// LogValue returns Redacted.
func (Value) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalJSON returns ErrMarshal.
func (Value) MarshalJSON() ([]byte, error) { return nil, ErrMarshal }

// MarshalText returns ErrMarshal.
func (Value) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary returns ErrMarshal.
func (Value) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// GobEncode returns ErrMarshal.
func (Value) GobEncode() ([]byte, error) { return nil, ErrMarshal }

// MarshalYAML returns ErrMarshal.
func (Value) MarshalYAML() (any, error) { return nil, ErrMarshal }
