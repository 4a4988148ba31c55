package slackapp

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// Slack's limits, in characters where the name does not say otherwise (docs:
// reference/block-kit, reference/views).
const (
	titleMax       = 24 // of a view's title, submit and close
	headerMax      = 150
	textMax        = 3000
	fieldMax       = 2000
	labelMax       = 2000
	placeholderMax = 150
	buttonMax      = 75
	optionMax      = 75
	optionsMax     = 100 // options of one select
	viewBlocksMax  = 100
	actionsMax     = 25 // buttons in a row
)

// markup is text in Slack's own markup that we wrote. Everything else is escaped where it
// meets markup.
type markup string

// escapeText keeps text from being read as markup: no mention, link or date comes of it
// (docs: messaging/formatting-message-text).
func escapeText(text string) string { return textEscaper.Replace(text) }

var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// cut shortens text to limit characters; what is missing is told by "…".
func cut(text string, limit int) string {
	letters := []rune(text)
	if len(letters) <= limit {
		return text
	}
	return string(letters[:limit-1]) + "…"
}

// plainText is text that Slack shows as it is. Slack refuses an empty one.
func plainText(text string, limit int) *slack.TextBlockObject {
	if strings.TrimSpace(text) == "" {
		text = "–"
	}
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: cut(text, limit)}
}

func richText(text string, limit int) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: cut(strings.TrimSpace(text), limit)}
}

// mention names a person so that Slack shows the name the reader knows; an id that is
// none is shown as text.
func mention(user string) markup {
	if id, ok := secret.ParseUserID(user); ok {
		return markup("<@" + id + ">")
	}
	return markup(escapeText(user))
}

// mentionActor names the person of a record's actor_id cell.
func mentionActor(actorID string) markup {
	if p, ok := secret.ParsePerson(actorID); ok {
		return mention(p.User)
	}
	return markup(escapeText(actorID))
}

func mentionChannel(id string) markup {
	if id, ok := secret.ParseChannelID(id); ok {
		return markup("<#" + id + ">")
	}
	return mention(id)
}

// moment is a time that Slack shows in the reader's own time zone.
func moment(t time.Time) markup {
	return markup(fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC")))
}

// composer puts blocks together in one language, within Slack's limits.
type composer struct {
	say    *wording.Catalogue
	blocks []slack.Block
}

func (c *composer) add(blocks ...slack.Block) { c.blocks = append(c.blocks, blocks...) }

// plain is a sentence for an element that knows no markup.
func (c *composer) plain(limit int, key wording.Key, pairs ...string) *slack.TextBlockObject {
	return plainText(c.say.Say(key, pairs...), limit)
}

// markup is a sentence in Slack's markup. Whatever fills a placeholder is escaped, unless
// it is markup itself.
func (c *composer) markup(key wording.Key, pairs ...any) markup {
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		if own, ok := p.(markup); ok {
			texts[i] = string(own)
		} else {
			texts[i] = escapeText(fmt.Sprint(p))
		}
	}
	return markup(c.say.Say(key, texts...))
}

func (c *composer) rich(key wording.Key, pairs ...any) *slack.TextBlockObject {
	return richText(string(c.markup(key, pairs...)), textMax)
}

// heading is a large line without markup.
func (c *composer) heading(key wording.Key, pairs ...string) {
	c.add(slack.NewHeaderBlock(c.plain(headerMax, key, pairs...)))
}

// text is a paragraph.
func (c *composer) text(key wording.Key, pairs ...any) {
	c.add(slack.NewSectionBlock(c.rich(key, pairs...), nil, nil))
}

// note is a small line.
func (c *composer) note(key wording.Key, pairs ...any) {
	c.add(slack.NewContextBlock("", c.rich(key, pairs...)))
}

// quote is what a person wrote: never markup.
func (c *composer) quote(key wording.Key, text string) {
	if text != "" {
		c.add(slack.NewContextBlock("", c.plain(textMax, key, "text", text)))
	}
}

// code is text to be copied. It holds names and numbers only.
func (c *composer) code(text string) {
	c.add(slack.NewSectionBlock(richText("```"+escapeText(text)+"```", textMax), nil, nil))
}

// fact is one labelled piece of what is known.
type fact struct {
	label wording.Key
	value markup
}

// factsAtOnce is how many fields one section takes.
const factsAtOnce = 10

// facts lists what is known; a fact without a value is left out.
func (c *composer) facts(all ...fact) {
	var fields []*slack.TextBlockObject
	for _, f := range all {
		if f.value != "" && len(fields) < factsAtOnce {
			fields = append(fields, richText("*"+escapeText(c.say.Say(f.label))+"*\n"+string(f.value), fieldMax))
		}
	}
	if len(fields) > 0 {
		c.add(slack.NewSectionBlock(nil, fields, nil))
	}
}

// button is pressed for a page or a form; value is "" for none.
func (c *composer) button(action, value string, key wording.Key, pairs ...string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, value, c.plain(buttonMax, key, pairs...))
}

// buttons are shown in rows of what Slack takes at once.
func (c *composer) buttons(all ...*slack.ButtonBlockElement) {
	for len(all) > 0 {
		n := min(len(all), actionsMax)
		row := make([]slack.BlockElement, n)
		for i, b := range all[:n] {
			row[i] = b
		}
		c.add(slack.NewActionBlock("", row...))
		all = all[n:]
	}
}

// production says in words where a change will land, and says nothing elsewhere.
func (c *composer) production(env secret.Environment) {
	if isProduction(env) {
		c.heading("form.production", "env", string(env))
	}
}

// isProduction goes by the environment's name: nothing else in the policy says so.
func isProduction(env secret.Environment) bool {
	for _, prefix := range []string{"prod", "prd", "live"} {
		if strings.HasPrefix(string(env), prefix) {
			return true
		}
	}
	return false
}

// inCode shows a name as code, where no character of a name has a meaning of its own.
func inCode(text string) markup { return markup("`" + escapeText(text) + "`") }

// modal makes the view of the blocks so far. A view without a block is refused by Slack,
// and slack-go would send null.
func (c *composer) modal(verb Verb, m metadata) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type:            slack.VTModal,
		Title:           c.plain(titleMax, "modal."+wording.Key(verb)+".title"),
		Close:           c.plain(titleMax, "modal.close"),
		Blocks:          slack.Blocks{BlockSet: c.blocks[:min(len(c.blocks), viewBlocksMax)]},
		PrivateMetadata: m.String(),
		CallbackID:      callbackPrefix + string(verb),
	}
}

// form is a modal with a submit button.
func (c *composer) form(verb Verb, m metadata) slack.ModalViewRequest {
	view := c.modal(verb, m)
	view.Submit = c.plain(titleMax, "modal."+wording.Key(verb)+".submit")
	view.Close = c.plain(titleMax, "modal.cancel")
	return view
}
