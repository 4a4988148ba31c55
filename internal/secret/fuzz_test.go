package secret

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// checkRecipe encodes in, holds the result against what every recipe promises, and
// returns the stored bytes, nil if the input was refused.
func checkRecipe(t *testing.T, recipe Recipe, in Input) []byte {
	t.Helper()
	before := append(bytes.Clone(in.Value.Reveal()), in.Password.Reveal()...)
	got := recipe.Encode(in)
	checkFaults(t, got.Faults)
	refused := len(Blocking(got.Faults, true)) > 0
	if length := got.Value.Len(); refused != (length == 0) || length > MaxBytes {
		t.Fatalf("%d bytes beside the faults %v", length, told(got.Faults))
	}
	if !bytes.Equal(before, append(bytes.Clone(in.Value.Reveal()), in.Password.Reveal()...)) {
		t.Fatal("the input was changed")
	}
	if refused {
		return nil
	}
	checkInverse(t, recipe, got.Value)
	return got.Value.Reveal()
}

// checkInverse sees to it that what is stored can be read back and encodes to the same bytes.
func checkInverse(t *testing.T, recipe Recipe, stored Value) {
	t.Helper()
	back, ok := recipe.Decode(stored)
	if !ok {
		t.Fatalf("%s can't read back what it wrote: %q", recipe, stored.Reveal())
	}
	if again := recipe.Encode(back); !again.Value.Same(stored) {
		t.Fatalf("%q becomes %q after reading back", stored.Reveal(), again.Value.Reveal())
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "p4ss\n", " a\r\n\n", "“x”&amp;:)", "\x00\xff", "<https://a>", "\u200bTODO"} {
		f.Add(seed, true, false)
		f.Add(seed, false, true)
	}
	f.Fuzz(func(t *testing.T, text string, keep, full bool) {
		in := Input{Value: stored(text), KeepNewline: keep, Full: full}
		out := checkRecipe(t, Text, in)
		if keep && out != nil && string(out) != text {
			t.Errorf("%q is stored as %q", text, out)
		}
	})
}

func FuzzBase64Encode(f *testing.F) {
	for _, seed := range []string{"", "hello\n", "aGVsbG8=", "ÿ\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkRecipe(t, Base64Encode, typed(text)) })
}

func FuzzBase64Decode(f *testing.F) {
	for _, seed := range []string{"", "aGVsbG8=", "aGVs bG8", "_-8", "+/8=", "=", "YUdWc2JHOGdkMjl5YkdRPQ==", "ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkRecipe(t, Base64Decode, typed(text)) })
}

// FuzzJSON holds the scanner against encoding/json: it accepts nothing that encoding/json
// refuses, and refuses nothing else but duplicate keys and depth.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{"", `{"a":[1,-0.5e+7,"\u00e9\n"],"b":{}}`, `{"a":1,"a":2}`, `[01]`, `"\ud800"`, `{'a':1}`, "[[[", "nul", `{"a":1,}`, "[1 2]"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, compact bool) {
		in := Input{Value: stored(text), Compact: compact}
		out := checkRecipe(t, JSON, in)
		wrong := false
		for _, fault := range JSON.Encode(in).Faults {
			wrong = wrong || fault.Code == CodeJSONSyntax || fault.Code == CodeNotUTF8 || fault.Code == CodeEmpty
		}
		switch {
		case out != nil && !json.Valid(out):
			t.Errorf("%q is stored but no JSON", out)
		case json.Valid([]byte(text)) && wrong:
			if fault, _ := unusable(FieldValue, []byte(text)); fault.Code != CodeNotUTF8 {
				t.Errorf("%q is JSON but refused", text)
			}
		}
	})
}

func FuzzDotenv(f *testing.F) {
	for _, seed := range pairSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := checkRecipe(t, Dotenv, typed(text))
		var object map[string]string
		if out != nil && json.Unmarshal(out, &object) != nil {
			t.Errorf("%q is no object of strings", out)
		}
	})
}

var pairSeeds = []string{
	"", "A=1", "export A = 'x'\n# c\nB=\"y\\n\\\"\\\\\"", "A=`\n`\r\nB=#", "A=\"x", "A='x'y", "=", "A", "A=1\nA=2", "A=x #y", "A=\r", "A=\"\\", "\tA\t=\t\"\"\t#",
}

