package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "secretstore/"

// below says which packages of the module each package may import.
var below = map[string][]string{
	"internal/secret":   {},
	"internal/wording":  {"internal/secret"},
	"internal/policy":   {"internal/secret"},
	"internal/audit":    {"internal/secret"},
	"internal/store":    {"internal/policy", "internal/audit", "internal/wording", "internal/secret"},
	"internal/publish":  {"internal/store", "internal/audit", "internal/wording", "internal/secret"},
	"internal/slackapp": {"internal/store", "internal/policy", "internal/audit", "internal/wording", "internal/secret"},
	// gcp is what publish calls a sheet, and so speaks in the types of its interface.
	"internal/gcp":      {"internal/publish", "internal/store", "internal/secret"},
	"internal/scan":     {"internal/wording", "internal/secret"},
	"internal/layering": {},
	"cmd/secretstore": {
		"internal/slackapp", "internal/gcp", "internal/publish", "internal/scan", "internal/store",
		"internal/policy", "internal/audit", "internal/wording", "internal/secret",
	},
}

// homes says where alone a library may be imported, outside the emulator and tests.
var homes = map[string]string{
	"cloud.google.com/go":     "internal/gcp",
	"google.golang.org":       "internal/gcp",
	"github.com/slack-go":     "internal/slackapp",
	"database/sql":            "internal/audit",
	"github.com/jackc/pgx":    "internal/audit",
	"modernc.org/sqlite":      "internal/audit",
	"github.com/zricethezav":  "internal/scan",
	"github.com/gorilla":      "", // the emulator's WebSocket
	"connectrpc.com/vanguard": "", // the emulator's REST
}

const emulator = "internal/emulator"

// file is one Go file of the module.
type file struct {
	name   string // from the root
	folder string
	tests  bool // of a test, or of a package that only tests import
	syntax *ast.File
	set    *token.FileSet
}

// imports are the paths that f imports :: path -> specification.
func (f file) imports() map[string]*ast.ImportSpec {
	all := make(map[string]*ast.ImportSpec)
	for _, spec := range f.syntax.Imports {
		name, _ := strconv.Unquote(spec.Path.Value) // the parser read it
		all[name] = spec
	}
	return all
}

func (f file) fail(t *testing.T, at token.Pos, rule string) {
	t.Helper()
	t.Errorf("%s:%d: %s", f.name, f.set.Position(at).Line, rule)
}

func isTestSupport(folder string) bool { return strings.HasSuffix(path.Base(folder), "test") }

// files parses the module.
func files(t *testing.T) []file {
	t.Helper()
	var all []file
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"testdata", "node_modules"}, entry.Name())):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f := file{name: name, folder: path.Dir(name), set: token.NewFileSet()}
		f.tests = strings.HasSuffix(name, "_test.go") || isTestSupport(f.folder)
		f.syntax, err = parser.ParseFile(f.set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		all = append(all, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func in(folder, room string) bool { return folder == room || strings.HasPrefix(folder, room+"/") }

func TestImportsPointDown(t *testing.T) {
	for _, f := range files(t) {
		if f.tests || in(f.folder, emulator) {
			continue
		}
		allowed, known := below[f.folder]
		if !known {
			f.fail(t, f.syntax.Package, "this package has no place in the plan; give it one in this test")
		}
		for name, spec := range f.imports() {
			ours, is := strings.CutPrefix(name, module)
			if !is || slices.Contains(allowed, ours) || in(ours, emulator) {
				continue
			}
			f.fail(t, spec.Pos(), f.folder+" may not import "+ours)
		}
	}
}

func TestOnlyTheDemoAndTestsImportTheEmulator(t *testing.T) {
	demoFiles := regexp.MustCompile(`^(demo|play(_[a-z]+)?|report|stage)\.go$`)
	for _, f := range files(t) {
		demo := f.folder == "cmd/secretstore" && demoFiles.MatchString(path.Base(f.name))
		for name, spec := range f.imports() {
			if in(strings.TrimPrefix(name, module), emulator) && !f.tests && !demo && !in(f.folder, emulator) {
				f.fail(t, spec.Pos(), "only the demo and tests may import the emulator")
			}
		}
	}
}

func TestTheEmulatorImportsNoneOfOurs(t *testing.T) {
	for _, f := range files(t) {
		if !in(f.folder, emulator) {
			continue
		}
		for name, spec := range f.imports() {
			ours, is := strings.CutPrefix(name, module)
			switch {
			case is && !in(ours, emulator) && !f.tests:
				f.fail(t, spec.Pos(), "the emulator may not know "+ours)
			case strings.HasPrefix(name, "github.com/slack-go") && !f.tests:
				f.fail(t, spec.Pos(), "the emulator has wire types of its own, or it would share the client's errors")
			}
		}
	}
}

func TestTestSupportIsImportedByTestsAlone(t *testing.T) {
	for _, f := range files(t) {
		for name, spec := range f.imports() {
			if ours, is := strings.CutPrefix(name, module); is && isTestSupport(ours) && !f.tests {
				f.fail(t, spec.Pos(), "only tests may import "+ours)
			}
			if name == "testing" && !f.tests {
				f.fail(t, spec.Pos(), "the package testing does not belong into the program")
			}
		}
	}
}

func TestLibrariesStayAtHome(t *testing.T) {
	for _, f := range files(t) {
		if f.tests || in(f.folder, emulator) {
			continue
		}
		for name, spec := range f.imports() {
			for library, home := range homes {
				if in(name, library) && (home == "" || !in(f.folder, home)) {
					f.fail(t, spec.Pos(), library+" belongs to "+home+" alone")
				}
			}
		}
	}
}

func TestEveryPlannedPackageIsThereOrToCome(t *testing.T) {
	var toCome []string
	var folders []string
	for _, f := range files(t) {
		folders = append(folders, f.folder)
	}
	for _, name := range slices.Sorted(maps.Keys(below)) {
		if slices.Contains(folders, name) == slices.Contains(toCome, name) {
			t.Errorf("%s: the plan and the module differ", name)
		}
	}
}

func TestPackagesAreNamedForWhatTheyAre(t *testing.T) {
	for _, f := range files(t) {
		name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "lib", "shared", "base"}, name) {
			f.fail(t, f.syntax.Package, "find the missing noun: "+name+" names nothing")
		}
	}
}

// What runs because a package was imported runs unseen. The drivers of databases know no
// other way, and "embed" is for the compiler.
func TestNothingRunsByImportAlone(t *testing.T) {
	for _, f := range files(t) {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				f.fail(t, fn.Pos(), "no init: wiring is visible")
			}
		}
		for name, spec := range f.imports() {
			if spec.Name == nil {
				continue
			}
			switch driver := in(f.folder, "internal/audit") && (f.tests || spec.Comment != nil || spec.Doc != nil); {
			case spec.Name.Name == ".":
				f.fail(t, spec.Pos(), "no dot imports: a name says where it is from")
			case spec.Name.Name == "_" && name != "embed" && !driver:
				f.fail(t, spec.Pos(), "no import for its effect, but drivers in audit, with the reason beside them")
			}
		}
	}
}

func TestInterfacesAreSmall(t *testing.T) {
	const most = 5
	for _, f := range files(t) {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok && !f.tests && len(i.Methods.List) > most {
				f.fail(t, i.Pos(), "an interface has five methods at most")
			}
			return true
		})
	}
}
