package slackapp

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

var (
	devKey  = secret.Ref{Environment: "dev", Name: "api-key"}
	dbKey   = secret.Ref{Environment: "dev", Name: "db-password"}
	prodKey = secret.Ref{Environment: "prod", Name: "api-key"}
)

// TestEveryRecipeHasAForm fills each form in as a person would and looks at the bytes.
func TestEveryRecipeHasAForm(t *testing.T) {
	longer := strings.Repeat("a", maxTyped)
	tests := []struct {
		sentence, as string
		field        secret.Field // to wait for
		fill         map[string]string
		choose       map[string]string
		tick         []string
		recipe       secret.Recipe
		want         string
	}{
		{sentence: "text, exactly as typed", field: secret.FieldValue, fill: map[string]string{"value": "p&<s>\"w\"\\n"},
			recipe: secret.Text, want: "p&<s>\"w\"\\n"},
		{sentence: "text loses one line break at its end", field: secret.FieldValue, fill: map[string]string{"value": "secret1\n"},
			recipe: secret.Text, want: "secret1"},
		{sentence: "text keeps it when asked to", field: secret.FieldValue, fill: map[string]string{"value": "secret1\n"},
			tick: []string{"keep_newline"}, recipe: secret.Text, want: "secret1\n"},
		{sentence: "JSON made compact", field: secret.FieldValue, fill: map[string]string{"value": `{ "a" : 1 }`},
			choose: map[string]string{"recipe": "json"}, tick: []string{"compact"}, recipe: secret.JSON, want: `{"a":1}`},
		{sentence: "a recipe asked for in the command", as: " as json", field: secret.FieldValue,
			fill: map[string]string{"value": `{ "a" : 1 }`}, recipe: secret.JSON, want: `{ "a" : 1 }`},
		{sentence: "a longer value, joined exactly", as: " as long", field: secret.FieldValue4,
			fill:   map[string]string{"value": longer, "value_2": longer, "value_3": "b", "value_4": "c"},
			recipe: secret.Text, want: longer + longer + "bc"},
		{sentence: "a connection URL", as: " as url", field: secret.FieldURLHost,
			fill: map[string]string{"url_scheme": "postgres", "url_user": "app", "password": "p@ss/w", "url_host": "db.example.com",
				"url_port": "5432", "url_database": "shop"},
			recipe: secret.URL, want: "postgres://app:p%40ss%2Fw@db.example.com:5432/shop"},
		{sentence: "registry credentials", as: " as dockerconfigjson", field: secret.FieldRegistry,
			fill:   map[string]string{"registry": "europe-docker.pkg.dev", "user": "_json_key", "password": "k3y-of-robot"},
			recipe: secret.DockerConfigJSON, want: `europe-docker.pkg.dev`},
		{sentence: "a Kubernetes Secret", as: " as k8s-secret", field: secret.FieldValue, fill: map[string]string{"value": "USER=shop"},
			recipe: secret.K8sSecret, want: "c2hvcA=="},
		{sentence: "a generated value", as: " as generate", field: secret.FieldLength, fill: map[string]string{"length": "24"},
			choose: map[string]string{"alphabet": "hex"}, recipe: secret.Generate, want: ""},
	}
	d := newDesk(t)
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			command, long := strings.CutSuffix("create dev/api-key"+tt.as, " as long")
			d.types(t, alice, command, has(secret.FieldName))
			if long {
				d.presses(t, alice, formLong)
			}
			d.sees(t, alice, has(tt.field))
			d.fills(t, alice, tt.fill)
			for field, option := range tt.choose {
				d.chooses(t, alice, field, option)
			}
			for _, box := range tt.tick {
				d.ticks(t, alice, box)
			}
			if s := d.submits(t, alice); !s.Updated {
				t.Fatalf("not taken: %v", s.Errors)
			}
			got := d.last(t)
			if got.Recipe != tt.recipe || !strings.Contains(got.value, tt.want) {
				t.Errorf("recipe %q, %d bytes", got.Recipe, len(got.value))
			}
			exact := slices.Contains([]secret.Recipe{secret.Text, secret.JSON, secret.URL}, tt.recipe)
			if exact && got.value != tt.want || tt.recipe == secret.Generate && len(got.value) != 24 {
				t.Errorf("%d bytes are not the %d expected", len(got.value), len(tt.want))
			}
		})
	}
}

