package slackapp

import (
	"github.com/slack-go/slack"

	"secretstore/internal/secret"
)

// help is what the command can do, with examples and a button for each verb.
func (c *composer) help() {
	c.heading("help.title")
	c.text("help.intro")
	c.text("help.examples")
	var all []*slack.ButtonBlockElement
	for _, verb := range verbs() {
		if verb != VerbHelp {
			all = append(all, c.verbButton(verb, secret.Ref{}))
		}
	}
	c.buttons(all...)
	c.text("help.value")
	c.note("help.more")
}

// helpPage is the help inside a modal.
func helpPage(c *composer) slack.ModalViewRequest {
	c.help()
	return c.modal(VerbHelp, metadata{})
}
