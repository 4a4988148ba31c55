package slackapp

import (
	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// What a form about a waiting change is for. Nobody can type these as a command.
const (
	verbRefuse Verb = actionRefuse
	verbStop   Verb = actionStop
	verbReview Verb = actionReview
)

// refuseForm asks why a change is refused, or stopped during its hold.
func refuseForm(c *composer, p page) slack.ModalViewRequest {
	c.text("decide.about." + wording.Key(p.verb))
	c.why(p.verb)
	view := c.form(p.verb, metadata{Change: p.change, Stop: p.verb == verbStop})
	view.CallbackID = callbackPrefix + string(verbRefuse)
	return view
}

// why asks for the reason that everyone concerned will read.
func (c *composer) why(verb Verb) {
	c.field(secret.FieldReason, string(verb)).askText(textInput{limit: secret.MaxFreeText, multiline: true})
}
