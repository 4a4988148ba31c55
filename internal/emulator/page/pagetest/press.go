package pagetest

import (
	"fmt"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// point is the middle of something on the screen.
type point struct{ X, Y float64 }

func (b *Browser) click(what, element string) {
	b.t.Helper()
	at := ask[point](b, what, "spot("+element+")")
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// Press clicks a button, a tab, a link or an option by its name. Of several the last is
// taken: the newest message stands last.
func (b *Browser) Press(name string) {
	b.t.Helper()
	b.click(fmt.Sprintf("the button %q", name), "button("+quote(name)+")")
}

// PressText clicks in the middle of a text that begins so, whatever it is part of.
func (b *Browser) PressText(text string) {
	b.t.Helper()
	b.click(fmt.Sprintf("the text %q", text), "paragraph("+quote(text)+")")
}

// PressCell clicks the cell of a grid that reads so.
func (b *Browser) PressCell(text string) {
	b.t.Helper()
	b.click(fmt.Sprintf("the cell %q", text), "cell("+quote(text)+")")
}

// Pick takes one option of a group of radio buttons or boxes.
func (b *Browser) Pick(group, option string) {
	b.t.Helper()
	b.click(fmt.Sprintf("%q of %q", option, group), "choice("+quote(group)+", "+quote(option)+")")
}

// Fill types text into a field, found by its label, in place of what was there.
func (b *Browser) Fill(label, text string) {
	b.t.Helper()
	b.click(fmt.Sprintf("the field %q", label), "field("+quote(label)+")")
	b.until(fmt.Sprintf("the field %q is empty", label), "emptied("+quote(label)+")")
	b.Type(text)
}

// Type types text where the focus is.
func (b *Browser) Type(text string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.t.Fatal(err)
	}
}

// Key presses a key, such as Enter.
func (b *Browser) Key(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key))
}

// Keys that have a name.
const (
	Enter  = kb.Enter
	Escape = kb.Escape
	Tab    = kb.Tab
	Down   = kb.ArrowDown
)

// Say types into the composer and sends it.
func (b *Browser) Say(text string) {
	b.t.Helper()
	b.click("the composer", "composer()")
	b.until("the composer is empty", "composer().value === ''")
	b.Type(text)
	b.click("the button beside the composer", "composer().form.querySelector('[type=submit]')")
}

// Choose takes an option of a select, or one that a field with type-ahead offers for it.
func (b *Browser) Choose(label, option string) {
	b.t.Helper()
	if ask[string](b, fmt.Sprintf("the field %q", label), "kind("+quote(label)+")") == "select" {
		b.until(fmt.Sprintf("%q offers %q", label, option), "chosen("+quote(label)+", "+quote(option)+")")
		return
	}
	b.Fill(label, option)
	b.click(fmt.Sprintf("the option %q", option), "option("+quote(option)+")")
}