func FuzzK8sSecret(f *testing.F) {
	for _, seed := range pairSeeds {
		f.Add("App_DB", seed)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		out := checkRecipe(t, K8sSecret, pairsFor(Name(name), text))
		if out == nil {
			return
		}
		var manifest corev1.Secret
		if err := yaml.UnmarshalStrict(out, &manifest); err != nil {
			t.Fatalf("Kubernetes can't read %q: %v", out, err)
		}
		pairs, _ := typedPairs(typed(text))
		for _, p := range pairs {
			if !bytes.Equal(manifest.Data[p.key], p.value) {
				t.Errorf("Kubernetes reads %q for %q", manifest.Data[p.key], p.value)
			}
		}
		if len(pairs) != len(manifest.Data) {
			t.Errorf("Kubernetes reads %d of %d pairs", len(manifest.Data), len(pairs))
		}
	})
}

func FuzzPEM(f *testing.F) {
	for _, seed := range []string{"", pemKey, "x" + pemKey, pemKey + pemKey, "-----BEGIN A-----", "-----END A-----", "-----BEGIN A-----\nX: y\n\naGVs\n-----END A-----",
		"-----BEGIN CERTIFICATE-----\naGVs\n-----END CERTIFICATE-----", "-----BEGIN A-----\\naGVs"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := checkRecipe(t, PEM, typed(text))
		if out != nil && (bytes.HasSuffix(out, []byte("\n\n")) || !bytes.HasSuffix(out, []byte("-----\n")) || bytes.ContainsRune(out, '\r')) {
			t.Errorf("%q has not exactly one final newline, or Windows ones", out)
		}
	})
}

func FuzzURL(f *testing.F) {
	f.Add("postgres", "app", "p:4@/", "db.example.com", "5432", "shop")
	f.Add("redis", "", "%", "::1", "", "/0")
	f.Add("x+y.z-1", "ü", "", "[fe80::1%25eth0]", "0", "a/../b?c#d")
	f.Add("HTTP://", ":", "\xff", "a..b", "65536", "//")
	f.Fuzz(func(t *testing.T, scheme, user, password, host, port, database string) {
		in := Input{Scheme: scheme, User: user, Password: stored(password), Host: host, Port: port, Database: database}
		out := checkRecipe(t, URL, in)
		if out == nil {
			return
		}
		u, err := url.Parse(string(out))
		if err != nil {
			t.Fatalf("net/url refuses %q: %v", out, err)
		}
		got, _ := u.User.Password()
		if u.User.Username() != user || got != password || urlDatabase(u.Path) != urlDatabase(database) || u.RawQuery+u.Fragment+u.Opaque != "" {
			t.Errorf("net/url reads %#v", u)
		}
	})
}

func FuzzDockerConfigJSON(f *testing.F) {
	f.Add("r.io", "u", "p:4")
	f.Add("docker.io", "ü\"\\", "\u2028<&>")
	f.Add("", ":", "\xff")
	f.Fuzz(func(t *testing.T, server, user, password string) {
		in := credentials(server, user, password)
		if out := checkRecipe(t, DockerConfigJSON, in); out != nil {
			back, _ := DockerConfigJSON.Decode(NewValue(out))
			if back.User != user || string(back.Password.Reveal()) != password {
				t.Errorf("read back as %q and %q", back.User, back.Password.Reveal())
			}
		}
	})
}

func FuzzGenerate(f *testing.F) {
	f.Add(0, "")
	f.Add(16, "hex")
	f.Add(-1, "x")
	f.Add(1<<62, "digits")
	f.Fuzz(func(t *testing.T, length int, name string) {
		got := Generate.Encode(Input{Length: length, Alphabet: name})
		checkFaults(t, got.Faults)
		if (got.Value.Len() == 0) != (len(got.Faults) > 0) || got.Value.Len() > MaxLength {
			t.Errorf("%d characters, faults %v", got.Value.Len(), told(got.Faults))
		}
	})
}

