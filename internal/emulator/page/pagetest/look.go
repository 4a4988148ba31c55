package pagetest

import (
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

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

// Frames is how many of 30 frames the page draws when nothing happens any more, and how many
// of its animations go on.
func (b *Browser) Frames() int {
	b.t.Helper()
	return now[int](b, asPerson("frames()"))
}

// Cut lists what a reader can't read: text that is cut off, and what stands out of the
// window.
func (b *Browser) Cut() []string {
	b.t.Helper()
	return now[[]string](b, asPerson("settled(cut)"))
}

// Covered lists controls that can't be clicked in full, since something else lies over them.
func (b *Browser) Covered() []string {
	b.t.Helper()
	return now[[]string](b, asPerson("settled(covered)"))
}
