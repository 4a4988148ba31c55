package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Place names one element on a person's screen by ids: where block_id, action_id or a
// label could stand for two, a client that draws the screen says which it means.
type Place struct {
	View          string // id of the modal in front or of the Home tab; else
	Channel, TS   string // of a message
	Block, Action string
}

// spot is an element that was found, with what it stands in: a view or a message.
type spot struct {
	user string
	v    *view
	m    *message
	e    element
}

// draft is what one person chose in a message and was offered there. It lasts as long as
// the workspace runs.
type draft struct {
	state  map[fieldKey]entry
	offers map[fieldKey][]obj // :: external select -> options last loaded
}

// spotLocked finds an element that this person can reach now.
func (p *Person) spotLocked(at Place) (spot, error) {
	s := spot{user: p.id}
	var blocks []any
	if at.View != "" {
		s.v = p.reachableViewLocked(at.View)
		if s.v == nil {
			return s, fmt.Errorf("workspace: the view %s is not in front of %s any more", at.View, p.id)
		}
		blocks = s.v.blocks()
	} else {
		s.m = p.w.findMessageLocked(at.Channel, at.TS)
		if s.m == nil || !p.w.seesLocked(p.id, s.m) {
			return s, fmt.Errorf("workspace: %s sees no message %s in %s any more", p.id, at.TS, at.Channel)
		}
		blocks = s.m.Blocks
	}
	for e := range elements(blocks) {
		if e.blockID() == at.Block && e.actionID() == at.Action {
			s.e = e
			return s, nil
		}
	}
	return s, fmt.Errorf("workspace: there is no %s in %s any more", at.Action, at.Block)
}

func (p *Person) reachableViewLocked(id string) *view {
	for _, v := range []*view{p.w.topLocked(p.id), p.w.homes[p.id]} {
		if v != nil && v.id == id {
			return v
		}
	}
	return nil
}

// entry is what the element holds now.
func (s spot) entry() entry {
	if s.v != nil {
		return s.v.state[s.e.key()]
	}
	if d := s.m.drafts[s.user]; d != nil {
		if held, touched := d.state[s.e.key()]; touched {
			return held
		}
	}
	return initialEntry(s.e.raw)
}

// put fills the element in, which takes the complaints about it away.
func (s spot) put(filled entry) {
	if s.v == nil {
		s.draft().state[s.e.key()] = filled
		return
	}
	s.v.state[s.e.key()] = filled
	delete(s.v.errors, s.e.blockID())
	delete(s.v.wrong, s.e.key())
}

func (s spot) draft() *draft {
	if s.m.drafts == nil {
		s.m.drafts = map[string]*draft{}
	}
	if s.m.drafts[s.user] == nil {
		s.m.drafts[s.user] = &draft{state: map[fieldKey]entry{}, offers: map[fieldKey][]obj{}}
	}
	return s.m.drafts[s.user]
}

// offered is what can be chosen now. An external select offers what was loaded last, and
// what is chosen already.
func (s spot) offered() []obj {
	if !strings.HasSuffix(s.e.kind(), "external_select") {
		return choices(s.e.raw)
	}
	out := slices.Clone(s.loaded())
	for _, o := range s.entry().options {
		if !slices.ContainsFunc(out, func(x obj) bool { return str(x, "value") == str(o, "value") }) {
			out = append(out, o)
		}
	}
	return out
}

func (s spot) loaded() []obj {
	if s.v != nil {
		return s.v.offers[s.e.key()]
	}
	if d := s.m.drafts[s.user]; d != nil {
		return d.offers[s.e.key()]
	}
	return nil
}

func (s spot) offer(found []obj) {
	if s.v == nil {
		s.draft().offers[s.e.key()] = found
		return
	}
	if s.v.offers == nil {
		s.v.offers = map[fieldKey][]obj{}
	}
	s.v.offers[s.e.key()] = found
}

// edit changes what one element holds and, where the element says so, tells the app at once.
func (p *Person) edit(ctx context.Context, find func() (spot, error), change func(spot) (entry, error)) error {
	w := p.w
	w.mu.Lock()
	s, err := find()
	var filled entry
	if err == nil {
		filled, err = change(s)
	}
	if err != nil {
		w.mu.Unlock()
		return err
	}
	s.put(filled)
	w.watchers.Wake()
	if !s.e.dispatches() {
		w.mu.Unlock()
		return nil
	}
	payload := w.actionLocked(s, nil)
	w.mu.Unlock()
	_, err = w.send(ctx, interaction("/slack/interactions", payload))
	return shown(err, ShownTrouble, ShownTrouble)
}

// Set puts values into an element in place of what it held: the text typed, values of
// options, ids, a date ("2006-01-02"), a time ("15:04") or a moment (Unix seconds). Without
// values it is emptied.
func (p *Person) Set(ctx context.Context, at Place, values ...string) error {
	return p.edit(ctx, func() (spot, error) { return p.spotLocked(at) }, func(s spot) (entry, error) {
		if len(values) == 0 || len(values) == 1 && values[0] == "" {
			return entry{}, nil
		}
		return p.w.entryLocked(s, values)
	})
}

func (w *Workspace) entryLocked(s spot, values []string) (entry, error) {
	kind := s.e.kind()
	held, hasValue := statefuls[kind]
	switch {
	case hasValue && held.holds == holdsOptions:
		return optionsEntry(s, values)
	case hasValue && held.holds == holdsIDs && strings.Contains(kind, "users"):
		return idsEntry(s.e, values, w.knowsUserLocked)
	case hasValue && held.holds == holdsIDs:
		return idsEntry(s.e, values, w.knowsChannelLocked)
	case hasValue && held.holds == holdsDate && len(values) == 1:
		return dateEntry(kind, values[0])
	case hasValue && held.holds == holdsText && len(values) == 1:
		return textEntry(s.e, values[0])
	}
	return entry{}, fmt.Errorf("workspace: %q is a %s: it does not take %d values", s.e.blockID(), kind, len(values))
}

// Click presses a button, or takes one option of an overflow menu by its value. Whoever
// draws the screen has asked for the confirmation already.
func (p *Person) Click(ctx context.Context, at Place, option string) error {
	w := p.w
	w.mu.Lock()
	s, err := p.spotLocked(at)
	var chosen obj
	if err == nil {
		chosen, err = s.menuOption(option)
	}
	if err != nil {
		w.mu.Unlock()
		return err
	}
	payload := w.actionLocked(s, chosen)
	w.mu.Unlock()
	_, err = w.send(ctx, interaction("/slack/interactions", payload))
	return shown(err, ShownTrouble, ShownTrouble)
}

// menuOption finds the option of an overflow menu; nil for a button.
func (s spot) menuOption(value string) (obj, error) {
	switch kind := s.e.kind(); kind {
	case "button", "workflow_button", "icon_button":
		return nil, nil
	case "overflow", "feedback_buttons":
		offered := choices(s.e.raw)
		if kind == "feedback_buttons" {
			offered = []obj{sub(s.e.raw, "positive_button"), sub(s.e.raw, "negative_button")}
		}
		for _, o := range offered {
			if str(o, "value") == value {
				return o, nil
			}
		}
	}
	return nil, fmt.Errorf("workspace: %q is a %s: it has no %q to press", s.e.blockID(), s.e.kind(), value)
}
