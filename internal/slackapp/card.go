package slackapp

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// A card is what those who decide see of a change. What people wrote stands in it as plain
// text alone, behind a bar on every line, so that no reason can look like a line of ours:
// like a consent, a decision, or the end of the card.

// wholeCard is the card, for people who are asked, would have been asked, or review.
func (c *composer) wholeCard(t store.Telling) {
	card := *t.Card
	c.production(card.Ref.Environment)
	c.cardHeadline(t)
	if key := c.explanation(t); key != "" && t.Detail != "" { // what to do next is the requester's
		c.text(key)
	}
	c.facts(
		fact{"fact.who", mention(card.Requester.User)},
		fact{"fact.asked", moment(card.Created)},
		fact{"fact.rule", ruleOf(card)},
	)
	c.will(card)
	c.emergency(card)
	c.reasons(card)
	c.shape(t)
	c.stages(card)
	c.timing(card)
	c.decisions(card)
	c.buttons(c.comparing(t, c.asked(t))...)
	c.foot(t)
}

// reminder is a short message about a card that stands elsewhere.
func (c *composer) reminder(t store.Telling) {
	c.production(t.Card.Ref.Environment)
	c.cardHeadline(t)
	c.facts(fact{"fact.who", mention(t.Card.Requester.User)})
	c.timing(*t.Card)
	c.decisions(*t.Card)
	c.buttons(c.asked(t)...)
	c.foot(t)
}

// cardHeadline says what is wanted of the reader while that is so, and what became of the
// change from then on.
func (c *composer) cardHeadline(t store.Telling) {
	for _, line := range c.cardLines(t, inCode(t.Card.Ref.String())) {
		c.text("outcome.headline", "what", line) // each a paragraph: bold ends with the line
	}
}

// cardLines are the lines of a headline; place is how they name the secret. An emergency
// has two, since it is over when people are asked about it.
func (c *composer) cardLines(t store.Telling, place markup) []markup {
	card := *t.Card
	now := t
	now.Event, now.Action = card.State, card.Action
	stands := c.headline(now, place)
	wanted := wording.Key("card.to." + t.Audience)
	if len(card.Reviews) > 0 {
		wanted = "event.reviewed"
	}
	asks := c.markup(wanted, "ref", place, "action", c.markup(actionKey(card.Action)))
	switch {
	case card.Emergency:
		return []markup{asks, stands}
	case card.State == audit.EventStaged:
		return []markup{asks}
	}
	return []markup{stands}
}

// will is all that will happen, but for the value.
func (c *composer) will(card store.Card) {
	c.facts(
		fact{"fact.project", inCode(card.Project)},
		fact{"fact.base", markup(card.Base.String())},
		fact{"fact.source", markup(card.Source.String())},
		fact{"fact.recipe", c.recipeName(card.Recipe)},
		fact{"fact.old", c.old(card)},
		fact{"fact.owner", mention(card.Owner)},
		fact{"fact.notify", c.mentions(card.Notify, mentionChannel)},
	)
	if card.Adopt {
		c.text("card.adopt")
	}
}

// old is what becomes of the version that an update replaces.
func (c *composer) old(card store.Card) markup {
	if card.Action != secret.Update || card.Base == 0 || card.Old.Do == "" {
		return ""
	}
	return c.markup(wording.Key("card.old."+card.Old.Do), "days", card.Old.Days)
}

// emergency says that nobody was waited for, and who looks at it afterwards.
func (c *composer) emergency(card store.Card) {
	if !card.Emergency {
		return
	}
	c.text("card.emergency")
	c.words("card.incident", card.Incident)
	c.toReview(card)
}

// toReview says who looks at an emergency afterwards, and by when, until somebody has.
func (c *composer) toReview(card store.Card) {
	if len(card.Reviews) > 0 {
		return
	}
	c.text("card.review", "who", c.people(card.ReviewBy, card.ReviewBy.Users), "time", moment(card.ReviewDue))
}

// reasons is what the requester wrote.
func (c *composer) reasons(card store.Card) {
	if barred(card.Reason) == "" {
		c.note("card.reason.none")
	}
	c.words("card.reason", card.Reason)
	c.words("card.description", card.Description)
}

