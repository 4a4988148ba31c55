package layering

import (
	"go/ast"
	"os"
	"regexp"
	"testing"
)

// page explains the code to whoever changes it.
const page = "../README.md"

var (
	testOnPage = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	stepOnPage = regexp.MustCompile(`(?m)^\| [0-9]a?b? \|.*`)
	nameOnPage = regexp.MustCompile("[^[]`(?:[a-zA-Z]+[.])?([A-Za-z]+)`") // of links no text
)

// declared are the names of all functions, methods and types of the module.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	for _, f := range files(t) {
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				found[d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						found[spec.Name.Name] = true
					}
				}
			}
		}
	}
	return found
}

func TestThePageAboutTheCodeIsTrue(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	known := declared(t)
	for _, name := range testOnPage.FindAllStringSubmatch(string(text), -1) {
		if !known[name[1]] {
			t.Errorf("the page says that %s holds a law; there is no such test", name[1])
		}
	}
	for _, step := range stepOnPage.FindAllString(string(text), -1) {
		for _, name := range nameOnPage.FindAllStringSubmatch(step, -1) {
			if !known[name[1]] {
				t.Errorf("the page names %s, which the code does not have", name[1])
			}
		}
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
