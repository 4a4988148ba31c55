package secret

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRef(t *testing.T) {
	long := strings.Repeat("n", MaxName)
	tests := []struct {
		name, text string
		want       Ref
		faults     []string
	}{
		{"environment and name", "prod/payments-key", Ref{"prod", "payments-key"}, nil},
		{"a name alone leaves the environment empty", "payments_KEY-2", Ref{"", "payments_KEY-2"}, nil},
		{"spaces around are dropped", " prod/key ", Ref{"prod", "key"}, nil},
		{"spaces around the slash are dropped", "prod / key", Ref{"prod", "key"}, nil},
		{"the longest name", "dev/" + long, Ref{"dev", Name(long)}, nil},
		{"nothing", "", Ref{}, []string{"name: empty"}},
		{"only spaces", "   ", Ref{}, []string{"name: empty"}},
		{"only a slash tells of both", "/", Ref{}, []string{"env: empty", "name: empty"}},
		{"one character too many", "dev/" + long + "n", Ref{Environment: "dev"}, []string{"name: too_long limit 255"}},
		{"a space inside", "dev/my key", Ref{Environment: "dev"}, []string{"name: bad_name"}},
		{"a second slash", "dev/a/b", Ref{Environment: "dev"}, []string{"name: bad_name"}},
		{"a dot", "a.b", Ref{}, []string{"name: bad_name"}},
		{"a letter beyond ASCII", "schlüssel", Ref{}, []string{"name: bad_name"}},
		{"a broken byte", "key\xff", Ref{}, []string{"name: bad_name"}},
		{"a line break inside", "a\nb", Ref{}, []string{"name: bad_name"}},
		{"a staged secret", "dev/" + StagingPrefix + "x", Ref{Environment: "dev"}, []string{"name: reserved_name"}},
		{"a key of ours", KeyPrefix + "seal", Ref{}, []string{"name: reserved_name"}},
		{"our prefix in another case", "SecretStore-x", Ref{}, []string{"name: reserved_name"}},
		{"our word without the dash is free", "secretstore", Ref{Name: "secretstore"}, nil},
		{"an environment in upper case", "Prod/key", Ref{Name: "key"}, []string{"env: bad_environment"}},
		{"an environment that begins with a digit", "1dev/key", Ref{Name: "key"}, []string{"env: bad_environment"}},
		{"an environment that begins with a dash", "-dev/key", Ref{Name: "key"}, []string{"env: bad_environment"}},
		{"an environment that is too long", strings.Repeat("e", 33) + "/key", Ref{Name: "key"}, []string{"env: too_long limit 32"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, faults := ParseRef(test.text)
			if diff := cmp.Diff(got, test.want) + cmp.Diff(told(faults), test.faults); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParseRef(f *testing.F) {
	for _, seed := range []string{"prod/key", "key", "/", "a/b/c", " dev / key ", "secretstore-key-x", "é/é", "\x00/\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, faults := ParseRef(text)
		checkFaults(t, faults)
		if len(faults) > 0 {
			return
		}
		again := ref.String()
		if ref.Environment == "" {
			again = string(ref.Name)
		}
		if back, faults := ParseRef(again); back != ref || len(faults) > 0 {
			t.Errorf("%q is read as %v, and that as %v %v", text, ref, back, told(faults))
		}
	})
}

func FuzzParseName(f *testing.F) {
	for _, seed := range []string{"key", "KEY_2-b", " key\n", "secretstore-", strings.Repeat("x", 256), "a b", "\u00a0key"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, faults := ParseName(text)
		checkFaults(t, faults)
		switch {
		case (name == "") != (len(faults) > 0):
			t.Errorf("%q gives %q and %v", text, name, told(faults))
		case len(name) > MaxName || !onlyOf(string(name), nameAlphabet):
			t.Errorf("%q is taken as %q, which Secret Manager refuses", text, name)
		case strings.HasPrefix(string(name), "secretstore-"):
			t.Errorf("%q is taken as %q, which is ours", text, name)
		}
	})
}

func TestVersionString(t *testing.T) {
	for version, want := range map[Version]string{0: "", 1: "1", 12345: "12345"} {
		if got := version.String(); got != want {
			t.Errorf("version %d reads %q, want %q", int64(version), got, want)
		}
	}
}

func TestParsePerson(t *testing.T) {
	tests := []struct {
		name, text string
		want       Person
		ok         bool
	}{
		{"a member of a workspace", "T0ACME/U0ALICE", Person{"T0ACME", "U0ALICE"}, true},
		{"a person of a Grid organisation", "E0ACME/W0ALICE", Person{"E0ACME", "W0ALICE"}, true},
		{"no scope", "U0ALICE", Person{}, false},
		{"an empty scope", "/U0ALICE", Person{}, false},
		{"a channel for a person", "T0ACME/C0ALICE", Person{}, false},
		{"a person for a scope", "U0ACME/U0ALICE", Person{}, false},
		{"lower case", "t0acme/u0alice", Person{}, false},
		{"one letter is no id", "T/U", Person{}, false},
		{"something behind it", "T0ACME/U0ALICE/x", Person{}, false},
		{"a space", "T0ACME/U0ALICE ", Person{}, false},
		{"nothing", "", Person{}, false},
		{"too long", "T0ACME/U" + strings.Repeat("0", 32), Person{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := ParsePerson(test.text)
			if got != test.want || ok != test.ok {
				t.Errorf("got %v %v, want %v %v", got, ok, test.want, test.ok)
			}
			if ok && got.String() != test.text {
				t.Errorf("written again it reads %q", got)
			}
			if got.IsZero() != !test.ok {
				t.Error("IsZero is wrong")
			}
		})
	}
}

func TestParseSlackIDs(t *testing.T) {
	for text, want := range map[string][2]bool{ // :: text -> is a user, is a channel
		"U0ALICE": {true, false}, "W0ALICE": {true, false}, "C0SEC": {false, true}, "G0SEC": {false, true},
		"D0SEC": {false, true}, "alice": {}, "@alice": {}, "#sec": {}, "": {}, "<@U0ALICE>": {}, "U0ALICE\n": {},
	} {
		_, user := ParseUserID(text)
		_, channel := ParseChannelID(text)
		if got := [2]bool{user, channel}; got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestActions(t *testing.T) {
	for _, a := range Actions() {
		if !a.Valid() {
			t.Errorf("%s is not valid", a)
		}
		if a.CarriesValue() != (a == Create || a == Update) {
			t.Errorf("%s: CarriesValue is %v", a, a.CarriesValue())
		}
	}
	for _, a := range []Action{"", "CREATE", "destroy", "show"} {
		if a.Valid() {
			t.Errorf("%q is valid", a)
		}
	}
}

func TestBlocking(t *testing.T) {
	wrong := Fault{Field: FieldValue, Code: CodeEmpty}
	doubtful := Fault{Field: FieldValue, Code: CodePlaceholder, Warning: true}
	both := []Fault{doubtful, wrong}
	for name, test := range map[string]struct{ got, want []Fault }{
		"warnings stop until accepted":         {Blocking(both, false), both},
		"accepted, only errors stop":           {Blocking(both, true), []Fault{wrong}},
		"accepted warnings alone stop nothing": {Blocking(both[:1], true), nil},
		"nothing is wrong":                     {Blocking(nil, false), nil},
	} {
		if diff := cmp.Diff(test.got, test.want); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
