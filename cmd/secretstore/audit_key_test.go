package main

import (
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"secretstore/internal/gcp"
)

// publicKeys is the file that `audit key` makes.
func (a *audited) publicKeys() string {
	a.t.Helper()
	code, stdout, stderr := run(a.t, a.env, "audit", "key")
	if code != exitOK || stderr != "" {
		a.t.Fatal(code, stderr)
	}
	return writeFile(a.t, filepath.Join(a.t.TempDir(), "keys.pem"), stdout)
}

// asAuditor verifies with the public keys alone: of the settings nothing leads to a key.
func (a *audited) asAuditor(file string) {
	a.t.Helper()
	env := map[string]string{envDatabase: a.env[envDatabase], envSheets: a.env[envSheets], envSheetsURL: a.env[envSheetsURL]}
	if code, stdout, stderr := run(a.t, env, "audit", "verify"); code != exitUsage || stdout != "" {
		a.t.Errorf("without any key: exit code %d\n%s", code, stdout+stderr)
	}
	if code, stdout, stderr := run(a.t, env, "audit", "verify", "--public-key", file); code != exitOK ||
		!strings.Contains(stdout, "Sheet: holds.") || strings.Contains(stdout, "To verify an export elsewhere") {
		a.t.Errorf("with the public key: exit code %d\n%s", code, stdout+stderr)
	}
	_, public := opensslKeys(a.t)
	if code, stdout, stderr := run(a.t, env, "audit", "verify", "--public-key", public); code != exitFailed ||
		!strings.Contains(stdout, "signed by none of the keys") {
		a.t.Errorf("with another's public key: exit code %d\n%s", code, stdout+stderr)
	}
}

// opensslKeys makes a key as people make them elsewhere.
func opensslKeys(t *testing.T) (private, public string) {
	t.Helper()
	dir := t.TempDir()
	private, public = filepath.Join(dir, "private.pem"), filepath.Join(dir, "public.pem")
	command := `openssl genpkey -algorithm ed25519 -out "$0" && openssl pkey -in "$0" -pubout -out "$1"`
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", command, private, public).CombinedOutput(); err != nil {
		t.Fatalf("%v: is openssl installed? It says\n%s", err, out)
	}
	return private, public
}

// TestAuditVerifyAfterANewSigningKey: each checkpoint is verified by the key that signed it,
// so that an auditor needs the earlier ones too.
func TestAuditVerifyAfterANewSigningKey(t *testing.T) {
	a := newAudited(t)
	before := a.publicKeys()
	manager, err := gcp.NewSecretManager(t.Context(), a.env[envSecrets])
	a.do(err)
	defer manager.Close()
	s := settings(maps.Clone(a.env))
	s[envInstallation] = "main"
	kept, err := manager.Access(t.Context(), s.keyTarget("signing"), 1)
	a.do(err)
	newer := "k2:" + strings.Repeat("5a", 32)
	a.acts(t, "start")
	a.makes(t, "newest")
	a.acts(t, "quit")
	a.env[envSigningKey] = newer + "," + string(kept.Reveal())
	a.sign()
	both := a.publicKeys()
	a.env[envSigningKey] = newer
	alone := a.publicKeys()
	_, log, _ := run(t, a.env, "audit", "export")
	file := writeFile(t, filepath.Join(t.TempDir(), "log.jsonl"), log)
	for name, c := range map[string]struct {
		keys []string
		code int
		says string
	}{
		"both":               {[]string{both}, exitOK, "Signatures: hold, up to record"},
		"each by itself":     {[]string{before, alone}, exitOK, "Signatures: hold, up to record"},
		"the newer one only": {[]string{alone}, exitFailed, "Signatures: DO NOT HOLD. Faults: 2"},
		"the older one only": {[]string{before}, exitFailed, "Signatures: DO NOT HOLD. Faults: 1"},
	} {
		var args []string
		for _, key := range c.keys {
			args = append(args, "--public-key", key)
		}
		for _, verb := range [][]string{{"--file", file}, nil} {
			code, stdout, stderr := run(t, a.env, slices.Concat([]string{"audit", "verify"}, verb, args)...)
			if code != c.code || verb != nil && !strings.Contains(stdout, c.says) {
				t.Errorf("%s, %v: exit code %d, want %d and %q\n%s", name, verb, code, c.code, c.says, stdout+stderr)
			}
		}
	}
}
