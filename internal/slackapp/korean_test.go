package slackapp

import (
	"strings"
	"testing"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/workspace"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

func TestAPersonWhoReadsKoreanIsSpokenToInKorean(t *testing.T) {
	d := newDesk(t)
	d.space.SetUser(workspace.User{ID: alice, Name: "alice", RealName: "Alice Adams", Locale: "ko-KR"})
	v := d.types(t, alice, "create prod/shop-db", has(secret.FieldValue))
	if v.Title != "시크릿 만들기" || v.Submit != "만들기" || v.Close != "취소" {
		t.Errorf("the form is headed %q, with %q and %q", v.Title, v.Submit, v.Close)
	}
	if f, _ := v.Field("env"); f.Label != "환경" || !strings.Contains(v.Text(), "운영 환경 · prod") {
		t.Errorf("the environment is called %q in\n%s", f.Label, v.Text())
	}
	d.fills(t, alice, map[string]string{"name": "shop db", "value": "changeme"})
	errors := d.submits(t, alice).Errors
	for field, want := range map[string]string{"name": "이름을 고쳐 주세요", "value": "실제 값을 넣어 주세요"} {
		if !strings.Contains(errors[field], want) {
			t.Errorf("%s says %q, want %q", field, errors[field], want)
		}
	}
	if v := d.types(t, bob, "create", has(secret.FieldValue)); v.Title != "Create a secret" {
		t.Errorf("someone else's form is headed %q", v.Title)
	}
}

// TestEverybodyIsToldInTheirOwnLanguage: by message as on the forms; a channel in English.
func TestEverybodyIsToldInTheirOwnLanguage(t *testing.T) {
	d := newDesk(t)
	d.space.SetUser(workspace.User{ID: alice, Name: "alice", Locale: "ko-KR"})
	d.space.SetUser(workspace.User{ID: bob, Name: "bob", Locale: "en-GB"})
	for recipient, test := range map[string]struct {
		as   store.Audience
		want string
	}{
		alice:       {store.ToRequester, "prod/api-key 시크릿을 업데이트했어요 (버전 4)"},
		bob:         {store.ToOwner, "prod/api-key was updated, version 4"},
		"C0GENERAL": {store.ToChannel, "prod/api-key was updated, version 4"},
	} {
		at, err := d.Notify(t.Context(), telling(audit.EventApplied, func(t *store.Telling) { t.Recipient, t.Audience = recipient, test.as }))
		if err != nil {
			t.Fatal(err)
		}
		reader := alice
		if recipient == bob {
			reader = bob
		}
		all := d.space.Person(reader).Messages(at.Channel)
		if len(all) != 1 || !strings.Contains(unmarked(all[0].Blocks), test.want) || !strings.Contains(unmarked(all[0].Text), test.want) {
			t.Errorf("%s reads\n%+v", recipient, all)
		}
	}
}

// TestEveryPageIsComposedInEveryLanguage: each within Slack's limits, without a key or a
// placeholder left.
func TestEveryPageIsComposedInEveryLanguage(t *testing.T) {
	for _, c := range wording.Languages() {
		d := newDesk(t)
		d.put(devKey, 3)
		d.put(prodKey, 3)
		d.space.SetUser(workspace.User{ID: alice, Name: "alice", Locale: c.Language})
		for _, verb := range append(verbs(), VerbStart) {
			view, _ := d.compose(t.Context(), alice, page{verb: verb, ref: prodKey})
			inspect(t, view)
			if want := c.Say("modal." + wording.Key(verb) + ".title"); view.Title.Text != want {
				t.Errorf("%s: %s is headed %q, want %q", c.Language, verb, view.Title.Text, want)
			}
		}
		for _, recipe := range append(secret.TextRecipes(), secret.FormRecipes()...) {
			view, _ := d.compose(t.Context(), alice, page{verb: VerbCreate, recipe: recipe})
			inspect(t, view)
		}
	}
}
