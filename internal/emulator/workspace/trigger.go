package workspace

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// triggerLife is how long a trigger_id opens a view (docs: interactivity/handling).
const triggerLife = 3 * time.Second

// trigger is one person's action that may open one view.
type trigger struct {
	user   string
	view   string // the modal it came from, "" when it came from elsewhere
	issued time.Time
	used   bool
}

var triggerShape = regexp.MustCompile(`^\d+\.\d+\.[0-9a-z]+$`)

func (w *Workspace) newTriggerLocked(user, view string) string {
	now := w.opt.Clock()
	id := fmt.Sprintf("%d.%d.%s", now.UnixMilli(), len(w.triggers)+1, strings.ToLower(rand.Text()))
	w.triggers[id] = &trigger{user: user, view: view, issued: now}
	return id
}

// exchangeLocked uses a trigger up. word is Slack's error, "" when a view may be opened.
func (w *Workspace) exchangeLocked(id string) (t *trigger, word string) {
	t = w.triggers[id]
	switch {
	case !triggerShape.MatchString(id), t == nil:
		return nil, "invalid_trigger_id"
	case t.used:
		return nil, "exchanged_trigger_id"
	case w.opt.Clock().Sub(t.issued) > triggerLife:
		return nil, "expired_trigger_id"
	}
	t.used = true
	return t, ""
}
