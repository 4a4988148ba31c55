package secret

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told writes faults for comparison, such as "~value: smart_quotes at 1:5" (a warning).
func told(faults []Fault) []string {
	var lines []string
	for _, f := range faults {
		line := f.Error()
		if f.Warning {
			line = "~" + line
		}
		if f.Limit > 0 {
			line += fmt.Sprintf(" limit %d", f.Limit)
		}
		if f.Expected != "" {
			line += " want " + string(f.Expected)
		}
		lines = append(lines, line)
	}
	return lines
}

func typed(text string) Input { return Input{Value: NewValue([]byte(text))} }

func stored(text string) Value { return NewValue([]byte(text)) }

// recipeCase is one row of a recipe's table: what is stored ("" for nothing) and told.
type recipeCase struct {
	name   string
	in     Input
	want   string
	faults []string
}

func runRecipe(t *testing.T, recipe Recipe, cases []recipeCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := recipe.Encode(c.in)
			if diff := cmp.Diff(string(got.Value.Reveal()), c.want); diff != "" {
				t.Errorf("stored: %s", diff)
			}
			if diff := cmp.Diff(told(got.Faults), c.faults); diff != "" {
				t.Errorf("told: %s", diff)
			}
		})
	}
}

// checkFaults sees to it that faults hold nothing of what was wrong: each of their strings
// is a constant of this package's source.
func checkFaults(t *testing.T, faults []Fault) {
	t.Helper()
	for _, f := range faults {
		known := constants()
		if !known["Field"][string(f.Field)] || !known["Code"][string(f.Code)] ||
			f.Expected != "" && !known["Code"][string(f.Expected)] {
			t.Errorf("a fault of other words than ours: %+v", f)
		}
		if f.Line < 0 || f.Column < 0 || f.Limit < 0 {
			t.Errorf("a fault at no place: %+v", f)
		}
	}
}

// constants is the typed string constants of this package :: type -> value -> declared.
var constants = sync.OnceValue(func() map[string]map[string]bool {
	found := make(map[string]map[string]bool)
	names, err := filepath.Glob("*.go")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			panic(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				addConstant(found, spec)
			}
			return true
		})
	}
	return found
})

func addConstant(found map[string]map[string]bool, spec *ast.ValueSpec) {
	kind, typed := spec.Type.(*ast.Ident)
	if !typed || len(spec.Values) != 1 {
		return
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		panic(err)
	}
	if found[kind.Name] == nil {
		found[kind.Name] = make(map[string]bool)
	}
	found[kind.Name][value] = true
}
