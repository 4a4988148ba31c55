package secret

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shape is the shape of text alone, without what it is compared with.
func shape(r Recipe, text string) Shape { return ShapeOf(r, stored(text), nil, nil) }

func TestBelow16BytesAllValuesHaveOneShape(t *testing.T) {
	want := Shape{Version: ShapeVersion, Short: true}
	values := []string{"", "x", "changeme", "hunter2hunter2!", "\xff\x00", `{"a":"b"}`, "A=b", " \n", "https://a.b/"}
	for _, text := range values {
		for _, r := range append(append(TextRecipes(), FormRecipes()...), "") {
			same, long := stored(text), stored("0123456789abcdef")
			for _, with := range []*Value{nil, &same, &long} {
				if diff := cmp.Diff(ShapeOf(r, stored(text), with, with), want); diff != "" {
					t.Errorf("%s of %q: %s", r, text, diff)
				}
			}
		}
	}
	if shape(Text, "0123456789abcdef").Short {
		t.Error("16 bytes count as short")
	}
}

func TestFormTellsWhatBytesReadAs(t *testing.T) {
	manifest := K8sSecret.Encode(pairsFor("app", "a=bc")).Value
	credentials := DockerConfigJSON.Encode(credentials("r.io", "u", "p")).Value
	tests := []struct {
		name   string
		recipe Recipe
		text   string
		form   Form
		broken bool
	}{
		{"a password", Text, "correct horse battery", FormText, false},
		{"an object", JSON, `{"user": "app", "n": 1}`, FormJSON, false},
		{"a list typed as text", Text, `["aaaaaaaa","bbbbbbb"]`, FormJSON, false},
		{"digits are no JSON to a person", Text, "1234567890123456", FormText, false},
		{"a string as JSON", JSON, `"correct horse"   `, FormJSON, false},
		{"JSON that is cut", JSON, `{"user": "app", "n"`, FormText, true},
		{"JSON with a key twice", JSON, `{"a":"12345","a":"12345"}`, FormJSON, true},
		{"pairs, which are stored as an object", Dotenv, `{"USER":"app","N":"12"}`, FormJSON, false},
		{"an object that pairs can't give", Dotenv, `{"USER": {"app": 1}}`, FormJSON, true},
		{"pairs typed as text", Text, "DB_USER=app\nDB_PASSWORD=hunter2\n", FormDotenv, false},
		{"base64 is no pair", Text, "c29tZXRoaW5nIHNlY3JldA==", FormBase64, false},
		{"a password with an equals sign", Text, "hunter2=correct-horse", FormText, false},
		{"base64 of a password", Base64Encode, "c29tZXRoaW5nIHNlY3JldA==", FormBase64, false},
		{"no base64 where it should be", Base64Encode, "not base64 at all!", FormText, true},
		{"a key", PEM, pemKey, FormPEM, false},
		{"a key without its final newline", PEM, strings.TrimSpace(pemKey), FormPEM, true},
		{"a key that is cut", PEM, pemKey[:40], FormText, true},
		{"a key with text around", Text, "Bag Attributes\n" + pemKey, FormText, false},
		{"a URL", URL, "postgres://app:p%40ss@db.example.com:5432/shop", FormURL, false},
		{"a URL with options typed as text", Text, "https://example.com/?a=b", FormURL, false},
		{"words around a URL", Text, "see https://example.com/", FormText, false},
		{"a scheme without a host", Text, "mailto://?subject=hello", FormText, false},
		{"a manifest", K8sSecret, string(manifest.Reveal()), FormK8sSecret, false},
		{"registry credentials", DockerConfigJSON, string(credentials.Reveal()), FormDockerConfig, false},
		{"credentials of another hand", DockerConfigJSON, `{"auths": {"r.io": {}}}`, FormJSON, true},
		{"bytes that are no text", Base64Decode, "\xff\xfe0123456789abcdef", FormBinary, false},
		{"text with a control character", Text, "0123456789abcdef\x00", FormBinary, false},
		{"a generated value that looks like base64", Generate, "c29tZXRoaW5nIHNlY3JldHM", FormText, false},
		{"a recipe that is not known", "", "correct horse battery", FormText, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := shape(test.recipe, test.text)
			if got.Form != test.form || got.Broken != test.broken {
				t.Errorf("form %s, broken %v; want %s, %v", got.Form, got.Broken, test.form, test.broken)
			}
		})
	}
}