func TestChangingTheFormKeepsWhatWasTyped(t *testing.T) {
	d := newDesk(t)
	d.types(t, alice, "create", has(secret.FieldValue))
	d.chooses(t, alice, "env", "prod")
	d.fills(t, alice, map[string]string{"name": "shop-db", "reason": "new shop", "value": testCanary})
	d.presses(t, alice, "form_url")
	v := d.sees(t, alice, has(secret.FieldURLHost))
	for field, want := range map[string]string{"env": "prod", "name": "shop-db", "reason": "new shop"} {
		if f, _ := v.Field(field); f.Value != want {
			t.Errorf("%s is %q, want %q", field, f.Value, want)
		}
	}
	d.presses(t, alice, "form_text")
	d.sees(t, alice, has(secret.FieldValue))
	for _, raw := range d.space.RawSent() {
		if strings.Contains(string(raw), testCanary) {
			t.Errorf("the value was sent back: %s", raw)
		}
	}
}

func TestFaultsStandOnTheirFieldsAllAtOnce(t *testing.T) {
	token := "ghp_" + strings.Repeat("a1B2", 9)
	tests := []struct {
		sentence, command string
		wait              secret.Field
		fill              map[string]string
		errors            map[string]string // :: field -> part of its sentence
	}{
		{"a name and a value", "create", secret.FieldValue, map[string]string{"name": "a b", "value": "changeme"},
			map[string]string{"name": "letters, digits", "value": "placeholder"}},
		{"a value as long as the field takes", "create dev/x", secret.FieldValue,
			map[string]string{"value": strings.Repeat("a", maxTyped)}, map[string]string{"value": "cut off"}},
		{"the value in the description", "create dev/x", secret.FieldValue,
			map[string]string{"value": testCanary, "description": "it is " + testCanary}, map[string]string{"description": "holds the secret value"}},
		{"the value, encoded, in the reason", "create dev/x", secret.FieldValue,
			map[string]string{"value": "canary-9f2b7c41d8e6", "reason": "Y2FuYXJ5LTlmMmI3YzQxZDhlNg=="}, map[string]string{"reason": "value"}},
		{"one value of pairs in the reason", "create dev/x as dotenv", secret.FieldValue,
			map[string]string{"value": "DB_USER=shop\nDB_PASSWORD=" + testCanary, "reason": "rotated to " + testCanary}, map[string]string{"reason": "a part of it"}},
		{"one value of a Kubernetes Secret, encoded, in the description", "create dev/x as k8s-secret", secret.FieldValue,
			map[string]string{"value": "USER=shop\nKEY=canary-9f2b7c41d8e6", "description": "Y2FuYXJ5LTlmMmI3YzQxZDhlNg=="}, map[string]string{"description": "a part of it"}},
		{"a leaf of JSON in the reason", "create dev/x as json", secret.FieldValue,
			map[string]string{"value": `{"db": [{"password": "` + testCanary + `"}]}`, "reason": "now " + testCanary}, map[string]string{"reason": "a part of it"}},
		{"a token in the reason of a delete", "delete dev/api-key", secret.FieldConfirm,
			map[string]string{"confirm": "api-key", "reason": token}, map[string]string{"reason": "password or token"}},
		{"another name than the one to delete", "delete dev/api-key", secret.FieldConfirm,
			map[string]string{"confirm": "api-kex"}, map[string]string{"confirm": "not the name"}},
		{"parts of a URL", "create dev/x as url", secret.FieldURLHost,
			map[string]string{"url_scheme": "1x", "url_host": "a b", "url_port": "0"},
			map[string]string{"url_scheme": "scheme", "url_host": "host", "url_port": "whole number"}},
		{"JSON with its line", "create dev/x as json", secret.FieldValue, map[string]string{"value": "{\n\"a\" 1}"},
			map[string]string{"value": "Line 2"}},
	}
	d := newDesk(t)
	d.put(devKey, 2)
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			d.types(t, alice, tt.command, has(tt.wait))
			if tt.command == "create" {
				d.chooses(t, alice, "env", "dev")
			}
			d.fills(t, alice, tt.fill)
			s := d.submits(t, alice)
			for field, want := range tt.errors {
				if !strings.Contains(s.Errors[field], want) {
					t.Errorf("%s says %q, want %q", field, s.Errors[field], want)
				}
			}
			if len(s.Errors) != len(tt.errors) {
				t.Errorf("errors on %v", slices.Collect(maps.Keys(s.Errors)))
			}
		})
	}
	if len(d.sent) > 0 {
		t.Errorf("%d forms with faults were submitted", len(d.sent))
	}
}