// shape is what may be known of the value. It belongs on the cards of those who decide,
// and on nothing the requester is sent: who may guess and compare finds a value out. Nor
// does a comparison stand in a channel, which the requester may read as well.
func (c *composer) shape(t store.Telling) {
	if !t.Card.Action.CarriesValue() {
		return
	}
	lines := c.say.Shape(t.Card.Shape)
	if apart(t) {
		lines = append(c.say.Shape(t.Card.Shape.Alone()), c.say.Say("card.shape.apart"))
	}
	c.add(slack.NewSectionBlock(c.plain(textMax, "card.shape", "text", "• "+strings.Join(lines, "\n• ")), nil, nil))
}

// apart reports whether what the value was compared with is shown elsewhere: nobody knows
// who reads a channel.
func apart(t store.Telling) bool {
	_, toOne := secret.ParseUserID(t.Recipient)
	return !toOne && t.Card.Action.CarriesValue() && !t.Card.Shape.Short
}

// comparing adds to the buttons of a card, where it has any, the one that opens the whole
// card for those who may decide.
func (c *composer) comparing(t store.Telling, asked []*slack.ButtonBlockElement) []*slack.ButtonBlockElement {
	if len(asked) == 0 || !apart(t) {
		return asked
	}
	return append(asked, c.button(actionCard, t.Card.Change, "button.compare"))
}

// timing says until when it can be decided, and when it happens.
func (c *composer) timing(card store.Card) {
	switch {
	case card.Emergency:
	case card.State == audit.EventHeld:
		c.text("card.held", "time", moment(card.HeldUntil))
	case card.State == audit.EventStaged:
		c.note("card.expires", "time", moment(card.Expires))
		if card.Hold > 0 {
			c.note("card.hold", "time", c.duration(card.Hold))
		}
	}
}

// duration is a time of policy, which gives whole minutes.
func (c *composer) duration(d time.Duration) markup {
	return c.markup(ageKey(d), "count", ageCount(d))
}

func ruleOf(card store.Card) markup {
	name, _, _ := strings.Cut(card.Rule, "@")
	return inCode(name)
}

// words is what a person wrote: plain text, each line behind a bar.
func (c *composer) words(key wording.Key, text string) {
	if text = barred(text); text != "" {
		c.add(slack.NewSectionBlock(c.plain(textMax, key, "text", text), nil, nil))
	}
}

// bar stands before every line of somebody's words.
const bar = "│ "

// barred puts the bar before each line, by whatever sign the line is broken. Blanks in a
// row become one, as do empty lines: with enough of them a text would go on, on the
// screen, where a line of ours seems to begin. Nor can signs that are not seen turn the
// order of what is.
func barred(text string) string {
	var lines []string
	for line := range strings.FieldsFuncSeq(strings.Map(plainly, text), breaksLine) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, bar+strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}

// plainly makes a blank of a letter that only looks like one, and drops signs that only
// say how others are to be shown. Emoji and several scripts need the joiners.
func plainly(r rune) rune {
	const joiners, blanks = "\u200c\u200d", "\u2800\u115f\u1160\u3164\uffa0"
	switch {
	case strings.ContainsRune(blanks, r):
		return ' '
	case unicode.Is(unicode.Cf, r) && !strings.ContainsRune(joiners, r):
		return -1
	}
	return r
}

func breaksLine(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }

// peopleShown is how many people, channels or votes are named at once.
const peopleShown = 10

// mentions names people or channels, the first ones of many.
func (c *composer) mentions(ids []string, named func(string) markup) markup {
	var all []string
	for _, id := range ids[:min(len(ids), peopleShown)] {
		all = append(all, string(named(id)))
	}
	if more := len(ids) - peopleShown; more > 0 {
		all = append(all, string(c.markup("card.more", "count", more)))
	}
	return markup(strings.Join(all, ", "))
}

// people names groups of the policy, and those who are meant by them.
func (c *composer) people(by store.People, ids []string) markup {
	groups := c.mentions(by.Groups, inCode)
	people := c.mentions(ids, mention)
	if groups == "" || people == "" {
		return groups + people
	}
	return markup(fmt.Sprintf("%s (%s)", groups, people))
}
