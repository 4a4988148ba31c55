package workspace

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that Slack would not accept.
type Problem struct {
	Pointer string // JSON pointer to the place, such as "/view/blocks/0/label/text"
	Text    string // Slack's kind of sentence, such as "must be less than 25 characters"
}

// String is the problem as Slack's answers write it.
func (p Problem) String() string { return fmt.Sprintf("%s [json-pointer:%s]", p.Text, p.Pointer) }

// Validate holds a view, a message (an object with blocks or text) or a list of blocks
// against Slack's limits. No problem means that Slack would take it; the table of limits
// is the workspace's own.
func Validate(raw []byte) []Problem {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return []Problem{{Text: "must be valid JSON"}}
	}
	return validateAny(v)
}

func validateAny(v any) []Problem {
	switch v := v.(type) {
	case []any:
		return validateMessage(v)
	case obj:
		if kind := str(v, "type"); kind == "modal" || kind == "home" {
			return validateView(v)
		}
		if blocks, isList := v["blocks"].([]any); isList {
			return validateMessage(blocks)
		}
		if str(v, "text") != "" {
			return nil
		}
	}
	return []Problem{{Text: "must be a view, a message or a list of blocks"}}
}

// surface is where blocks stand; some may stand in one place only.
type surface string

const (
	onMessage surface = "message"
	onModal   surface = "modal"
	onHome    surface = "home"
)

// checker collects the problems of one view or message.
type checker struct {
	on       surface
	problems []Problem
	blockIDs map[string]bool
	markdown int // characters of markdown blocks so far
	tables   int
}

func validateMessage(blocks []any) []Problem {
	c := &checker{on: onMessage, blockIDs: map[string]bool{}}
	c.blocks(blocks, "/blocks", maxBlocksInMessage)
	return c.problems
}

func validateView(v obj) []Problem {
	c := &checker{on: surface(str(v, "type")), blockIDs: map[string]bool{}}
	switch c.on {
	case onModal:
		c.modal(v)
	case onHome:
		c.known(v, "/view", "type blocks private_metadata callback_id external_id")
	default:
		c.add("/view/type", "must be a valid enum value: modal, home")
		return c.problems
	}
	c.text(v, "/view", "callback_id", maxCallbackID)
	c.text(v, "/view", "private_metadata", maxPrivateMetadata)
	c.text(v, "/view", "external_id", maxExternalID)
	blocks, isList := v["blocks"].([]any)
	if !isList {
		c.add("/view", "missing required field: blocks")
	}
	c.blocks(blocks, "/view/blocks", maxBlocksInView)
	return c.problems
}

func (c *checker) modal(v obj) {
	c.known(v, "/view", `type title blocks close submit private_metadata callback_id
		clear_on_close notify_on_close external_id submit_disabled`)
	c.need(v, "/view", "title")
	for _, name := range []string{"title", "submit", "close"} {
		c.plain(v, "/view", name, maxViewTitle)
	}
	for _, b := range items(v, "blocks") {
		if block, _ := b.(obj); str(block, "type") == "input" && v["submit"] == nil {
			c.add("/view", "missing required field: submit")
			return
		}
	}
}

func (c *checker) add(at, format string, details ...any) {
	c.problems = append(c.problems, Problem{Pointer: at, Text: fmt.Sprintf(format, details...)})
}

func (c *checker) need(o obj, at string, names ...string) {
	for _, name := range names {
		if o[name] == nil {
			c.add(at, "missing required field: %s", name)
		}
	}
}

// known refuses members that Slack does not know there.
func (c *checker) known(o obj, at, names string) {
	allowed := strings.Fields(names)
	for name := range o {
		if !slices.Contains(allowed, name) {
			c.add(at, "invalid additional property: %s", name)
		}
	}
}

// text checks a plain string member, which may be absent.
func (c *checker) text(o obj, at, name string, limit int) {
	v, given := o[name]
	if !given || v == nil {
		return
	}
	s, isString := v.(string)
	if !isString {
		c.add(at+"/"+name, "must be a string")
		return
	}
	c.length(s, at+"/"+name, 0, limit)
}

func (c *checker) length(s, at string, least, limit int) {
	n := utf8.RuneCountInString(s)
	if n < least {
		c.add(at, "must be more than %d characters", least-1)
	}
	if n > limit {
		c.add(at, "must be less than %d characters", limit+1)
	}
}

// plain and rich check a text object, which may be absent: plain_text only, or mrkdwn too.
func (c *checker) plain(o obj, at, name string, limit int) {
	c.textObject(o, at, name, limit, "plain_text")
}
func (c *checker) rich(o obj, at, name string, limit int) {
	c.textObject(o, at, name, limit, "plain_text", "mrkdwn")
}

func (c *checker) textObject(o obj, at, name string, limit int, kinds ...string) {
	v, given := o[name]
	if !given || v == nil {
		return
	}
	c.textValue(v, at+"/"+name, limit, kinds...)
}

func (c *checker) textValue(v any, at string, limit int, kinds ...string) {
	text, isObject := v.(obj)
	if !isObject {
		c.add(at, "must be an object")
		return
	}
	kind := str(text, "type")
	if !slices.Contains(kinds, kind) {
		c.add(at+"/type", "must be a valid enum value: %s", strings.Join(kinds, ", "))
		return
	}
	if kind == "plain_text" {
		c.known(text, at, "type text emoji")
	} else {
		c.known(text, at, "type text verbatim")
	}
	s, isString := text["text"].(string)
	if !isString {
		c.add(at, "missing required field: text")
		return
	}
	c.length(s, at+"/text", 1, limit)
}

// list gives the members of a list and checks how many there are.
func (c *checker) list(o obj, at, name string, least, most int) []any {
	list := items(o, name)
	if len(list) < least {
		c.add(at+"/"+name, "no fewer than %d items allowed", least)
	}
	if len(list) > most {
		c.add(at+"/"+name, "no more than %d items allowed", most)
	}
	return list
}

// number checks a whole number member, which may be absent.
func (c *checker) number(o obj, at, name string, least, most int) {
	v, given := o[name]
	if !given || v == nil {
		return
	}
	n, isNumber := v.(float64)
	if !isNumber || n != float64(int(n)) {
		c.add(at+"/"+name, "must be an integer")
		return
	}
	if int(n) < least || int(n) > most {
		c.add(at+"/"+name, "must be between %d and %d", least, most)
	}
}

func (c *checker) oneOf(o obj, at, name string, values ...string) {
	if v, given := o[name]; given && !slices.Contains(values, str(o, name)) {
		c.add(at+"/"+name, "must be a valid enum value, not %v", reflect.TypeOf(v))
	}
}