func TestFaultsOfTheStoreStandOnAFieldTheFormHas(t *testing.T) {
	every := []secret.Fault{
		{Field: secret.FieldEnv, Code: store.CodeUnknownEnv}, {Field: secret.FieldName, Code: store.CodeExists},
		{Field: secret.FieldValue, Code: store.CodeMoved}, {Field: secret.FieldAdopt, Code: store.CodeUnmanaged},
		{Field: secret.FieldVersion, Code: store.CodeNoVersion}, {Field: secret.FieldOldDays, Code: store.CodeBadOldDays, Limit: 365},
		{Field: secret.FieldValue, Code: store.CodeTooMany, Limit: store.MaxUnwritten}, {Field: secret.FieldName, Code: store.CodeServiceDown},
	}
	d := newDesk(t)
	d.put(devKey, 3)
	trashed := secret.Ref{Environment: "dev", Name: "old-key"}
	d.put(trashed, 1, func(s *store.Sight) { s.Trashed = time.Now().Add(48 * time.Hour) })
	d.respond = func(store.Submission) (store.Receipt, []secret.Fault, error) { return store.Receipt{}, every, nil }
	for _, tt := range []struct {
		command string
		wait    secret.Field
		fill    map[string]string
	}{
		{"create dev/new", secret.FieldValue, map[string]string{"value": "some value"}},
		{"create dev/new as generate", secret.FieldLength, nil},
		{"create dev/new as url", secret.FieldURLHost, map[string]string{"url_scheme": "redis", "url_host": "cache"}},
		{"update dev/api-key", secret.FieldOld, map[string]string{"value": "some value"}},
		{"rollback dev/api-key", secret.FieldVersion, nil},
		{"delete dev/api-key", secret.FieldConfirm, map[string]string{"confirm": "api-key"}},
		{"restore dev/old-key", secret.FieldReason, nil},
	} {
		t.Run(tt.command, func(t *testing.T) {
			d.types(t, alice, tt.command, has(tt.wait))
			d.fills(t, alice, tt.fill)
			if tt.wait == secret.FieldVersion {
				d.chooses(t, alice, "version", "1")
			}
			s := d.submits(t, alice) // the emulator refuses an error on a field that is not there
			all := strings.Join(slices.Collect(maps.Values(s.Errors)), " ")
			for _, want := range []string{"no such environment", "exists already", "Someone added", "Tick the box", "does not answer"} {
				if !strings.Contains(all, want) {
					t.Errorf("nothing says %q in %v", want, s.Errors)
				}
			}
		})
	}
}

