package slackapp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

func TestTheStartModalHasEveryVerbAndWhatWasTouchedLast(t *testing.T) {
	d := newDesk(t)
	d.put(prodKey, 2)
	d.touched = []secret.Ref{devKey, prodKey}
	v := d.types(t, alice, "", reads("You changed these last"))
	for _, verb := range verbs() {
		if !slices.ContainsFunc(v.Buttons(), func(b workspace.Button) bool { return b.ActionID == actionVerb(verb) }) {
			t.Errorf("there is no button for %s", verb)
		}
	}
	if v.CallbackID != "secret_start" || !strings.Contains(unmarked(v.Text()), "PRODUCTION prod/api-key") {
		t.Errorf("%s reads\n%s", v.CallbackID, v.Text())
	}
	d.presses(t, alice, "verb_show#1")
	d.sees(t, alice, reads("gcloud secrets versions access 2 --secret=api-key --project=acme-prod"))
}

func TestASecretIsFoundBySearchForEveryVerb(t *testing.T) {
	long := secret.Ref{Environment: "dev", Name: secret.Name("a-long-name-" + strings.Repeat("x", 200))}
	d := newDesk(t)
	d.put(devKey, 3)
	d.put(prodKey, 2)
	d.put(long, 1)
	for _, tt := range []struct {
		command, query, choose string
		offered                int
		seen                   func(*workspace.View) bool
	}{
		{"", "api", "dev/api-key", 2, reads("About this secret")},
		{"update", "api", "prod/api-key", 2, has(secret.FieldValue)},
		{"rollback", "dev/api", "dev/api-key", 1, has(secret.FieldVersion)},
		{"delete", "", "dev/api-key", 3, has(secret.FieldConfirm)},
		{"history", "prod/", "prod/api-key", 1, reads("the newest first")},
		{"why", "api-key", "dev/api-key", 2, reads("What you may do with")},
		{"show", "long", optionValue(long), 1, reads(string(long.Name))},
		{"show", "nothing has this name", "", 0, nil},
	} {
		t.Run(tt.command+" "+tt.query, func(t *testing.T) {
			d.types(t, alice, tt.command, reads("Part of a name"))
			options, err := d.space.Person(alice).Suggest(t.Context(), "name", tt.query)
			if err != nil || len(options) != tt.offered {
				t.Fatalf("offered %v, %v", options, err)
			}
			if tt.seen == nil {
				return
			}
			d.chooses(t, alice, "name", tt.choose)
			d.sees(t, alice, tt.seen)
		})
	}
}

func TestSearchOffersNothingToStrangers(t *testing.T) {
	d := newDesk(t)
	d.put(devKey, 1)
	r := Request{Kind: KindOptions, UserID: "U0NOBODY", View: &ViewState{ID: "V1"}, Action: ActionPressed{BlockID: "name", ActionID: "name"}}
	if options := d.Handle(t.Context(), r).Options; len(options) != 0 {
		t.Errorf("offered %v", options)
	}
}

func TestANameAloneFindsItsEnvironment(t *testing.T) {
	t.Run("the only environment there is", func(t *testing.T) {
		d := newDesk(t)
		d.environments = d.environments[:1]
		d.put(devKey, 1)
		d.types(t, alice, "update api-key", has(secret.FieldValue))
		v := d.types(t, alice, "create other-key", has(secret.FieldValue))
		if _, asked := v.Field("env"); asked {
			t.Error("the only environment is asked for")
		}
		d.fills(t, alice, map[string]string{"value": "some value"})
		d.submits(t, alice)
		if got := d.last(t); got.Ref.String() != "dev/other-key" {
			t.Errorf("submitted %s", got.Ref)
		}
	})
	t.Run("the only one that has the name", func(t *testing.T) {
		d := newDesk(t)
		d.put(prodKey, 1)
		v := d.types(t, alice, "show api-key", reads("prod/api-key"))
		if !strings.Contains(unmarked(v.Text()), "⚠ PRODUCTION") {
			t.Errorf("reads\n%s", v.Text())
		}
	})
	t.Run("one of several, by a button", func(t *testing.T) {
		d := newDesk(t)
		d.put(devKey, 1)
		d.put(prodKey, 1)
		d.types(t, alice, "delete api-key", reads("In which environment"))
		d.presses(t, alice, "prod · ⚠ PRODUCTION")
		d.sees(t, alice, has(secret.FieldConfirm))
	})
}

