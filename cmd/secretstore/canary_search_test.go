package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// traces are what is looked for: every short piece of every canary, as it is and in each
// encoding in which it could slip away.
type traces struct {
	begin  [1 << 21]byte             // bit set of the first three bytes of all pieces
	pieces map[int]map[string]string // :: length -> piece -> what it is
}

// Lengths of pieces: 8 bytes of the value as it is; the same 8 bytes or more in base64
// and in hex.
const (
	plainPiece  = 8
	base64Piece = 12
	hexPiece    = 16
)

func newTraces() *traces { return &traces{pieces: make(map[int]map[string]string)} }

// add makes traces of one canary; name says where it was pushed in.
func (t *traces) add(name, canary string) {
	t.cut(name+" as it is", canary, plainPiece)
	for shift := range 3 {
		padded := append(make([]byte, shift), canary...)
		std := base64.RawStdEncoding.EncodeToString(padded)[(shift*8+5)/6 : len(padded)*8/6]
		t.cut(name+" in base64", std, base64Piece)
		t.cut(name+" in base64 for URLs", strings.NewReplacer("+", "-", "/", "_").Replace(std), base64Piece)
	}
	digits := hex.EncodeToString([]byte(canary))
	t.cut(name+" in hex", digits, hexPiece)
	t.cut(name+" in HEX", strings.ToUpper(digits), hexPiece)
	for how, escaped := range escapes(canary) {
		t.cut(name+" escaped for "+how, escaped, hexPiece)
	}
}

func escapes(canary string) map[string]string {
	asJSON, _ := json.Marshal(canary) // a string always encodes
	return map[string]string{
		"queries": url.QueryEscape(canary), "paths": url.PathEscape(canary), "HTML": html.EscapeString(canary),
		"JSON": strings.Trim(string(asJSON), `"`), "Go": strings.Trim(fmt.Sprintf("%q", canary), `"`),
		"ASCII": strings.Trim(fmt.Sprintf("%+q", canary), `"`),
	}
}

func (t *traces) cut(name, text string, length int) {
	if t.pieces[length] == nil {
		t.pieces[length] = make(map[string]string)
	}
	for i := range max(0, len(text)-length+1) {
		piece := text[i : i+length]
		t.pieces[length][piece] = name
		at := three(piece[0], piece[1], piece[2])
		t.begin[at/8] |= 1 << (at % 8)
	}
}

func three(a, b, c byte) int { return int(a)<<16 | int(b)<<8 | int(c) }

// find tells what of the canaries stands in data, each once.
func (t *traces) find(data []byte) []string {
	met := make(map[string]bool)
	var found []string
	for i := range max(0, len(data)-plainPiece+1) {
		if at := three(data[i], data[i+1], data[i+2]); t.begin[at/8]&(1<<(at%8)) == 0 {
			continue
		}
		for length, pieces := range t.pieces {
			if i+length > len(data) {
				continue
			}
			name, ok := pieces[string(data[i:i+length])]
			if ok && !met[name] {
				met[name] = true
				found = append(found, fmt.Sprintf("%s, at %d of %d: …%q…", name, i, len(data), data[max(0, i-60):min(len(data), i+60)]))
			}
		}
	}
	return found
}

// TestSearchFindsEveryEncoding is the control of the search: it finds what is there.
func TestSearchFindsEveryEncoding(t *testing.T) {
	canary := newCanary()
	look := newTraces()
	look.add("it", canary)
	planted := map[string]string{
		"a window of eight bytes": canary[9:17],
		"hex":                     hex.EncodeToString([]byte("x" + canary)),
		"HEX":                     strings.ToUpper(hex.EncodeToString([]byte(canary + "x"))),
		"bytes of Go":             fmt.Sprint([]byte(canary)[:0]) + fmt.Sprintf("%x", canary),
		"half of it in base64":    base64.StdEncoding.EncodeToString([]byte(canary[:len(canary)/2])),
	}
	for offset := range 3 {
		text := []byte("abc"[:offset] + canary + "tail")
		planted[fmt.Sprintf("base64 at offset %d", offset)] = base64.StdEncoding.EncodeToString(text)
		planted[fmt.Sprintf("base64 for URLs at offset %d", offset)] = base64.RawURLEncoding.EncodeToString(text)
	}
	for how, escaped := range escapes(canary) {
		planted["escaped for "+how] = escaped
	}
	for how, text := range planted {
		if len(look.find([]byte("before "+text+" after"))) == 0 {
			t.Errorf("%s is not found: %s", how, text)
		}
	}
	if found := look.find(bytes.Repeat([]byte("nothing of it, "+newCanary()), 100)); len(found) != 0 {
		t.Errorf("found in another canary: %v", found)
	}
}
