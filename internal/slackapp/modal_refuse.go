package slackapp

import (
	"context"

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

// decidedAbout names the change that a form is about. Whoever has its button has it on a
// card that says all of this, and more.
func (a *App) decidedAbout(ctx context.Context, c *composer, change string) {
	if a.Waiting == nil {
		return
	}
	card, err := a.Waiting.Card(ctx, change)
	if err != nil {
		a.Logger.Warn("card not read", "change", change, "reason", err)
		return // the vote is judged all the same
	}
	c.production(card.Ref.Environment)
	c.text("decide.about", "action", c.markup(actionKey(card.Action)), "ref", inCode(card.Ref.String()),
		"who", mention(card.Requester.User))
}

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
