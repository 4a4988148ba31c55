package secret

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

const pemKey = "-----BEGIN PRIVATE KEY-----\naGVsbG8gd29ybGQ=\n-----END PRIVATE KEY-----\n"

func TestPEM(t *testing.T) {
	const encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\naGVs\nbG8=\n-----END RSA PRIVATE KEY-----\n"
	broken := func(place, want string) []string { return []string{"value: broken_pem at " + place + " want " + want} }
	full := typed(pemKey)
	full.Full = true
	runRecipe(t, PEM, []recipeCase{
		{"one block", typed(pemKey), pemKey, nil},
		{"the final newline is added", typed(strings.TrimSpace(pemKey)), pemKey, nil},
		{"empty lines around go", typed("\n\n" + pemKey + "\n\n"), pemKey, nil},
		{"Windows line breaks", typed(strings.ReplaceAll(pemKey, "\n", "\r\n")), pemKey, nil},
		{"old Mac line breaks", typed(strings.ReplaceAll(pemKey, "\n", "\r")), pemKey, nil},
		{"indented, as copied from YAML", typed("    " + strings.ReplaceAll(pemKey, "\n", "  \n\t")), pemKey, nil},
		{"several blocks, with empty lines between", typed(pemKey + "\n" + pemKey), pemKey + pemKey, nil},
		{"headers of an encrypted key", typed(encrypted), encrypted, nil},
		{"text around is dropped, and told once", typed("Bag Attributes\n x: y\n" + pemKey + "end"), pemKey, []string{"~value: text_around_pem at 1:1"}},
		{"nothing", typed(""), "", []string{"value: empty"}},
		{"no block", typed("hunter2"), "", []string{"~value: text_around_pem at 1:1", "value: no_pem"}},
		{"base64 without its boundaries", typed("aGVsbG8="), "", []string{"~value: text_around_pem at 1:1", "value: no_pem"}},
		{"no end", typed("x\n-----BEGIN A-----\naGVs\n"), "", append([]string{"~value: text_around_pem at 1:1"}, broken("2:1", "pem_end")...)},
		{"no beginning", typed("-----END A-----"), "", broken("1:1", "pem_begin")},
		{"another end", typed("-----BEGIN A-----\naGVs\n-----END B-----"), "", broken("3:1", "pem_end")},
		{"a beginning inside", typed("-----BEGIN A-----\naGVs\n" + pemKey), "", broken("3:1", "pem_end")},
		{"a character that is no base64", typed("-----BEGIN A-----\naGVs\naG*s\n-----END A-----"), "", broken("3:3", "base64")},
		{"a body that is cut", typed("-----BEGIN A-----\naGVs\naGV\n-----END A-----"), "", broken("3:1", "base64")},
		{"an empty body", typed("-----BEGIN A-----\n-----END A-----"), "", broken("1:1", "base64")},
		{"line breaks written as \\n", typed(strings.ReplaceAll(pemKey, "\n", `\n`)), "", broken("1:1", "line_break")},
		{"all on one line", typed(strings.ReplaceAll(pemKey, "\n", " ")), "", broken("1:1", "line_break")},
		{"two files without a line break between", typed(strings.TrimSpace(pemKey) + pemKey), "", broken("3:1", "line_break")},
		{"dashes that are too few", typed("----BEGIN A----\naGVs\n----END A----"), "", []string{"~value: text_around_pem at 1:1", "value: no_pem"}},
		{"a certificate that is none", typed("-----BEGIN CERTIFICATE-----\naGVs\n-----END CERTIFICATE-----"), "-----BEGIN CERTIFICATE-----\naGVs\n-----END CERTIFICATE-----\n", []string{"~value: bad_certificate at 1:1"}},
		{"a full field", full, pemKey, []string{"~value: maybe_cut"}},
		{"bytes that are no text", typed("\xff"), "", []string{"value: not_utf8 at 1:1"}},
	})
}

func TestPEMDescribesTheFirstCertificate(t *testing.T) {
	expires := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	first, second := certificate(t, "api.example\x00\n.com", expires), certificate(t, "ca.example.com", expires.AddDate(9, 0, 0))
	got := PEM.Encode(typed(pemKey + first + second))
	switch {
	case len(got.Faults) > 0 || got.Value.Len() != len(pemKey+first+second):
		t.Fatalf("%d bytes, faults %v", got.Value.Len(), told(got.Faults))
	case got.Certificate == nil:
		t.Fatal("the certificate is not described")
	}
	if c := *got.Certificate; c.Subject != "CN=api.example.com,O=Acme" || c.Type != "ECDSA" || !c.Expires.Equal(expires) {
		t.Errorf("described as %+v", c)
	}
	if got := PEM.Encode(typed(pemKey)); got.Certificate != nil {
		t.Error("a key is described as a certificate")
	}
	if got := PEM.Encode(typed(first + "-----BEGIN A-----")); got.Certificate != nil {
		t.Error("a refused value is described")
	}
}

func certificate(t *testing.T, name string, expires time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Acme"}},
		NotAfter:     expires,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
