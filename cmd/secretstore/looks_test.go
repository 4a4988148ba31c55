package main

import (
	"strings"
	"testing"

	"secretstore/internal/emulator/page/pagetest"
	"secretstore/internal/wording"
)

// looker is somebody who looks at everything there is on the page: on every screen, in one
// language, in one of the colours.
type looker struct {
	t     *testing.T
	b     *pagetest.Browser
	axe   pagetest.Axe
	words *wording.Catalogue // of the app, for the person at the keyboard
}

// looks checks what is in front now: whether it fits screens of three sizes, and whether
// axe-core finds what keeps people out.
func (l *looker) looks(what string) {
	l.t.Helper()
	for _, width := range []int64{360, 768, 1280} {
		l.b.Resize(width, 800)
		for _, fault := range append(l.b.Cut(), l.b.Covered()...) {
			l.t.Errorf("%s, %d px wide: %s", what, width, fault)
		}
	}
	for _, barrier := range l.b.Barriers(l.axe) {
		l.t.Errorf("%s: %s", what, barrier)
	}
}

// lookedAt is a world in which every form has something to show.
const lookedAt = `as Carol
type '/secret create dev/db-password'
sees 'Value'
fill value 'correct-horse-battery-staple'
fill description 'of the orders database'
submit
sees 'was created'
close
type '/secret update dev/db-password'
sees 'Newest version'
fill value 'rotated-horse-battery-staple'
submit
sees 'version 2'
close
type '/secret create dev/old-key as generate'
sees 'Length'
submit
sees 'was created'
close
type '/secret delete dev/old-key'
sees 'trash'
fill confirm 'old-key'
submit
sees 'was deleted'
close
type '/secret create prod/payments-night'
sees 'emergency'
fill value 'play-key-made-in-the-night'
fill reason 'the provider revoked the old key'
tick emergency
tick confirm
fill incident 'INC-42'
submit
sees 'was created'
close
type '/secret create prod/payments-key'
sees 'Value'
fill value 'play-key-of-the-payments-team'
fill reason 'the new payment provider'
submit
sees 'waiting for consent'
close
row staged prod/payments-key
sheet 10`

// modals are the app's forms: the command that opens each, the buttons that lead on from
// there, and the words by which it is known to be complete.
var modals = []struct {
	name, command string
	press         []wording.Key
	sees          []wording.Key
}{
	{"start", "/secret", nil, []wording.Key{"modal.start.hello"}},
	{"create", "/secret create dev/new", nil, []wording.Key{"form.value.label", "form.reason.label"}},
	{"longer value", "/secret create dev/new", []wording.Key{"button.form.long"}, []wording.Key{"form.value_4.label"}},
	{"url", "/secret create dev/new", []wording.Key{"button.form.url"}, []wording.Key{"form.url_scheme.label", "form.url_database.label"}},
	{"k8s", "/secret create dev/new", []wording.Key{"button.form.k8s-secret"}, []wording.Key{"form.value.k8s-secret.label"}},
	{"registry", "/secret create dev/new", []wording.Key{"button.form.dockerconfigjson"}, []wording.Key{"form.registry.label"}},
	{"generate", "/secret create dev/new", []wording.Key{"button.form.generate"}, []wording.Key{"form.alphabet.label"}},
	{"update", "/secret update dev/db-password", nil, []wording.Key{"form.old.label"}},
	{"emergency", "/secret update prod/payments-night", nil, []wording.Key{"form.emergency.option", "form.incident.label"}},
	{"rollback", "/secret rollback dev/db-password", nil, []wording.Key{"form.version.label"}},
	{"delete", "/secret delete dev/db-password", nil, []wording.Key{"form.confirm.label"}},
	{"restore", "/secret restore dev/old-key", nil, []wording.Key{"modal.restore.title", "modal.restore.submit"}},
	{"show", "/secret show dev/db-password", nil, []wording.Key{"modal.show.title", "fact.owner"}},
	{"history", "/secret history dev/db-password", nil, []wording.Key{"modal.history.title", "modal.history.sheet"}},
	{"list", "/secret list", nil, []wording.Key{"modal.list.title"}},
	{"why", "/secret why prod/payments-key", nil, []wording.Key{"modal.why.title"}},
}

// pageWords are names that the page gives to things, in one language.
type pageWords struct{ manager, sheet, faults, tours, start, end string }

func TestEveryFormAndTabFitsItsScreenAndKeepsNobodyOut(t *testing.T) {
	axe := pagetest.InstallAxe(t)
	for _, test := range []struct {
		name, person, locale, language string
		dark                           bool
		words                          pageWords
	}{
		{"English, light", "Carol", "en", "English", false, pageWords{"Secret Manager", "Audit sheet", "Faults", "Tours", "Start: Create a secret", "End the tour"}},
		{"Korean, dark", "Mina", "ko", "한국어", true, pageWords{"Secret Manager", "감사 시트", "장애", "둘러보기", "시작: 시크릿 만들기", "둘러보기 끝내기"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, b := openPage(t)
			playLines(t, p, strings.Split(lookedAt, "\n")...)
			b.Choose("Language", test.language)
			b.Sees(test.words.tours)
			b.Dark(test.dark)
			b.Press(test.person)
			l := &looker{t, b, axe, wording.For(test.locale)}
			l.tabs(test.words)
			l.forms()
			l.decisions()
		})
	}
}

// forms looks at each form of the app.
func (l *looker) forms() {
	l.b.Resize(800, 800)
	l.b.Press("Slack")
	for _, m := range modals {
		l.b.Say(m.command)
		for _, key := range m.press {
			l.b.Press(l.words.Say(key))
		}
		for _, key := range m.sees {
			l.b.Sees(l.words.Say(key))
		}
		l.looks(m.name)
		l.b.Key(pagetest.Escape)
	}
}

// decisions looks at what Bob is asked: a channel's messages are in English, forms in his language.
func (l *looker) decisions() {
	l.b.Press("Bob")
	l.b.Press("security")
	l.b.Sees("Your consent is asked for")
	l.looks("cards")
	for button, key := range map[string]wording.Key{"Refuse …": "form.reason.refuse.label", "Review …": "form.reason.review.label"} {
		sees := l.words.Say(key)
		l.b.Press(button)
		l.b.Sees(sees)
		l.looks(sees)
		l.b.Key(pagetest.Escape)
		l.b.Misses(sees)
	}
}

// tabs looks at every service beside Slack, at one secret, and at a tour on its way.
func (l *looker) tabs(words pageWords) {
	for _, tab := range []string{words.tours, words.manager, words.sheet, words.faults} {
		l.b.Press(tab)
		l.looks("tab " + tab)
	}
	l.b.Press(words.manager)
	l.b.Press("db-password")
	l.b.Sees("secretstore.recipe")
	l.looks("a secret")
	l.b.Press(words.sheet)
	l.b.PressCell("staged")
	l.b.Sees("decided_by")
	l.looks("a row of the sheet")
	l.b.Press(words.tours)
	l.b.Press(words.start)
	l.looks("a tour")
	l.b.Press(words.end)
}
