package deploy_test

import (
	"bytes"
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
	var want []string
	for _, name := range calls(sources(t, "../internal/gcp")) {
		if p, known := permissions[name]; known {
			want = append(want, p)
		}
	}
	slices.Sort(want)
	got := append(granted(t, "gcp/role.yaml"), granted(t, "gcp/role-staging.yaml")...)
	slices.Sort(got)
	if diff := cmp.Diff(got, want); diff != "" {
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
