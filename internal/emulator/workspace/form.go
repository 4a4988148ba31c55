package workspace

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// change edits one field of the modal in front and, where the element says so, tells the
// app at once.
func (p *Person) change(name string, edit func(spot) (entry, error)) error {
	return p.edit(context.Background(), func() (spot, error) {
		v := p.w.topLocked(p.id)
		e, err := findField(v, name)
		return spot{user: p.id, v: v, e: e}, err
	}, edit)
}

// findField finds an element with a value by block_id, action_id or visible label.
func findField(v *view, name string) (element, error) {
	if v == nil {
		return element{}, fmt.Errorf("workspace: no view is open, so there is no field %q", name)
	}
	var names []string
	for e := range elements(v.blocks()) {
		if _, hasValue := statefuls[e.kind()]; !hasValue {
			continue
		}
		if e.blockID() == name || e.actionID() == name || shownText(sub(e.block, "label")) == name {
			return e, nil
		}
		names = append(names, e.blockID())
	}
	return element{}, fmt.Errorf("workspace: the view has no field %q, only %s", name, strings.Join(names, ", "))
}

// Fill types text into a field, found by block_id, action_id or label, in place of what
// was there. Text over the field's max_length is an error: Slack's client takes no more.
// A field of one line makes a space of each line break, as pasting into it does.
func (p *Person) Fill(field, text string) error {
	return p.change(field, func(s spot) (entry, error) {
		switch statefuls[s.e.kind()].holds {
		case holdsDate:
			return dateEntry(s.e.kind(), text)
		case holdsText:
			return textEntry(s.e, text)
		}
		return entry{}, fmt.Errorf("workspace: %q is a %s: nothing can be typed there", field, s.e.kind())
	})
}

func textEntry(e element, text string) (entry, error) {
	if !flag(e.raw, "multiline") {
		text = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
	}
	if limit := maxLength(e.raw); utf8.RuneCountInString(text) > limit {
		return entry{}, fmt.Errorf("workspace: %q takes %d characters, not %d", e.blockID(), limit, utf8.RuneCountInString(text))
	}
	return entry{text: text}, nil
}

// dateEntry picks a date "2006-01-02", a time "15:04", or a moment in Unix seconds.
func dateEntry(kind, text string) (entry, error) {
	layouts := map[string]string{"datepicker": time.DateOnly, "timepicker": "15:04"}
	if layout, isText := layouts[kind]; isText {
		if _, err := time.Parse(layout, text); err != nil {
			return entry{}, fmt.Errorf("workspace: %q cannot be picked in a %s: write it as %s", text, kind, layout)
		}
		return entry{date: text}, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return entry{}, fmt.Errorf("workspace: %q cannot be picked in a %s: write Unix seconds", text, kind)
	}
	return entry{date: float64(seconds)}, nil
}

func maxLength(e obj) int {
	if n, given := number(e, "max_length"); given {
		return int(n)
	}
	return maxInputLength
}

// Choose selects options by value or visible text, in place of what was selected. An
// external select offers what the last Suggest loaded. Without options it selects none.
func (p *Person) Choose(field string, options ...string) error {
	return p.change(field, func(s spot) (entry, error) {
		if statefuls[s.e.kind()].holds != holdsOptions {
			return entry{}, fmt.Errorf("workspace: %q is a %s: it has no options", field, s.e.kind())
		}
		return optionsEntry(s, options)
	})
}

func optionsEntry(s spot, names []string) (entry, error) {
	if err := fits(s.e, names); err != nil {
		return entry{}, err
	}
	picked, err := pick(s, names)
	return entry{options: picked}, err
}

// fits holds the number of things picked against what the element takes.
func fits(e element, picked []string) error {
	most := 1
	if statefuls[e.kind()].many {
		most = len(picked)
	}
	if limit, given := number(e.raw, "max_selected_items"); given {
		most = min(most, int(limit))
	}
	if len(picked) > most {
		return fmt.Errorf("workspace: %q takes %d, not %d", e.blockID(), most, len(picked))
	}
	return nil
}

func pick(s spot, names []string) ([]obj, error) {
	var out []obj
	for _, name := range names {
		offered := s.offered()
		i := slices.IndexFunc(offered, func(o obj) bool {
			return str(o, "value") == name || shownText(sub(o, "text")) == name
		})
		if i < 0 {
			return nil, fmt.Errorf("workspace: %q does not offer %q, only %s", s.e.blockID(), name, offeredNames(offered))
		}
		out = append(out, offered[i])
	}
	return out, nil
}

func offeredNames(options []obj) string {
	var names []string
	for _, o := range options {
		names = append(names, fmt.Sprintf("%q", str(o, "value")))
	}
	return "[" + strings.Join(names, " ") + "]"
}

// Tick ticks boxes by value or visible text; those already ticked stay.
func (p *Person) Tick(field string, options ...string) error { return p.tick(field, options, true) }

// Untick clears boxes by value or visible text.
func (p *Person) Untick(field string, options ...string) error { return p.tick(field, options, false) }

func (p *Person) tick(field string, options []string, on bool) error {
	return p.change(field, func(s spot) (entry, error) {
		if !statefuls[s.e.kind()].many {
			return entry{}, fmt.Errorf("workspace: %q is a %s: nothing to tick there", field, s.e.kind())
		}
		named, err := pick(s, options)
		if err != nil {
			return entry{}, err
		}
		kept := slices.DeleteFunc(slices.Clone(s.entry().options), func(o obj) bool {
			return slices.ContainsFunc(named, func(x obj) bool { return str(x, "value") == str(o, "value") })
		})
		if on {
			kept = append(kept, named...)
		}
		return entry{options: kept}, nil
	})
}

// PickUsers selects people by id in a users select.
func (p *Person) PickUsers(field string, ids ...string) error {
	return p.pickIDs(field, ids, p.w.knowsUserLocked)
}

// PickConversations selects channels by id in a conversations or channels select.
func (p *Person) PickConversations(field string, ids ...string) error {
	return p.pickIDs(field, ids, p.w.knowsChannelLocked)
}

func (w *Workspace) knowsUserLocked(id string) bool { _, known := w.people.user(id); return known }
func (w *Workspace) knowsChannelLocked(id string) bool {
	_, known := w.people.channel(id)
	return known
}

func (p *Person) pickIDs(field string, ids []string, known func(string) bool) error {
	return p.change(field, func(s spot) (entry, error) {
		if statefuls[s.e.kind()].holds != holdsIDs {
			return entry{}, fmt.Errorf("workspace: %q is a %s: it does not take %v", field, s.e.kind(), ids)
		}
		return idsEntry(s.e, ids, known)
	})
}

func idsEntry(e element, ids []string, known func(string) bool) (entry, error) {
	if err := fits(e, ids); err != nil {
		return entry{}, err
	}
	for _, id := range ids {
		if !known(id) {
			return entry{}, fmt.Errorf("workspace: %q cannot offer %s: the workspace has none", e.blockID(), id)
		}
	}
	return entry{ids: slices.Clone(ids)}, nil
}
