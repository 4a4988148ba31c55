package deploy_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// permissions are what each call of Secret Manager needs (docs: IAM, roles and permissions
// of Secret Manager).
var permissions = map[string]string{
	"CreateSecret":         "secretmanager.secrets.create",
	"GetSecret":            "secretmanager.secrets.get",
	"ListSecrets":          "secretmanager.secrets.list",
	"UpdateSecret":         "secretmanager.secrets.update",
	"DeleteSecret":         "secretmanager.secrets.delete",
	"AddSecretVersion":     "secretmanager.versions.add",
	"GetSecretVersion":     "secretmanager.versions.get",
	"ListSecretVersions":   "secretmanager.versions.list",
	"AccessSecretVersion":  "secretmanager.versions.access",
	"EnableSecretVersion":  "secretmanager.versions.enable",
	"DisableSecretVersion": "secretmanager.versions.disable",
	"DestroySecretVersion": "secretmanager.versions.destroy",
	"GetIamPolicy":         "secretmanager.secrets.getIamPolicy",
	"SetIamPolicy":         "secretmanager.secrets.setIamPolicy",
}

func TestRoleIsExactlyWhatTheCodeNeeds(t *testing.T) {
	got := append(granted(t, "gcp/role.yaml"), granted(t, "gcp/role-staging.yaml")...)
	slices.Sort(got)
	if diff := cmp.Diff(got, permitted(sources(t, "../internal/gcp"))); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

// permitted are the permissions that the calls of files need.
func permitted(files []*ast.File) []string {
	var all []string
	for _, name := range calls(files) {
		if p, known := permissions[name]; known {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// The project of the app's own keys and tokens sees what cmd/secretstore/keys.go calls, by
// the methods of internal/gcp, and nothing else.
func TestTheRoleForKeysIsExactlyWhatTheStartNeeds(t *testing.T) {
	start, err := parser.ParseFile(token.NewFileSet(), "../cmd/secretstore/keys.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	called := calls([]*ast.File{start})
	var methods []*ast.File
	for _, file := range sources(t, "../internal/gcp") {
		file.Decls = slices.DeleteFunc(file.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return !ok || f.Recv == nil || !slices.Contains(called, f.Name.Name)
		})
		methods = append(methods, file)
	}
	if diff := cmp.Diff(granted(t, "gcp/role-keys.yaml"), permitted(methods)); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

// What deletes secrets is granted under a condition, and so in a role of its own.
func TestOnlyTheRoleWithAConditionDeletes(t *testing.T) {
	if diff := cmp.Diff(granted(t, "gcp/role-staging.yaml"), []string{"secretmanager.secrets.delete"}); diff != "" {
		t.Errorf("got (-) and want (+) differ:\n%s", diff)
	}
}

// granted are the permissions of a role.
func granted(t *testing.T, file string) []string {
	t.Helper()
	var role struct {
		Title, Description, Stage string
		IncludedPermissions       []string `yaml:"includedPermissions"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(read(t, file)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&role); err != nil {
		t.Fatal(err)
	}
	return role.IncludedPermissions
}
