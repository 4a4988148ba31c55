package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

var (
	ones  = strings.Repeat("11", MinKey)
	twos  = strings.Repeat("22", MinKey)
	short = strings.Repeat("11", MinKey-1)
)

func TestParseKeyring(t *testing.T) {
	for _, row := range []struct {
		name, text, current string // "" for refused
	}{
		{"one key", "k1:" + ones, "k1"},
		{"the first of two", "k2:" + twos + ",k1:" + ones, "k2"},
		{"spaces around", " k2:" + twos + " , k1:" + ones + "\n", "k2"},
		{"upper-case digits", "k1:" + strings.Repeat("AB", MinKey), "k1"},
		{"a longer key", "k1:" + ones + twos, "k1"},
		{"nothing", "", ""},
		{"no id", ":" + ones, ""},
		{"no key", "k1:", ""},
		{"no colon", ones, ""},
		{"a short key", "k1:" + short, ""},
		{"odd digits", "k1:" + ones + "1", ""},
		{"no digits", "k1:" + strings.Repeat("zz", MinKey), ""},
		{"one id twice", "k1:" + ones + ",k1:" + twos, ""},
		{"an empty part", "k1:" + ones + ",", ""},
		{"a space in the id", "k 1:" + ones, ""},
		{"a line break in the id", "k\n1:" + ones, ""},
		{"a long id", strings.Repeat("k", 33) + ":" + ones, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			k, err := ParseKeyring(row.text)
			switch {
			case row.current == "" && err != ErrKeys:
				t.Errorf("taken, error %v", err)
			case row.current != "" && (err != nil || k.Current() != row.current):
				t.Errorf("error %v, current %q", err, k.Current())
			}
		})
	}
}

func FuzzParseKeyring(f *testing.F) {
	f.Add("k1:" + ones)
	f.Add("k2:" + twos + ", k1:" + ones)
	f.Add("k1:" + short + ",:,")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKeyring(text)
		if err != nil {
			if strings.Contains(err.Error(), text) && len(text) > 20 {
				t.Error("the error quotes the setting")
			}
			return
		}
		mac := k.mac("purpose", 32, []byte("text"))
		if !k.proves(mac, "purpose", 32, []byte("text")) || k.proves(mac, "purpose", 32, []byte("other")) {
			t.Error("a ring does not prove its own")
		}
	})
}

func keys(t *testing.T, text string) Keyring {
	t.Helper()
	k, err := ParseKeyring(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestARotatedKeyStillProves(t *testing.T) {
	old, rotated, others := keys(t, "k1:"+ones), keys(t, "k2:"+twos+",k1:"+ones), keys(t, "k1:"+twos)
	mac := old.mac("p", 32, []byte("text"))
	if !rotated.proves(mac, "p", 32, []byte("text")) {
		t.Error("the old key's MAC is proven no more")
	}
	if others.proves(mac, "p", 32, []byte("text")) {
		t.Error("another key of the same id proves it")
	}
	if fresh := rotated.mac("p", 32, []byte("text")); !strings.HasPrefix(fresh, "k2:") || old.proves(fresh, "p", 32, []byte("text")) {
		t.Error("the new key does not sign, or the old ring proves it")
	}
}

func TestAMACProvesOneThing(t *testing.T) {
	k := keys(t, "k1:"+ones)
	mac := k.mac("p", 32, []byte("ab"), []byte("c"))
	for name, proven := range map[string]bool{
		"another purpose":   k.proves(mac, "q", 32, []byte("ab"), []byte("c")),
		"moved boundaries":  k.proves(mac, "p", 32, []byte("a"), []byte("bc")),
		"joined parts":      k.proves(mac, "p", 32, []byte("abc")),
		"a part more":       k.proves(mac, "p", 32, []byte("ab"), []byte("c"), nil),
		"a shorter MAC":     k.proves(mac[:len(mac)-2], "p", 32, []byte("ab"), []byte("c")),
		"another size":      k.proves(mac, "p", 16, []byte("ab"), []byte("c")),
		"no MAC":            k.proves("", "p", 32, []byte("ab"), []byte("c")),
		"no id":             k.proves(strings.TrimPrefix(mac, "k1"), "p", 32, []byte("ab"), []byte("c")),
		"an unknown id":     k.proves("k9"+mac[2:], "p", 32, []byte("ab"), []byte("c")),
		"upper-case digits": k.proves(strings.ToUpper(mac), "p", 32, []byte("ab"), []byte("c")),
	} {
		if proven {
			t.Errorf("%s proves it", name)
		}
	}
}

func TestRingsThatShareAKeyAreFound(t *testing.T) {
	a, b := keys(t, "a:"+ones+",b:"+twos), keys(t, "c:"+twos)
	if !a.Same(b) || !b.Same(a) || b.Same(keys(t, "c:"+ones)) {
		t.Error("keys are compared by something else than their bytes")
	}
}

func TestAKeyringPrintsNoKey(t *testing.T) {
	key := sha256.Sum256([]byte("a key no four bytes of which are an address"))
	k := keys(t, "k1:"+hex.EncodeToString(key[:]))
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
		fmt.Fprintf(&out, verb+"\n", k)
		fmt.Fprintf(&out, verb+"\n", struct{ K Keyring }{k})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("ring", "ring", k)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("ring", "ring", k)
	encoded, _ := json.Marshal(k)
	out.Write(encoded)
	for piece := range slices.Chunk(key[:], 4) {
		for _, verb := range []string{"%s", "%x", "%X", "%q", "%d", "%#v"} {
			trace := strings.Trim(strings.TrimPrefix(fmt.Sprintf(verb, piece), "[]byte"), `"[]{}`)
			if strings.Contains(out.String(), trace) {
				t.Errorf("the key is printed (%q)", trace)
			}
		}
	}
}
