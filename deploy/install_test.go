package deploy_test

import (
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// block is what stands under a name on a page.
func block(t *testing.T, page, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(read(t, page)), "<!-- run: "+name+" -->\n```sh\n")
	text, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("%s has no block %q", page, name)
	}
	return text
}

// pasted runs a block in a folder; its programs are those of this machine, but for systemd's.
func pasted(t *testing.T, dir, text string) string {
	t.Helper()
	text = strings.NewReplacer("/usr/local", dir, "/etc", dir).Replace(text)
	cmd := exec.CommandContext(t.Context(), "bash", "-s")
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader("umask 022; systemctl() { echo systemctl $*; }; journalctl() { :; }\n" + text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s\n%s", err, text, out)
	}
	return string(out)
}

func TestInstallationWithoutDocker(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"bin", "systemd/system"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir+"/secretstore.new", nil)
	put(t, dir+"/settings.env", read(t, "settings.example.env"))
	put(t, dir+"/config.yaml", read(t, "config.example.yaml"))
	put(t, dir+"/secretstore.service", read(t, "secretstore.service"))
	text := strings.Replace(block(t, "virtual-machine.md", "install"), "install -m 755 secretstore ", "install -m 755 secretstore.new ", 1)
	text = strings.ReplaceAll(text, "/etc/secretstore", "/etc/settings") // of a folder that is also the source
	put(t, dir+"/secretstore.new", []byte("#!/bin/sh\necho lint $*\n"))
	said := pasted(t, dir, text)
	if want := "lint policy lint " + dir + "/settings/config.yaml\nsystemctl daemon-reload\nsystemctl enable --now secretstore\n"; said != want {
		t.Errorf("it says %q, want %q", said, want)
	}
	kept := dir + "/settings/settings.env"
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("settings.env is %v (%v)", info, err)
	}
	settings := string(read(t, kept))
	for _, want := range []string{"\nDATABASE_URL=sqlite:/var/lib/secretstore/secretstore.db\n", "\nSECRETSTORE_ADDR=127.0.0.1:8080\n"} {
		if strings.Count(settings, want) != 1 {
			t.Errorf("settings.env lacks %q", want)
		}
	}
	if _, err := os.Stat(dir + "/settings.env"); err == nil {
		t.Error("the tokens were left behind")
	}
}

// TestBackupOfTheVolume: with docker the timer saves what the container keeps in its volume.
func TestBackupOfTheVolume(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"src/deploy", "systemd/system"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	said := pasted(t, dir, block(t, "operations.md", "backup-docker")+"pwd\n")
	if !strings.HasSuffix(said, "\n"+dir+"/src/deploy\n") {
		t.Errorf("what comes next is not done in the clone: %s", said)
	}
	volume := regexp.MustCompile(` -v (\w+):/data `).FindStringSubmatch(string(read(t, "README.md")))
	database := regexp.MustCompile(`(?m)^DATABASE_URL=sqlite:/data/(\S+)$`).FindStringSubmatch(string(read(t, "settings.example.env")))
	if volume == nil || database == nil {
		t.Fatalf("the container has the volume %q, and the database %q", volume, database)
	}
	want := "[Service]\nEnvironment=DATABASE=/var/lib/docker/volumes/" + volume[1] + "/_data/" + database[1] + "\n"
	if got := string(read(t, dir+"/systemd/system/secretstore-backup.service.d/docker.conf")); got != want {
		t.Errorf("the drop-in is\n%swant\n%s", got, want)
	}
}

func TestSettingsForCloudRun(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/settings.env", []byte("# a comment: 'quoted'\nA_B=it's: #1\nDATABASE_URL=sqlite:/x\n#OFF=1\nSLACK_BOT_TOKEN=projects/p/secrets/s/versions/1\n"))
	pasted(t, dir, block(t, "cloud-run.md", "settings-yaml"))
	var got map[string]string
	if err := yaml.Unmarshal(read(t, dir+"/settings.yaml"), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got["A_B"] != "it's: #1" || got["SLACK_BOT_TOKEN"] != "projects/p/secrets/s/versions/1" {
		t.Errorf("settings.yaml holds %q", got)
	}
}

// TestTheBuildSetsAVersionThatTheProgramHas: the linker is silent about a name that is not there.
func TestTheBuildSetsAVersionThatTheProgramHas(t *testing.T) {
	var run string
	for _, i := range dockerfile(t) {
		run += i.word + " " + i.rest + "\n"
	}
	name := regexp.MustCompile(`ARG VERSION=\w+\nRUN .*-X main\.(\w+)=\$VERSION`).FindStringSubmatch(run)
	if name == nil {
		t.Fatalf("the build sets no version:\n%s", run)
	}
	for _, file := range sources(t, "../cmd/secretstore") {
		if o := file.Scope.Lookup(name[1]); o != nil && o.Kind == ast.Var {
			return
		}
	}
	t.Errorf("the program has no variable %s", name[1])
}

func TestStepsAreInOrder(t *testing.T) {
	for i, m := range regexp.MustCompile(`(?m)^## (\d)\.`).FindAllStringSubmatch(string(read(t, "README.md")), -1) {
		if int(m[1][0]-'0') != i+1 {
			t.Errorf("step %s comes as number %d", m[1], i+1)
		}
	}
}
