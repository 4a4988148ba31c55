package slackapp

import (
	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// valueInputs adds the inputs of one recipe, led by what a typed value passes through and
// by the way to the other forms.
func (c *composer) valueInputs(recipe secret.Recipe, long bool) {
	if recipe != secret.Generate {
		c.note("form.value.honest")
	}
	c.otherForms(recipe, long)
	variant := string(recipe)
	switch recipe {
	case secret.URL:
		c.field(secret.FieldURLScheme, "").askText(textInput{limit: 40})
		c.field(secret.FieldURLHost, "").askText(textInput{limit: 255})
		c.field(secret.FieldURLPort, "").askText(textInput{limit: 5, optional: true})
		c.field(secret.FieldURLDatabase, "").askText(textInput{limit: 255, optional: true})
		c.field(secret.FieldURLUser, "").askText(textInput{limit: 255, optional: true})
		c.field(secret.FieldPassword, variant).askText(textInput{limit: maxTyped, optional: true})
	case secret.DockerConfigJSON:
		c.field(secret.FieldRegistry, "").askText(textInput{limit: 255})
		c.field(secret.FieldUser, "").askText(textInput{limit: 255})
		c.field(secret.FieldPassword, variant).askText(textInput{limit: maxTyped})
	case secret.Generate:
		c.field(secret.FieldLength, "").askNumber(secret.MinLength, secret.MaxLength, secret.DefaultLength, false)
		c.field(secret.FieldAlphabet, "").askOne(c.alphabets(), secret.Alphabets()[0])
		return
	case secret.K8sSecret:
		c.field(secret.FieldValue, variant).askText(textInput{limit: maxTyped, multiline: true})
	default:
		c.textValue(recipe, long)
	}
	c.field(secret.FieldAccept, "").askTick()
}

// parts are the inputs that a longer value is spread over, in order.
var parts = []secret.Field{secret.FieldValue, secret.FieldValue2, secret.FieldValue3, secret.FieldValue4}

// textValue adds the inputs of the six recipes for text.
func (c *composer) textValue(recipe secret.Recipe, long bool) {
	var options []*slack.OptionBlockObject
	for _, r := range secret.TextRecipes() {
		options = append(options, c.option(string(r), wording.Key("recipe."+r)))
	}
	c.field(secret.FieldRecipe, "").askOne(options, string(recipe))
	variant, fields := "", parts[:1]
	if long {
		variant, fields = "long", parts
	}
	for i, part := range fields {
		c.field(part, variant).askText(textInput{limit: maxTyped, multiline: true, optional: i > 0})
	}
	c.field(secret.FieldKeepNewline, "").askTick()
	c.field(secret.FieldCompact, "").askTick()
	c.field(secret.FieldRemind, "").askNumber(1, store.MaxRemindDays, 0, true)
}

// otherForms is the row of buttons above the value.
func (c *composer) otherForms(now secret.Recipe, long bool) {
	var row []*slack.ButtonBlockElement
	textForm := !long && (now == "" || isTextRecipe(now))
	if textForm {
		row = append(row, c.button(formLong, "", "button.form.long"))
	} else {
		row = append(row, c.button(formPrefix+string(secret.Text), "", "button.form.text"))
	}
	for _, r := range secret.FormRecipes() {
		if r != now {
			row = append(row, c.button(formPrefix+string(r), "", "button.form."+wording.Key(r)))
		}
	}
	c.buttons(row...)
}

func (c *composer) alphabets() []*slack.OptionBlockObject {
	var options []*slack.OptionBlockObject
	for _, name := range secret.Alphabets() {
		options = append(options, c.option(name, wording.Key("alphabet."+name)))
	}
	return options
}

// about adds what is known of a secret besides its value: who answers for it, who hears of it.
func (c *composer) about(description, owner string, notify []string) {
	c.field(secret.FieldDescription, "").askText(textInput{limit: secret.MaxFreeText, initial: description, optional: true})
	c.field(secret.FieldOwner, "").askPerson(owner)
	c.field(secret.FieldNotify, "").askChannels(notify)
	c.reason("")
}

func (c *composer) reason(variant string) {
	c.field(secret.FieldReason, variant).askText(textInput{limit: secret.MaxFreeText, multiline: true, optional: true})
}
