package slackapp

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"secretstore/internal/audit"
	"secretstore/internal/policy"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// TestTheLargestPagesAreWithinSlacksLimits: everything as long and as many as it can be.
// The desk holds each view against the limits.
func TestTheLargestPagesAreWithinSlacksLimits(t *testing.T) {
	d := newDesk(t)
	name := secret.Name(strings.Repeat("n", secret.MaxName))
	ref := secret.Ref{Environment: secret.Environment("prod-" + strings.Repeat("e", secret.MaxEnvironment-5)), Name: name}
	d.environments = []policy.Environment{{Name: ref.Environment, Project: strings.Repeat("p", 30)}}
	for n := range 150 {
		d.environments = append(d.environments, policy.Environment{Name: secret.Environment(fmt.Sprintf("env-%d", n)), Project: "x"})
	}
	long := strings.Repeat("<&>", secret.MaxFreeText)
	d.put(ref, 300, func(s *store.Sight) {
		s.Managed, s.Description, s.Notify = false, long, make([]string, 500)
		for i := range s.Notify {
			s.Notify[i] = fmt.Sprintf("C0CHANNEL%d", i)
		}
	})
	for n := range 200 {
		other := ref
		other.Name = name[:250] + secret.Name(fmt.Sprintf("%05d", n))
		d.entries = append(d.entries, store.Entry{Environment: ref.Environment, Name: other.Name, Description: long})
		d.touched = append(d.touched, other)
	}
	d.touched = d.touched[:recentShown]
	for n := range 100 {
		d.lines = append(d.lines, store.Line{Time: time.Now(), Event: audit.EventApplied, Actor: long, ActorID: long,
			Detail: "update: raced", Version: fmt.Sprint(n + 1), Recipe: "dockerconfigjson", Bytes: "65536", SameAs: "1", Reason: long})
	}
	for range 50 {
		d.decision.Tried = append(d.decision.Tried, policy.Trial{Rule: strings.Repeat("r", 100), Failed: policy.ConditionWho})
	}
	d.decision.Allowed, d.decision.Rule = false, ""
	for _, verb := range append(verbs(), VerbStart) {
		for _, about := range []secret.Ref{{}, {Name: name}, ref} {
			for _, long := range []bool{false, true} {
				p := page{verb: verb, ref: about, long: long, from: 20, first: true}
				view, _ := d.compose(t.Context(), alice, p)
				inspect(t, view)
			}
		}
		if verb != VerbWhy && verb != VerbHistory { // those need the right to view
			inspect(t, d.loading(alice, page{verb: verb, ref: ref}))
		}
	}
	for _, recipe := range append(secret.TextRecipes(), secret.FormRecipes()...) {
		for _, verb := range []Verb{VerbCreate, VerbUpdate} {
			view, _ := d.compose(t.Context(), bob, page{verb: verb, ref: ref, recipe: recipe})
			inspect(t, view)
		}
	}
}

// TestNoSentenceIsCut: what stands on buttons, titles and options fits there in every
// language, so that "…" never takes the end of a sentence of ours.
func TestNoSentenceIsCut(t *testing.T) {
	limits := map[wording.Key]int{"modal.close": titleMax, "modal.cancel": titleMax, "help.title": headerMax,
		"button.again": buttonMax, "button.next": buttonMax, "button.previous": buttonMax, "button.open": buttonMax,
		"button.form.long": buttonMax, "button.form.text": buttonMax, "form.search.placeholder": placeholderMax,
		"form.env.placeholder": placeholderMax, "form.env.every": optionMax,
		"form.error.not_recorded": errorMax, "form.error.unknown": errorMax}
	for _, v := range append(verbs(), VerbStart) {
		limits["modal."+wording.Key(v)+".title"] = titleMax
		limits["button."+wording.Key(v)] = buttonMax
		if v.action() != "" {
			limits["modal."+wording.Key(v)+".submit"] = titleMax
		}
	}
	for _, r := range secret.FormRecipes() {
		limits["button.form."+wording.Key(r)] = buttonMax
	}
	for _, r := range secret.TextRecipes() {
		limits["recipe."+wording.Key(r)], limits["recipe."+wording.Key(r)+".about"] = optionMax, optionMax
	}
	for _, plan := range []store.OldAction{store.OldKeep, store.OldDisable, store.OldDestroy} {
		limits["old."+wording.Key(plan)], limits["old."+wording.Key(plan)+".about"] = optionMax, optionMax
	}
	for _, alphabet := range secret.Alphabets() {
		limits["alphabet."+wording.Key(alphabet)] = optionMax
	}
	for _, box := range []secret.Field{secret.FieldAccept, secret.FieldKeepNewline, secret.FieldCompact, secret.FieldAdopt} {
		limits["form."+wording.Key(box)+".option"] = optionMax
	}
	for _, c := range wording.Languages() {
		for key, limit := range limits {
			text := c.Say(key)
			if n := utf8.RuneCountInString(text); n > limit || text == string(key) {
				t.Errorf("%s: %s is %q: %d characters of %d", c.Language, key, text, n, limit)
			}
		}
	}
}
