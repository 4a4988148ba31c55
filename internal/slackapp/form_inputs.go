package slackapp

import (
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// field composes the sentences of one input: those of the variant where there are any,
// else the ordinary ones.
type field struct {
	*composer
	id      secret.Field
	variant string
}

func (c *composer) field(id secret.Field, variant string) field { return field{c, id, variant} }

// key is "form.<field>.<variant>.<part>" or "form.<field>.<part>", and whether either is there.
func (f field) key(part string) (wording.Key, bool) {
	key := wording.Key("form." + string(f.id) + "." + f.variant + "." + part)
	if f.variant != "" && wording.Has(key) {
		return key, true
	}
	key = wording.Key("form." + string(f.id) + "." + part)
	return key, wording.Has(key)
}

// part is a sentence that not every input has; nil where there is none.
func (f field) part(part string, limit int, pairs ...string) *slack.TextBlockObject {
	key, there := f.key(part)
	if !there {
		return nil
	}
	return f.plain(limit, key, pairs...)
}

// ask adds the input. Block and action bear the field's name.
func (f field) ask(e slack.BlockElement, optional bool) {
	key, _ := f.key("label")
	block := slack.NewInputBlock(string(f.id), f.plain(labelMax, key), f.part("hint", labelMax), e)
	block.Optional = optional
	f.add(block)
}

// textInput is one line, or several.
type textInput struct {
	limit     int
	multiline bool
	initial   string
	optional  bool
}

func (f field) askText(t textInput) {
	e := slack.NewPlainTextInputBlockElement(f.part("placeholder", placeholderMax), string(f.id))
	e.MaxLength, e.Multiline, e.InitialValue = t.limit, t.multiline, cut(t.initial, t.limit)
	f.ask(e, t.optional)
}

// askNumber adds a whole number with its bounds; initial 0 leaves it empty at first.
func (f field) askNumber(least, most, initial int, optional bool) {
	e := slack.NewNumberInputBlockElement(f.part("placeholder", placeholderMax), string(f.id), false)
	e.MinValue, e.MaxValue = strconv.Itoa(least), strconv.Itoa(most)
	if initial != 0 {
		e.InitialValue = strconv.Itoa(initial)
	}
	f.ask(e, optional)
}

// askOne adds a choice of options; initial is the value of the one chosen at first, or "".
func (f field) askOne(options []*slack.OptionBlockObject, initial string) {
	options = options[:min(len(options), optionsMax)]
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, f.part("placeholder", placeholderMax), string(f.id), options...)
	if i := slices.IndexFunc(options, func(o *slack.OptionBlockObject) bool { return o.Value == initial }); i >= 0 {
		e.InitialOption = options[i]
	}
	f.ask(e, false)
}

// ticked is the value of a box.
const ticked = "yes"

// askTick adds a box to tick. It is never ticked at first: what is ticked was read.
func (f field) askTick() {
	key, _ := f.key("option")
	option := slack.NewOptionBlockObject(ticked, f.plain(optionMax, key), nil)
	f.ask(slack.NewCheckboxGroupsBlockElement(string(f.id), option), true)
}

// askPerson adds a choice of one person.
func (f field) askPerson(initial string) {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, f.part("placeholder", placeholderMax), string(f.id))
	if id, ok := secret.ParseUserID(initial); ok {
		e.InitialUser = id
	}
	f.ask(e, true)
}

// notifyMax is how many channels may be told about one secret.
const notifyMax = 10

// askChannels adds a choice of channels. Those shared with other organisations get no
// notices, so they are not offered.
func (f field) askChannels(initial []string) {
	e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeConversations, f.part("placeholder", placeholderMax), string(f.id))
	e.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeExternalSharedChannels: true, ExcludeBotUsers: true}
	e.MaxSelectedItems = new(notifyMax)
	for _, id := range initial[:min(len(initial), notifyMax)] {
		if id, ok := secret.ParseChannelID(id); ok {
			e.InitialConversations = append(e.InitialConversations, id)
		}
	}
	f.ask(e, true)
}

// option is a choice by a sentence, with a line below it where there is one.
func (c *composer) option(value string, key wording.Key, pairs ...string) *slack.OptionBlockObject {
	o := slack.NewOptionBlockObject(value, c.plain(optionMax, key, pairs...), nil)
	if about := wording.Key(string(key) + ".about"); wording.Has(about) {
		o.Description = c.plain(optionMax, about, pairs...)
	}
	return o
}
