package slackapp

import (
	"bytes"
	"encoding/hex"
	"unicode/utf8"
)

// maxFormKeys is more than a slash command has.
const maxFormKeys = 64

// parseForm reads application/x-www-form-urlencoded text in place: the values it returns
// are slices of body, which it overwrites, so that no copy of a value is made. A key that
// stands there twice is malformed. net/url would make strings, and quote them in errors.
func parseForm(body []byte) (map[string][]byte, error) {
	form := make(map[string][]byte)
	for pair := range bytes.SplitSeq(body, []byte("&")) {
		if len(pair) == 0 {
			continue
		}
		rawKey, rawValue, _ := bytes.Cut(pair, []byte("="))
		key, keyOK := unplus(rawKey)
		value, valueOK := unplus(rawValue)
		if _, twice := form[string(key)]; twice || !keyOK || !valueOK || len(form) == maxFormKeys {
			return nil, Malformed
		}
		form[string(key)] = value
	}
	return form, nil
}

// unplus undoes the escaping of s in place. ok is false for a broken escape and for text
// that is not UTF-8.
func unplus(s []byte) (text []byte, ok bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			if i+3 > len(s) {
				return nil, false
			}
			var b [1]byte
			if _, err := hex.Decode(b[:], s[i+1:i+3]); err != nil {
				return nil, false
			}
			c = b[0]
			i += 2
		}
		s[n] = c
		n++
	}
	return s[:n], utf8.Valid(s[:n])
}
