package slackapp

import (
	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// reviewForm asks what a reviewer found about an emergency.
func reviewForm(c *composer, p page) slack.ModalViewRequest {
	c.text("decide.about.review")
	var options []*slack.OptionBlockObject
	for _, found := range []store.ReviewOutcome{store.ReviewJustified, store.ReviewNotJustified} {
		options = append(options, c.option(string(found), wording.Key("review."+found)))
	}
	c.field(secret.FieldOutcome, "").ask(slack.NewRadioButtonsBlockElement(string(secret.FieldOutcome), options...), false)
	c.why(p.verb)
	return c.form(verbReview, metadata{Change: p.change})
}
