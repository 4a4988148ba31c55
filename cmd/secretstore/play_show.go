package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/workspace"
)

// signs are the emoji that the app uses, as a terminal shows them.
var signs = strings.NewReplacer(":white_check_mark:", "✓", ":no_entry:", "✗", ":x:", "✗", ":warning:", "⚠",
	":wastebasket:", "✓", ":hourglass_flowing_sand:", "…", ":raised_hand:", "✋", ":rotating_light:", "⚠", ":double_vertical_bar:", "‖", ":octagonal_sign:", "✗",
	":bell:", "✉", ":mag:", "✓", "*", "", "`", "")

// plain is text in Slack's markup as somebody reads it.
func plain(text string) string { return names().Replace(signs.Replace(text)) }

// names shows people and channels of the stage by name.
func names() *strings.Replacer {
	var pairs []string
	for _, u := range stageUsers() {
		pairs = append(pairs, u.ID, u.RealName)
	}
	for _, c := range stageChannels() {
		pairs = append(pairs, c.ID, c.Name)
	}
	return strings.NewReplacer(pairs...)
}

// visible is the visible text of one text object, button or select of Block Kit.
type visible string

// UnmarshalJSON reads any element; what has no text is empty.
func (w *visible) UnmarshalJSON(raw []byte) error {
	var e struct {
		Type string
		Text json.RawMessage
	}
	if json.Unmarshal(raw, &e) != nil {
		return nil
	}
	var inner visible
	var text string
	switch {
	case e.Type == "mrkdwn" && json.Unmarshal(e.Text, &text) == nil:
		*w = visible(plain(workspace.Render(text)))
	case e.Type == "plain_text" && json.Unmarshal(e.Text, &text) == nil:
		*w = visible(text)
	case e.Type == "button" && json.Unmarshal(e.Text, &inner) == nil:
		*w = "[" + inner + "]"
	}
	return nil
}

// block is as much of a block of Block Kit as a story shows.
type block struct {
	Type      string
	Text      visible
	Fields    []visible
	Elements  []visible
	Accessory visible
}

// lines is a block as it is read.
func (b block) lines() []string {
	var all []string
	if b.Text != "" {
		all = wrap(strings.TrimSpace(string(b.Text+" "+b.Accessory)), boxWidth-4)
	}
	var facts facts
	for _, f := range b.Fields {
		label, value, _ := strings.Cut(string(f), "\n")
		facts = append(facts, [2]string{label, value})
	}
	all = append(all, facts.lines()...)
	if len(b.Elements) > 0 {
		var parts []string
		for _, e := range b.Elements {
			parts = append(parts, string(e))
		}
		all = append(all, wrap(strings.Join(parts, " "), boxWidth-4)...)
	}
	return all
}

// pageBox draws a modal that is only read.
func (p *player) pageBox(v *workspace.View) string {
	return box(v.Title, linesOf(blocksOf(v.Raw["blocks"])))
}

// messageBox draws a message.
func messageBox(title string, m workspace.Message) string {
	return box(title, linesOf(blocksOf(m.RawBlocks)))
}

func linesOf(blocks []block) []string {
	var lines []string
	for _, b := range blocks {
		lines = append(lines, b.lines()...)
	}
	return lines
}

// blocksOf reads the body of a view or message; a block of another form has no lines.
func blocksOf(body any) (blocks []block) {
	raw, _ := json.Marshal(body)     // decoded from JSON, so that it encodes
	_ = json.Unmarshal(raw, &blocks) // Slack checked it
	return blocks
}

// formBox draws a form with what the person touched, what was there before, and what was
// wrong; one to which nothing was done with what it says.
func (p *player) formBox(v *workspace.View) string {
	var shown facts
	var wrong []string
	for _, f := range v.Fields() {
		fault := p.errors[f.BlockID]
		if slices.Contains(append(p.touched, "env", "name"), f.BlockID) || fault != "" {
			shown = append(shown, [2]string{f.Label, shownValue(f)})
		}
		if fault != "" {
			wrong = append(wrong, wrap("▲ "+fault, boxWidth-4)...)
		}
	}
	lines := append(shown.lines(), wrong...)
	if len(lines) == 0 {
		lines = blocksOf(v.Raw["blocks"])[0].lines()
	}
	return box(v.Title, lines, v.Close, v.Submit)
}

// shownValue is what the person sees in a field.
func shownValue(f workspace.Field) string {
	var shown []string
	for _, value := range f.Values {
		i := slices.IndexFunc(f.Options, func(o workspace.Option) bool { return o.Value == value })
		if i >= 0 {
			value = f.Options[i].Text
		}
		if f.Kind == "checkboxes" {
			value = "☑ " + value
		}
		shown = append(shown, value)
	}
	text := names().Replace(strings.Join(shown, ", "))
	if n := utf8.RuneCountInString(text); n > 200 {
		text = fmt.Sprintf("(%d characters)", n)
	}
	return text
}

// secretTable shows one secret as Secret Manager holds it, without its bytes.
func secretTable(m *secretmanager.Server, ref string) string {
	project, name := projectOf(ref)
	view, ok := m.Console().Secret(project, name)
	if !ok {
		return "Secret Manager: no " + ref
	}
	title := "Secret Manager: " + name + " in " + project
	if !view.Expires.IsZero() {
		title += ", expires " + view.Expires.UTC().Format("2006-01-02")
	}
	rows := [][]string{{"version", "state", "bytes"}}
	for _, v := range view.Versions {
		rows = append(rows, []string{strconv.FormatInt(v.Number, 10), strings.ToLower(string(v.State)), strconv.Itoa(v.Size)})
	}
	return title + "\n" + table(rows)
}

// sheetTable shows the telling cells of the audit sheet.
func sheetTable(records [][]string) string {
	rows := [][]string{{"row", "event", "who", "secret", "version", "decided by", "detail", "reason", "hash"}}
	for _, r := range records {
		r = append(r, make([]string, max(0, 18-len(r)))...)
		rows = append(rows, []string{r[0], r[2], cmp.Or(r[4], "-"), cmp.Or(strings.Trim(r[6]+"/"+r[7], "/"), "-"), cmp.Or(r[8], "-"), cmp.Or(deciders(r[14]), "-"),
			cut(r[16], 15), cut(r[12], 15), r[17][:min(6, len(r[17]))] + "…"})
	}
	return "Audit sheet\n" + table(rows)
}

// deciders are the first names of those who agreed or reviewed.
func deciders(ids string) string {
	var all []string
	for id := range strings.SplitSeq(ids, ", ") {
		_, user, _ := strings.Cut(id, "/")
		all = append(all, names().Replace(user))
	}
	return strings.Join(all, ", ")
}
