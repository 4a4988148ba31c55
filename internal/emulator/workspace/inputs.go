package workspace

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Elements that have no value of their own, or that stand outside input blocks.
var (
	menus = []string{"static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select"}
	inActions = append([]string{"button", "workflow_button", "overflow", "checkboxes", "radio_buttons",
		"datepicker", "timepicker", "datetimepicker"}, menus...)
	inSection = append([]string{"image"}, inActions...)
)

// members that each element may have beside type and action_id.
var members = map[string]string{
	"button":           "text url value style confirm accessibility_label visible_to_user_ids",
	"overflow":         "options confirm",
	"plain_text_input": "initial_value multiline min_length max_length dispatch_action_config focus_on_load placeholder",
	"email_text_input": "initial_value dispatch_action_config focus_on_load placeholder",
	"url_text_input":   "initial_value dispatch_action_config focus_on_load placeholder",
	"number_input": `is_decimal_allowed initial_value min_value max_value dispatch_action_config
		focus_on_load placeholder`,
	"checkboxes":     "options initial_options confirm focus_on_load",
	"radio_buttons":  "options initial_option confirm focus_on_load",
	"datepicker":     "initial_date confirm focus_on_load placeholder",
	"timepicker":     "initial_time confirm focus_on_load placeholder timezone",
	"datetimepicker": "initial_date_time confirm focus_on_load",
	"file_input":     "filetypes max_files",
}

// element checks one element. allowed nil means: any that an input block takes.
func (c *checker) element(v any, at string, allowed []string) {
	e, isObject := v.(obj)
	if !isObject {
		c.add(at, "must be an object")
		return
	}
	kind := str(e, "type")
	s, hasValue := statefuls[kind]
	if allowed == nil && !hasValue || allowed != nil && !slices.Contains(allowed, kind) {
		c.add(at+"/type", "unsupported type: %s", kind)
		return
	}
	if kind == "image" {
		c.image(e, at)
		return
	}
	if names, listed := members[kind]; listed {
		c.known(e, at, "type action_id "+names)
	}
	c.text(e, at, "action_id", maxID)
	c.plain(e, at, "placeholder", maxPlaceholder)
	c.confirm(e, at)
	c.particulars(e, at, kind, s)
}

// particulars checks what only elements of that kind have.
func (c *checker) particulars(e obj, at, kind string, s stateful) {
	switch {
	case kind == "button":
		c.button(e, at)
	case kind == "overflow":
		c.options(e, at, 1, maxOverflow)
	case kind == "checkboxes", kind == "radio_buttons":
		c.options(e, at, 1, maxBoxes)
		c.initialOptions(e, at, s)
	case strings.HasSuffix(kind, "static_select"):
		c.menu(e, at, s)
	case kind == "file_input":
		c.number(e, at, "max_files", 1, maxFiles)
		if c.on != onModal {
			c.add(at+"/type", "file_input is not allowed in a %s", c.on)
		}
	case kind == "plain_text_input":
		c.textInput(e, at)
	case kind == "number_input":
		c.numberInput(e, at)
	}
}

func (c *checker) button(e obj, at string) {
	c.need(e, at, "text")
	c.plain(e, at, "text", maxButtonText)
	c.text(e, at, "value", maxButtonValue)
	c.text(e, at, "url", maxURL)
	c.text(e, at, "accessibility_label", maxA11yLabel)
	c.oneOf(e, at, "style", "primary", "danger")
}

func (c *checker) confirm(e obj, at string) {
	confirm := sub(e, "confirm")
	if confirm == nil {
		return
	}
	at += "/confirm"
	c.known(confirm, at, "title text confirm deny style")
	c.need(confirm, at, "title", "text", "confirm", "deny")
	c.plain(confirm, at, "title", maxConfirmTitle)
	c.rich(confirm, at, "text", maxConfirmText)
	c.plain(confirm, at, "confirm", maxConfirmButton)
	c.plain(confirm, at, "deny", maxConfirmButton)
	c.oneOf(confirm, at, "style", "primary", "danger")
}

func (c *checker) textInput(e obj, at string) {
	c.number(e, at, "min_length", 0, maxInputLength)
	c.number(e, at, "max_length", 1, maxInputLength)
	least, _ := number(e, "min_length")
	if most, given := number(e, "max_length"); given && least > most {
		c.add(at+"/min_length", "must not be more than max_length")
	}
	c.text(e, at, "initial_value", min(maxLength(e), maxInputLength))
}

func (c *checker) numberInput(e obj, at string) {
	c.need(e, at, "is_decimal_allowed")
	for _, name := range []string{"initial_value", "min_value", "max_value"} {
		text, given := e[name]
		if !given {
			continue
		}
		if _, err := strconv.ParseFloat(str(e, name), 64); err != nil {
			c.add(at+"/"+name, "must be a number in a string, not %v", reflect.TypeOf(text))
		}
	}
}

// menu checks a menu with its own options: a list, or groups of them.
func (c *checker) menu(e obj, at string, s stateful) {
	groups := items(e, "option_groups")
	switch {
	case groups == nil:
		c.options(e, at, 1, maxOptions)
	case e["options"] != nil:
		c.add(at, "options and option_groups exclude each other")
	default:
		c.groups(e, at)
	}
	c.initialOptions(e, at, s)
	c.number(e, at, "max_selected_items", 1, maxOptions)
}

func (c *checker) groups(e obj, at string) {
	for i, g := range c.list(e, at, "option_groups", 1, maxOptionGroups) {
		here := fmt.Sprintf("%s/option_groups/%d", at, i)
		group, _ := g.(obj)
		c.need(group, here, "label")
		c.plain(group, here, "label", maxOptionText)
		c.options(group, here, 1, maxOptions)
	}
}

func (c *checker) options(e obj, at string, least, most int) {
	for i, o := range c.list(e, at, "options", least, most) {
		c.option(o, fmt.Sprintf("%s/options/%d", at, i))
	}
}

func (c *checker) option(v any, at string) {
	o, isObject := v.(obj)
	if !isObject {
		c.add(at, "must be an object")
		return
	}
	c.known(o, at, "text value description url")
	c.need(o, at, "text", "value")
	c.rich(o, at, "text", maxOptionText)
	c.rich(o, at, "description", maxOptionText)
	c.text(o, at, "value", maxOptionValue)
	c.text(o, at, "url", maxURL)
	if o["value"] != nil && utf8.RuneCountInString(str(o, "value")) == 0 {
		c.add(at+"/value", "must be more than 0 characters")
	}
}

// initialOptions: each must be exactly one of the options.
func (c *checker) initialOptions(e obj, at string, s stateful) {
	offered := choices(e)
	for _, o := range initialOptions(e, s) {
		if !slices.ContainsFunc(offered, func(x obj) bool { return reflect.DeepEqual(x, o) }) {
			c.add(at+"/"+s.initial, "must match one of the options")
		}
	}
}

// validateOptions checks the answer to a block_suggestion.
func validateOptions(given obj) []Problem {
	c := &checker{on: onModal}
	switch {
	case given["options"] != nil:
		if _, isList := given["options"].([]any); !isList {
			c.add("/options", "must be a list")
		}
		c.options(given, "", 0, maxOptions)
	case given["option_groups"] != nil:
		c.groups(given, "")
	default:
		c.add("", "missing required field: options")
	}
	return c.problems
}
