package wording

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"io/fs"
	"regexp"
	"slices"
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

// TestEveryFaultHasASentence finds the codes in the source of the whole module.
func TestEveryFaultHasASentence(t *testing.T) {
	for key, at := range moduleCodes(t) {
		if code, fault := strings.CutPrefix(string(key), "fault."); !Has(key) && !(fault && someFieldHas(code)) {
			t.Errorf("%s: there is no sentence %s", at, key)
		}
	}
}

// someFieldHas reports whether a code is told in a sentence of its field alone.
func someFieldHas(code string) bool {
	for key := range English().sentences {
		if strings.HasPrefix(string(key), "fault.") && strings.HasSuffix(string(key), "."+code) {
			return true
		}
	}
	return false
}

// TestEveryFaultSentenceHasACode is the other way round, and holds the placeholders
// against those that Fault fills.
func TestEveryFaultSentenceHasACode(t *testing.T) {
	codes := moduleCodes(t)
	filled := []string{"{column}", "{expected}", "{limit}", "{line}"}
	for key, sentence := range English().sentences {
		parts := strings.Split(string(key), ".")
		if parts[0] != "fault" && parts[0] != "expected" {
			continue
		}
		if _, ok := codes[Key(parts[0]+"."+parts[len(parts)-1])]; !ok {
			t.Errorf("%s: there is no such code", key)
		}
		for _, p := range placeholders(sentence) {
			if !slices.Contains(filled, p) {
				t.Errorf("%s: nothing fills %s", key, p)
			}
		}
	}
}

// moduleCodes is the keys of every literal of type secret.Code, each with one of its
// places: fault.<code>, or expected.<code> for those named Expect…, of what should have
// stood there. Those of package policy are told under policy.<code>.
func moduleCodes(t *testing.T) map[Key]token.Position {
	t.Helper()
	packages, err := wholeModule()
	if err != nil {
		t.Fatal(err)
	}
	codes, expected := make(map[Key]token.Position), make(map[Key]token.Position)
	for _, p := range packages {
		if p.types.Path() == here {
			continue // it puts keys together from codes
		}
		prefix := Key("fault.")
		if p.types.Path() == module+"/internal/policy" {
			prefix = "policy."
		}
		for e, of := range p.info.Types {
			_, literal := e.(*ast.BasicLit)
			if literal && of.Type.String() == codeType && constant.StringVal(of.Value) != "" {
				codes[prefix+Key(constant.StringVal(of.Value))] = p.files.Position(e.Pos())
			}
		}
		for name, object := range p.info.Defs {
			if c, ok := object.(*types.Const); ok && c.Type().String() == codeType && strings.HasPrefix(name.Name, "Expect") {
				expected[Key(constant.StringVal(c.Val()))] = p.files.Position(name.Pos())
			}
		}
	}
	for code, at := range expected {
		delete(codes, "fault."+code)
		codes["expected."+code] = at
	}
	if codes["fault.empty"].Line == 0 || codes["expected.digit"].Line == 0 {
		t.Fatal("the codes of package secret were not found")
	}
	return codes
}
