package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a folder that stands for the machine of the pages: its programs are those of
// this one, but for systemd's.
type machine struct{ dir string }

// stand-ins write down what they were asked; systemd-run also does it.
const (
	writtenDown = "#!/bin/sh\n" + `echo "$(basename "$0") $*" >>"${0%/*}/../ran"` + "\n"
	systemdRun  = "#!/bin/sh\n" + `
		for property; do
			case $property in
			--property=EnvironmentFile=*)
				while IFS= read -r line; do export "$line"; done <"${property#*=*=}" ;;
			--*) ;;
			*) break ;;
			esac
			shift
		done
		exec "$@"
`
)

// newMachine is a machine whose database is in dir. Settings are NAME=VALUE.
func newMachine(t *testing.T, dir string, settings ...string) machine {
	t.Helper()
	for _, folder := range []string{"bin", "backup", "units"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"systemctl": writtenDown, "apt-get": writtenDown, "systemd-run": systemdRun} {
		program := writeFile(t, filepath.Join(dir, "bin", name), text)
		if err := os.Chmod(program, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(os.Args[0], filepath.Join(dir, "bin", "secretstore")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "settings.env"), strings.Join(settings, "\n")+"\n")
	return machine{dir}
}

// paste pastes commands of a page as a person does: into a shell in which nothing is set
// but variables, NAME=VALUE, and which goes on after what fails. The error is the last
// command's.
func (m machine) paste(t *testing.T, commands string, variables ...string) (string, error) {
	t.Helper()
	commands = strings.NewReplacer(
		"/var/lib/secretstore", m.dir, " /backup", " "+m.dir+"/backup", "=/backup", "="+m.dir+"/backup",
		"/etc/secretstore", m.dir, "/etc/systemd/system", m.dir+"/units", "/usr/local/bin", m.dir+"/bin", "/usr/local/sbin", m.dir+"/bin",
	).Replace(commands)
	cmd := exec.CommandContext(t.Context(), "bash", "-s")
	cmd.Stdin = strings.NewReader("umask 022\n" + commands)
	cmd.Dir = "../../deploy"
	cmd.Env = append(append(os.Environ(), "PATH="+m.dir+"/bin:"+os.Getenv("PATH")), variables...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// does pastes commands that succeed, and returns what they say.
func (m machine) does(t *testing.T, commands string, variables ...string) string {
	t.Helper()
	said, err := m.paste(t, commands, variables...)
	if err != nil {
		t.Fatalf("%v: are sqlite3, psql, pg_dump and pg_restore installed?\n%s\n%s", err, commands, said)
	}
	return said
}

// ran is what systemctl and apt-get were asked, a line each.
func (m machine) ran(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, "ran"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// backUp runs what the timer starts, and returns the copy's path.
func (m machine) backUp(t *testing.T) string {
	t.Helper()
	copied := strings.TrimSpace(m.does(t, "./secretstore-backup", "DATABASE="+m.dir+"/secretstore.db", "FOLDER="+m.dir+"/backup"))
	info, err := os.Stat(copied)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup %s is %v (%v), want it for root alone", copied, info.Mode(), err)
	}
	return copied
}

// restore is the page's block with another backup in it than the example's.
func restore(t *testing.T, copied string) string {
	t.Helper()
	const example = "/backup/secretstore-20270131T031500Z.db"
	block := documented(t, "sqlite-restore")
	if !strings.Contains(block, example) {
		t.Fatal("the block names no backup")
	}
	return strings.Replace(block, example, copied, 1)
}

// holding is a machine whose database holds one word.
func holding(t *testing.T, word string) machine {
	t.Helper()
	m := newMachine(t, t.TempDir())
	m.does(t, "sqlite3 /var/lib/secretstore/secretstore.db \"CREATE TABLE t AS SELECT '"+word+"' AS word\"")
	return m
}

func (m machine) word(t *testing.T, path string) string {
	t.Helper()
	return strings.TrimSpace(m.does(t, "sqlite3 '"+path+"' 'SELECT word FROM t'"))
}

func TestARestoreCanBeRepeated(t *testing.T) {
	m := holding(t, "older")
	copied := m.backUp(t)
	m.does(t, "sqlite3 /var/lib/secretstore/secretstore.db \"UPDATE t SET word = 'newer'\"")
	if said := m.does(t, restore(t, copied)); said != "" {
		t.Errorf("the restore says %q", said)
	}
	if got := m.word(t, m.dir+"/secretstore.db"); got != "older" {
		t.Errorf("the database holds %q after the restore", got)
	}
	kept, _ := filepath.Glob(m.dir + "/before-*/secretstore.db") // the pattern is ours
	if len(kept) != 1 || m.word(t, kept[0]) != "newer" {
		t.Fatalf("kept: %q", kept)
	}
	m.does(t, "mv "+filepath.Dir(kept[0])+" /var/lib/secretstore/before-20260101T000000Z") // as after a day
	m.does(t, restore(t, copied))
	if kept, _ = filepath.Glob(m.dir + "/before-*/secretstore.db"); len(kept) != 2 || m.word(t, kept[0]) != "newer" {
		t.Errorf("kept after the second restore: %q", kept)
	}
	if got, want := m.ran(t), strings.Repeat("systemctl stop secretstore\nsystemctl start secretstore\n", 2); got != want {
		t.Errorf("systemctl was asked\n%swant\n%s", got, want)
	}
}

func TestARestoreThatFailsStartsNothing(t *testing.T) {
	for _, c := range []struct{ name, prepare, asked string }{
		{"no such backup", "true", ""},
		{"an empty backup", ": >/backup/it.db", ""},
		{"a backup that is no database", "echo something else >/backup/it.db", ""},
		{"a folder to keep things in that can't be made", `cp /var/lib/secretstore/secretstore.db /backup/it.db
			printf '#!/bin/sh\nexit 1\n' >/usr/local/bin/mkdir && chmod +x /usr/local/bin/mkdir`, "systemctl stop secretstore\n"},
		{"a copy that fails", `cp /var/lib/secretstore/secretstore.db /backup/it.db
			printf '#!/bin/sh\nexit 1\n' >/usr/local/bin/cp && chmod +x /usr/local/bin/cp`, "systemctl stop secretstore\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := holding(t, "kept")
			m.does(t, strings.ReplaceAll(c.prepare, ">/backup", "> /backup"))
			if said, err := m.paste(t, restore(t, m.dir+"/backup/it.db")); err == nil {
				t.Errorf("the restore succeeds: %s", said)
			}
			if got := m.ran(t); got != c.asked {
				t.Errorf("systemctl was asked %q, want %q", got, c.asked)
			}
			all, _ := filepath.Glob(m.dir + "/secretstore.db") // the pattern is ours
			moved, _ := filepath.Glob(m.dir + "/before-*/secretstore.db")
			if all = append(all, moved...); len(all) != 1 || m.word(t, all[0]) != "kept" {
				t.Errorf("the database is at %q", all)
			}
		})
	}
}

func TestBackupsAreInstalledAndForgottenAfterThirtyDays(t *testing.T) {
	m := holding(t, "word")
	m.does(t, "touch -d '31 days ago' /var/lib/secretstore/backup/secretstore-20260101T000000Z.db /var/lib/secretstore/backup/mine.db")
	copied := m.backUp(t)
	all, _ := filepath.Glob(m.dir + "/backup/*") // the pattern is ours
	if want := []string{m.dir + "/backup/mine.db", copied}; len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
		t.Errorf("there are %q, want %q", all, want)
	}
	if m.word(t, copied) != "word" {
		t.Error("the backup does not hold what the database holds")
	}
	if said, err := m.paste(t, "./secretstore-backup", "DATABASE="+m.dir+"/nothing.db", "FOLDER="+m.dir+"/backup"); err == nil || !strings.Contains(said, "Set DATABASE") {
		t.Errorf("a backup of nothing: %v: %s", err, said)
	}
	m.does(t, documented(t, "backup-install"))
	for _, file := range []string{"bin/secretstore-backup", "units/secretstore-backup.service", "units/secretstore-backup.timer"} {
		if _, err := os.Stat(filepath.Join(m.dir, file)); err != nil {
			t.Error(err)
		}
	}
}

// TestTheProgramIsUpgradedAndBroughtBack: what was before is kept under its name.
func TestTheProgramIsUpgradedAndBroughtBack(t *testing.T) {
	m := newMachine(t, t.TempDir())
	m.does(t, "rm /usr/local/bin/secretstore; echo one >/usr/local/bin/secretstore")
	m.does(t, "cd /var/lib/secretstore && echo two >secretstore\n"+documented(t, "upgrade"))
	m.does(t, "install -m 755 /usr/local/bin/secretstore.before /usr/local/bin/back")
	if got := m.does(t, "cat /usr/local/bin/secretstore /usr/local/bin/back"); got != "two\none\n" {
		t.Errorf("new and old program: %q", got)
	}
}

// TestVerbsWithTheServicesSettings: the page's own commands, beside a running app.
func TestVerbsWithTheServicesSettings(t *testing.T) {
	dir := t.TempDir()
	p := newPlayer(t, dir, false)
	p.makes(t, "one")
	m := newMachine(t, dir, p.settings()...)
	writeFile(t, filepath.Join(dir, "config-new.yaml"), string(stagePolicy))
	said := m.does(t, documented(t, "as-service"))
	for _, want := range []string{"Log: holds", "Sheet: holds", "Decided otherwise: 0."} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	m.backUp(t)
	p.makes(t, "two")
	before := m.does(t, "sha256sum /var/lib/secretstore/backup/*")
	said, err := m.paste(t, documented(t, "drill"))
	if !strings.Contains(said, "Log: holds") || err == nil && !strings.Contains(said, "Sheet: holds") {
		t.Errorf("the check of a backup: %v:\n%s", err, said)
	}
	if after := m.does(t, "sha256sum /var/lib/secretstore/backup/*"); after != before {
		t.Error("the check changed the backup")
	}
}
