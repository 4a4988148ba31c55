package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
	"secretstore/internal/wording"
)

// TestAuditVerifyOfAnExport: what agrees with itself is not proven before a key is given.
func TestAuditVerifyOfAnExport(t *testing.T) {
	a := newAudited(t)
	_, stdout, _ := run(t, a.env, "audit", "verify", "--json")
	var said auditReport
	if err := json.Unmarshal([]byte(stdout), &said); err != nil {
		t.Fatal(err)
	}
	key := said.Keys[0]
	a.asDocumented(key)
	file := a.publicKeys()
	a.asAuditor(file)
	export := func(args ...string) string {
		code, stdout, stderr := run(t, a.env, append([]string{"audit", "export"}, args...)...)
		if code != exitOK {
			t.Fatal(code, stderr)
		}
		return stdout
	}
	whole := export()
	unasked := func() string {
		defer a.undo()
		a.add(audit.Record{Event: audit.EventApplied, Change: "01m7zzzzzzzzzzzzzzzzzzzzzz", Environment: "prod", Secret: "api-key"})
		return export()
	}
	lines := strings.SplitAfter(whole, "\n")
	last := len(a.rows["audit-1"]) - 1
	_, other, err := note.GenerateKey(rand.Reader, "other")
	if err != nil {
		t.Fatal(err)
	}
	private, public := opensslKeys(t)
	for name, c := range map[string]struct {
		text string
		args []string
		code int
		says []string
	}{
		"with the file of public keys":     {whole, []string{"--public-key", file}, 0, []string{"Changes: hold.", "Signatures: hold, up to record", said.Fingerprints[0]}},
		"with another's file too":          {whole, []string{"--public-key", public, "--public-key", file}, 0, []string{"Signatures: hold"}},
		"with another's file":              {whole, []string{"--public-key", public}, 1, []string{"Signatures: DO NOT HOLD.", "earlier ones too", "The file names the key secretstore/"}},
		"with a private key":               {whole, []string{"--public-key", private}, 2, []string{"This is a private key, which can sign."}},
		"with the key of the settings":     {whole, []string{"--key", "k1:" + strings.Repeat("5a", 32)}, 2, []string{"This is a private key, which can sign."}},
		"with a file that is not there":    {whole, []string{"--public-key", filepath.Join(t.TempDir(), "none")}, 2, []string{"can't be read"}},
		"with a file that is much too big": {whole, []string{"--public-key", "/dev/zero"}, 2, []string{"is no file of keys"}},
		"with the key":                     {whole, []string{"--key", key}, 0, []string{"Export: holds.", fmt.Sprintf("Signatures: hold, up to record %d.", last)}},
		"with an older key too":            {whole, []string{"--key", other, "--key", key, "--key", key}, 0, []string{"Signatures: hold"}},
		"without a key":                    {whole, nil, 2, []string{"Export: holds.", "agrees with itself. Who made the file was not checked", "The file names the key secretstore/"}},
		"with another's key":               {whole, []string{"--key", other}, 1, []string{"Signatures: DO NOT HOLD."}},
		"with no key at all":               {whole, []string{"--key", "key"}, 2, []string{"This is no public key."}},
		"one byte changed":                 {strings.Replace(whole, "rotated after", "rotated afteR", 1), []string{"--key", key}, 1, []string{"the reason is not the one"}},
		"one byte changed, without a key":  {strings.Replace(whole, "rotated after", "rotated afteR", 1), nil, 1, []string{"Export: DOES NOT HOLD.", "Who made the file was not checked"}},
		"a change that nobody requested":   {unasked(), nil, 1, []string{"Export: holds.", "Changes: DO NOT HOLD.", "Who made the file was not checked"}},
		"its header removed":               {strings.Join(lines[1:], ""), nil, 1, []string{"line 1: no header of an export", "not copied whole"}},
		"a line removed":                   {strings.Join(slices.Delete(slices.Clone(lines), 3, 4), ""), []string{"--key", key}, 1, []string{"line 4: record 3: missing"}},
		"a part":                           {export("--from", "2"), []string{"--key", key}, 0, []string{fmt.Sprintf("A part: records 2 to %d", last), "Of changes that began before record 2"}},
		"newer than its checkpoint": {export("--to", fmt.Sprint(last-1)), []string{"--key", key}, 2,
			[]string{fmt.Sprintf("to %d are newer than the newest checkpoint", last-1), "Export again"}},
		"without a checkpoint": {export("--from", "2", "--to", "3"), []string{"--key", key}, 2, []string{"No checkpoint in the file"}},
		"a forged escape":      {strings.Replace(whole, `"origin":"s`, `"origin":"\u001b[2J`, 1), nil, 1, []string{`Log: \x1b[2J`}},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeFile(t, filepath.Join(t.TempDir(), "log.jsonl"), c.text)
			code, stdout, stderr := run(t, nil, append([]string{"audit", "verify", "--file", file}, c.args...)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, stdout+stderr)
			}
			said := strings.Join(strings.Fields(stdout+stderr), " ")
			for _, text := range c.says {
				if !strings.Contains(said, text) {
					t.Errorf("%q is not in\n%s", text, stdout+stderr)
				}
			}
			if strings.Contains(said, "agrees with itself") && strings.Contains(said, "NOT HOLD") {
				t.Errorf("it is said to agree with itself, and not to hold:\n%s", stdout)
			}
			if strings.Contains(said, "auditcli.") {
				t.Errorf("a sentence is missing:\n%s", said)
			}
		})
	}
}

// TestNobodyIsAccusedOfAnotherFile: what is no export was not changed by anybody.
func TestNobodyIsAccusedOfAnotherFile(t *testing.T) {
	dir := t.TempDir()
	none, unread := wording.English().Say("auditcli.no_export"), wording.English().Say("auditcli.file_unread")
	for file, want := range map[string]string{
		"stories/policy.yaml": none, "../../.github/approve.png": none, writeFile(t, filepath.Join(dir, "empty"), ""): none,
		dir: unread, filepath.Join(dir, "missing"): unread,
	} {
		for _, args := range [][]string{nil, {"--json"}} {
			code, stdout, stderr := run(t, nil, append([]string{"audit", "verify", "--file", file}, args...)...)
			if code != exitUsage || stdout != "" || stderr != want+"\n" {
				t.Errorf("%s %v: exit code %d, want %d, %q\n%s%s", file, args, code, exitUsage, want, stdout, stderr)
			}
		}
	}
}

// asDocumented runs the commands of the page about security.
func (a *audited) asDocumented(key string) {
	a.t.Helper()
	dir := a.t.TempDir()
	a.do(os.Symlink(a.program[0], filepath.Join(dir, "secretstore")))
	variables := append(a.settings(), "KEY="+key, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, want := range map[string]string{"verify": "Sheet: holds.", "export": "Signatures: hold, up to record"} {
		commands := "cd '" + dir + "'\n" + documentedIn(a.t, "../../deploy/security.md", name)
		if said := newMachine(a.t, a.t.TempDir()).does(a.t, commands, variables...); !strings.Contains(said, want) {
			a.t.Errorf("the commands of %q say\n%s", name, said)
		}
	}
}
