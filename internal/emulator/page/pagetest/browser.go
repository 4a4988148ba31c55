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

	"github.com/chromedp/chromedp"
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
	script := asPerson(fmt.Sprintf("until(() => %s, %d)", expression, Patience.Milliseconds()))
	value, err := evaluate[T](b, script)
	for range reloads {
		if err == nil || strings.Contains(err.Error(), "time is over") {
			break
		}
		value, err = evaluate[T](b, script)
	}
	if err != nil {
		b.t.Fatalf("%s: it did not come: %v; the page reads:\n%s", what, err, b.Text())
	}
	return value
}

// now gives the value of a script as it is now.
func now[T any](b *Browser, script string) T {
	b.t.Helper()
	value, err := evaluate[T](b, script)
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

func evaluate[T any](b *Browser, script string) (T, error) {
	return chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// asPerson is the script of an expression of person.js.
func asPerson(expression string) string {
	return fmt.Sprintf("(async () => { %s; return %s; })()", person, expression)
}

func quote(text string) string {
	raw, _ := json.Marshal(text) // a string always encodes
	return string(raw)
}
