package slackapp

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// stagesShown is how many stages a message lists: a block each.
const stagesShown = 10

// paragraph is text that was put together already.
func (c *composer) paragraph(text markup) {
	c.add(slack.NewSectionBlock(richText(string(text), textMax), nil, nil))
}

// stages says who has to agree and who did, stage by stage.
func (c *composer) stages(card store.Card) {
	for i := range card.Stages[:min(len(card.Stages), stagesShown)] {
		c.paragraph(c.stage(card, i))
	}
	if more := len(card.Stages) - stagesShown; more > 0 {
		c.note("card.stages.more", "count", more)
	}
}

func (c *composer) stage(card store.Card, i int) markup {
	stage := card.Stages[i]
	key := wording.Key("card.stage")
	switch {
	case card.Emergency:
		key = "card.stage.skipped"
	case len(card.Stages) > 1:
		key = "card.stage.nth"
	}
	lines := []string{string(c.markup(key, "number", i+1, "total", len(card.Stages), "who", c.quorum(stage.Stage)))}
	for _, d := range stage.Approved[:min(len(stage.Approved), peopleShown)] {
		lines = append(lines, string(c.markup("card.agreed", "who", mention(d.Person.User), "time", moment(d.At))))
	}
	return markup(strings.Join(lines, "\n"))
}

// quorum is how many of whom have to agree.
func (c *composer) quorum(s store.Stage) markup {
	who := c.people(s.By, s.Members)
	if s.Count == 1 {
		return c.markup("card.one", "who", who)
	}
	return c.markup("card.some", "count", s.Count, "who", who)
}

// agreed names everyone who agreed, for messages that don't list the stages.
func (c *composer) agreed(card *store.Card) markup {
	var ids []string
	if card != nil {
		for _, stage := range card.Stages {
			for _, d := range stage.Approved {
				ids = append(ids, d.Person.User)
			}
		}
	}
	return c.mentions(ids, mention)
}

// decisions says who ended the change, or reviewed it, and why.
func (c *composer) decisions(card store.Card) {
	if d := card.Against; d != nil {
		c.vote(wording.Key("card.by."+d.Kind), *d)
	}
	for _, d := range card.Reviews[:min(len(card.Reviews), stagesShown)] {
		c.vote(wording.Key("card.review."+d.Outcome), d)
	}
}

func (c *composer) vote(key wording.Key, d store.Decision) {
	c.text(key, "who", mention(d.Person.User), "time", moment(d.At))
	c.words("card.why", d.Reason)
}

// asked is the buttons that a reader has, each of which bears the change's id and nothing else.
func (c *composer) asked(t store.Telling) []*slack.ButtonBlockElement {
	card := *t.Card
	switch t.Audience {
	case store.ToApprovers, store.ToReminded:
		return c.decide(card)
	case store.ToEscalated:
		if mayDecide(card, t.Stage, t.Recipient) {
			return c.decide(card)
		}
	case store.ToReviewers, store.ToOverdue:
		if len(card.Reviews) == 0 {
			return []*slack.ButtonBlockElement{c.press(actionReview, card, slack.StylePrimary)}
		}
	case store.ToRequester:
		if isOpen(card) {
			return []*slack.ButtonBlockElement{c.press(actionCancel, card, slack.StyleDefault)}
		}
	}
	return nil
}

func (c *composer) decide(card store.Card) []*slack.ButtonBlockElement {
	switch card.State {
	case audit.EventStaged:
		return []*slack.ButtonBlockElement{
			c.press(actionApprove, card, slack.StylePrimary), c.press(actionRefuse, card, slack.StyleDanger),
		}
	case audit.EventHeld:
		return []*slack.ButtonBlockElement{c.press(actionStop, card, slack.StyleDanger)}
	}
	return nil
}

// press is one button. On production it says so.
func (c *composer) press(action string, card store.Card, style slack.Style) *slack.ButtonBlockElement {
	key := wording.Key("button." + action)
	if special := key + ".production"; isProduction(card.Ref.Environment) && wording.Has(special) {
		key = special
	}
	return c.button(action, card.Change, key).WithStyle(style)
}

// isOpen reports whether people can still end the change.
func isOpen(card store.Card) bool {
	return card.State == audit.EventStaged || card.State == audit.EventHeld
}

// mayDecide reports whether a person is among those of the stage. A channel is not.
func mayDecide(card store.Card, stage int, recipient string) bool {
	user, isUser := secret.ParseUserID(recipient)
	return isUser && 0 <= stage && stage < len(card.Stages) && slices.Contains(card.Stages[stage].Members, user)
}
