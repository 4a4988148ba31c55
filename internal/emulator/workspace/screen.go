package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Option is one choice of a select, of radio buttons or of checkboxes.
type Option struct {
	Text, Value, Description string
}

// Button is one button on the screen.
type Button struct {
	Text, ActionID, BlockID string
	Value                   string
	Style                   string // "", "primary" or "danger"
	URL                     string
	Confirm                 string // visible text of the confirmation that comes first, "" if none
}

// Field is one input on the screen, as the person sees it now.
type Field struct {
	BlockID, ActionID string
	Kind              string // element type, such as "plain_text_input"
	Label, Hint       string
	Placeholder       string
	Options           []Option // offered now; of an external select those loaded last
	Value             string   // what it holds: text, option value or id; several are joined by ","
	Values            []string
	Error             string // shown under the field
	Optional          bool
	Multiline         bool
	MinLength         int
	MaxLength         int // 0: no limit of the app's; Slack's own is 3,000
}

// View is a modal or Home tab as it is on a person's screen at one moment.
type View struct {
	ID, Hash, RootID, PreviousID string
	Type                         string
	Title, Submit, Close         string // visible text; Submit is "" when there is no button
	CallbackID, PrivateMetadata  string
	ExternalID                   string
	Trouble                      string // Slack's own complaint over the form, "" if none
	Depth                        int    // 1 for the first modal of the stack, 0 for a Home tab
	Raw                          map[string]any

	fields  []Field
	buttons []Button
	text    string
}

// Fields lists every input in reading order.
func (v *View) Fields() []Field { return slices.Clone(v.fields) }

// Buttons lists every button in the body in reading order; Submit and Close are not
// among them.
func (v *View) Buttons() []Button { return slices.Clone(v.buttons) }

// Field finds an input by block_id, action_id or visible label.
func (v *View) Field(name string) (Field, bool) {
	i := slices.IndexFunc(v.fields, func(f Field) bool {
		return f.BlockID == name || f.ActionID == name || f.Label == name
	})
	if i < 0 {
		return Field{}, false
	}
	return v.fields[i], true
}

// Text is everything on the view that the app or Slack wrote, in reading order, a line
// each: title, blocks, labels, hints, options, initial values, errors, buttons. What the
// person typed is not part of it.
func (v *View) Text() string { return v.text }

func (v *view) shown(depth int) *View {
	out := &View{
		ID: v.id, Hash: v.hash, RootID: v.root, PreviousID: v.previous, Type: str(v.raw, "type"),
		Title: shownText(sub(v.raw, "title")), Submit: shownText(sub(v.raw, "submit")),
		Close: shownText(sub(v.raw, "close")), CallbackID: str(v.raw, "callback_id"),
		PrivateMetadata: str(v.raw, "private_metadata"), ExternalID: str(v.raw, "external_id"),
		Trouble: v.trouble, Depth: depth, Raw: clone(v.raw), buttons: buttonsOf(v.blocks()),
	}
	lines := linesOf(out.Title, v.trouble)
	for _, b := range v.blocks() {
		block, _ := b.(obj)
		lines = append(lines, shownBlock(block)...)
		lines = append(lines, linesOf(v.errorOn(block))...)
	}
	out.text = strings.Join(append(lines, linesOf(out.Submit, out.Close)...), "\n")
	for e := range elements(v.blocks()) {
		if _, hasValue := statefuls[e.kind()]; hasValue {
			offered := spot{v: v, e: e}.offered()
			out.fields = append(out.fields, fieldOf(e, v.state[e.key()], offered, v.errorOn(e.block)))
		}
	}
	return out
}

func (v *view) errorOn(block obj) string {
	if text := v.errors[str(block, "block_id")]; text != "" {
		return text
	}
	for _, e := range elementsOf(block) {
		if text := v.wrong[e.key()]; text != "" {
			return text
		}
	}
	return ""
}

func fieldOf(e element, held entry, offered []obj, wrong string) Field {
	f := Field{
		BlockID: e.blockID(), ActionID: e.actionID(), Kind: e.kind(),
		Label: shownText(sub(e.block, "label")), Hint: shownText(sub(e.block, "hint")),
		Placeholder: shownText(sub(e.raw, "placeholder")), Values: held.values(),
		Error: wrong, Optional: !e.input || flag(e.block, "optional"), Multiline: flag(e.raw, "multiline"),
	}
	if f.Label == "" {
		f.Label = shownText(sub(e.block, "text"))
	}
	f.Value = strings.Join(f.Values, ",")
	if n, given := number(e.raw, "min_length"); given {
		f.MinLength = int(n)
	}
	if n, given := number(e.raw, "max_length"); given {
		f.MaxLength = int(n)
	}
	for _, o := range offered {
		f.Options = append(f.Options, shownOption(o))
	}
	return f
}

func shownOption(o obj) Option {
	return Option{Text: shownText(sub(o, "text")), Value: str(o, "value"), Description: shownText(sub(o, "description"))}
}

func buttonsOf(blocks []any) []Button {
	var out []Button
	for e := range elements(blocks) {
		if e.kind() == "button" {
			out = append(out, Button{
				Text: shownText(sub(e.raw, "text")), ActionID: e.actionID(), BlockID: e.blockID(),
				Value: str(e.raw, "value"), Style: str(e.raw, "style"), URL: str(e.raw, "url"),
				Confirm: strings.Join(linesOf(shownText(sub(sub(e.raw, "confirm"), "title")),
					shownText(sub(sub(e.raw, "confirm"), "text"))), "\n"),
			})
		}
	}
	return out
}

// View is the modal in front of the person right now, nil if none is open.
func (p *Person) View() *View {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	top := p.w.topLocked(p.id)
	if top == nil {
		return nil
	}
	return top.shown(len(p.w.stacks[p.id]))
}

// Home is the app's Home tab as this person sees it, nil if none was published.
func (p *Person) Home() *View {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if v := p.w.homes[p.id]; v != nil {
		return v.shown(0)
	}
	return nil
}

// AwaitView waits until the modal in front satisfies want. want is never called with nil.
func (p *Person) AwaitView(ctx context.Context, want func(*View) bool) (*View, error) {
	return p.await(ctx, p.View, func(v *View) bool { return v != nil && want(v) })
}

// AwaitHome waits until the Home tab satisfies want. want is never called with nil.
func (p *Person) AwaitHome(ctx context.Context, want func(*View) bool) (*View, error) {
	return p.await(ctx, p.Home, func(v *View) bool { return v != nil && want(v) })
}

// AwaitClosed waits until no modal is open.
func (p *Person) AwaitClosed(ctx context.Context) error {
	_, err := p.await(ctx, p.View, func(v *View) bool { return v == nil })
	return err
}

func (p *Person) await(ctx context.Context, look func() *View, want func(*View) bool) (*View, error) {
	changed, cancel := p.w.Subscribe()
	defer cancel()
	for {
		v := look()
		if want(v) {
			return v, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			onScreen := "no view is open"
			if v != nil {
				onScreen = "the view reads " + fmt.Sprintf("%q", v.Text())
			}
			return nil, fmt.Errorf("workspace: %s waited for a view: %w; %s", p.id, ctx.Err(), onScreen)
		}
	}
}