func TestWhatStandsInTheWayIsToldBeforeAnythingIsTyped(t *testing.T) {
	soon := time.Now().Add(24 * time.Hour)
	tests := []struct {
		sentence, command string
		set               func(d *desk)
		shown             string
		offered           string // the button that helps
	}{
		{"nothing of that name", "update dev/api-key", func(*desk) {}, "There is no dev/api-key yet", "verb_create"},
		{"hidden or unknown", "update dev/api-key", func(d *desk) { d.lookError = store.ErrHidden }, "that you may see", ""},
		{"a hidden history reads the same", "history dev/api-key", func(d *desk) { d.lookError = store.ErrHidden }, "that you may see", ""},
		{"no answer of Secret Manager", "show dev/api-key", func(d *desk) { d.lookError = errDown }, "does not answer right now", "verb_show"},
		{"no permission in Secret Manager", "show dev/api-key",
			func(d *desk) { d.lookError = &store.CallError{Kind: store.Denied} }, "lacks a permission", ""},
		{"no answer of the log", "history dev/api-key", func(d *desk) { d.lookError = audit.ErrUnavailable }, "history can't be read", "verb_history"},
		{"an unknown environment", "show stg/api-key", func(*desk) {}, "There is no environment stg. You can choose: dev, prod.", "verb_show#1"},
		{"one that is written in full", "why production/api-key", func(*desk) {}, "Did you mean prod? You can choose: dev, prod.", "verb_why#0"},
		{"an unknown environment where nothing may be done", "show stg/api-key", func(d *desk) { d.decision = policy.Decision{} }, "none that you may use", ""},
		{"a slip in the name", "update dev/db-pasword", func(d *desk) { d.put(dbKey, 1) }, "There is no dev/db-pasword. Did you mean one of these?", "verb_update#0"},
		{"a slip in a name that is new for all that", "update dev/db-pasword", func(d *desk) { d.put(dbKey, 1) }, "If not, dev/db-pasword can be created", "verb_create"},
		{"nothing to be rid of", "delete dev/api-key", func(*desk) {}, "There is no dev/api-key. Check its name", "verb_list"},
		{"owned by Terraform", "update dev/api-key",
			func(d *desk) { d.put(devKey, 1, func(s *store.Sight) { s.Owned = "goog-terraform-provisioned" }) }, "another tool", "verb_show"},
		{"another installation's", "update dev/api-key",
			func(d *desk) { d.put(devKey, 1, func(s *store.Sight) { s.Foreign = true }) }, "another installation", ""},
		{"in the trash", "update dev/api-key",
			func(d *desk) { d.put(devKey, 1, func(s *store.Sight) { s.Trashed = soon }) }, "in the trash", "verb_restore"},
		{"not in the trash", "restore dev/api-key", func(d *desk) { d.put(devKey, 1) }, "not in the trash", "verb_show"},
		{"nothing to go back to", "rollback dev/api-key", func(d *desk) { d.put(devKey, 1) }, "no earlier version", "verb_update"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			d := newDesk(t)
			tt.set(d)
			v := d.types(t, alice, tt.command, reads(tt.shown))
			if v.Submit != "" {
				t.Error("it can be submitted")
			}
			if tt.offered != "" && !slices.ContainsFunc(v.Buttons(), func(b workspace.Button) bool { return b.ActionID == tt.offered }) {
				t.Errorf("there is no button %s in\n%s", tt.offered, v.Text())
			}
		})
	}
}

func TestARefusalIsForetoldAndStillRecordedWhenSent(t *testing.T) {
	d := newDesk(t)
	d.put(prodKey, 1)
	d.decision = policy.Decision{Tried: []policy.Trial{{Rule: "payments in production", Failed: policy.ConditionWho}}}
	v := d.types(t, alice, "update prod/api-key", has(secret.FieldValue))
	if !strings.Contains(unmarked(v.Text()), "payments in production: is for other people") {
		t.Errorf("reads\n%s", v.Text())
	}
	d.fills(t, alice, map[string]string{"value": "some value"})
	d.submits(t, alice)
	d.last(t)
}

func TestTheShowPageTellsEverythingButTheValue(t *testing.T) {
	d := newDesk(t)
	d.put(prodKey, 40, func(s *store.Sight) { s.Versions[1].State = store.StateDisabled })
	v := d.types(t, alice, "show prod/api-key", reads("managed by Secret Store"))
	for _, want := range []string{"⚠ PRODUCTION · prod", "for the tests", "Text", "Version 40 – enabled", "Version 39 – disabled", "and 25 older ones"} {
		if !strings.Contains(unmarked(v.Text()), want) {
			t.Errorf("nothing says %q:\n%s", want, v.Text())
		}
	}
	d.presses(t, alice, "verb_history")
	d.sees(t, alice, reads("History"))
}