func TestEachVerbAsksTheStoreForItsChange(t *testing.T) {
	d := newDesk(t)
	d.put(devKey, 3)
	d.put(prodKey, 2, func(s *store.Sight) { s.Managed = false })
	trashed := secret.Ref{Environment: "dev", Name: "old-key"}
	d.put(trashed, 1, func(s *store.Sight) { s.Trashed = time.Now().Add(48 * time.Hour) })

	t.Run("update", func(t *testing.T) {
		v := d.types(t, alice, "update dev/api-key", has(secret.FieldOld))
		if f, _ := v.Field("owner"); f.Value != bob {
			t.Errorf("the owner is %q", f.Value)
		}
		d.fills(t, alice, map[string]string{"value": "new value", "old_days": "14"})
		d.chooses(t, alice, "old", "disable")
		d.submits(t, alice)
		got := d.last(t)
		if got.Action != secret.Update || got.Base != 3 || got.Old != (store.OldPlan{Do: store.OldDisable, Days: 14}) ||
			got.Description != "for the tests" || !slices.Equal(got.Notify, []string{"C0GENERAL"}) {
			t.Errorf("submitted %+v", got.Submission)
		}
		d.sees(t, alice, reads("was updated, version 4"))
	})
	t.Run("the first change of an unmanaged secret", func(t *testing.T) {
		v := d.types(t, alice, "update prod/api-key", has(secret.FieldAdopt))
		if !strings.Contains(unmarked(v.Text()), "⚠ PRODUCTION · prod") {
			t.Errorf("production is not unmistakable:\n%s", v.Text())
		}
		d.fills(t, alice, map[string]string{"value": "new value"})
		d.ticks(t, alice, "adopt")
		d.submits(t, alice)
		if got := d.last(t); !got.Adopt || got.Ref != prodKey {
			t.Errorf("submitted %+v", got.Submission)
		}
	})
	t.Run("rollback", func(t *testing.T) {
		v := d.types(t, alice, "rollback dev/api-key", has(secret.FieldVersion))
		if f, _ := v.Field("version"); len(f.Options) != 2 || f.Options[0].Value != "2" {
			t.Errorf("offered %+v", f.Options)
		}
		d.chooses(t, alice, "version", "1")
		d.submits(t, alice)
		if got := d.last(t); got.Action != secret.Rollback || got.Source != 1 || got.Base != 3 {
			t.Errorf("submitted %+v", got.Submission)
		}
	})
	t.Run("delete", func(t *testing.T) {
		v := d.types(t, alice, "delete dev/api-key", has(secret.FieldConfirm))
		if !strings.Contains(unmarked(v.Text()), "7 days") {
			t.Errorf("nothing says how long it can be restored:\n%s", v.Text())
		}
		d.fills(t, alice, map[string]string{"confirm": "api-key"})
		d.submits(t, alice)
		if got := d.last(t); got.Action != secret.Delete || got.Ref != devKey {
			t.Errorf("submitted %+v", got.Submission)
		}
		d.sees(t, alice, reads("was deleted"))
	})
	t.Run("restore", func(t *testing.T) {
		d.types(t, alice, "restore dev/old-key", has(secret.FieldReason))
		d.submits(t, alice)
		if got := d.last(t); got.Action != secret.Restore || got.Ref != trashed {
			t.Errorf("submitted %+v", got.Submission)
		}
	})
}

func TestOnlyAMemberCanOwnASecret(t *testing.T) {
	d := newDesk(t)
	d.space.SetUser(workspace.User{ID: "U0GUEST", Name: "guest", Guest: true})
	d.types(t, alice, "create dev/api-key", has(secret.FieldOwner))
	d.fills(t, alice, map[string]string{"value": testCanary})
	mustDo(t, d.space.Person(alice).PickUsers("owner", "U0GUEST"))
	if s := d.submits(t, alice); !strings.Contains(s.Errors["owner"], "Only members") {
		t.Errorf("a guest was taken as the owner: %v", s.Errors)
	}
	d.space.Faults().Add(faults.Fault{Method: "users.info", Kind: faults.Refuse, Status: 429, RetryAfter: time.Minute, Times: 1})
	mustDo(t, d.space.Person(alice).PickUsers("owner", bob))
	if s := d.submits(t, alice); !strings.Contains(s.Errors["owner"], "could not tell us who this is") {
		t.Errorf("someone was taken as the owner unknown: %v", s.Errors)
	}
	if s := d.submits(t, alice); !s.Updated || d.last(t).Owner != bob {
		t.Errorf("a member was not taken as the owner: %v", s.Errors)
	}
}

