// Package deploy_test holds the files of this folder against the code they belong to, so
// that what people paste into Slack, Google Cloud and a shell is what the app needs.
package deploy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"secretstore/internal/policy"
	"secretstore/internal/wording"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sources parses the Go files of a folder, tests left out.
func sources(t *testing.T, folder string) []*ast.File {
	t.Helper()
	var files []*ast.File
	names, _ := filepath.Glob(filepath.Join(folder, "*.go")) // the pattern is ours
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		t.Fatalf("%s has no Go files", folder)
	}
	return files
}

// calls returns the names of all methods and functions of other packages that are called.
func calls(files []*ast.File) []string {
	var names []string
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.SelectorExpr); ok {
					names = append(names, f.Sel.Name)
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestExamplePolicyHasNoFaults(t *testing.T) {
	_, faults := policy.Load(read(t, "config.example.yaml"))
	for _, f := range faults {
		t.Errorf("line %d: %s", f.Line, wording.English().Say(wording.Key("policy."+f.Code), f.Words()...))
	}
}

// The example names each setting of serve once, with the default that serve has.
func TestExampleSettingsAreThoseOfServe(t *testing.T) {
	got := make(map[string]string)
	line := regexp.MustCompile(`^(#?)([A-Z][A-Z0-9_]*)=(.*)$`)
	for text := range strings.Lines(string(read(t, "settings.example.env"))) {
		text = strings.TrimSuffix(text, "\n")
		m := line.FindStringSubmatch(text)
		switch {
		case m == nil && text != "" && !strings.HasPrefix(text, "# "):
			if text != "#" {
				t.Errorf("neither a comment nor NAME=value: %s", text)
			}
		case m == nil:
		default:
			if _, twice := got[m[2]]; twice {
				t.Errorf("%s is there twice", m[2])
			}
			got[m[2]] = ""
			if m[1] == "#" {
				got[m[2]] = m[3]
			}
		}
	}
	for name, standard := range settingsOfServe(t) {
		shown, ok := got[name]
		delete(got, name)
		switch {
		case !ok:
			t.Errorf("%s is missing", name)
		case standard != "" && shown != "" && shown != standard:
			t.Errorf("%s is shown as %q, its default is %q", name, shown, standard)
		}
	}
	for name := range got {
		t.Errorf("%s is no setting of serve", name)
	}
}

// settingsOfServe reads the table in cmd/secretstore :: name -> default.
func settingsOfServe(t *testing.T) map[string]string {
	t.Helper()
	constants, settings := make(map[string]string), make(map[string]string)
	text := func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.Ident:
			return constants[e.Name]
		case *ast.BasicLit:
			s, _ := strconv.Unquote(e.Value) // the parser read it
			return s
		}
		return ""
	}
	files := sources(t, "../cmd/secretstore")
	for _, pass := range []func(ast.Node) bool{
		func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
				for i, name := range v.Names {
					constants[name.Name] = text(v.Values[i])
				}
			}
			return true
		},
		func(n ast.Node) bool {
			list, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			fields := make(map[string]string)
			for _, e := range list.Elts {
				if pair, ok := e.(*ast.KeyValueExpr); ok {
					if key, ok := pair.Key.(*ast.Ident); ok {
						fields[key.Name] = text(pair.Value)
					}
				}
			}
			if name := fields["name"]; name != "" && strings.ToUpper(name) == name {
				settings[name] = fields["standard"]
			}
			return true
		},
	} {
		for _, file := range files {
			ast.Inspect(file, pass)
		}
	}
	if len(settings) < 10 {
		t.Fatalf("found only %d settings in cmd/secretstore: has their table another form now?", len(settings))
	}
	return settings
}

// instruction is one line of a Dockerfile, continuation lines joined.
type instruction struct{ word, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	var all []instruction
	text := strings.ReplaceAll(string(read(t, "Dockerfile")), "\\\n", " ")
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word != "" && word[0] != '#' {
			all = append(all, instruction{strings.ToUpper(word), strings.TrimSpace(rest)})
		}
	}
	return all
}

func TestDockerfile(t *testing.T) {
	all := dockerfile(t)
	last := make(map[string]string) // :: word -> its last rest
	var built string
	for _, i := range all {
		last[i.word] = i.rest
		switch i.word {
		case "ADD":
			t.Errorf("ADD unpacks and downloads; use COPY: %s", i.rest)
		case "FROM":
			checkBase(t, i.rest)
		case "COPY":
			checkCopy(t, i.rest)
		case "ENV", "ARG":
			if regexp.MustCompile(`(?i)token|secret_|_key|password|credential`).MatchString(i.rest) {
				t.Errorf("a secret has no place in an image: %s %s", i.word, i.rest)
			}
			built += i.rest
		case "RUN":
			built += i.rest
		}
	}
	for _, want := range []string{"CGO_ENABLED=0", "-trimpath"} {
		if !strings.Contains(built, want) {
			t.Errorf("the build lacks %s", want)
		}
	}
	got := map[string]string{"USER": last["USER"], "EXPOSE": last["EXPOSE"], "ENTRYPOINT": last["ENTRYPOINT"]}
	want := map[string]string{"USER": "65532:65532", "EXPOSE": "8080", "ENTRYPOINT": `["/usr/local/bin/secretstore"]`}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

// checkBase wants a tag that says which version, and a toolchain that go.mod allows.
func checkBase(t *testing.T, rest string) {
	t.Helper()
	words := strings.Fields(rest)
	image := words[slices.IndexFunc(words, func(w string) bool { return !strings.HasPrefix(w, "--") })]
	name, tag, ok := strings.Cut(image, ":")
	if !ok || tag == "latest" {
		t.Errorf("%s has no tag that says what it is", image)
	}
	if name != "golang" {
		return
	}
	mod, err := modfile.Parse("go.mod", read(t, "../go.mod"), nil)
	if err != nil {
		t.Fatal(err)
	}
	version, _, _ := strings.Cut(tag, "-")
	if semver.Compare("v"+version, "v"+mod.Go.Version) < 0 {
		t.Errorf("%s is older than go %s of go.mod", image, mod.Go.Version)
	}
}

// checkCopy lets the sources into the image, and what an earlier stage made of them.
func checkCopy(t *testing.T, rest string) {
	t.Helper()
	if strings.HasPrefix(rest, "--from=build ") {
		return
	}
	words := strings.Fields(rest)
	for _, source := range words[:len(words)-1] {
		if !slices.Contains([]string{"go.mod", "go.sum", "cmd", "internal"}, source) {
			t.Errorf("COPY %s: only the sources belong into the image", source)
		}
	}
}

// pages are those of this folder.
func pages(t *testing.T) []string {
	t.Helper()
	names, _ := filepath.Glob("*.md") // the pattern is ours
	if len(names) < 5 {
		t.Fatalf("found only the pages %q", names)
	}
	return names
}

func TestFilesThatCommandsNameAreThere(t *testing.T) {
	found := 0
	for _, page := range pages(t) {
		for _, name := range regexp.MustCompile(`\bdeploy/[\w./-]+`).FindAllString(string(read(t, page)), -1) {
			found++
			if _, err := os.Stat(filepath.Join("..", name)); err != nil {
				t.Errorf("%s: %s is not there", page, name)
			}
		}
	}
	if found < 10 {
		t.Fatalf("found only %d files", found)
	}
}
