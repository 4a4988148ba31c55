package workspace

import (
	"regexp"
	"strings"
)

var (
	unescaper  = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")
	plainAngle = strings.NewReplacer("<", "&lt;", ">", "&gt;")
	entity     = regexp.MustCompile(`&(amp;|lt;|gt;)?`)
	reference  = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)
)

// Render turns message text (mrkdwn) into what a reader sees: links and dates show their
// label, mentions their id behind "@" or "#", and the three entities become characters.
// Bold and italic marks stay.
func Render(text string) string {
	shown := reference.ReplaceAllStringFunc(text, func(ref string) string {
		parts := reference.FindStringSubmatch(ref)
		target, label := parts[1], parts[2]
		switch {
		case label != "":
			return label
		case strings.HasPrefix(target, "!subteam^"):
			return "@" + strings.TrimPrefix(target, "!subteam^")
		case strings.HasPrefix(target, "!"):
			return "@" + target[1:]
		}
		return target // @U…, #C…, and addresses show as they are
	})
	return unescaper.Replace(shown)
}

// echo is the text as Slack gives it back to the app: & < > that are not part of an
// entity or of a reference are escaped, in plain_text too (slackapi/bolt-python#513).
func echo(text string, mrkdwn bool) string {
	text = entity.ReplaceAllStringFunc(text, func(m string) string {
		if m == "&" {
			return "&amp;"
		}
		return m
	})
	if mrkdwn {
		return text
	}
	return plainAngle.Replace(text)
}

// echoed copies a JSON value with every text object in it escaped.
func echoed(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = echoed(item)
		}
		return out
	case obj:
		out := make(obj, len(v))
		for name, member := range v {
			out[name] = echoed(member)
		}
		if kind := str(v, "type"); kind == "plain_text" || kind == "mrkdwn" {
			out["text"] = echo(str(v, "text"), kind == "mrkdwn")
		}
		return out
	}
	return v
}

// shownText is what a reader sees of one text object; "" when it is absent.
func shownText(o obj) string {
	if str(o, "type") == "mrkdwn" {
		return Render(str(o, "text"))
	}
	return str(o, "text")
}

// shownBlocks is the visible text of blocks in reading order, one line for each piece.
func shownBlocks(blocks []any) string {
	var lines []string
	for _, b := range blocks {
		block, _ := b.(obj)
		lines = append(lines, shownBlock(block)...)
	}
	return strings.Join(lines, "\n")
}

func shownBlock(block obj) []string {
	lines := linesOf(shownText(sub(block, "text")), shownText(sub(block, "label")), shownText(sub(block, "title")))
	if text := str(block, "text"); str(block, "type") == "markdown" {
		lines = append(lines, text)
	}
	for _, f := range items(block, "fields") {
		field, _ := f.(obj)
		lines = append(lines, linesOf(shownText(field))...)
	}
	for _, name := range []string{"accessory", "element"} {
		lines = append(lines, shownElement(sub(block, name))...)
	}
	for _, e := range items(block, "elements") {
		element, _ := e.(obj)
		lines = append(lines, shownElement(element)...)
	}
	return append(lines, linesOf(str(block, "alt_text"), shownText(sub(block, "hint")))...)
}

// shownElement is the visible text of one element. What a person typed is not part of it.
func shownElement(e obj) []string {
	if kind := str(e, "type"); kind == "plain_text" || kind == "mrkdwn" {
		return linesOf(shownText(e))
	}
	lines := linesOf(shownText(sub(e, "text")), shownText(sub(e, "placeholder")), str(e, "initial_value"), str(e, "alt_text"))
	if text := str(e, "text"); text != "" {
		lines = append(lines, text) // a run of rich text
	}
	for _, option := range choices(e) {
		lines = append(lines, linesOf(shownText(sub(option, "text")), shownText(sub(option, "description")))...)
	}
	for _, nested := range items(e, "elements") {
		element, _ := nested.(obj)
		lines = append(lines, shownElement(element)...)
	}
	return lines
}

// choices lists the options of an element, those inside groups included.
func choices(e obj) []obj {
	var out []obj
	for _, o := range items(e, "options") {
		option, _ := o.(obj)
		out = append(out, option)
	}
	for _, g := range items(e, "option_groups") {
		group, _ := g.(obj)
		out = append(out, choices(group)...)
	}
	return out
}

func linesOf(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}