func TestTheEndOfASubmissionIsShown(t *testing.T) {
	done := make(chan struct{})
	close(done)
	tests := []struct {
		sentence string
		submit   func(d *desk, sub store.Submission) (store.Receipt, []secret.Fault, error)
		shown    string // in the view, or on a field
	}{
		{"a refusal names the rule and the way on", func(_ *desk, sub store.Submission) (store.Receipt, []secret.Fault, error) {
			return store.Receipt{Change: changeOf(sub, audit.EventDenied), Denied: &policy.Decision{Rule: "no friday@0123456789ab"}}, nil, nil
		}, "no friday"},
		{"a request that was not recorded", func(*desk, store.Submission) (store.Receipt, []secret.Fault, error) {
			return store.Receipt{}, nil, audit.ErrFull
		}, "nothing was done"},
		{"a request of which nobody knows", func(*desk, store.Submission) (store.Receipt, []secret.Fault, error) {
			return store.Receipt{}, nil, audit.ErrUnknown
		}, "Send the same form again"},
		{"a failure with what to do", func(d *desk, sub store.Submission) (store.Receipt, []secret.Fault, error) {
			d.outcomes[sub.Key] = changeOf(sub, audit.EventFailed)
			d.lines = []store.Line{{Change: "01jd000000000000000000test", Event: audit.EventFailed, Detail: "create: service_busy"}}
			return store.Receipt{Change: changeOf(sub, audit.EventRequested), Fresh: true, Done: done}, nil, nil
		}, "over its quota"},
		{"someone else was faster", func(d *desk, sub store.Submission) (store.Receipt, []secret.Fault, error) {
			d.outcomes[sub.Key] = changeOf(sub, audit.EventRaced)
			d.lines = nil
			return store.Receipt{Change: changeOf(sub, audit.EventRequested), Fresh: true, Done: done}, nil, nil
		}, "Someone else was faster"},
		{"the same form again, which has ended", func(_ *desk, sub store.Submission) (store.Receipt, []secret.Fault, error) {
			return store.Receipt{Change: changeOf(sub, audit.EventApplied)}, nil, nil
		}, "was created, version 1"},
		{"an emergency, and who reviews it by when", func(d *desk, sub store.Submission) (store.Receipt, []secret.Fault, error) {
			change := changeOf(sub, audit.EventApplied)
			change.Pool = "emergency/dev/2026-11-22"
			d.cards = map[string]store.Card{change.ID: *cardOf(anEmergency)}
			return store.Receipt{Change: change}, nil, nil
		}, "version 1 – in an emergency, without consent\nTo be reviewed by 2026-11-23 09:00 UTC, by one of security (@U0BOB)"},
		{"an emergency whose card can't be read", func(d *desk, sub store.Submission) (store.Receipt, []secret.Fault, error) {
			change := changeOf(sub, audit.EventApplied)
			change.Pool, d.cards = "emergency/dev/2026-11-22", nil
			return store.Receipt{Change: change}, nil, nil
		}, "was created, version 1"},
		{"another process works on it, and ends later", func(d *desk, sub store.Submission) (store.Receipt, []secret.Fault, error) {
			d.outcomes[sub.Key] = changeOf(sub, audit.EventApplied)
			return store.Receipt{Change: changeOf(sub, audit.EventApplying)}, nil, nil
		}, "was created, version 1"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t)
			d.respond = func(sub store.Submission) (store.Receipt, []secret.Fault, error) { return tt.submit(d, sub) }
			d.types(t, alice, "create dev/x", has(secret.FieldValue))
			d.fills(t, alice, map[string]string{"value": "some value"})
			if s := d.submits(t, alice); len(s.Errors) > 0 {
				if !strings.Contains(s.Errors["env"], tt.shown) {
					t.Errorf("errors %v", s.Errors)
				}
				return
			}
			d.sees(t, alice, reads(tt.shown))
		})
	}
}

