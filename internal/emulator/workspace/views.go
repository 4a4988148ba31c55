package workspace

// viewArg reads and checks the argument `view`.
func viewArg(a args, kind string) (obj, *answer) {
	raw := a.object("view")
	if raw == nil {
		return nil, new(invalid("invalid_arguments", []Problem{{Pointer: "", Text: "missing required field: view"}}))
	}
	return checkView(raw, kind)
}

func checkView(raw obj, kind string) (obj, *answer) {
	if larger(raw, maxViewBytes) {
		return nil, new(failure("view_too_large"))
	}
	problems := validateView(raw)
	if kind != "" && str(raw, "type") != kind && len(problems) == 0 {
		problems = append(problems, Problem{Pointer: "/view/type", Text: "must be a valid enum value: " + kind})
	}
	if len(problems) > 0 {
		return nil, new(invalid("invalid_arguments", problems))
	}
	return raw, nil
}

// byExternalIDLocked finds an open view; nil if none. An external_id names one view of the
// team at a time, "" names none.
func (w *Workspace) byExternalIDLocked(id string) *view {
	for _, v := range w.views {
		if id != "" && str(v.raw, "external_id") == id {
			return v
		}
	}
	return nil
}

// externalIDTakenLocked reports whether another view than except has the external_id of raw.
func (w *Workspace) externalIDTakenLocked(raw obj, except string) bool {
	v := w.byExternalIDLocked(str(raw, "external_id"))
	return v != nil && v.id != except
}

// newModalArgLocked reads the argument `view` as a modal that is not shown yet.
func (w *Workspace) newModalArgLocked(a args) (obj, *answer) {
	raw, refused := viewArg(a, "modal")
	if refused == nil && w.externalIDTakenLocked(raw, "") {
		refused = new(failure("duplicate_external_id"))
	}
	return raw, refused
}

// viewsOpen opens a modal in place of any that is open: the modals of one app form one
// stack, and only views.push adds to it.
func viewsOpen(w *Workspace, a args) answer {
	raw, refused := w.newModalArgLocked(a)
	if refused != nil {
		return *refused
	}
	t, word := w.exchangeLocked(a.text("trigger_id"))
	if word != "" {
		return failure(word)
	}
	w.popLocked(t.user, true)
	return w.showLocked(t.user, raw)
}

func viewsPush(w *Workspace, a args) answer {
	raw, refused := w.newModalArgLocked(a)
	if refused != nil {
		return *refused
	}
	t, word := w.exchangeLocked(a.text("trigger_id"))
	switch {
	case word != "":
		return failure(word)
	case t.view == "": // the trigger did not come from within a modal
		return failure("invalid_trigger_id")
	case w.views[t.view] == nil:
		return failure("not_found")
	case len(w.stacks[t.user]) >= maxViewStack:
		return failure("push_limit_reached")
	}
	return w.showLocked(t.user, raw)
}

func (w *Workspace) showLocked(user string, raw obj) answer {
	v := w.newViewLocked(user, raw)
	w.pushLocked(user, v)
	w.watchers.Wake()
	return ok(obj{"view": w.viewWire(v)})
}

// viewsUpdate replaces an open view. A view that the person closed is not found. A hash
// that is not the current one is a conflict; without a hash the last write wins.
func viewsUpdate(w *Workspace, a args) answer {
	raw, refused := viewArg(a, "")
	if refused != nil {
		return *refused
	}
	v := w.namedViewLocked(a)
	switch {
	case v == nil:
		return failure("not_found")
	case a.has("hash") && a.text("hash") != v.hash:
		return failure("hash_conflict")
	case w.externalIDTakenLocked(raw, v.id):
		return failure("duplicate_external_id")
	case str(raw, "type") != str(v.raw, "type"):
		return invalid("invalid_arguments", []Problem{{Pointer: "/view/type", Text: "may not change"}})
	}
	w.setViewLocked(v, raw)
	w.watchers.Wake()
	return ok(obj{"view": w.viewWire(v)})
}

// namedViewLocked finds an open view by the argument view_id or external_id; nil if none.
func (w *Workspace) namedViewLocked(a args) *view {
	if id := a.text("view_id"); id != "" {
		return w.views[id]
	}
	return w.byExternalIDLocked(a.text("external_id"))
}

func viewsPublish(w *Workspace, a args) answer {
	raw, refused := viewArg(a, "home")
	if refused != nil {
		return *refused
	}
	user := a.text("user_id")
	if _, known := w.people.user(user); !known {
		return failure("user_not_found")
	}
	v := w.homes[user]
	switch {
	case w.opt.HomeOff:
		return failure("not_enabled")
	case v != nil && a.has("hash") && a.text("hash") != v.hash:
		return failure("hash_conflict")
	case v == nil:
		v = w.newViewLocked(user, raw)
		w.homes[user] = v
	default:
		w.setViewLocked(v, raw)
	}
	w.watchers.Wake()
	return ok(obj{"view": w.viewWire(v)})
}

// blocksValidate checks blocks, a view or a message without sending it anywhere.
func blocksValidate(_ *Workspace, a args) answer {
	for _, name := range []string{"view", "message", "blocks"} {
		v, given := a[name]
		if !given {
			continue
		}
		if problems := validateAny(v); len(problems) > 0 {
			return invalid("invalid_blocks", problems)
		}
		return ok(obj{})
	}
	return failure("invalid_arguments")
}
