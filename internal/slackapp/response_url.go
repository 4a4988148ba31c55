package slackapp

import (
	"fmt"
	"io"
	"log/slog"

	"secretstore/internal/secret"
)

// ResponseURL is a bearer capability: whoever holds it can post as the app for 30
// minutes. Like a secret.Value it can be neither printed nor marshalled by accident; only
// Client.Respond opens it. The zero ResponseURL is none.
type ResponseURL struct {
	open func() string
}

var (
	_ fmt.Formatter  = ResponseURL{}
	_ slog.LogValuer = ResponseURL{}
)

// NewResponseURL wraps text; an empty text gives the zero ResponseURL.
func NewResponseURL(text string) ResponseURL {
	if text == "" {
		return ResponseURL{}
	}
	return ResponseURL{open: func() string { return text }}
}

// IsZero reports whether there is no URL.
func (u ResponseURL) IsZero() bool { return u.open == nil }

func (u ResponseURL) reveal() string {
	if u.open == nil {
		return ""
	}
	return u.open()
}

const redactedURL = "[response url]"

// String returns a constant.
func (ResponseURL) String() string { return redactedURL }

// GoString returns a constant.
func (ResponseURL) GoString() string { return redactedURL }

// Format writes a constant for every verb and flag.
func (ResponseURL) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redactedURL) }

// LogValue returns a constant.
func (ResponseURL) LogValue() slog.Value { return slog.StringValue(redactedURL) }

// MarshalText returns secret.ErrMarshal; JSON and YAML encoders use it too.
func (ResponseURL) MarshalText() ([]byte, error) { return nil, secret.ErrMarshal }
