package slackapp

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/secret"
)

func testdata(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestASubmissionIsReadNarrowlyAndExactly(t *testing.T) {
	d, err := decodeInteraction([]byte(testdata(t, "view_submission.json")))
	if err != nil {
		t.Fatal(err)
	}
	v := d.request.View
	typed := v.Fields[secret.FieldValue]
	if got, want := string(typed.Secret.Reveal()), "s3crét \"🚀\"\n\ttail <&> \\ "; got != want || !typed.Present {
		t.Errorf("the value is %q, want %q", got, want)
	}
	delete(v.Fields, secret.FieldValue)
	want := map[secret.Field]Input{
		secret.FieldEnv:      {Choice: "dev", Present: true},
		secret.FieldName:     {Text: "db-password", Present: true},
		secret.FieldPassword: {},
		secret.FieldOwner:    {Choice: "U0BOB", Present: true},
		secret.FieldNotify:   {Choices: []string{"C0GENERAL", "C0OPS"}, Present: true},
		secret.FieldAccept:   {},
		secret.FieldCompact:  {Choices: []string{"compact"}, Present: true},
		secret.FieldReason:   {},
	}
	if diff := cmp.Diff(want, v.Fields, cmp.Comparer(secret.Value.Same)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if got, want := [5]string{v.ID, v.Hash, v.CallbackID, v.PrivateMetadata, d.request.TriggerID},
		[5]string{"V0FORM0001", "1700000000.abcdef12", "secret_create", `{"v":1,"env":"dev"}`,
			"398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"}; got != want {
		t.Errorf("view %q, want %q", got, want)
	}
	if want := (origin{app: "A0SECRETSTORE", team: "T0ACME", user: "U0ALICE", userTeam: "T0ACME"}); d.origin != want {
		t.Errorf("origin %+v, want %+v", d.origin, want)
	}
}

func TestAButtonAndATypeAheadAreRead(t *testing.T) {
	pressed, err := decodeInteraction([]byte(testdata(t, "block_actions.json")))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := pressed.request.Action, (ActionPressed{"cancel", "decision", "01hf8z6q2v3w4x5y6z7a8b9c0d"}); got != want {
		t.Errorf("pressed %+v, want %+v", got, want)
	}
	if got, want := pressed.request.Message, (MessageRef{"D0ALICE", "1700000001.000200"}); got != want {
		t.Errorf("message %+v, want %+v", got, want)
	}
	if got, want := pressed.request.ResponseURL.reveal(), "https://hooks.slack.com/actions/T0ACME/1/abcdef"; got != want {
		t.Errorf("response url %q, want %q", got, want)
	}
	asked, err := decodeInteraction([]byte(testdata(t, "block_suggestion.json")))
	if err != nil {
		t.Fatal(err)
	}
	if got := asked.request; got.Kind != KindOptions || got.Query != "db-" || got.Action.ActionID != "name" || got.View == nil {
		t.Errorf("type-ahead %+v", got)
	}
}

func TestAButtonInsideAFormLeavesTheTypedValueInItsFieldAlone(t *testing.T) {
	const canary = "canary-in-a-form"
	d, err := decodeInteraction([]byte(`{"type":"block_actions","actions":[{"action_id":"value","block_id":"value",
		"value":"` + canary + `"}],"view":{"id":"V1","state":{"values":{"value":{"value":{"value":"` + canary + `"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if d.request.Action.Value != "" || string(d.request.View.Fields[secret.FieldValue].Secret.Reveal()) != canary {
		t.Errorf("a typed value is in the action, or not in its field")
	}
}

func TestInteractionsThatSlackDoesNotSendAreMalformed(t *testing.T) {
	good := testdata(t, "view_submission.json")
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("testdata has no %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	tests := map[string]string{
		"nothing":                    "",
		"no JSON":                    "view_submission",
		"a list":                     "[]",
		"a cut payload":              good[:len(good)-1],
		"text behind it":             good + "x",
		"a shortcut":                 `{"type":"shortcut","callback_id":"x"}`,
		"an unknown type":            `{"type":"view_opened"}`,
		"no type":                    `{"view":{"id":"V1"}}`,
		"a type that is no text":     `{"type":7}`,
		"a submission without view":  `{"type":"view_submission"}`,
		"a view without id":          `{"type":"view_submission","view":{}}`,
		"a view that is text":        `{"type":"view_submission","view":"V1"}`,
		"an action without actions":  `{"type":"block_actions","view":{"id":"V1"}}`,
		"two actions":                `{"type":"block_actions","view":{"id":"V1"},"actions":[{"action_id":"a"},{"action_id":"b"}]}`,
		"an action from nowhere":     `{"type":"block_actions","actions":[{"action_id":"a"}]}`,
		"options for no element":     `{"type":"block_suggestion","view":{"id":"V1"}}`,
		"two users":                  replace(`"user":{`, `"user":{"id":"U0EVIL"},"user":{`),
		"two user ids":               replace(`"user":{"id":"U0ALICE"`, `"user":{"id":"U0ALICE","id":"U0EVIL"`),
		"a user id in another case":  replace(`"user":{"id":"U0ALICE"`, `"user":{"id":"U0ALICE","ID":"U0EVIL"`),
		"an escaped second id":       replace(`"user":{"id":"U0ALICE"`, `"user":{"id":"U0ALICE","\u0069d":"U0EVIL"`),
		"a kelvin sign for a k":      replace(`"callback_id":`, "\"callbac\u212a_id\":\"x\",\"callback_id\":"),
		"only a key in another case": replace(`"api_app_id"`, `"API_APP_ID"`),
		"two teams":                  replace(`"team":{`, `"Team":{"id":"T0EVIL"},"team":{`),
		"two types":                  replace(`"type":"view_submission"`, `"type":"view_submission","type":"view_closed"`),
		"two view ids":               replace(`"view":{"id":"V0FORM0001"`, `"view":{"id":"V0FORM0001","Id":"V0OTHER"`),
		"two values":                 replace(`"value":{"value":{"type":"plain_text_input",`, `"value":{"value":{"type":"plain_text_input","value":"other",`),
		"an unknown block":           replace(`"values":{"env":{"env":`, `"values":{"enw":{"enw":`),
		"an action of another name":  replace(`"values":{"env":{"env":`, `"values":{"env":{"name":`),
		"a block twice":              replace(`"values":{`, `"values":{"env":{"env":{}},`),
		"a value that is no text":    replace(`"value":null`, `"value":{"a":1}`),
		"half a character":           replace(`s3cr`, `s3cr\ud83d`),
		"the other half":             replace(`s3cr`, `s3cr\ude80`),
		"half and no escape":         replace(`s3cr`, `s3cr\ud83dabcdef`),
		"bytes that are not UTF-8":   replace(`s3cr`, "s3cr\xff"),
		"too deep":                   `{"type":"view_closed","view":{"id":"V1"},"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`,
		"a long id":                  replace(`V0FORM0001`, strings.Repeat("V", 300)),
		"a long name":                replace(`db-password`, strings.Repeat("é", 3001)),
	}
	for name, payload := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeInteraction([]byte(payload)); err != Malformed {
				t.Errorf("got %v, want %v", err, Malformed)
			}
		})
	}
}

func TestAnUnknownCallbackReachesTheHandler(t *testing.T) {
	d, err := decodeInteraction([]byte(`{"type":"view_submission","view":{"id":"V1","callback_id":"secret_review"}}`))
	if err != nil || d.request.View.CallbackID != "secret_review" {
		t.Errorf("got %v", err)
	}
}

func TestACommandIsTheSameFromAFormAndFromASocket(t *testing.T) {
	fields := map[string]string{"token": "legacy", "team_id": "T0ACME", "enterprise_id": "E0ACME", "api_app_id": "A0SECRETSTORE",
		"channel_id": "C0GENERAL", "user_id": "U0ALICE", "command": "/secret", "text": "create dev/π + %41 & more",
		"response_url": "https://hooks.slack.com/commands/1", "trigger_id": "1.2.3"}
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	payload, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	fromForm, err := decodeCommandForm([]byte(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	fromSocket, err := decodeCommandJSON(payload)
	if err != nil {
		t.Fatal(err)
	}
	if fromForm.request.Text != fields["text"] || fromForm.request.Command != "/secret" || fromForm.origin.user != "U0ALICE" {
		t.Errorf("read as %+v", fromForm)
	}
	same := cmp.Options{cmp.AllowUnexported(decoded{}, origin{}),
		cmp.Comparer(func(a, b ResponseURL) bool { return a.reveal() == b.reveal() })}
	if diff := cmp.Diff(fromForm, fromSocket, same); diff != "" {
		t.Errorf("form and socket differ:\n%s", diff)
	}
}

func TestCommandsThatSlackDoesNotSendAreMalformed(t *testing.T) {
	for name, body := range map[string]string{
		"a broken escape":     "user_id=U1&text=%zz",
		"a cut escape":        "user_id=U1&text=%4",
		"a field twice":       "user_id=U1&user_id=U2",
		"bytes, not UTF-8":    "text=%ff",
		"too many fields":     "a=1" + manyFields(),
		"a command too long":  "command=/" + strings.Repeat("s", 300),
		"a trigger too long":  "trigger_id=" + strings.Repeat("1", 300),
		"an escaped name two": "user_id=U1&user%5fid=U2",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeCommandForm([]byte(body)); err != Malformed {
				t.Errorf("got %v, want %v", err, Malformed)
			}
		})
	}
}

func manyFields() string {
	var b strings.Builder
	for i := range maxFormKeys {
		b.WriteString("&f" + strconv.Itoa(i) + "=")
	}
	return b.String()
}

// TestEveryFieldIsKnown holds the decoder's lists against the constants of package secret.
func TestEveryFieldIsKnown(t *testing.T) {
	declared := fieldConstants(t)
	known := slices.Concat(secretFields, plainFields)
	slices.Sort(known)
	if diff := cmp.Diff(declared, known); diff != "" {
		t.Errorf("fields of package secret against those that are decoded (-declared +decoded):\n%s", diff)
	}
}

func fieldConstants(t *testing.T) []secret.Field {
	t.Helper()
	files, err := filepath.Glob("../secret/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var fields []secret.Field
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				fields = append(fields, fieldConstant(t, spec)...)
			}
			return true
		})
	}
	slices.Sort(fields)
	return fields
}

// fieldConstant returns what a line such as `FieldEnv Field = "env"` declares.
func fieldConstant(t *testing.T, spec *ast.ValueSpec) []secret.Field {
	t.Helper()
	kind, isIdent := spec.Type.(*ast.Ident)
	literal, isLiteral := spec.Values[0].(*ast.BasicLit)
	if !isIdent || !isLiteral || kind.Name != "Field" {
		return nil
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return []secret.Field{secret.Field(text)}
}

func FuzzDecodeInteraction(f *testing.F) {
	for _, name := range []string{"view_submission.json", "block_actions.json", "block_suggestion.json"} {
		f.Add(testdata(f, name))
	}
	f.Add(`{"type":"view_closed","view":{"id":"V1"}} `)
	f.Add(`{"type":"view_submission","view":{"id":"\u0056\ud83d\ude80","state":{"values":{"value":{"value":{"value":"\u0000"}}}}}}`)
	f.Fuzz(func(t *testing.T, payload string) {
		d, err := decodeInteraction([]byte(payload))
		if err != nil {
			if err != Malformed {
				t.Errorf("error %v says more than %v", err, Malformed)
			}
			return
		}
		var plain struct {
			View struct {
				ID    string
				State struct {
					Values map[secret.Field]map[string]struct{ Value any }
				}
			}
		}
		if err := json.Unmarshal([]byte(payload), &plain); err != nil {
			return // a member that is not read here has another type than encoding/json was told
		}
		if d.request.View == nil {
			return
		}
		if plain.View.ID != d.request.View.ID {
			t.Errorf("view %q, encoding/json reads %q", d.request.View.ID, plain.View.ID)
		}
		for field, in := range d.request.View.Fields {
			want, _ := plain.View.State.Values[field][string(field)].Value.(string)
			if got := string(in.Secret.Reveal()) + in.Text; got != want {
				t.Errorf("%s is %q, encoding/json reads %q", field, got, want)
			}
		}
	})
}

func FuzzDecodeCommand(f *testing.F) {
	f.Add(vectorBody)
	f.Add("text=a+b%20c&command=%2Fsecret&&x")
	f.Add("a;b=c")
	f.Fuzz(func(t *testing.T, body string) {
		want, broken := url.ParseQuery(body)
		form, err := parseForm([]byte(body))
		if err != nil {
			if err != Malformed {
				t.Errorf("error %v says more than %v", err, Malformed)
			}
			return
		}
		if broken != nil {
			return // net/url also refuses semicolons
		}
		for name, value := range form {
			if !slices.Equal(want[name], []string{string(value)}) {
				t.Errorf("%q is %q, net/url reads %q", name, value, want[name])
			}
		}
		_, _ = decodeCommandForm([]byte(body)) // must not panic
	})
}

func FuzzDecodeOptions(f *testing.F) {
	f.Add("payload=" + url.QueryEscape(testdata(f, "block_suggestion.json")))
	f.Add("payload=%7B%7D")
	f.Add("payload=")
	f.Fuzz(func(t *testing.T, body string) {
		d, err := decodeInteractionForm([]byte(body))
		if err != nil && err != Malformed {
			t.Errorf("error %v says more than %v", err, Malformed)
		}
		if err == nil && !utf8.ValidString(d.request.Query) {
			t.Errorf("a query that is not UTF-8: %q", d.request.Query)
		}
	})
}

func FuzzDecodeEnvelope(f *testing.F) {
	f.Add(`{"type":"interactive","envelope_id":"1","accepts_response_payload":true,"payload":{"type":"view_closed"}}`)
	f.Add(`{"type":"events_api","envelope_id":"1","payload":{"type":"event_callback","api_app_id":"A1"},"retry_attempt":1}`)
	f.Add(`{"type":"hello"}`)
	f.Add(`{"type":"events_api","envelope_id":"1","payload":"text"}`)
	f.Fuzz(func(t *testing.T, frame string) {
		e, err := decodeEnvelope([]byte(frame))
		if err != nil {
			if err != Malformed {
				t.Errorf("error %v says more than %v", err, Malformed)
			}
			return
		}
		if len(e.payload) > 0 && !json.Valid(e.payload) {
			t.Errorf("payload %q is not JSON", e.payload)
		}
		_, _ = decodeEvent(e.payload)
		if _, err := decodeInteraction(e.payload); err != nil && !errors.Is(err, Malformed) {
			t.Errorf("error %v says more than %v", err, Malformed)
		}
	})
}
