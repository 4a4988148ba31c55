package wording

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const (
	module    = "secretstore"
	here      = module + "/internal/wording"
	keyType   = here + ".Key"
	valueType = module + "/internal/secret.Value"
	codeType  = module + "/internal/secret.Code"
)

// keys is how the module uses sentences.
type keys struct {
	literal  map[Key]token.Position // whole keys, each at one of its places
	prefixes []string               // of keys put together at run time, such as "recipe."
	suffixes []string               // likewise, such as ".about"
}

func TestEveryKeyHasASentence(t *testing.T) {
	used := moduleKeys(t)
	if len(used.literal) == 0 {
		t.Fatal("no key was found in the source")
	}
	for key, at := range used.literal {
		if !Has(key) {
			t.Errorf("%s: there is no sentence %s", at, key)
		}
	}
}

func TestEverySentenceIsUsed(t *testing.T) {
	used := moduleKeys(t)
	for key := range English().sentences {
		if _, ok := used.literal[key]; !ok && !used.builds(string(key)) {
			t.Errorf("nothing says %s", key)
		}
	}
}

func (k keys) builds(key string) bool {
	for _, p := range k.prefixes {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	for _, s := range k.suffixes {
		if base, ok := strings.CutSuffix(key, s); ok {
			_, literal := k.literal[Key(base)]
			return literal
		}
	}
	return false
}

// TestNoValueReachesWording: nothing of this package takes, returns or holds a
// secret.Value, however deep in a type.
func TestNoValueReachesWording(t *testing.T) {
	packages, err := typeChecked(here)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if p.types.Path() != here {
			continue
		}
		for _, object := range p.info.Defs {
			if object != nil && reaches(object.Type(), make(map[types.Type]bool)) {
				t.Errorf("%s: a secret.Value can reach %s", p.files.Position(object.Pos()), object.Name())
			}
		}
		return
	}
	t.Fatal("package wording was not found")
}

// reaches reports whether a type is or holds secret.Value.
func reaches(t types.Type, seen map[types.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	if t.String() == valueType {
		return true
	}
	switch t := t.(type) {
	case *types.Named:
		for method := range t.Methods() {
			if reaches(method.Type(), seen) {
				return true
			}
		}
		return reaches(t.Underlying(), seen)
	case *types.Alias:
		return reaches(types.Unalias(t), seen)
	case *types.Pointer:
		return reaches(t.Elem(), seen)
	case *types.Slice:
		return reaches(t.Elem(), seen)
	case *types.Array:
		return reaches(t.Elem(), seen)
	case *types.Chan:
		return reaches(t.Elem(), seen)
	case *types.Map:
		return reaches(t.Key(), seen) || reaches(t.Elem(), seen)
	case *types.Signature:
		return reaches(t.Params(), seen) || reaches(t.Results(), seen)
	case *types.Tuple:
		for v := range t.Variables() {
			if reaches(v.Type(), seen) {
				return true
			}
		}
	case *types.Struct:
		for field := range t.Fields() {
			if reaches(field.Type(), seen) {
				return true
			}
		}
	}
	return false
}

// checked is one package of the module after type checking, tests left out.
type checked struct {
	files  *token.FileSet
	syntax []*ast.File
	types  *types.Package
	info   *types.Info
}

func moduleKeys(t *testing.T) keys {
	t.Helper()
	packages, err := wholeModule()
	if err != nil {
		t.Fatal(err)
	}
	found := keys{literal: make(map[Key]token.Position)}
	for _, p := range packages {
		for _, file := range p.syntax {
			ast.Inspect(file, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				return !ok || found.add(p, e)
			})
		}
	}
	return found
}

var wholeModule = sync.OnceValues(func() ([]checked, error) { return typeChecked(module + "/...") })

// add looks at one expression; it reports whether to look inside.
func (k *keys) add(p checked, e ast.Expr) bool {
	of, ok := p.info.Types[e]
	if !ok || of.Type == nil || of.Type.String() != keyType || of.IsType() {
		return true
	}
	if of.Value != nil {
		if key := Key(constant.StringVal(of.Value)); key != "" {
			k.literal[key] = p.files.Position(e.Pos())
		}
		return false
	}
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 1 && p.info.Types[call.Fun].IsType() {
		e = call.Args[0] // wording.Key("recipe." + …)
	}
	sum, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok || sum.Op != token.ADD {
		return true
	}
	first, last := leftmost(sum), sum.Y
	if prefix := p.info.Types[first].Value; prefix != nil {
		k.prefixes = append(k.prefixes, constant.StringVal(prefix))
	} else if suffix := p.info.Types[last].Value; suffix != nil {
		k.suffixes = append(k.suffixes, constant.StringVal(suffix))
	}
	return false
}

func leftmost(e *ast.BinaryExpr) ast.Expr {
	if inner, ok := ast.Unparen(e.X).(*ast.BinaryExpr); ok {
		return leftmost(inner)
	}
	return e.X
}

// typeChecked type-checks packages of the module, and those of the module that they
// import, with the compiler's own export data for all other imports.
func typeChecked(pattern string) ([]checked, error) {
	list := exec.Command("go", "list", "-export", "-deps", "-f",
		`{{.ImportPath}}|{{.Export}}|{{.Dir}}|{{range .GoFiles}}{{.}} {{end}}`, pattern)
	out, err := list.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, errors.New("the module does not build: " + string(exit.Stderr))
	}
	if err != nil {
		return nil, errors.New("this test needs the go command in the PATH: " + err.Error())
	}
	exports := make(map[string]string) // :: import path -> file of export data
	var ours [][]string
	for line := range strings.Lines(string(out)) {
		parts := strings.SplitN(strings.TrimSpace(line), "|", 4)
		exports[parts[0]] = parts[1]
		if strings.HasPrefix(parts[0], module+"/") {
			ours = append(ours, parts)
		}
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var packages []checked
	for _, parts := range ours {
		p, err := check(files, imports, parts[0], parts[2], strings.Fields(parts[3]))
		if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}

func check(files *token.FileSet, imports types.Importer, path, dir string, names []string) (checked, error) {
	p := checked{files: files, info: &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue), Defs: make(map[*ast.Ident]types.Object),
	}}
	for _, name := range names {
		file, err := parser.ParseFile(files, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return p, err
		}
		p.syntax = append(p.syntax, file)
	}
	config := types.Config{Importer: imports}
	var err error
	p.types, err = config.Check(path, files, p.syntax, p.info)
	return p, err
}
