package wording

import (
	"go/constant"
	"go/types"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/secret"
)

func TestShapeIsToldInLines(t *testing.T) {
	tests := []struct {
		name  string
		shape secret.Shape
		want  []string
	}{
		{"a short value", secret.Shape{Version: 1, Short: true}, []string{
			"<16 bytes. No more is told of values this short, since each fact would help to guess them."}},
		{"a shape of a later version", secret.Shape{Version: 2, Bytes: 20}, []string{
			"This report was made by another version of Secret Store and can't be shown. Ask for the change to be sent again."}},
		{"a first password", secret.Shape{Version: 1, Bytes: 24, Lines: 1, Form: secret.FormText, Variety: secret.VarietyHigh,
			Classes: []secret.Class{secret.ClassLower, secret.ClassDigit}, Current: secret.MatchNone, Other: secret.MatchNone}, []string{
			"24 bytes, lines: 1",
			"Reads as plain text",
			"Characters: lower case, digits",
			"Byte entropy: high, as in random passwords, base64 or longer JSON",
			"Not compared with a current version",
			"Not compared with another environment"}},
		{"pairs", secret.Shape{Version: 1, Bytes: 600, Lines: 1, Form: secret.FormJSON, Broken: true, Variety: secret.VarietyMedium,
			Classes: []secret.Class{secret.ClassPunctuation}, Warnings: []secret.Code{secret.CodePlaceholderAt, secret.CodeSmartQuotes},
			Keys: &secret.ShapeKeys{
				Added: secret.KeyList{Names: []string{"A", "B"}, More: 3}, Removed: secret.KeyList{More: 1},
				Changed: secret.KeyList{Names: []string{"C"}}, Unchanged: 4},
			Current: secret.MatchDiffers, Other: secret.MatchSame}, []string{
			"600 bytes, lines: 1",
			"Reads as JSON",
			"Not as its recipe writes it: it may be damaged, or was written by other means.",
			"Characters: punctuation",
			"Byte entropy: medium, as in words, digits or hexadecimal",
			"Warning: one of its values looks like a placeholder",
			`Warning: holds curly quotes, long dashes or "…"`,
			"Keys added: A, B, 3 more, not shown by name",
			"Keys removed: 1, not shown by name",
			"Keys changed: C",
			"Keys unchanged: 4",
			"Other bytes than the current version",
			"The same bytes as this secret has in the other environment"}},
		{"a keystore", secret.Shape{Version: 1, Bytes: 2000, Form: secret.FormBinary, Variety: secret.VarietyHigh,
			Classes: []secret.Class{secret.ClassBinary}, Current: secret.MatchSame, Other: secret.MatchDiffers}, []string{
			"2000 bytes",
			"Reads as binary data",
			"Characters: bytes that are no text",
			"Byte entropy: high, as in random passwords, base64 or longer JSON",
			"The same bytes as the current version",
			"Other bytes than this secret has in the other environment"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(English().Shape(test.shape), test.want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestShapeTellsTheDayOfACertificate(t *testing.T) {
	expires := time.Date(2031, 5, 7, 1, 0, 0, 0, time.FixedZone("", 9*3600))
	for subject, want := range map[string]string{
		"CN=api.example.com": "Certificate of CN=api.example.com, valid until 2031-05-06",
		"":                   "Certificate valid until 2031-05-06; its subject is not shown",
		"CN={until}":         "Certificate of CN={until}, valid until 2031-05-06",
	} {
		shape := secret.Shape{Version: secret.ShapeVersion, Certificate: &secret.ShapeCertificate{Subject: subject, Expires: expires}}
		if got := strings.Join(English().Shape(shape), "\n"); !strings.Contains(got, want+"\n") {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
}

// shapeWords says under which keys each type of a shape's words is told.
var shapeWords = map[string][]Key{
	"Form":    {"shape.form."},
	"Class":   {"shape.class."},
	"Variety": {"shape.variety."},
	"Match":   {"shape.current.", "shape.other."},
}

// TestEveryWordOfAShapeHasASentence holds the constants of package secret against the
// sentences, both ways.
func TestEveryWordOfAShapeHasASentence(t *testing.T) {
	told := make(map[Key]bool)
	for _, code := range secret.ShapeWarnings() {
		told[Key("shape.warning."+code)] = true
	}
	packages, err := typeChecked(module + "/internal/secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range packages[0].info.Defs {
		word, ok := object.(*types.Const)
		if !ok {
			continue
		}
		of := strings.TrimPrefix(word.Type().String(), module+"/internal/secret.")
		for _, prefix := range shapeWords[of] {
			told[prefix+Key(constant.StringVal(word.Val()))] = true
		}
	}
	for key := range told {
		if !Has(key) {
			t.Errorf("there is no sentence %s", key)
		}
	}
	for key := range English().sentences {
		if isShapeWord(key) && !told[key] {
			t.Errorf("nothing says %s", key)
		}
	}
}

func isShapeWord(key Key) bool {
	if strings.HasPrefix(string(key), "shape.warning.") {
		return true
	}
	for _, prefixes := range shapeWords {
		for _, prefix := range prefixes {
			if strings.HasPrefix(string(key), string(prefix)) {
				return true
			}
		}
	}
	return false
}
