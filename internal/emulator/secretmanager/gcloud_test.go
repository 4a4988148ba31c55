package secretmanager

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gcloud runs Google's own command line against the emulator.
type gcloud struct {
	t   *testing.T
	env []string
}

func newGcloud(t *testing.T, s *Server) *gcloud {
	t.Helper()
	if _, err := exec.LookPath("gcloud"); err != nil {
		t.Fatal("gcloud is not on PATH: install the Google Cloud CLI, this test speaks with the emulator through it")
	}
	return &gcloud{t, append(os.Environ(),
		"CLOUDSDK_CONFIG="+t.TempDir(),
		"CLOUDSDK_CORE_PROJECT=demo",
		"CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true",
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER=http://"+s.Addr()+"/",
		"CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true",
		"CLOUDSDK_SURVEY_DISABLE_PROMPTS=true",
		"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=true",
	)}
}

// run returns standard output; a command that fails ends the test.
func (g *gcloud) run(args ...string) string {
	g.t.Helper()
	out, errText, err := g.try(args...)
	if err != nil {
		g.t.Fatalf("gcloud secrets %s: %v\n%s", strings.Join(args, " "), err, errText)
	}
	return out
}

// refused returns standard error of a command that must fail.
func (g *gcloud) refused(args ...string) string {
	g.t.Helper()
	_, errText, err := g.try(args...)
	if err == nil {
		g.t.Errorf("gcloud secrets %s succeeded", strings.Join(args, " "))
	}
	return errText
}

func (g *gcloud) try(args ...string) (stdout, stderr string, err error) {
	var out, errText bytes.Buffer
	cmd := exec.CommandContext(g.t.Context(), "gcloud", append([]string{"secrets"}, args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = g.env, &out, &errText
	err = cmd.Run()
	return out.String(), errText.String(), err
}

func (g *gcloud) file(data string) string {
	g.t.Helper()
	name := filepath.Join(g.t.TempDir(), "data")
	if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
		g.t.Fatal(err)
	}
	return name
}

func (g *gcloud) want(what, got, want string) {
	g.t.Helper()
	if !strings.Contains(got, want) {
		g.t.Errorf("%s:\n%s\nwant %q in it", what, got, want)
	}
}

func TestGcloudVersions(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	g := newGcloud(t, s)
	binary := "\x00\x01\xfe\xff binary\r\n\n"
	g.run("create", "s", "--data-file="+g.file("one"), "--labels=team=a,env=prod")
	g.run("versions", "add", "s", "--data-file="+g.file(binary))
	out := filepath.Join(t.TempDir(), "out")
	g.run("versions", "access", "latest", "--secret=s", "--out-file="+out)
	if got, err := os.ReadFile(out); err != nil || string(got) != binary {
		t.Errorf("accessed %q, %v; want %q", got, err, binary)
	}
	g.want("access by number", g.run("versions", "access", "1", "--secret=s"), "one")
	g.want("describe", g.run("versions", "describe", "2", "--secret=s"), "projects/123/secrets/s/versions/2")
	g.run("versions", "disable", "2", "--secret=s")
	g.want("access of a disabled version", g.refused("versions", "access", "latest", "--secret=s"), "is in DISABLED state.")
	g.want("a stale etag", g.refused("versions", "enable", "2", "--secret=s", `--etag="old"`), "FAILED_PRECONDITION")
	g.run("versions", "enable", "2", "--secret=s")
	g.run("versions", "destroy", "1", "--secret=s")
	g.want("list", g.run("versions", "list", "s", "--filter=state:ENABLED", "--format=value(name)"), "2")
	g.run("update", "s", "--update-version-aliases=prod=2")
	if got := g.run("versions", "access", "prod", "--secret=s", "--format=value(name)"); !strings.Contains(got, "versions/2") {
		t.Errorf("alias prod = %q, want version 2", got)
	}
}

func TestGcloudSecrets(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	g := newGcloud(t, s)
	g.run("create", "s")
	g.want("a second create", g.refused("create", "s"), "Secret [projects/123/secrets/s] already exists.")
	g.want("an id with a dot", g.refused("create", "s.dot"), "does not match the expected format")
	g.run("create", "managed", "--replication-policy=user-managed", "--locations=us-east1,europe-west1", "--ttl=3600s", "--set-annotations=a.b=c")
	g.want("list", g.run("list", "--format=value(name)"), "managed")
	if got := g.run("list", "--filter=name:man", "--format=value(name)"); strings.TrimSpace(got) != "managed" {
		t.Errorf("filtered list = %q, want managed alone", got)
	}
	g.run("update", "s", "--update-labels=x=y")
	g.run("update", "s", "--update-annotations=owner=A Person", "--etag="+etagOf(t, s, "s"))
	g.want("a stale etag", g.refused("update", "s", "--update-annotations=owner=B", `--etag="old"`), "FAILED_PRECONDITION")
	g.run("update", "s", "--ttl=7200s")
	g.run("update", "s", "--remove-expiration")
	g.run("update", "s", "--version-destroy-ttl=86400s")
	g.want("describe", g.run("describe", "s"), "owner: A Person")
	g.run("add-iam-policy-binding", "s", "--member=user:a@example.com", "--role=roles/secretmanager.secretAccessor")
	g.want("the policy", g.run("get-iam-policy", "s"), "user:a@example.com")
	g.want("locations", g.run("locations", "list"), "europe-west1")
	g.run("delete", "s", "--etag="+etagOf(t, s, "s"))
	g.want("a deleted secret", g.refused("describe", "s"), "Secret [projects/123/secrets/s] not found.")
	if got := s.Console().Secrets("demo"); len(got) != 1 || got[0].Annotations["a.b"] != "c" || got[0].Expires.IsZero() {
		t.Errorf("left = %+v, want the managed secret with its annotation and expiry", got)
	}
}

func etagOf(t *testing.T, s *Server, id string) string {
	t.Helper()
	view, ok := s.Console().Secret("demo", id)
	if !ok {
		t.Fatalf("no secret %s", id)
	}
	return view.Etag
}