// FuzzDecode reads stored bytes of any origin as every recipe.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "x", `{"A":"b"}`, `{"A":"b","A":"c"}`, "aGVsbG8=", "postgres://a:b@h/%2Fx", pemKey, manifestHead + `  "a": "YQ=="` + "\n",
		`{"auths":{"r.io":{"username":"u","password":"p","auth":"dTpw"}}}`, `{"A":`, "http://[::1", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, recipe := range append(TextRecipes(), FormRecipes()...) {
			in, ok := recipe.Decode(NewValue(bytes.Clone(data)))
			if ok && !recipe.Encode(in).Value.Same(NewValue(data)) {
				t.Errorf("%s reads %q as something else", recipe, data)
			}
		}
	})
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name   string
		recipe Recipe
		stored string
		ok     bool
		want   Input
	}{
		{"pairs come back as lines", Dotenv, `{"A":"x\n\"y\"","B":""}`, true, typed("A=\"x\\n\\\"y\\\"\"\nB=\"\"\n")},
		{"an object of numbers is no dotenv", Dotenv, `{"A":1}`, false, Input{}},
		{"an object with spaces is not ours", Dotenv, `{"A": "1"}`, false, Input{}},
		{"a URL comes apart", URL, "postgres://u%40:p%3A@h:1/d%2Fe", true, Input{Scheme: "postgres", User: "u@", Password: stored("p:"), Host: "h", Port: "1", Database: "d/e"}},
		{"a URL with options is not ours", URL, "postgres://h/d?a=b", false, Input{}},
		{"base64 is decoded", Base64Encode, "aGkK", true, typed("hi\n")},
		{"bytes are encoded", Base64Decode, "\x00\xff", true, typed("AP8=")},
		{"credentials come apart", DockerConfigJSON, `{"auths":{"r.io":{"username":"u","password":"p","auth":"dTpw"}}}`, true, Input{Registry: "r.io", User: "u", Password: stored("p")}},
		{"credentials that disagree are not ours", DockerConfigJSON, `{"auths":{"r.io":{"username":"u","password":"p","auth":"eDp5"}}}`, false, Input{}},
		{"a manifest comes apart", K8sSecret, strings.Replace(manifestHead, "%", "app", 1) + "  \"a\": \"YiJj\"\n", true, typed("a=\"b\\\"c\"\n")},
		{"a manifest of another hand is not ours", K8sSecret, strings.Replace(manifestHead, "%", "app", 1) + "  a: YQ==\n", false, Input{}},
		{"generated values have no input", Generate, "0123456789abcdef", false, Input{}},
		{"nothing", Text, "", false, Input{}},
		{"an unknown recipe", "rot13", "x", false, Input{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := test.recipe.Decode(stored(test.stored))
			sameParts := got.Scheme == test.want.Scheme && got.User == test.want.User && got.Host == test.want.Host && got.Port == test.want.Port &&
				got.Database == test.want.Database && got.Registry == test.want.Registry && got.Password.Same(test.want.Password)
			if ok != test.ok || !got.Value.Same(test.want.Value) || !sameParts {
				t.Errorf("got %v: value %q, %+v", ok, got.Value.Reveal(), got)
			}
		})
	}
}

func TestEveryRecipeIsKnown(t *testing.T) {
	for _, recipe := range append(TextRecipes(), FormRecipes()...) {
		for _, fault := range recipe.Encode(Input{}).Faults {
			if !recipe.Valid() || fault.Code == CodeUnknownRecipe {
				t.Errorf("%s is not known", recipe)
			}
		}
	}
	if got := told(Recipe("rot13").Encode(typed("x")).Faults); len(got) != 1 || got[0] != "recipe: unknown_recipe" {
		t.Errorf("an unknown recipe gives %v", got)
	}
}

// TestResultsAndInputsShareNoMemory: either may be wiped alone.
func TestResultsAndInputsShareNoMemory(t *testing.T) {
	for recipe, text := range map[Recipe]string{Text: "x1y2", JSON: "{}", Dotenv: "A=b", Base64Decode: "aGVs", Base64Encode: "x1y2", PEM: pemKey} {
		in := typed(text)
		got := recipe.Encode(in).Value
		before := string(got.Reveal())
		in.Value.Wipe()
		if string(got.Reveal()) != before {
			t.Errorf("%s: wiping the input changed the result", recipe)
		}
	}
}
