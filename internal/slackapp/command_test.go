package slackapp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

func TestCommandsAreUnderstood(t *testing.T) {
	ref := func(env, name string) secret.Ref {
		return secret.Ref{Environment: secret.Environment(env), Name: secret.Name(name)}
	}
	tests := []struct {
		sentence, text string
		want           slashCommand
	}{
		{"nothing opens the start modal", "", slashCommand{verb: VerbStart}},
		{"spaces are nothing", " \t ", slashCommand{verb: VerbStart}},
		{"a verb alone", "create", slashCommand{verb: VerbCreate}},
		{"a verb in capitals", "CREATE", slashCommand{verb: VerbCreate}},
		{"environment and name", "update prod/api-key", slashCommand{verb: VerbUpdate, ref: ref("prod", "api-key")}},
		{"a name alone", "show api-key", slashCommand{verb: VerbShow, ref: ref("", "api-key")}},
		{"a recipe", "create dev/db as url", slashCommand{verb: VerbCreate, ref: ref("dev", "db"), recipe: secret.URL}},
		{"curly quotes fall away", "create “dev/db” as ‘json’", slashCommand{verb: VerbCreate, ref: ref("dev", "db"), recipe: secret.JSON}},
		{"a long dash is a dash", "show dev/api—key", slashCommand{verb: VerbShow, ref: ref("dev", "api-key")}},
		{"spaces of other widths part words", "show\u00a0dev/db", slashCommand{verb: VerbShow, ref: ref("dev", "db")}},
		{"characters that can't be seen fall away", "show dev/\u200bdb", slashCommand{verb: VerbShow, ref: ref("dev", "db")}},
		{"a list of everything", "list", slashCommand{verb: VerbList}},
		{"a list of one environment", "list prod/", slashCommand{verb: VerbList, ref: ref("prod", "")}},
		{"a list by a part of the name", "list prod/pay", slashCommand{verb: VerbList, ref: ref("prod", ""), part: "pay"}},
		{"a list by a part alone", "list pay", slashCommand{verb: VerbList, part: "pay"}},
		{"help", "help", slashCommand{verb: VerbHelp}},
		{"help about a verb is the help", "help create", slashCommand{verb: VerbHelp}},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			got, wrong := parseCommand(tt.text)
			if wrong != nil {
				t.Fatalf("not understood: %+v", wrong)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(slashCommand{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMisusedCommandsAreRefused(t *testing.T) {
	tests := []struct {
		sentence, text string
		kind           misuseKind
		meant          Verb
	}{
		{"a verb with a slip is suggested", "craete dev/x", misuseVerb, VerbCreate},
		{"two letters swapped", "udpate", misuseVerb, VerbUpdate},
		{"one letter too many", "deletee", misuseVerb, VerbDelete},
		{"a word that is near to nothing", "frobnicate", misuseVerb, ""},
		{"a short word with two slips", "hero", misuseVerb, ""},
		{"a value after the name", "create dev/x hunter2", misuseValue, VerbCreate},
		{"a value after another verb", "show dev/x as url", misuseValue, VerbShow},
		{"a token as the name", "create ghp_" + strings.Repeat("a1B2", 9), misuseValue, VerbCreate},
		{"a token as the verb", "AKIAIOSFODNN7EXAMPLE", misuseValue, VerbCreate},
		{"a name with a sign in it", "create dev/x=1", misuseName, VerbCreate},
		{"a reserved name", "create dev/secretstore-key-1", misuseName, VerbCreate},
		{"an environment in capitals", "show DEV/x", misuseName, VerbShow},
		{"no such recipe", "create dev/x as rot13", misuseRecipe, VerbCreate},
		{"a part of a list with a sign in it", "list p@ss", misuseName, VerbList},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			_, wrong := parseCommand(tt.text)
			if wrong == nil {
				t.Fatal("it was understood")
			}
			if wrong.kind != tt.kind || wrong.meant != tt.meant {
				t.Errorf("refused as %+v", wrong)
			}
		})
	}
}

// TestNothingTypedIsRepeated sends values through the real front door and looks for them
// in the answer and in the log.
func TestNothingTypedIsRepeated(t *testing.T) {
	d := newDesk(t)
	for _, text := range []string{
		testCanary + "!", "create dev/x " + testCanary, "create " + testCanary + "!", "show a b " + testCanary,
		"create dev/x as " + testCanary, "list " + testCanary + "$", "cretae dev/" + testCanary + "+",
	} {
		r, err := d.space.Person(alice).Command(t.Context(), "/secret", text)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(r.Body), testCanary) {
			t.Errorf("the answer repeats it: %s", r.Body)
		}
		if !strings.Contains(r.Blocks, "treat it as leaked") {
			t.Errorf("the answer does not warn:\n%s", r.Blocks)
		}
	}
	if strings.Contains(d.log.String(), testCanary) || len(d.sent) > 0 {
		t.Error("it was logged or submitted")
	}
}

// TestASlipIsNoAlarm: what follows a mistyped verb is warned of only where it may be a value.
func TestASlipIsNoAlarm(t *testing.T) {
	d := newDesk(t)
	for text, alarm := range map[string]bool{
		"updat dev/api-key": false, "UPDAT": false, "craete dev/db as url": false, "histroy prod/db": false,
		"updat hunter2": true, "updat stg/hunter2": true, "updat dev/x hunter2": true, "craete dev/db as hunter2": true,
		"updat dev/hunter2!": true, "hunter2": true, "update dev/x hunter2": true,
	} {
		r, err := d.space.Person(alice).Command(t.Context(), "/secret", text)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(r.Blocks, "treat it as leaked") != alarm {
			t.Errorf("%q is answered with\n%s", text, r.Blocks)
		}
		if !alarm && !strings.Contains(r.Blocks, "Did you mean `/secret") {
			t.Errorf("%q leads nowhere:\n%s", text, r.Blocks)
		}
	}
}

func TestHelpIsACardWhoseButtonsOpenForms(t *testing.T) {
	d := newDesk(t)
	r, err := d.space.Person(alice).Command(t.Context(), "/secret", "help")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/secret create dev/api-key", "passes through Slack", "audit sheet"} {
		if !strings.Contains(r.Blocks, want) {
			t.Errorf("the help says nothing of %q:\n%s", want, r.Blocks)
		}
	}
	d.presses(t, alice, "verb_create")
	d.sees(t, alice, has(secret.FieldValue))
}

func TestASuggestedVerbKeepsTheName(t *testing.T) {
	d := newDesk(t)
	if _, err := d.space.Person(alice).Command(t.Context(), "/secret", "craete dev/api-key"); err != nil {
		t.Fatal(err)
	}
	d.presses(t, alice, "verb_create")
	v := d.sees(t, alice, has(secret.FieldName))
	if name, _ := v.Field("name"); name.Value != "api-key" {
		t.Errorf("the form has the name %q", name.Value)
	}
}

// FuzzCommand: no text ends in a panic, and no word of it comes back but verbs and names.
func FuzzCommand(f *testing.F) {
	for _, seed := range []string{"", "create dev/x", "create dev/x as url", "craete x", "update “a/b”", "list a/", "help me",
		"AKIAIOSFODNN7EXAMPLE", "hunter2 hunter3", "create dev/\u202epoc", "show \xff", "a b c d e f", "create as as as"} {
		f.Add(seed)
	}
	card := func(m *misuse) string {
		c := &composer{say: wording.English()}
		text, err := json.Marshal(c.card(m).Blocks)
		if err != nil {
			f.Fatal(err)
		}
		return string(text)
	}
	kinds := []misuseKind{misuseVerb, misuseValue, misuseName, misuseRecipe}
	var ours strings.Builder // every card without anything typed
	for _, kind := range kinds {
		for _, v := range append(verbs(), "") {
			ours.WriteString(card(&misuse{kind: kind, meant: v}))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, wrong := parseCommand(text)
		if wrong == nil {
			if ref := c.ref.String(); c.ref.Name != "" && len(mustRef(t, ref)) > 0 {
				t.Errorf("the name %q passed", ref)
			}
			return
		}
		if !slices.Contains(kinds, wrong.kind) {
			t.Fatalf("refused as %q", wrong.kind)
		}
		answer := card(wrong)
		faults := fmt.Sprint(wrong.faults)
		for word := range strings.FieldsSeq(text) {
			_, bad := secret.ParseRef(word)
			quoted, _ := json.Marshal(word)
			inner := strings.Trim(string(quoted), `"`)
			if len(bad) > 0 && len(word) > 3 && strings.Contains(answer, inner) && !strings.Contains(ours.String()+faultWords(), inner) {
				t.Errorf("%q came back in %s", word, answer)
			}
			if len(word) > 3 && strings.Contains(faults, word) && !strings.Contains(faultWords(), word) {
				t.Errorf("%q stands in the faults", word)
			}
		}
	})
}

func mustRef(t *testing.T, text string) []secret.Fault {
	t.Helper()
	_, faults := secret.ParseRef(strings.TrimPrefix(text, "/"))
	return faults
}

// faultWords is all that faults of names may say.
func faultWords() string {
	text := ""
	for _, field := range []secret.Field{secret.FieldEnv, secret.FieldName} {
		for _, code := range []secret.Code{secret.CodeEmpty, secret.CodeTooLong, secret.CodeBadName, secret.CodeBadEnv, secret.CodeReservedName} {
			for _, limit := range []int{0, secret.MaxName, secret.MaxEnvironment} {
				fault := secret.Fault{Field: field, Code: code, Limit: limit}
				text += wording.English().Fault(fault) + fmt.Sprint(fault, []secret.Fault{fault})
			}
		}
	}
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