func TestAViewThatWasClosedIsNoFault(t *testing.T) {
	d := newDesk(t)
	done := make(chan struct{})
	d.respond = func(sub store.Submission) (store.Receipt, []secret.Fault, error) {
		d.outcomes[sub.Key] = changeOf(sub, audit.EventApplied)
		return store.Receipt{Change: changeOf(sub, audit.EventRequested), Fresh: true, Done: done}, nil, nil
	}
	d.types(t, alice, "create dev/x", has(secret.FieldValue))
	d.fills(t, alice, map[string]string{"value": "some value"})
	d.submits(t, alice)
	if err := d.space.Person(alice).CloseView(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(done)
	d.Drain(context.Background())
	if log := d.log.String(); log != "" {
		t.Errorf("the log reads %s", log)
	}
}

func TestWhatWasTypedIsWipedOnceItIsAnswered(t *testing.T) {
	d := newDesk(t)
	for _, kind := range []Kind{KindSubmission, KindAction, KindClosed} {
		typed := []byte(testCanary)
		d.Handle(t.Context(), Request{Kind: kind, UserID: alice, Action: ActionPressed{ActionID: "form_url"},
			View: &ViewState{ID: "V1", CallbackID: "secret_create", Fields: map[secret.Field]Input{
				secret.FieldValue: {Secret: secret.NewValue(typed)}, secret.FieldRecipe: {Choice: "text"},
				secret.FieldName: {Text: "x"}, secret.FieldEnv: {Choice: "dev"}}}})
		if strings.Trim(string(typed), "\x00") != "" {
			t.Errorf("%s leaves what was typed", kind)
		}
	}
	if got := d.last(t); got.value != testCanary {
		t.Errorf("it was wiped too early: %d bytes arrived", len(got.value))
	}
}

func TestAFormOfAnotherVersionIsUnderstoodOrSaysSo(t *testing.T) {
	d := newDesk(t)
	request := func(callback, memory string, fields map[secret.Field]Input) Request {
		return Request{Kind: KindSubmission, UserID: alice, Person: secret.Person{Scope: "T0ACME", User: alice},
			View: &ViewState{ID: "V1", CallbackID: callback, PrivateMetadata: memory, Fields: fields}}
	}
	value := map[secret.Field]Input{secret.FieldValue: {Secret: key("some value")}, secret.FieldRecipe: {Choice: "text"}}
	d.Handle(t.Context(), request("secret_update", `{"v":9,"env":"dev","name":"x","base":2,"mood":"good"}`, value))
	if got := d.last(t); got.Ref.String() != "dev/x" || got.Base != 2 || got.value != "some value" {
		t.Errorf("submitted %+v", got.Submission)
	}
	for _, callback := range []string{"secret_review", "something", "secret_show"} {
		if r := d.Handle(t.Context(), request(callback, "", value)); r.Update == nil {
			t.Errorf("%s was answered with %+v", callback, r)
		}
	}
}

func TestAnUpdateBeginsWithTheFormTheValueWasMadeWith(t *testing.T) {
	d := newDesk(t)
	d.put(devKey, 1, func(s *store.Sight) { s.Recipe = secret.Generate })
	d.types(t, alice, "update dev/api-key", has(secret.FieldLength))
	d.presses(t, alice, "form_text")
	d.sees(t, alice, has(secret.FieldValue))
	d.fills(t, alice, map[string]string{"value": "typed instead"})
	d.submits(t, alice)
	if got := d.last(t); got.Recipe != secret.Text || got.value != "typed instead" {
		t.Errorf("submitted %+v", got.Submission)
	}
}

func TestAnOutcomeThatIsNotKnownYetIsToldAndThenItsEnd(t *testing.T) {
	d := newDesk(t)
	done := make(chan struct{})
	d.respond = func(sub store.Submission) (store.Receipt, []secret.Fault, error) {
		d.outcomes[sub.Key] = changeOf(sub, audit.EventUnknown)
		return store.Receipt{Change: changeOf(sub, audit.EventRequested), Fresh: true, Done: done}, nil, nil
	}
	d.types(t, alice, "create dev/x", has(secret.FieldValue))
	d.fills(t, alice, map[string]string{"value": "some value"})
	d.submits(t, alice)
	d.sees(t, alice, reads("please don't send it again"))
	d.mu.Lock()
	sub := d.sent[0].Submission
	d.outcomes[sub.Key] = changeOf(sub, audit.EventApplied)
	d.mu.Unlock()
	close(done)
	d.sees(t, alice, reads("was created, version 1"))
}
