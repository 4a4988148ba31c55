package workspace

import (
	"crypto/rand"
	"iter"
	"slices"
	"strconv"
)

// holding says what kind of value an element holds.
type holding int

const (
	holdsText    holding = iota // what was typed
	holdsOptions                // options of the element, as objects
	holdsIDs                    // ids of people or conversations
	holdsDate                   // one string or number that is picked, not typed
	holdsFiles
)

// stateful describes an element that has a value: the member of `state.values` that
// carries it, and the member that fills it at first.
type stateful struct {
	member  string
	initial string
	many    bool
	holds   holding
}

// statefuls is the whole input union of Block Kit (docs: reference/block-kit/block-elements).
var statefuls = map[string]stateful{
	"plain_text_input":           {"value", "initial_value", false, holdsText},
	"email_text_input":           {"value", "initial_value", false, holdsText},
	"url_text_input":             {"value", "initial_value", false, holdsText},
	"number_input":               {"value", "initial_value", false, holdsText},
	"rich_text_input":            {"rich_text_value", "initial_value", false, holdsText},
	"static_select":              {"selected_option", "initial_option", false, holdsOptions},
	"external_select":            {"selected_option", "initial_option", false, holdsOptions},
	"radio_buttons":              {"selected_option", "initial_option", false, holdsOptions},
	"checkboxes":                 {"selected_options", "initial_options", true, holdsOptions},
	"multi_static_select":        {"selected_options", "initial_options", true, holdsOptions},
	"multi_external_select":      {"selected_options", "initial_options", true, holdsOptions},
	"users_select":               {"selected_user", "initial_user", false, holdsIDs},
	"multi_users_select":         {"selected_users", "initial_users", true, holdsIDs},
	"conversations_select":       {"selected_conversation", "initial_conversation", false, holdsIDs},
	"multi_conversations_select": {"selected_conversations", "initial_conversations", true, holdsIDs},
	"channels_select":            {"selected_channel", "initial_channel", false, holdsIDs},
	"multi_channels_select":      {"selected_channels", "initial_channels", true, holdsIDs},
	"datepicker":                 {"selected_date", "initial_date", false, holdsDate},
	"timepicker":                 {"selected_time", "initial_time", false, holdsDate},
	"datetimepicker":             {"selected_date_time", "initial_date_time", false, holdsDate},
	"file_input":                 {"files", "", true, holdsFiles},
}

// element is one interactive element and the block it stands in.
type element struct {
	raw   obj
	block obj
	input bool // stands in an input block: sent with the submission, not when changed
}

func (e element) kind() string     { return str(e.raw, "type") }
func (e element) actionID() string { return str(e.raw, "action_id") }
func (e element) blockID() string  { return str(e.block, "block_id") }
func (e element) key() fieldKey    { return fieldKey{e.blockID(), e.actionID()} }

// dispatches reports whether a change of the element is sent to the app at once. Text is
// sent only where the app asked for every character; the person here types it in one go.
func (e element) dispatches() bool {
	if statefuls[e.kind()].holds != holdsText {
		return !e.input || flag(e.block, "dispatch_action")
	}
	on := items(sub(e.raw, "dispatch_action_config"), "trigger_actions_on")
	return flag(e.block, "dispatch_action") && slices.Contains(on, any("on_character_entered"))
}

// fieldKey finds an element's value again after an update of the view.
type fieldKey struct{ block, action string }

// elements walks the interactive elements of blocks in reading order.
func elements(blocks []any) iter.Seq[element] {
	return func(yield func(element) bool) {
		for _, b := range blocks {
			block, _ := b.(obj)
			for _, e := range elementsOf(block) {
				if !yield(e) {
					return
				}
			}
		}
	}
}

func elementsOf(block obj) []element {
	switch str(block, "type") {
	case "input":
		if e := sub(block, "element"); e != nil {
			return []element{{raw: e, block: block, input: true}}
		}
	case "section":
		if e := sub(block, "accessory"); e != nil && str(e, "type") != "image" {
			return []element{{raw: e, block: block}}
		}
	case "actions", "context_actions":
		var out []element
		for _, x := range items(block, "elements") {
			if e, isObject := x.(obj); isObject {
				out = append(out, element{raw: e, block: block})
			}
		}
		return out
	}
	return nil
}

// assignIDs gives every block and element without an id a random one, as Slack does.
func assignIDs(blocks []any) []any {
	for _, b := range blocks {
		if block, isObject := b.(obj); isObject && str(block, "block_id") == "" {
			block["block_id"] = rand.Text()[:5]
		}
	}
	for e := range elements(blocks) {
		if e.actionID() == "" {
			e.raw["action_id"] = rand.Text()[:5]
		}
	}
	return blocks
}

// entry is the value of one element: typed text or picked things. The zero entry is
// empty.
type entry struct {
	text    string
	options []obj
	ids     []string
	date    any // string, or a number for datetimepicker; nil when not picked
}

func (v entry) empty() bool {
	return v.text == "" && len(v.options) == 0 && len(v.ids) == 0 && v.date == nil
}

// initialEntry is what the app put into the element. Options are taken by reference to
// the element's own list, so that a stale initial option is nothing.
func initialEntry(e obj) entry {
	s := statefuls[str(e, "type")]
	var v entry
	switch s.holds {
	case holdsText:
		v.text = str(e, s.initial)
	case holdsDate:
		v.date = e[s.initial]
	case holdsOptions:
		v.options = initialOptions(e, s)
	case holdsIDs:
		v.ids = args(e).list(s.initial)
		if id := str(e, s.initial); id != "" {
			v.ids = []string{id}
		}
	}
	return v
}

func initialOptions(e obj, s stateful) []obj {
	var out []obj
	if o := sub(e, s.initial); o != nil {
		out = append(out, o)
	}
	for _, x := range items(e, s.initial) {
		if o, isObject := x.(obj); isObject {
			out = append(out, o)
		}
	}
	return out
}

// wire is the entry as it stands in state.values, for every element, filled in or not.
func (v entry) wire(kind string) obj {
	s := statefuls[kind]
	var value any
	switch {
	case kind == "rich_text_input" && v.text != "":
		value = richText(v.text)
	case s.holds == holdsText && v.text != "":
		value = v.text
	case s.holds == holdsDate:
		value = v.date
	case s.holds == holdsFiles:
		value = []any{}
	case s.holds == holdsOptions && s.many:
		value = append([]obj{}, v.options...)
	case s.holds == holdsIDs && s.many:
		value = append([]string{}, v.ids...)
	case s.holds == holdsOptions && len(v.options) > 0:
		value = v.options[0]
	case s.holds == holdsIDs && len(v.ids) > 0:
		value = v.ids[0]
	}
	return obj{"type": kind, s.member: value}
}

// richText is typed text as rich_text_input gives it: one section with one run.
func richText(text string) obj {
	return obj{"type": "rich_text", "elements": []any{obj{"type": "rich_text_section",
		"elements": []any{obj{"type": "text", "text": text}}}}}
}

// values lists the entry as text: what was typed, option values, ids.
func (v entry) values() []string {
	out := append([]string(nil), v.ids...)
	for _, o := range v.options {
		out = append(out, str(o, "value"))
	}
	switch d := v.date.(type) {
	case string:
		out = append(out, d)
	case float64:
		out = append(out, strconv.FormatInt(int64(d), 10))
	}
	if v.text != "" {
		out = append(out, v.text)
	}
	return out
}
