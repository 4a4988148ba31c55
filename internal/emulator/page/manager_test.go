package page_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"secretstore/internal/emulator/secretmanager"

	"github.com/google/go-cmp/cmp"
)

type secretSeen struct {
	ID, Kind    string
	Versions    int
	Labels      map[string]string
	Annotations map[string]string
	Newest      *versionSeen
	All         []versionSeen
}

type versionSeen struct {
	Number int64
	State  secretmanager.State
	Size   int
}

type projectsSeen struct {
	Projects []struct {
		ID      string
		Number  int64
		Secrets []secretSeen
	}
}

func TestManagerTabListsSecretsByProjectAndSaysWhatTheyAre(t *testing.T) {
	s := served(t, nil)
	console := s.manager.Console()
	must(t, console.Create("acme-prod", "payments-key", map[string]string{"secretstore": "main"}))
	must(t, console.Create("acme-prod", "secretstore-staging-01jd", map[string]string{"secretstore-staging": "main"}))
	must(t, console.Create("acme-prod", "secretstore-key-seal", nil))
	must(t, console.Create("acme-prod", "terraform-state", map[string]string{"goog-terraform-provisioned": "true"}))
	_, err := console.AddVersion("acme-prod", "payments-key", []byte("play value"))
	must(t, err)

	got := get[projectsSeen](t, s, "/api/manager")
	if len(got.Projects) != 2 || got.Projects[0].ID != "acme-dev" || got.Projects[1].Number != 1002 {
		t.Fatalf("projects = %+v", got.Projects)
	}
	kinds := map[string]string{}
	for _, secret := range got.Projects[1].Secrets {
		kinds[secret.ID] = secret.Kind
	}
	want := map[string]string{
		"payments-key": "managed", "secretstore-staging-01jd": "staging", "secretstore-key-seal": "key", "terraform-state": "foreign",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&versionSeen{1, "ENABLED", 10}, got.Projects[1].Secrets[0].Newest); diff != "" {
		t.Errorf("newest version (-want +got):\n%s", diff)
	}
}

func TestManagerTabChangesSecretsByHand(t *testing.T) {
	s := served(t, nil)
	type body map[string]any
	secret := func(more body) body {
		more["project"], more["secret"] = "acme-dev", "db-host"
		return more
	}
	post[body](t, s, "/api/manager/create", secret(body{"value": "one"}))
	post[body](t, s, "/api/manager/add", secret(body{"value": "two"}))
	post[body](t, s, "/api/manager/add", secret(body{"value": "three"}))
	post[body](t, s, "/api/manager/state", secret(body{"version": 1, "state": "DESTROYED"}))
	post[body](t, s, "/api/manager/state", secret(body{"version": 2, "state": "DISABLED"}))
	post[body](t, s, "/api/manager/state", secret(body{"version": 3, "state": "DISABLED"}))
	post[body](t, s, "/api/manager/state", secret(body{"version": 3, "state": "ENABLED"}))
	must(t, s.manager.Console().SetAnnotations("acme-dev", "db-host", map[string]string{"secretstore.owner": "U0ALICE"}))

	got := get[secretSeen](t, s, "/api/manager/secret", "project", "acme-dev", "secret", "db-host")
	want := secretSeen{
		ID: "db-host", Kind: "foreign", Versions: 3, Annotations: map[string]string{"secretstore.owner": "U0ALICE"},
		Newest: &versionSeen{3, "ENABLED", 5},
		All:    []versionSeen{{3, "ENABLED", 5}, {2, "DISABLED", 3}, {1, "DESTROYED", 0}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("secret (-want +got):\n%s", diff)
	}
	post[body](t, s, "/api/manager/delete", secret(body{}))
	gone := get[refusal](t, s, "/api/manager/secret", "project", "acme-dev", "secret", "db-host")
	if gone.Error != "manager.gone" {
		t.Errorf("a deleted secret: %q", gone.Error)
	}
}

func TestManagerTabGivesTheServicesOwnWordsForARefusal(t *testing.T) {
	s := served(t, nil)
	for _, tt := range []struct {
		name, path, want string
		body             map[string]any
	}{
		{"a name that is none", "create", "The provided Secret ID [a b] does not match", map[string]any{"project": "acme-dev", "secret": "a b"}},
		{"a version of nothing", "add", "Secret [projects/1001/secrets/none] not found.", map[string]any{"project": "acme-dev", "secret": "none", "value": "x"}},
		{"a state that is none", "state", "There is no state", map[string]any{"project": "acme-dev", "secret": "none", "version": 1, "state": "ODD"}},
		{"a foreign project", "delete", "Permission", map[string]any{"project": "other", "secret": "none"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := post[refusal](t, s, "/api/manager/"+tt.path, tt.body).Error; !strings.HasPrefix(got, tt.want) {
				t.Errorf("said %q, want %q", got, tt.want)
			}
		})
	}
}

func TestManagerTabShowsAValueOnlyWhereItIsAskedFor(t *testing.T) {
	s := served(t, nil)
	console := s.manager.Console()
	must(t, console.Create("acme-dev", "s", nil))
	for _, value := range []string{"line one\nline two\t한국어", "\x00\xff\x10binary", "gone"} {
		_, err := console.AddVersion("acme-dev", "s", []byte(value))
		must(t, err)
	}
	must(t, console.SetState("acme-dev", "s", 3, secretmanager.Destroyed))

	type shown struct {
		Text, Dump string
		Bytes      int
	}
	value := func(version string) shown {
		return get[shown](t, s, "/api/manager/value", "project", "acme-dev", "secret", "s", "version", version)
	}
	if diff := cmp.Diff(shown{Text: "line one\nline two\t한국어", Bytes: 27}, value("1")); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if got := value("2"); got.Text != "" || got.Bytes != 9 || !strings.HasPrefix(got.Dump, "00000000  00 ff 10 62") {
		t.Errorf("bytes = %+v", got)
	}
	for _, version := range []string{"3", "4", "latest"} {
		got := get[refusal](t, s, "/api/manager/value", "project", "acme-dev", "secret", "s", "version", version)
		if got.Error != "manager.no_value" {
			t.Errorf("version %s: %q", version, got.Error)
		}
	}
	for _, path := range []string{"/api/manager?", "/api/manager/secret?project=acme-dev&secret=s&"} {
		response, err := http.Get(s.page.URL + path)
		must(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		must(t, err)
		if strings.Contains(string(text), "line one") || strings.Contains(string(text), "bGluZSBvbm") {
			t.Errorf("%s carries a value", path)
		}
	}
}