func TestShapeCountsLinesAndClasses(t *testing.T) {
	tests := []struct {
		name, text string
		lines      int
		classes    []Class
	}{
		{"one line", "correct horse battery", 1, []Class{ClassLower, ClassSpace}},
		{"a final newline begins no line", "correct-horse-battery\n", 1, []Class{ClassLower, ClassSpace, ClassPunctuation}},
		{"Windows lines", "CORRECT1\r\nHORSE2\r\n", 2, []Class{ClassUpper, ClassDigit, ClassSpace}},
		{"nothing but newlines", strings.Repeat("\n", 16), 16, []Class{ClassSpace}},
		{"other letters", "пароль-пароль-1", 1, []Class{ClassDigit, ClassPunctuation, ClassNonASCII}},
		{"a lost character is text", "0123456789abc\ufffd", 1, []Class{ClassLower, ClassDigit, ClassNonASCII}},
		{"binary data has no lines", "\x00\n\n\xff0123456789ab", 0, []Class{ClassLower, ClassDigit, ClassSpace, ClassControl, ClassBinary}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := shape(Text, test.text)
			if got.Bytes != len(test.text) || got.Lines != test.lines {
				t.Errorf("%d bytes, %d lines; want %d and %d", got.Bytes, got.Lines, len(test.text), test.lines)
			}
			if diff := cmp.Diff(got.Classes, test.classes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVarietyTellsRandomFromRepeated(t *testing.T) {
	tests := []struct {
		name, text string
		want       Variety
	}{
		{"one character", strings.Repeat("a", 1000), VarietyLow},
		{"a word twice", "changeme-changeme", VarietyLow},
		{"a date", "2026-01-02 2026-01-03", VarietyLow},
		{"four words", "correct horse battery staple", VarietyMedium},
		{"many digits", strings.Repeat("3141592653589793238462643383279", 9), VarietyMedium},
		{"32 hexadecimal digits", "5d41402abc4b2a76b9719d911017c592", VarietyMedium},
		{"64 hexadecimal digits", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", VarietyMedium},
		{"16 letters and digits", "q7Rz0LmXb4Vt9KcP", VarietyHigh},
		{"24 letters and digits", "q7Rz0LmXb4Vt9KcPe2WnYs81", VarietyHigh},
		{"base64 of 32 bytes", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", VarietyHigh},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := shape(Text, test.text).Variety; got != test.want {
				t.Errorf("%s (%.2f bits a byte), want %s", got, entropy(test.text), test.want)
			}
		})
	}
}

func TestShapeWarnsOfWhatIsStored(t *testing.T) {
	tests := []struct {
		name   string
		recipe Recipe
		text   string
		want   []Code
	}{
		{"nothing", Text, "correct horse battery", nil},
		{"a placeholder", Text, "<your password here>", []Code{CodePlaceholder}},
		{"whitespace at the edge", Text, " correct horse battery", []Code{CodeEdgeWhitespace}},
		{"a newline that was kept", Text, "correct horse battery\n", nil},
		{"several, each once", Text, "“correct”\u00a0“horse” &amp; &amp;", []Code{CodeInvisible, CodeSmartQuotes, CodeEntity}},
		{"a placeholder in an object", JSON, `{"user": "app", "password": "changeme"}`, []Code{CodePlaceholderAt}},
		{"more than a form tells", Dotenv, `{"A":"","B":"","C":"","D":"","E":"","F":"","G":"","H":"","I":"changeme"}`, []Code{CodePlaceholderAt, CodeEmptyPair}},
		{"a pair without a value", Dotenv, `{"USER":"app","PASSWORD":""}`, []Code{CodeEmptyPair}},
		{"a placeholder in a URL", URL, "postgres://app:changeme@db.example.com", []Code{CodePlaceholder}},
		{"a question mark in a database", URL, "postgres://db.example.com/a%3Fb", []Code{CodeQueryInDatabase}},
		{"base64 of base64", Base64Decode, "c29tZXRoaW5nIHNlY3JldA==", []Code{CodeBase64Twice}},
		{"a certificate that is none", PEM, "-----BEGIN CERTIFICATE-----\naGVs\n-----END CERTIFICATE-----\n", []Code{CodeBadCertificate}},
		{"broken JSON is warned of as text", JSON, `{"user": "app", `, []Code{CodeEdgeWhitespace}},
		{"bytes that are no text", Base64Decode, "\xff\xfe  0123456789abcdef", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(shape(test.recipe, test.text).Warnings, test.want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestShapeComparesWholeValues(t *testing.T) {
	value, equal, differing, short, empty := stored("0123456789abcdef"), stored("0123456789abcdef"), stored("0123456789abcdeF"), stored("0123"), Value{}
	for name, test := range map[string]struct {
		with *Value
		want Match
	}{
		"nothing to compare with": {nil, MatchNone},
		"the same bytes":          {&equal, MatchSame},
		"one bit differs":         {&differing, MatchDiffers},
		"a short value":           {&short, MatchDiffers},
		"an empty value":          {&empty, MatchDiffers},
	} {
		t.Run(name, func(t *testing.T) {
			current, other := ShapeOf(Text, value, test.with, nil), ShapeOf(Text, value, nil, test.with)
			if current.Current != test.want || current.Other != MatchNone || other.Other != test.want || other.Current != MatchNone {
				t.Errorf("current %s and %s, other %s and %s; want %s", current.Current, current.Other, other.Other, other.Current, test.want)
			}
		})
	}
}

func TestShapeTellsOfTheFirstCertificate(t *testing.T) {
	expires := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	for name, test := range map[string]struct{ subject, want string }{
		"a name":                    {"api.example.com", "CN=api.example.com,O=Acme"},
		"a token in place of one":   {"ghp_0123456789abcdefghijklmnopqrstuvwxyz", ""},
		"a name longer than a card": {strings.Repeat("long ", 60), ""},
	} {
		t.Run(name, func(t *testing.T) {
			pem := certificate(t, test.subject, expires)
			for _, r := range []Recipe{PEM, Text} {
				got := shape(r, pemKey+pem).Certificate
				if got == nil || got.Subject != test.want || !got.Expires.Equal(expires) {
					t.Errorf("as %s: %+v, want %q", r, got, test.want)
				}
			}
		})
	}
	if shape(PEM, pemKey).Certificate != nil {
		t.Error("a key is told of as a certificate")
	}
}

// TestLikeValuesHaveOneShape: what the shape does not speak of, it does not hold.
func TestLikeValuesHaveOneShape(t *testing.T) {
	for name, test := range map[string]struct {
		recipe Recipe
		a, b   string
	}{
		"words":              {Text, "correct horse battery", "staple correct horses"},
		"pairs":              {Dotenv, `{"USER":"alice","PASSWORD":"hunter2"}`, `{"USER":"robin","PASSWORD":"s3cret!"}`},
		"contents of keys":   {JSON, `{"key":"q7Rz0LmXb4Vt9KcP","n":17}`, `{"key":"e2WnYs81ZpUh6GdA","n":42}`},
		"keys of keys":       {JSON, `{"key":{"q7Rz0LmX":"Vt9KcP"}}`, `{"key":{"e2WnYs81":"Uh6GdA"}}`},
		"places of warnings": {Text, "“correct horse battery", "correct horse“ battery"},
		"keys that are none": {JSON, `{"ghp_0123456789abcdefghij0123456789abcdef":1}`, `{"ghp_9876543210jihgfedcba9876543210fedcba":1}`},
		"passwords in URLs":  {URL, "postgres://app:hunter2@db.example.com", "postgres://app:s3cret0@db.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(shape(test.recipe, test.a), shape(test.recipe, test.b)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestShapesKeepTheirJSON(t *testing.T) {
	before, value := stored(`{"USER":"alice","OLD":"x","TOKEN":"0123456789abcdef"}`), stored(`{"USER":"robin","NEW":"changeme","TOKEN":"0123456789abcdeF"}`)
	for name, test := range map[string]struct {
		shape Shape
		want  string
	}{
		"a short one": {shape(Text, "hunter2"), `{"v":1,"short":true}`},
		"a full one": {ShapeOf(Dotenv, value, &before, &value), `{"v":1,"bytes":60,"lines":1,"form":"json","classes":["lower","upper","digit","punctuation"],` +
			`"variety":"high","warnings":["placeholder_at"],"keys":{"added":{"names":["NEW"]},"removed":{"names":["OLD"]},` +
			`"changed":{"names":["TOKEN"]},"uncompared":{"names":["USER"]}},"current":"differs","other":"same"}`},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(test.shape)
			if err != nil || string(text) != test.want {
				t.Errorf("%v: %s\nwant %s", err, text, test.want)
			}
			var back Shape
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(back, test.shape); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNoPieceOfACanaryIsInAShape puts it everywhere a value can have a leaf, and looks for
// its pieces as they are, in base64 and in hex.
func TestNoPieceOfACanaryIsInAShape(t *testing.T) {
	pieces := slices.Concat([]string{canary}, base64Forms([]byte(canary)), hexForms([]byte(canary)))
	nested := `{"key":"` + canary + `","deep":[{"deeper":"` + canary + `"}],"` + canary + `":1}`
	for recipe, in := range map[Recipe]Input{
		Text: typed(canary), JSON: typed(nested), Dotenv: typed("KEY='" + canary + "'"), K8sSecret: pairsFor("app", "KEY='"+canary+"'"),
		Base64Encode: typed(canary), Base64Decode: typed(base64.StdEncoding.EncodeToString([]byte("\xfe\xff" + canary))),
		PEM: typed("-----BEGIN PRIVATE KEY-----\n" + base64.StdEncoding.EncodeToString([]byte(canary+"..")) + "\n-----END PRIVATE KEY-----\n"),
		URL: {Scheme: "https", Host: "a.b", Password: canaryValue()}, DockerConfigJSON: credentials("r.io", canary, canary),
	} {
		t.Run(string(recipe), func(t *testing.T) {
			value, plain, object := recipe.Encode(in).Value, canaryValue(), stored(nested)
			for _, before := range []*Value{nil, &value, &plain, &object} {
				got := ShapeOf(recipe, value, before, before)
				text, err := json.Marshal(got)
				if err != nil || got.Short {
					t.Fatalf("%v: %s", err, text)
				}
				all := fmt.Sprintf("%s %v %+v %#v", text, got, got, got)
				for _, whole := range pieces {
					for i := range len(whole) - leafWindow + 1 {
						if piece := whole[i : i+leafWindow]; strings.Contains(all, piece) {
							t.Fatalf("%q of the value is in %s", piece, text)
						}
					}
				}
			}
		})
	}
}
