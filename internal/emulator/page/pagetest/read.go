package pagetest

import "fmt"

// Text is everything that is to be read now.
func (b *Browser) Text() string {
	b.t.Helper()
	return now[string](b, "document.body?.innerText ?? ''")
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
