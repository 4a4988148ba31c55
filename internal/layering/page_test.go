package layering

import (
	"go/ast"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page explains the code to whoever changes it.
const page = "../README.md"

var (
	testOnPage = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	stepOnPage = regexp.MustCompile(`(?m)^\| [0-9][ab]? \|.*`)
	// A link to a file, or a name that stands in the file of the last link before it.
	placeOnPage = regexp.MustCompile("\\[`([a-z_/]+[.]go)`\\]\\(([^)]+)\\)|`([A-Za-z.]+)`")
)

// declared are the functions and types of each file of the module, methods also with the
// type they belong to.
func declared(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	for _, f := range files(t) {
		var names []string
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names = append(names, d.Name.Name, receiver(d)+"."+d.Name.Name)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						names = append(names, spec.Name.Name)
					}
				}
			}
		}
		found[f.name] = names
	}
	return found
}

// receiver is the type of a method; "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	of := d.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return "" // of a generic type: the page names none
}

func TestThePageAboutTheCodeIsTrue(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	known := declared(t)
	tests := slices.Concat(slices.Collect(maps.Values(known))...)
	for _, name := range testOnPage.FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(tests, name[1]) {
			t.Errorf("the page says that %s holds a law; there is no such test", name[1])
		}
	}
	steps := stepOnPage.FindAllString(string(text), -1)
	if len(steps) < 7 {
		t.Errorf("found only %d steps: has their form changed?", len(steps))
	}
	for _, step := range steps {
		checkStep(t, step, known)
	}
}

// checkStep holds a row of the page: each name stands in the file that is named last before it.
func checkStep(t *testing.T, step string, known map[string][]string) {
	t.Helper()
	file, names := "", 0
	for _, m := range placeOnPage.FindAllStringSubmatch(step, -1) {
		shown, to, name := m[1], m[2], m[3]
		if name == "" {
			file = path.Join("internal", to)
			if !strings.HasSuffix(file, "/"+shown) {
				t.Errorf("%s leads to %s", shown, file)
			}
			continue
		}
		names++
		if !slices.Contains(known[file], name) {
			t.Errorf("the page looks for %s in %q, where it is not", name, file)
		}
	}
	if names == 0 {
		t.Errorf("this step names no function: %s", step)
	}
}

// TestEveryLawHasATest: twelve rows, each with a test at the least.
func TestEveryLawHasATest(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	laws := regexp.MustCompile(`(?m)^\| [0-9]+\. .*`).FindAllString(string(text), -1)
	if len(laws) != 12 {
		t.Errorf("%d laws, want 12", len(laws))
	}
	for _, law := range laws {
		if !testOnPage.MatchString(law) {
			t.Errorf("no test holds: %s", law)
		}
	}
}
