package workspace

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// blocks checks a list of blocks and every block in it.
func (c *checker) blocks(list []any, at string, limit int) {
	if len(list) > limit {
		c.add(at, "no more than %d items allowed", limit)
	}
	for i, b := range list {
		here := fmt.Sprintf("%s/%d", at, i)
		block, isObject := b.(obj)
		if !isObject {
			c.add(here, "must be an object")
			continue
		}
		c.blockID(block, here)
		c.block(block, here)
	}
}

func (c *checker) blockID(block obj, at string) {
	c.text(block, at, "block_id", maxID)
	id := str(block, "block_id")
	if id != "" && c.blockIDs[id] {
		c.add(at+"/block_id", "block_id %s already exists", id)
	}
	c.blockIDs[id] = true
}

func (c *checker) block(block obj, at string) {
	switch kind := str(block, "type"); kind {
	case "section":
		c.section(block, at)
	case "input":
		c.input(block, at)
	case "actions":
		c.known(block, at, "type block_id elements")
		c.elements(block, at, maxActions, inActions)
	case "context":
		c.context(block, at)
	case "header":
		c.known(block, at, "type block_id text level")
		c.need(block, at, "text")
		c.plain(block, at, "text", maxHeader)
		c.number(block, at, "level", 1, 4)
	case "divider":
		c.known(block, at, "type block_id")
	case "image":
		c.image(block, at)
	case "rich_text":
		c.known(block, at, "type block_id elements")
		c.list(block, at, "elements", 1, maxOptions)
	case "video":
		c.need(block, at, "title", "video_url", "thumbnail_url", "alt_text")
	default:
		c.rareBlock(kind, block, at)
	}
}

// messageBlocks stand in messages only and are checked no further than their own limits
// below: Slack's pages on the newest of them give few.
var messageBlocks = []string{"markdown", "table", "context_actions", "file", "alert", "card", "carousel",
	"container", "layout", "data_table", "data_visualization", "task_card", "plan"}

func (c *checker) rareBlock(kind string, block obj, at string) {
	if !slices.Contains(messageBlocks, kind) {
		c.add(at+"/type", "unsupported type: %s", kind)
		return
	}
	if c.on != onMessage {
		c.add(at+"/type", "%s blocks are not allowed in a %s", kind, c.on)
	}
	switch kind {
	case "markdown":
		c.markdownText(block, at)
	case "table":
		c.table(block, at)
	case "context_actions":
		c.elements(block, at, maxContextItems, []string{"feedback_buttons", "icon_button"})
	}
}

func (c *checker) markdownText(block obj, at string) {
	c.known(block, at, "type block_id text")
	c.length(str(block, "text"), at+"/text", 1, maxMarkdown)
	before := c.markdown
	c.markdown += utf8.RuneCountInString(str(block, "text"))
	if before <= maxMarkdown && before > 0 && c.markdown > maxMarkdown {
		c.add(at+"/text", "markdown blocks together must be less than %d characters", maxMarkdown+1)
	}
}

func (c *checker) table(block obj, at string) {
	if c.tables++; c.tables > 1 {
		c.add(at, "only one table allowed")
	}
	for i, r := range c.list(block, at, "rows", 1, maxTableRows) {
		if cells, _ := r.([]any); len(cells) > maxTableCells {
			c.add(fmt.Sprintf("%s/rows/%d", at, i), "no more than %d items allowed", maxTableCells)
		}
	}
}

func (c *checker) section(block obj, at string) {
	c.known(block, at, "type block_id text fields accessory expand")
	if block["text"] == nil && block["fields"] == nil {
		c.add(at, "missing required field: text")
	}
	c.rich(block, at, "text", maxText)
	if block["fields"] != nil {
		for i, f := range c.list(block, at, "fields", 1, maxFields) {
			c.textValue(f, fmt.Sprintf("%s/fields/%d", at, i), maxFieldText, "plain_text", "mrkdwn")
		}
	}
	if e, given := block["accessory"]; given && e != nil {
		c.element(e, at+"/accessory", inSection)
	}
}

func (c *checker) input(block obj, at string) {
	c.known(block, at, "type block_id label element hint optional dispatch_action")
	c.need(block, at, "label", "element")
	c.plain(block, at, "label", maxLabel)
	c.plain(block, at, "hint", maxHint)
	if e, given := block["element"]; given && e != nil {
		c.element(e, at+"/element", nil)
	}
}

func (c *checker) context(block obj, at string) {
	c.known(block, at, "type block_id elements")
	for i, e := range c.list(block, at, "elements", 1, maxContext) {
		here := fmt.Sprintf("%s/elements/%d", at, i)
		if o, isObject := e.(obj); isObject && str(o, "type") == "image" {
			c.image(o, here)
			continue
		}
		c.textValue(e, here, maxText, "plain_text", "mrkdwn")
	}
}

func (c *checker) image(o obj, at string) {
	c.known(o, at, "type block_id alt_text title image_url slack_file")
	c.need(o, at, "alt_text")
	if o["image_url"] == nil && o["slack_file"] == nil {
		c.add(at, "missing required field: image_url")
	}
	c.text(o, at, "alt_text", maxAltText)
	c.text(o, at, "image_url", maxURL)
	c.plain(o, at, "title", maxImageTitle)
}

// elements checks the list of a block and that no action_id stands in it twice.
func (c *checker) elements(block obj, at string, limit int, allowed []string) {
	seen := map[string]bool{}
	for i, e := range c.list(block, at, "elements", 1, limit) {
		here := fmt.Sprintf("%s/elements/%d", at, i)
		c.element(e, here, allowed)
		o, _ := e.(obj)
		id := str(o, "action_id")
		if id != "" && seen[id] {
			c.add(here+"/action_id", "action_id %s already exists in this block", id)
		}
		seen[id] = true
	}
}
