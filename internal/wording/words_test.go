package wording

import (
	"go/constant"
	"go/types"
	"strings"
	"testing"
)

// told is the words of other packages that are shown in a sentence of their own: all
// constants of a type, or those of a name's beginning.
var told = []struct {
	what, name string
	keys       []Key // one of them has the word at its end
}{
	{module + "/internal/store.Answer", "", []Key{"answer."}},
	{module + "/internal/store.Audience", "", []Key{"message.to."}},
	{module + "/internal/store.ReviewOutcome", "", []Key{"review."}},
	{"untyped string", "Detail", []Key{"detail.", "detail.applied."}},
}

// TestEveryWordHasASentence: a new answer, audience or outcome ships with its sentence.
func TestEveryWordHasASentence(t *testing.T) {
	packages, err := wholeModule()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range told {
		found := 0
		for _, p := range packages {
			if p.types.Path() != module+"/internal/store" {
				continue
			}
			for name, object := range p.info.Defs {
				c, isConst := object.(*types.Const)
				if !isConst || c.Type().String() != kind.what || !strings.HasPrefix(name.Name, kind.name) {
					continue
				}
				word := constant.StringVal(c.Val())
				if strings.HasSuffix(word, "_") {
					continue // a beginning: its words are tested where they are made
				}
				found++
				if !someKeyHas(kind.keys, word) {
					t.Errorf("%s: there is no sentence for %q", p.files.Position(name.Pos()), word)
				}
			}
		}
		if found == 0 {
			t.Errorf("no %s %s was found", kind.what, kind.name)
		}
	}
}

func someKeyHas(prefixes []Key, word string) bool {
	for _, prefix := range prefixes {
		if Has(prefix + Key(word)) {
			return true
		}
	}
	return false
}
