package secret

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

func pairsFor(name Name, text string) Input { in := typed(text); in.Name = name; return in }

func TestK8sSecret(t *testing.T) {
	const head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"app-db\"\ntype: Opaque\ndata:\n"
	long := strings.Repeat("k", maxManifestKey)
	runRecipe(t, K8sSecret, []recipeCase{
		{"pairs in their order", pairsFor("App_DB", "user=app\npassword=\"p4 ss\""), head + "  \"user\": \"YXBw\"\n  \"password\": \"cDQgc3M=\"\n", nil},
		{"keys that YAML would take for something else", pairsFor("app-db", "true=a\n1=b\n1e3=c\n.x=d"), head + "  \"true\": \"YQ==\"\n  \"1\": \"Yg==\"\n  \"1e3\": \"Yw==\"\n  \".x\": \"ZA==\"\n", nil},
		{"the longest key", pairsFor("app-db", long+"=a"), head + "  \"" + long + "\": \"YQ==\"\n", nil},
		{"a key that is too long", pairsFor("app-db", long+"k=a"), "", []string{"value: bad_key at 1 limit 253"}},
		{"keys with bad characters", pairsFor("app-db", "a/b=1\nc\"d=2\nä=3"), "", []string{
			"value: bad_key at 1 limit 253", "value: bad_key at 2 limit 253", "value: bad_key at 3 limit 253"}},
		{"keys of dots", pairsFor("app-db", ".=1\n..=2\n..a=3"), "", []string{
			"value: bad_key at 1 limit 253", "value: bad_key at 2 limit 253", "value: bad_key at 3 limit 253"}},
		{"a name without letters", pairsFor("___", "a=b"), "", []string{"name: no_manifest_name"}},
		{"no name and no pair", pairsFor("", ""), "", []string{"name: no_manifest_name", "value: empty"}},
		{"a line that can't be read", pairsFor("app-db", "a: b"), "", []string{"value: unreadable_line at 1:3 want equals"}},
		{"a duplicate key", pairsFor("app-db", "a=1\na=2"), "", []string{"value: duplicate_key at 2:1"}},
		{"a placeholder", pairsFor("app-db", "a=TODO"), head + "  \"a\": \"VE9ETw==\"\n", []string{"~value: placeholder_at at 1"}},
	})
}

func TestKubernetesReadsTheManifest(t *testing.T) {
	in := pairsFor("App__DB_", "user=app\nkey=\"line 1\\nline \\\"2\\\"\"\ntrue='no'\nempty=\npässwörd.txt=x")
	in.Value = stored(strings.Replace(string(in.Value.Reveal()), "pässwörd.txt", "passwd.txt", 1))
	got := K8sSecret.Encode(in)
	var manifest corev1.Secret
	if err := yaml.UnmarshalStrict(got.Value.Reveal(), &manifest); err != nil {
		t.Fatal(err)
	}
	want := corev1.Secret{Type: corev1.SecretTypeOpaque, Data: map[string][]byte{
		"user": []byte("app"), "key": []byte("line 1\nline \"2\""), "true": []byte("no"), "empty": {}, "passwd.txt": []byte("x"),
	}}
	want.APIVersion, want.Kind, want.Name = "v1", "Secret", "app--db"
	if diff := cmp.Diff(manifest, want); diff != "" {
		t.Error(diff)
	}
}

func TestKeysAndNamesAreThoseOfKubernetes(t *testing.T) {
	for _, key := range []string{"a", ".", "..", "...", ".a", "..a", "a..", "a b", "", "A_b-c.9", "ä", strings.Repeat("k", 254), "a/b"} {
		if got, want := isManifestKey(key), len(validation.IsConfigMapKey(key)) == 0; got != want {
			t.Errorf("key %q: got %v, Kubernetes says %v", key, got, want)
		}
	}
	for _, name := range []Name{"a", "A_B", "-a-", "__a__", "9", Name(strings.Repeat("N_", 127) + "n"), "secret--x"} {
		if faults := validation.IsDNS1123Subdomain(manifestName(name)); len(faults) > 0 {
			t.Errorf("%s becomes %q: %v", name, manifestName(name), faults)
		}
	}
}
