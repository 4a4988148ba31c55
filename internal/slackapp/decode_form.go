package slackapp

import (
	"bytes"
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
			high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
			if high < 0 || low < 0 {
				return nil, false
			}
			c = byte(high<<4 | low)
			i += 2
		}
		s[n] = c
		n++
	}
	return s[:n], utf8.Valid(s[:n])
}

// hexDigit returns what one hexadecimal digit is worth, -1 for any other character.
func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c - 'a' + 10)
	case 'A' <= c && c <= 'F':
		return rune(c - 'A' + 10)
	}
	return -1
}