func TestTheHistoryIsReadPageByPage(t *testing.T) {
	d := newDesk(t)
	d.put(devKey, 45)
	for n := 45; n > 0; n-- {
		d.lines = append(d.lines, store.Line{Time: time.Unix(1_760_000_000+int64(n), 0), Event: audit.EventApplied, Actor: "Bob", ActorID: "T0ACME/" + bob,
			Detail: "update", Version: fmt.Sprint(n), Recipe: "text", Bytes: "<16", SameAs: "1", Reason: "because <!channel> *" + fmt.Sprint(n) + "*"})
	}
	d.lines = append(d.lines, store.Line{Event: audit.EventDenied, Actor: "Bob", Detail: "create", Time: time.Unix(1, 0)})
	v := d.types(t, alice, "history dev/api-key", reads("version 45"))
	if !strings.Contains(unmarked(v.Text()), "because <!channel> 45") || strings.Contains(unmarked(v.Text()), "version 25 ") {
		t.Errorf("reads\n%s", v.Text())
	}
	d.presses(t, alice, "Next")
	d.sees(t, alice, reads("version 25 "))
	d.presses(t, alice, "Next")
	v = d.sees(t, alice, reads("create – refused by policy"))
	if slices.ContainsFunc(v.Buttons(), func(b workspace.Button) bool { return b.Text == "Next" }) {
		t.Error("there is a page after the last")
	}
	d.presses(t, alice, "Previous")
	d.sees(t, alice, reads("version 25 "))
}

// TestNamesThatWereNeverReadAreNotTakenForNone: the list and the pages with a search say so.
func TestNamesThatWereNeverReadAreNotTakenForNone(t *testing.T) {
	const unread = "The names of prod could not be read yet"
	d := newDesk(t)
	d.never = []secret.Environment{"prod"}
	v := d.types(t, alice, "list", reads(unread))
	if !reads("As known 42 s ago")(v) {
		t.Errorf("how old the names of dev are is not said:\n%s", v.Text())
	}
	d.chooses(t, alice, "env", "prod")
	d.sees(t, alice, func(v *workspace.View) bool { return reads(unread)(v) && !reads("As known")(v) })
	d.chooses(t, alice, "env", "dev")
	d.sees(t, alice, func(v *workspace.View) bool { return !reads(unread)(v) && reads("As known 42 s ago")(v) })
	d.types(t, alice, "", reads(unread))
	d.types(t, alice, "show", reads(unread))
}

func TestTheListIsNarrowedAndReadPageByPage(t *testing.T) {
	d := newDesk(t)
	for n := range 35 {
		d.put(secret.Ref{Environment: "dev", Name: secret.Name(fmt.Sprintf("key-%02d", n))}, 1)
	}
	d.put(prodKey, 1)
	v := d.types(t, alice, "list", reads("dev/key-00"))
	if !strings.Contains(unmarked(v.Text()), "As known 42 s ago") {
		t.Errorf("reads\n%s", v.Text())
	}
	d.presses(t, alice, "Next")
	d.sees(t, alice, reads("dev/key-34"))
	d.chooses(t, alice, "env", "prod")
	v = d.sees(t, alice, func(v *workspace.View) bool { return reads("PRODUCTION prod/api-key")(v) && !reads("dev/key-34")(v) })
	if f, _ := v.Field("env"); f.Value != "prod" {
		t.Errorf("the filter stands on %q", f.Value)
	}
	d.types(t, alice, "list dev/key-3", func(v *workspace.View) bool { return reads("dev/key-34")(v) && !reads("dev/key-00")(v) })
	d.types(t, alice, "list prod", func(v *workspace.View) bool { return reads("prod/api-key")(v) && !reads("dev/")(v) })
	d.types(t, alice, "list dev/nothing", reads("No secret that you may see matches"))
}

func TestLookUpsAreLimited(t *testing.T) {
	d := newDesk(t)
	d.put(devKey, 1)
	if _, err := d.space.Person(alice).Command(t.Context(), "/secret", "show dev/api-key"); err != nil {
		t.Fatal(err)
	}
	d.sees(t, alice, reads("managed"))
	for range LooksPerMinute {
		_ = d.Looks.Take(secret.Person{Scope: "T0ACME", User: alice})
	}
	d.types(t, alice, "show dev/api-key", reads("a lot of look-ups"))
	d.types(t, bob, "show dev/api-key", reads("managed"))
}

func TestWhatCouldNotBeToldIsShownWithTheNextView(t *testing.T) {
	missed := store.Telling{Recipient: alice, Audience: store.ToRequester, Change: "c1", Event: audit.EventApplied,
		Action: secret.Update, Ref: devKey, Version: "4"}
	shown := make(chan store.Telling, 2)
	d := newDesk(t, func(o *Options) {
		o.Untold = func(context.Context, secret.Person) ([]store.Telling, error) { return []store.Telling{missed}, nil }
		o.Shown = func(_ context.Context, t store.Telling) error { shown <- t; return nil }
	})
	d.types(t, alice, "create", reads("While you could not be reached: ✅ dev/api-key was updated, version 4"))
	if got := <-shown; got != missed {
		t.Errorf("%+v was marked", got)
	}
	d.presses(t, alice, "form_url")
	d.sees(t, alice, func(v *workspace.View) bool { return has(secret.FieldURLHost)(v) && !reads("could not be reached")(v) })
}
