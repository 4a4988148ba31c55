package secretmanager

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"secretstore/internal/emulator/faults"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
)

func TestConsoleChangesByHand(t *testing.T) {
	clock := newClock()
	s := startServer(t, Options{Clock: clock.Now, Quotas: true})
	s.Faults().Add(faults.Fault{Method: "*", Kind: faults.Refuse})
	console := s.Console()
	steps := []struct {
		name string
		err  error
	}{
		{"create", console.Create("demo", "s", map[string]string{"team": "a"})},
		{"create by number", console.Create("123", "t", nil)},
		{"annotate", console.SetAnnotations("demo", "s", map[string]string{"owner": "A"})},
		{"label", console.SetLabels("demo", "s", map[string]string{"team": "b"})},
		{"delete", console.Delete("demo", "t")},
	}
	for _, step := range steps {
		if step.err != nil {
			t.Fatalf("%s: %v", step.name, step.err)
		}
	}
	for want := range int64(3) {
		if got, err := console.AddVersion("demo", "s", []byte{byte(want)}); err != nil || got != want+1 {
			t.Fatalf("added version = %d, %v; want %d", got, err, want+1)
		}
	}
	for version, state := range map[int64]State{1: Destroyed, 2: Disabled, 3: Enabled} {
		if err := console.SetState("demo", "s", version, state); err != nil {
			t.Fatalf("set %d %s: %v", version, state, err)
		}
	}
	got := console.Secrets("demo")
	want := []SecretView{{
		ID: "s", Name: "projects/123/secrets/s", Etag: got[0].Etag, Created: clock.Now(),
		Labels: map[string]string{"team": "b"}, Annotations: map[string]string{"owner": "A"},
		Versions: []VersionView{
			{Number: 1, State: Destroyed, Created: clock.Now(), Destroyed: clock.Now()},
			{Number: 2, State: Disabled, Created: clock.Now(), Size: 1},
			{Number: 3, State: Enabled, Created: clock.Now(), Size: 1},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if data, ok := console.Payload("demo", "s", 2); !ok || string(data) != "\x01" {
		t.Errorf("payload of a disabled version = %x, %v; want 01", data, ok)
	}
}

func TestConsoleGivesTheServicesErrors(t *testing.T) {
	console := startServer(t, Options{}).Console()
	wantCode(t, console.Create("other", "s", nil), codes.PermissionDenied)
	wantCode(t, console.Delete("demo", "s"), codes.NotFound)
	wantCode(t, console.SetState("demo", "s", 1, "ODD"), codes.InvalidArgument)
	if got, want := Words(console.Delete("demo", "s")), "Secret [projects/123/secrets/s] not found."; got != want {
		t.Errorf("words = %q, want %q", got, want)
	}
	if _, ok := console.Payload("demo", "s", 1); ok {
		t.Error("a missing secret has a payload")
	}
	if got := console.Secrets("other"); got != nil {
		t.Errorf("secrets of an unknown project = %v", got)
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	clock := newClock()
	opts := Options{Clock: clock.Now, Persist: filepath.Join(t.TempDir(), "secrets.json")}
	first := startServer(t, opts)
	c := dialGRPC(t, first)
	made := mustCreate(t, c, "s", nil)
	mustAdd(t, c, "s", "one\x00")
	mustAdd(t, c, "s", "two")
	if err := first.Console().SetState("demo", "s", 1, Disabled); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, c, "short-lived", nil)
	_, err := update(t, c, secretWithTTL("short-lived", time.Hour), "ttl")
	if err != nil {
		t.Fatal(err)
	}
	want := first.Console().Secrets("demo")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := startServer(t, opts)
	if diff := cmp.Diff(want, second.Console().Secrets("demo")); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	if data, _ := second.Console().Payload("demo", "s", 1); string(data) != "one\x00" {
		t.Errorf("payload = %q", data)
	}
	again, err := update(t, dialGRPC(t, second), secretWithTTL("s", time.Hour), "ttl")
	if err != nil || again.GetEtag() == made.GetEtag() {
		t.Errorf("etags start again: %s, %v", again.GetEtag(), err)
	}
	clock.Advance(time.Hour)
	if got := second.Console().Secrets("demo"); len(got) != 0 {
		t.Errorf("%d secrets outlived their expiry over a restart", len(got))
	}
}

func TestSavedStateIsForItsOwnerAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets.json")
	s := startServer(t, Options{Persist: file})
	if err := s.Console().Create("demo", "s", nil); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v; want 0600", info.Mode(), err)
	}
}

func TestStartRefusesASavedStateThatItWouldLose(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets.json")
	s := startServer(t, Options{Persist: file})
	if err := s.Console().Create("demo", "s", nil); err != nil {
		t.Fatal(err)
	}
	_, err := Start(Options{Persist: file, Projects: map[string]int64{"other": 9}})
	if err == nil || !strings.Contains(err.Error(), "demo") {
		t.Errorf("error = %v, want the missing project named", err)
	}
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Options{Persist: file, Projects: map[string]int64{"demo": 123}}); err == nil {
		t.Error("a broken file was taken")
	}
}

func TestWriteThatCannotBeSavedIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	s := startServer(t, Options{Persist: filepath.Join(dir, "secrets.json")})
	wantCode(t, s.Console().Create("demo", "s", nil), codes.Internal)
	if _, ok := s.Console().Secret("demo", "s"); ok {
		t.Error("the secret is there all the same")
	}
}
