package wording

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/secret"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func placeholders(sentence string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(sentence, -1))))
}

func TestSayFillsAndFallsBack(t *testing.T) {
	english := &Catalogue{Language: "en", sentences: map[Key]string{
		"hello": "Hello {name}, {name}!", "only.english": "English {n}", "fault.empty": "Fill {field} in.", "fault.name.empty": "Name it.",
		"fault.json_syntax": "Line {line}, column {column}: want {expected}.", "expected.digit": "a digit", "fault.too_long": "At most {limit}.",
	}}
	korean := &Catalogue{Language: "ko", sentences: map[Key]string{"hello": "{name} 안녕"}, fallback: english}
	for name, test := range map[string]struct{ got, want string }{
		"every place is filled":                {english.Say("hello", "name", "A"), "Hello A, A!"},
		"text with braces is not filled again": {english.Say("hello", "name", "{name}"), "Hello {name}, {name}!"},
		"another language comes first":         {korean.Say("hello", "name", "A"), "A 안녕"},
		"English stands in":                    {korean.Say("only.english", "n", "1"), "English 1"},
		"an unknown key comes back":            {korean.Say("no.such.key", "n", "1"), "no.such.key"},
		"a fault of the very field":            {korean.Fault(secret.Fault{Field: secret.FieldName, Code: secret.CodeEmpty}), "Name it."},
		"a fault with its place": {english.Fault(secret.Fault{Field: secret.FieldValue, Code: secret.CodeJSONSyntax,
			Line: 2, Column: 3, Expected: secret.ExpectDigit}), "Line 2, column 3: want a digit."},
		"a fault with its limit": {english.Fault(secret.Fault{Field: secret.FieldReason, Code: secret.CodeTooLong, Limit: 9}), "At most 9."},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", name, test.got, test.want)
		}
	}
}

func TestForKnowsLocales(t *testing.T) {
	for _, locale := range []string{"en-US", "en-GB", "en", "", "xx-YY", "../en"} {
		if got := For(locale).Language; got != "en" {
			t.Errorf("locale %q speaks %s", locale, got)
		}
	}
	if Languages()[0] != English() {
		t.Error("English is not the first language")
	}
	for _, c := range Languages() {
		if For(c.Language+"-XX") != c {
			t.Errorf("locale %s-XX does not speak %s", c.Language, c.Language)
		}
	}
}

// TestLanguagesAgree: no language has a key that English lacks, an empty sentence, or
// other placeholders than English.
func TestLanguagesAgree(t *testing.T) {
	for _, c := range Languages() {
		for key, sentence := range c.sentences {
			english, known := English().sentences[key]
			if !known || strings.TrimSpace(sentence) == "" {
				t.Errorf("%s: %s is empty, or English lacks it", c.Language, key)
			}
			if diff := cmp.Diff(placeholders(sentence), placeholders(english)); diff != "" {
				t.Errorf("%s: placeholders of %s: %s", c.Language, key, diff)
			}
		}
	}
	folders, err := fs.ReadDir(files, ".")
	if err != nil || len(folders) != len(Languages()) {
		t.Errorf("%d folders, %d languages, error %v", len(folders), len(Languages()), err)
	}
}

// TestEveryFaultHasASentence reads the codes from the source of package secret.
func TestEveryFaultHasASentence(t *testing.T) {
	codes := codesOfSecret(t)
	if codes["CodeEmpty"] != secret.CodeEmpty || codes["ExpectDigit"] != secret.ExpectDigit {
		t.Fatalf("the codes were not found in the source: %v", codes)
	}
	for name, code := range codes {
		key := Key("fault." + code)
		if strings.HasPrefix(name, "Expect") {
			key = Key("expected." + code)
		}
		if !Has(key) && !someFieldHas(code) {
			t.Errorf("%s (%s) has no sentence: %s", name, code, key)
		}
	}
}

// someFieldHas reports whether a code is told in a sentence of its field alone.
func someFieldHas(code secret.Code) bool {
	for key := range English().sentences {
		if strings.HasPrefix(string(key), "fault.") && strings.HasSuffix(string(key), "."+string(code)) {
			return true
		}
	}
	return false
}

// TestEveryFaultSentenceHasACode is the other way round, and holds the placeholders
// against those that Fault fills.
func TestEveryFaultSentenceHasACode(t *testing.T) {
	codes := slices.Collect(maps.Values(codesOfSecret(t)))
	filled := []string{"{column}", "{expected}", "{limit}", "{line}"}
	for key, sentence := range English().sentences {
		parts := strings.Split(string(key), ".")
		if parts[0] != "fault" && parts[0] != "expected" {
			continue
		}
		if !slices.Contains(codes, secret.Code(parts[len(parts)-1])) {
			t.Errorf("%s: there is no such code", key)
		}
		for _, p := range placeholders(sentence) {
			if !slices.Contains(filled, p) {
				t.Errorf("%s: nothing fills %s", key, p)
			}
		}
	}
}

// codesOfSecret is the constants of type secret.Code :: name -> code.
func codesOfSecret(t *testing.T) map[string]secret.Code {
	t.Helper()
	names, err := filepath.Glob("../secret/*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := make(map[string]secret.Code)
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				addCode(t, codes, spec)
			}
			return true
		})
	}
	return codes
}

// addCode adds `Name Code = "code"`.
func addCode(t *testing.T, codes map[string]secret.Code, spec *ast.ValueSpec) {
	t.Helper()
	kind, typed := spec.Type.(*ast.Ident)
	if !typed || kind.Name != "Code" || len(spec.Values) != 1 {
		return
	}
	code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	codes[spec.Names[0].Name] = secret.Code(code)
}
