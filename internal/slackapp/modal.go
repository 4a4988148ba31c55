package slackapp

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
	"secretstore/internal/wording"
)

// callbackPrefix and a verb make a modal's callback_id.
const callbackPrefix = "secret_"

// page is what a person asked to see.
type page struct {
	verb   Verb
	ref    secret.Ref    // either part may be missing
	option string        // or the secret as an option of the search names it
	recipe secret.Recipe // a form of its own, or the one to begin with; "" for any
	long   bool          // the form for longer values
	part   string        // list: the part of a name to look for
	from   int           // list, history: how many lines to pass over
	change string        // refuse, stop, review: what is decided about
	first  bool          // the first page since a command was typed
}

// looks reports whether the page counts as a look-up.
func (p page) looks() bool { return p.verb != VerbHelp && p.verb != VerbCreate && p.change == "" }

// open opens a modal for a click that is less than 3 s old. Nothing but Slack is asked
// before it is there: the trigger would die meanwhile. The page follows by itself.
func (a *App) open(ctx context.Context, r Request, p page) error {
	place := a.work.reserve()
	if place == nil {
		return errBusy
	}
	at, err := a.Screen.OpenView(ctx, r.TriggerID, a.loading(r.UserID, p))
	if err != nil {
		place.back()
		a.Logger.Warn("modal not opened", "verb", p.verb, "reason", err)
		return err
	}
	place.start("page", 2*pageWithin, func(ctx context.Context) { a.fill(ctx, at.ID, r.UserID, p) })
	return nil
}

var errBusy = errors.New("slackapp: too many views are being filled")

// turn shows another page in the modal where a button was pressed. A form keeps what was
// typed only while its inputs stay, so that nothing may come between two forms.
func (a *App) turn(r Request, p page, between bool) {
	place := a.work.reserve()
	if place == nil {
		return // the modal stays as it is, and the button can be pressed again
	}
	place.start("page", 2*pageWithin, func(ctx context.Context) {
		if between {
			a.update(ctx, r.View.ID, a.loading(r.UserID, p))
		}
		a.fill(ctx, r.View.ID, r.UserID, p)
	})
}

// fill puts the page into the open modal.
func (a *App) fill(ctx context.Context, view, user string, p page) {
	filled, told := a.compose(ctx, user, p)
	if !a.update(ctx, view, filled) {
		return
	}
	for _, t := range told {
		if err := a.Shown(ctx, t); err != nil {
			a.Logger.Warn("a notice will be shown again", "reason", err)
		}
	}
}

// update replaces what a modal shows; false when it could not. A closed modal is no
// fault: the outcome is told by message.
func (a *App) update(ctx context.Context, view string, with slack.ModalViewRequest) bool {
	_, err := a.Screen.UpdateView(ctx, ViewRef{ID: view}, with)
	if e, ok := errors.AsType[*SlackError](err); err != nil && (!ok || e.Kind != SlackGone) {
		a.Logger.Warn("modal not updated", "modal", with.CallbackID, "reason", err)
	}
	return err == nil
}

// compose makes the page for whoever looks, and returns what it tells besides. It always
// returns a view: one that says what is wrong, if need be.
func (a *App) compose(ctx context.Context, user string, p page) (slack.ModalViewRequest, []store.Telling) {
	ctx, cancel := context.WithTimeout(ctx, pageWithin)
	defer cancel()
	v, c, refusal := a.meet(ctx, user)
	if refusal == nil && p.looks() {
		refusal, _ = errors.AsType[*PersonError](a.Looks.Take(v.Person))
	}
	if refusal != nil {
		return c.notice(p.verb, refusal.Key()), nil
	}
	told := a.catchUp(ctx, v, c, p)
	return a.pageOf(ctx, v, c, p), told
}

func (a *App) pageOf(ctx context.Context, v viewer, c *composer, p page) slack.ModalViewRequest {
	switch p.verb {
	case VerbStart:
		return a.startPage(ctx, v, c, p)
	case VerbHelp:
		return helpPage(c)
	case VerbList:
		return a.listPage(ctx, v, c, p)
	case VerbCreate:
		return a.createForm(v, c, p)
	case verbRefuse, verbStop:
		a.decidedAbout(ctx, c, p.change)
		return refuseForm(c, p)
	case verbReview:
		a.decidedAbout(ctx, c, p.change)
		return reviewForm(c, p)
	}
	return a.aboutPage(ctx, v, c, p)
}

// catchUp begins the page with what the person could not be told by message.
func (a *App) catchUp(ctx context.Context, v viewer, c *composer, p page) []store.Telling {
	if a.Untold == nil || !p.first {
		return nil
	}
	told, err := a.Untold(ctx, v.Person)
	if err != nil {
		a.Logger.Warn("earlier notices not read", "reason", err)
		return nil
	}
	told = told[:min(len(told), maxCatchUp)]
	for _, t := range told {
		c.text("message.missed", "what", c.headline(t, c.place(t.Ref)))
	}
	return told
}

// maxCatchUp is how many missed notices one view shows; the next view shows the next ones.
const maxCatchUp = 5

// loading is what stands in a modal until its page is there. It asks nobody for anything.
func (a *App) loading(user string, p page) slack.ModalViewRequest {
	c := &composer{say: a.language(user)}
	c.production(p.ref.Environment)
	c.text("modal.loading")
	c.note("modal.loading.slow")
	return c.modal(p.verb, metadata{})
}

// notice is a page of one paragraph: what is the matter, and what to do.
func (c *composer) notice(verb Verb, key wording.Key, pairs ...any) slack.ModalViewRequest {
	c.text(key, pairs...)
	return c.modal(verb, metadata{})
}
