package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// change edits one field of the modal in front and, where the element says so, tells the
// app at once.
func (p *Person) change(name string, edit func(v *view, e element) (entry, error)) error {
	w := p.w
	w.mu.Lock()
	v := w.topLocked(p.id)
	e, err := findField(v, name)
	var filled entry
	if err == nil {
		filled, err = edit(v, e)
	}
	if err != nil {
		w.mu.Unlock()
		return err
	}
	v.state[e.key()] = filled
	delete(v.errors, e.blockID())
	delete(v.wrong, e.key())
	w.changedLocked()
	if !e.dispatches() {
		w.mu.Unlock()
		return nil
	}
	payload := w.actionLocked(p.id, v, nil, e)
	w.mu.Unlock()
	_, err = w.send(context.Background(), interaction("/slack/interactions", payload))
	return shown(err, ShownTrouble, ShownTrouble)
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
	return p.change(field, func(_ *view, e element) (entry, error) {
		s := statefuls[e.kind()]
		if s.holds == holdsDate {
			return dateEntry(e.kind(), text)
		}
		if s.holds != holdsText {
			return entry{}, fmt.Errorf("workspace: %q is a %s: nothing can be typed there", field, e.kind())
		}
		if !flag(e.raw, "multiline") {
			text = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
		}
		if limit := maxLength(e.raw); utf8.RuneCountInString(text) > limit {
			return entry{}, fmt.Errorf("workspace: %q takes %d characters, not %d", field, limit, utf8.RuneCountInString(text))
		}
		return entry{text: text}, nil
	})
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
	return p.change(field, func(v *view, e element) (entry, error) {
		s := statefuls[e.kind()]
		if s.holds != holdsOptions {
			return entry{}, fmt.Errorf("workspace: %q is a %s: it has no options", field, e.kind())
		}
		if !s.many && len(options) > 1 {
			return entry{}, fmt.Errorf("workspace: %q takes one option, not %d", field, len(options))
		}
		picked, err := pick(v, e, options)
		return entry{options: picked}, err
	})
}

func pick(v *view, e element, names []string) ([]obj, error) {
	var out []obj
	for _, name := range names {
		offered := v.offered(e)
		i := slices.IndexFunc(offered, func(o obj) bool {
			return str(o, "value") == name || shownText(sub(o, "text")) == name
		})
		if i < 0 {
			return nil, fmt.Errorf("workspace: %q does not offer %q, only %s", e.blockID(), name, offeredNames(offered))
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
	return p.change(field, func(v *view, e element) (entry, error) {
		if !statefuls[e.kind()].many {
			return entry{}, fmt.Errorf("workspace: %q is a %s: nothing to tick there", field, e.kind())
		}
		named, err := pick(v, e, options)
		if err != nil {
			return entry{}, err
		}
		kept := slices.DeleteFunc(slices.Clone(v.state[e.key()].options), func(o obj) bool {
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
	return p.pickIDs(field, ids, func(id string) bool { _, known := p.w.people.user(id); return known })
}

// PickConversations selects channels by id in a conversations or channels select.
func (p *Person) PickConversations(field string, ids ...string) error {
	return p.pickIDs(field, ids, func(id string) bool { _, known := p.w.people.channel(id); return known })
}

func (p *Person) pickIDs(field string, ids []string, known func(string) bool) error {
	return p.change(field, func(_ *view, e element) (entry, error) {
		s := statefuls[e.kind()]
		if s.holds != holdsIDs || !s.many && len(ids) > 1 {
			return entry{}, fmt.Errorf("workspace: %q is a %s: it does not take %v", field, e.kind(), ids)
		}
		if limit, given := number(e.raw, "max_selected_items"); given && len(ids) > int(limit) {
			return entry{}, fmt.Errorf("workspace: %q takes %v, not %d", field, limit, len(ids))
		}
		for _, id := range ids {
			if !known(id) {
				return entry{}, fmt.Errorf("workspace: %q cannot offer %s: the workspace has none", field, id)
			}
		}
		return entry{ids: slices.Clone(ids)}, nil
	})
}

// Suggest types a query into an external select: the app is asked for options, and Choose
// can take them afterwards. A query under min_query_length (3 unless the app says less)
// asks nothing.
func (p *Person) Suggest(ctx context.Context, field, query string) ([]Option, error) {
	w := p.w
	w.mu.Lock()
	v := w.topLocked(p.id)
	e, err := findField(v, field)
	if err == nil && !strings.HasSuffix(e.kind(), "external_select") {
		err = fmt.Errorf("workspace: %q is a %s: it loads no options", field, e.kind())
	}
	if err != nil || utf8.RuneCountInString(query) < minQuery(e.raw) {
		w.mu.Unlock()
		return nil, err
	}
	payload := w.interactionLocked("block_suggestion", p.id)
	payload["container"] = obj{"type": "view", "view_id": v.id}
	payload["view"] = w.viewWire(v)
	payload["block_id"], payload["action_id"], payload["value"] = e.blockID(), e.actionID(), query
	w.mu.Unlock()
	r, err := w.send(ctx, interaction("/slack/options", payload))
	if err != nil {
		return nil, shown(err, "Unable to load results", "Unable to load results")
	}
	return w.offer(v, e, r.body)
}

func minQuery(e obj) int {
	if n, given := number(e, "min_query_length"); given {
		return int(n)
	}
	return 3
}

// offer keeps the options that the app answered with. Slack shows none at all when one of
// them breaks a limit or when the list is missing.
func (w *Workspace) offer(v *view, e element, body []byte) ([]Option, error) {
	var given obj
	_ = json.Unmarshal(body, &given)
	if problems := validateOptions(given); len(problems) > 0 {
		return nil, &NotAnsweredError{Shown: "Unable to load results", Status: 200, Cause: problems[0].String()}
	}
	found := choices(given)
	w.mu.Lock()
	defer w.mu.Unlock()
	if v.offers == nil {
		v.offers = map[fieldKey][]obj{}
	}
	v.offers[e.key()] = found
	w.changedLocked()
	out := make([]Option, 0, len(found))
	for _, o := range found {
		out = append(out, shownOption(o))
	}
	return out, nil
}
