package wording

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// slackMax is how many characters Slack shows of the sentence of a key, 0 for those of
// paragraphs (docs: reference/views, reference/block-kit).
func slackMax(key Key) int {
	parts := strings.Split(string(key), ".")
	first, last := parts[0], parts[len(parts)-1]
	switch {
	case first == "modal" && (last == "title" || last == "submit" || key == "modal.close" || key == "modal.cancel"):
		return 24
	case first == "button", first == "old", first == "alphabet", first == "review", first == "form" && last == "option",
		first == "recipe" && last != "name":
		return 75
	case first == "form" && last == "placeholder":
		return 150
	}
	return 0
}

func TestTitlesAndButtonsAreShort(t *testing.T) {
	for _, c := range Languages() {
		counted := 0
		for key, sentence := range c.sentences {
			limit := slackMax(key)
			if limit == 0 {
				continue
			}
			counted++
			if n := utf8.RuneCountInString(sentence); n > limit {
				t.Errorf("%s: %s is %q: %d characters of %d", c.Language, key, sentence, n, limit)
			}
		}
		if counted == 0 {
			t.Errorf("%s has neither titles nor buttons", c.Language)
		}
	}
}

// touching is what Slack does not read as markup: a sign of it next to a letter. The
// placeholders named here are filled with code. Korean particles are the danger.
var touching = regexp.MustCompile("[^\\s\"(`*][`*][\\pL\\pN]|\\pL[`*]\\{|\\{(change|env|environments|label|name|ref|rule)\\}\\pL")

func TestMarkupStandsApartFromLetters(t *testing.T) {
	for _, c := range Languages() {
		for key, sentence := range c.sentences {
			if found := touching.FindString(sentence); found != "" {
				t.Errorf("%s: %s: Slack would show the signs around %q as they are", c.Language, key, found)
			}
		}
	}
	for _, wrong := range []string{"`/secret`으로", "앞*굵게*", "앞*{what}*", "{ref}을", "*{what}*은"} {
		if !touching.MatchString(wrong) {
			t.Errorf("%q passes", wrong)
		}
	}
}

// TestFieldsAreCalledByTheirNames: a sentence that sends people to a field, button or
// choice calls it what it is called in that language.
func TestFieldsAreCalledByTheirNames(t *testing.T) {
	called := map[Key]Key{"form.value.hint": "button.form.long", "form.accept.how": "form.accept.label"}
	for _, c := range Languages() {
		for key, field := range called {
			if sentence, name := c.Say(key), c.Say(field); !strings.Contains(sentence, `"`+name+`"`) {
				t.Errorf("%s: %s does not name %q: %s", c.Language, key, name, sentence)
			}
		}
	}
}

func TestKoreanSendsPeopleToTheKoreanChoice(t *testing.T) {
	korean := For("ko-KR")
	for key, choice := range map[Key]Key{
		"fault.not_utf8": "recipe.base64-decode", "fault.control_character": "recipe.base64-decode",
		"fault.not_base64": "recipe.text", "fault.no_pem": "recipe.text",
		"fault.maybe_cut": "button.form.long", "fault.query_in_database": "button.form.text",
	} {
		if sentence, name := korean.Say(key), korean.Say(choice); !strings.Contains(sentence, `"`+name+`"`) {
			t.Errorf("%s does not name %q: %s", key, name, sentence)
		}
	}
}
