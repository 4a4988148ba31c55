package secret

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShapeComparesKeys(t *testing.T) {
	const long, other = `"0123456789abcdef"`, `"0123456789abcdeF"`
	list := func(names ...string) KeyList { return KeyList{Names: names} }
	tests := []struct {
		name, before, text string // before: "" for no current version
		want               *ShapeKeys
	}{
		{"a current version that is no text has no keys", "\xff0123456789abcdef", `{"a":` + long + `}`, &ShapeKeys{Added: list("a")}},
		{"without a current version all are added", "", `{"b":1,"a":"0123456789"}`, &ShapeKeys{Added: list("a", "b")}},
		{"a current version that is no object has no keys", "hunter2 hunter2 hunter2", `{"a":` + long + `}`, &ShapeKeys{Added: list("a")}},
		{"a current version below 16 bytes tells no key", `{"a":1,"z":2}`, `{"a":` + long + `,"b":1}`, &ShapeKeys{Uncompared: list("a", "b")}},
		{"added, removed and changed", `{"a":` + long + `,"b":` + long + `}`, `{"b":` + other + `,"c":1}`,
			&ShapeKeys{Added: list("c"), Removed: list("a"), Changed: list("b")}},
		{"the same content", `{"a":` + long + `}`, `{"a":  ` + long + `}`, &ShapeKeys{Unchanged: 1}},
		{"the same content, escaped", `{"a":` + long + `}`, `{"\u0061":"\u00301234567\u0038\u0039abcdef"}`, &ShapeKeys{Unchanged: 1}},
		{"short content is not compared, changed", `{"pin":"1234","user":"app"}`, `{"pin":"4321","user":"app"}`, &ShapeKeys{Uncompared: list("pin", "user")}},
		{"short content is not compared, unchanged", `{"pin":"1234","user":"app"}`, `{"pin":"1234","user":"app"}`, &ShapeKeys{Uncompared: list("pin", "user")}},
		{"long content in place of short has changed", `{"pin":"1234","user":"app"}`, `{"pin":` + long + `,"user":"app"}`, &ShapeKeys{Changed: list("pin"), Uncompared: list("user")}},
		{"a number is no string", `{"a":1234567890123456}`, `{"a":"1234567890123456"}`, &ShapeKeys{Changed: list("a")}},
		{"spaces inside make no content long", `{"a":[1],"b":"0123456789"}`, `{"a":[             1             ]}`, &ShapeKeys{Removed: list("b"), Uncompared: list("a")}},
		{"keys inside keys are content", "", `{"a":{"deeper":{"deepest":1}}}`, &ShapeKeys{Added: list("a")}},
		{"an empty object", "", "{               }", &ShapeKeys{}},
		{"a list has no keys", "", `[{"a":1},{"b":1}]`, nil},
		{"one key twice can't be compared", "", `{"a":"12345","a":"54321"}`, nil},
		{"text has no keys", "", "KEY=value\nOTHER=value\n", nil},
		{"bytes that are no text are not compared as if lost", "{\"a\":\"0123456789abcdef\xff\"}", `{"a":"0123456789abcdef\ufffd"}`, &ShapeKeys{Added: list("a")}},
		{"null has no keys", "", "            null", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var before *Value
			if test.before != "" {
				v := stored(test.before)
				before = &v
			}
			if diff := cmp.Diff(ShapeOf(JSON, stored(test.text), before, nil).Keys, test.want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyNamesAreToldOfKeys(t *testing.T) {
	tests := []struct {
		name, key string
		told      bool
	}{
		{"a variable", "AWS_S3_BUCKET_V2", true},
		{"camel case", "clientSecretName", true},
		{"camel case with digits", "oauth2ClientId", true},
		{"dots and dashes", "spring.datasource.jdbc-url", true},
		{"other letters", "пароль", false},
		{"a space", "client secret", false},
		{"a line break", "client\nsecret", false},
		{"a leading digit", "4ever", false},
		{"nothing", "", false},
		{"Slack markup", "<!channel>", false},
		{"the longest name", strings.Repeat("a", 64), true},
		{"longer than any name", strings.Repeat("a", 65), false},
		{"a token of a known form", "ghp_0123456789abcdefghijklmnopqrstuvwxyz", false},
		{"random letters and digits", "q7Rz0LmXb4Vt9KcP", false},
		{"a UUID", "f47ac10b-58cc-4372-a567-0e02b2c3d479", false},
		{"a UUID of few digits", "deadbeef-dead-4bee-abba-cafebabecafe", false},
		{"what its value repeats", "correct-horse", false},
		{"what a value deeper down repeats", "staple_7", false},
		{"what a key deeper down repeats", "battery_9", false},
		{"what a number repeats", "n99887766", false},
		{"what a value repeats in part below six bytes", "horses", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			object := fmt.Sprintf(`{%q:"my correct-horse","x":[{"y":"staple_7","battery_9":1},99887766]}`, test.key)
			want := KeyList{Names: []string{test.key, "x"}}
			if !test.told {
				want = KeyList{Names: []string{"x"}, More: 1}
			}
			if test.key > "x" && test.told {
				want.Names = []string{"x", test.key}
			}
			if diff := cmp.Diff(shape(JSON, object).Keys.Added, want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNoNameHoldsWhatTheOtherVersionKeeps: key and value are easily exchanged.
func TestNoNameHoldsWhatTheOtherVersionKeeps(t *testing.T) {
	const swapped = `{"hunter2":"password"}`
	for name, before := range map[string]string{
		"as the content of a key":  `{"password":"my hunter2 and more"}`,
		"as all there was":         "hunter2, and hunter2 again",
		"in a version of 15 bytes": `{"a":"hunter2"}`,
	} {
		t.Run(name, func(t *testing.T) {
			before, value := stored(before), stored(swapped)
			for _, shape := range []Shape{ShapeOf(JSON, value, &before, nil), ShapeOf(JSON, before, &value, nil)} {
				if text := fmt.Sprintf("%+v", shape.Keys); strings.Contains(text, "hunter") {
					t.Errorf("told: %s", text)
				}
			}
		})
	}
}

func TestListsOfKeysEndAt20Names(t *testing.T) {
	var pairs []string
	for i := range 30 {
		pairs = append(pairs, fmt.Sprintf(`"key_%02d":"x"`, i))
	}
	got := shape(JSON, "{"+strings.Join(pairs, ",")+`,"no name":1}`).Keys.Added
	if len(got.Names) != 20 || got.Names[0] != "key_00" || got.Names[19] != "key_19" || got.More != 11 {
		t.Errorf("got %+v", got)
	}
}
