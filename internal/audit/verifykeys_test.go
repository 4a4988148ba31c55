package audit_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
)

// pair is a signing key of a log, in all its forms.
type pair struct {
	public         ed25519.PublicKey
	private        ed25519.PrivateKey
	block, vkey    string
	privateInBlock string
}

func newPair(t testing.TB, log string) pair {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	p := pair{public, private, string(audit.PublicPEM(public)), "", string(block)}
	p.vkey = p.under(t, log)
	return p
}

// under is the public key as it is believed for a log.
func (p pair) under(t testing.TB, log string) string {
	t.Helper()
	vkey, err := note.NewEd25519VerifierKey(log, p.public)
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

func otherAlgorithm(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestPublicKeysAreRead(t *testing.T) {
	a, b := newPair(t, "log.example/1"), newPair(t, "log.example/1")
	for name, c := range map[string]struct {
		text string
		keys int
		code audit.KeyCode
	}{
		"PEM":                        {a.block, 1, ""},
		"two blocks, with words":     {"log: x\n\n" + a.block + "before: \n" + b.block + "end\n", 2, ""},
		"the same twice":             {a.block + a.block, 1, ""},
		"with the line ends of DOS":  {strings.ReplaceAll(a.block, "\n", "\r\n"), 1, ""},
		"NAME+HASH+KEY":              {a.vkey + "\n", 1, ""},
		"PEM under its fingerprint":  {"SHA256:" + audit.Fingerprint(a.public) + "\n" + a.block, 1, ""},
		"nothing":                    {"", 0, audit.KeyUnreadable},
		"words":                      {"the key", 0, audit.KeyUnreadable},
		"a cut block":                {a.block[:60], 0, audit.KeyUnreadable},
		"a whole and a cut block":    {a.block + b.block[:60], 0, audit.KeyUnreadable},
		"a cut and a whole block":    {a.block[:60] + "\n" + b.block, 0, audit.KeyUnreadable},
		"one letter of NAME changed": {"L" + a.vkey[1:], 0, audit.KeyUnreadable},
		"another name of the block":  {strings.ReplaceAll(a.block, "PUBLIC KEY", "CERTIFICATE"), 0, audit.KeyUnreadable},
		"another algorithm":          {otherAlgorithm(t), 0, audit.KeyOther},
		"a private PEM":              {a.privateInBlock, 0, audit.KeyPrivate},
		"a private PEM behind a key": {a.block + a.privateInBlock, 0, audit.KeyPrivate},
		"a private key of a note":    {"PRIVATE+KEY+log+00000000+AAAA", 0, audit.KeyPrivate},
		"ID:HEX of the settings":     {"k1:" + strings.Repeat("5a", 32), 0, audit.KeyPrivate},
		"a file of settings":         {"SECRETSTORE_SIGNING_KEY=\"k1:" + strings.Repeat("5A", 32) + "\"\n", 0, audit.KeyPrivate},
	} {
		t.Run(name, func(t *testing.T) {
			var keys audit.Keys
			err := keys.Add([]byte(c.text))
			if fault, ok := errors.AsType[*audit.KeyFault](err); ok && fault.Code != c.code || !ok && c.code != "" {
				t.Errorf("got %v, want %q", err, c.code)
			}
			if got := len(keys.Fingerprints()); got != c.keys || keys.Empty() != (c.keys == 0) {
				t.Errorf("%d keys, want %d", got, c.keys)
			}
		})
	}
}

// TestAKeyOpensWhatItSigned: a PEM for every log, a key that names its log for that alone.
func TestAKeyOpensWhatItSigned(t *testing.T) {
	a, b := newPair(t, "log.example/1"), newPair(t, "log.example/1")
	for name, c := range map[string]struct {
		keys []string
		log  string
		want bool
	}{
		"PEM":                         {[]string{a.block}, "log.example/1", true},
		"PEM, of another log":         {[]string{a.block}, "log.example/2", true},
		"named":                       {[]string{a.vkey}, "log.example/1", true},
		"named, of another log":       {[]string{a.vkey}, "log.example/2", false},
		"both forms of the same":      {[]string{a.vkey, a.block, a.vkey}, "log.example/1", true},
		"both, the other way round":   {[]string{a.block, a.vkey}, "log.example/2", true},
		"named for two logs, and PEM": {[]string{a.vkey, a.under(t, "log.example/2"), a.block}, "log.example/2", true},
		"among others":                {[]string{b.vkey, b.block, a.block}, "log.example/1", true},
		"another's":                   {[]string{b.block, b.vkey}, "log.example/1", false},
		"none":                        {nil, "log.example/1", false},
	} {
		t.Run(name, func(t *testing.T) {
			var keys audit.Keys
			for _, text := range c.keys {
				if err := keys.Add([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			point, ok := keys.Open(signedBy(t, a, c.log))
			if ok != c.want || ok && (point.Size != 7 || point.Origin != c.log) {
				t.Errorf("opened: %v, %+v", ok, point)
			}
		})
	}
}

// signedBy is a checkpoint of 7 records, signed in the name of a log.
func signedBy(t testing.TB, p pair, log string) string {
	t.Helper()
	signer := noteSigner{log, p}
	text := log + "\n7\n" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

type noteSigner struct {
	log string
	pair
}

func (s noteSigner) Name() string                     { return s.log }
func (s noteSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.private, text), nil }
func (s noteSigner) KeyHash() uint32 {
	vkey, _ := note.NewEd25519VerifierKey(s.log, s.public)
	verifier, _ := note.NewVerifier(vkey)
	return verifier.KeyHash()
}

// TestOpensslReadsTheKey, and computes the same fingerprint.
func TestOpensslReadsTheKey(t *testing.T) {
	p := newPair(t, "log.example/1")
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte("words before it\n"+p.block), 0o600); err != nil {
		t.Fatal(err)
	}
	command := `openssl pkey -pubin -in "$0" -outform DER | sha256sum`
	out, err := exec.CommandContext(t.Context(), "sh", "-c", command, file).CombinedOutput()
	if err != nil || !slices.Equal(strings.Fields(string(out)), []string{audit.Fingerprint(p.public), "-"}) {
		t.Errorf("%v: is openssl installed? It says\n%s\nwant %s", err, out, audit.Fingerprint(p.public))
	}
}

// FuzzPublicKeys: what is taken for keys is written again as it was read, and no error
// quotes the text.
func FuzzPublicKeys(f *testing.F) {
	p := newPair(f, "log.example/1")
	for _, text := range []string{p.block, p.block + p.block, p.vkey, p.privateInBlock, otherAlgorithm(f), "k1:" + strings.Repeat("5a", 32), "-----BEGIN ", "a+b+c"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var keys, again audit.Keys
		if err := keys.Add(text); err != nil {
			if !keys.Empty() || len(text) > 40 && strings.Contains(err.Error(), string(text)) {
				t.Errorf("%v, with keys %v", err, keys.Fingerprints())
			}
			return
		}
		if keys.Empty() || again.Add(text) != nil || !slices.Equal(keys.Fingerprints(), again.Fingerprints()) {
			t.Errorf("taken, with keys %v", keys.Fingerprints())
		}
	})
}
