// Package pagetest is a person in front of the page, in a real Chromium: it finds things by
// what is to be seen of them, clicks where they are, and waits until they are there.
package pagetest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Patience bounds one wait: longer than any that is right, on a busy machine.
const Patience = 2 * time.Minute

// reloads is how often the page may be loaded anew within one wait.
const reloads = 5

// person.js finds things as a person would.
//
//go:embed person.js
var person string

// Browser is one window on the page. A step that can't be done fails its test.
type Browser struct {
	t   testing.TB
	ctx context.Context

	mu     sync.Mutex
	faults []string
}

// Open starts a browser and goes to url. An exception in the page's code fails the test.
func Open(t testing.TB, url string) *Browser {
	t.Helper()
	// Only pages of this machine are opened, and a container often has no sandbox to give.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.WindowSize(1440, 900), chromedp.NoSandbox)
	allocated, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(allocated)
	t.Cleanup(func() { leave(); end() })
	b := &Browser{t: t, ctx: ctx}
	b.watch()
	b.do(chromedp.Navigate(url))
	b.until("the page is ready", `document.body.classList.contains("ready")`)
	return b
}

// chromium is the browser's program.
func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium in PATH: the page is tested in a real browser. Install it (Debian: apt-get install chromium)")
	return ""
}

// watch gathers what the page's code throws.
func (b *Browser) watch() {
	messages := chromedp.Console(b.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() {
				b.mu.Lock()
				b.faults = append(b.faults, m.String())
				b.mu.Unlock()
			}
		}
	}()
	b.t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, fault := range b.faults {
			b.t.Errorf("the page threw %s", fault)
		}
	})
}

func (b *Browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// until waits until an expression of person.js is true.
func (b *Browser) until(what, expression string) {
	b.t.Helper()
	ask[bool](b, what, "Boolean("+expression+")")
}

// ask waits until an expression of person.js is truthy, and gives its value.
func ask[T any](b *Browser, what, expression string) T {
	b.t.Helper()
	script := fmt.Sprintf("(async () => { %s; return until(() => %s, %d); })()", person, expression, Patience.Milliseconds())
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	for range reloads {
		if err == nil || strings.Contains(err.Error(), "time is over") {
			break
		}
		value, err = chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	}
	if err != nil {
		b.t.Fatalf("%s: it did not come: %v; the page reads:\n%s", what, err, b.Text())
	}
	return value
}

func quote(text string) string {
	raw, _ := json.Marshal(text) // a string always encodes
	return string(raw)
}

// Text is everything that is to be read now.
func (b *Browser) Text() string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body?.innerText ?? ''"))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// Sees waits until each text can be read.
func (b *Browser) Sees(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until(fmt.Sprintf("%q is to be read", text), "sees("+quote(text)+")")
	}
}

// Misses waits until none of the texts can be read.
func (b *Browser) Misses(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until(fmt.Sprintf("%q is gone", text), "!sees("+quote(text)+")")
	}
}

// Reads waits until each text stands whole within the window: nobody has to scroll for it.
func (b *Browser) Reads(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until(fmt.Sprintf("%q stands within the window", text), "legible("+quote(text)+")")
	}
}

// Frames is how many of 30 frames the page draws when nothing happens any more, and how many
// of its animations go on.
func (b *Browser) Frames() int {
	b.t.Helper()
	n, err := chromedp.Run(b.ctx, chromedp.Evaluate[int]("(async () => { "+person+"; return frames(); })()", chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

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

// Holds waits until a field holds the text.
func (b *Browser) Holds(label, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q holds %q", label, text), "field("+quote(label)+")?.value === "+quote(text))
}

// Wrong waits until the field is marked as wrong, with a text that contains this.
func (b *Browser) Wrong(label, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q is marked with %q", label, text), "wrong("+quote(label)+").includes("+quote(text)+")")
}

// Focused waits until what has this label or name has the focus.
func (b *Browser) Focused(label string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the focus is on %q", label), "name(document.activeElement) === "+quote(label))
}

// Resize gives the window another size, in CSS pixels.
func (b *Browser) Resize(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// Dark says which colours the system of the person wants.
func (b *Browser) Dark(on bool) {
	b.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.t.Fatal(err)
	}
}

// Shot is a picture of the window, in PNG.
func (b *Browser) Shot() []byte {
	b.t.Helper()
	raw, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}

// Cut lists what a reader can't read: text that is cut off, and what stands out of the
// window.
func (b *Browser) Cut() []string {
	b.t.Helper()
	all, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string]("(async () => { "+person+"; return settled(cut); })()", chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// Covered lists controls that can't be clicked in full, since something else lies over them.
func (b *Browser) Covered() []string {
	b.t.Helper()
	all, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string]("(async () => { "+person+"; return settled(covered); })()", chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// Path is the page's address behind its host.
func (b *Browser) Path() string {
	b.t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(at, "http://"), "/")
	return "/" + path
}
