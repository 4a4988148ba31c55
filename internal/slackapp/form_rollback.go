package slackapp

import (
	"cmp"
	"context"
	"time"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// rollbackForm asks which version's bytes to add again. It shows numbers, times and
// sizes, never a value.
func (a *App) rollbackForm(ctx context.Context, v viewer, c *composer, p page, s store.Sight) slack.ModalViewRequest {
	options := c.rollbackOptions(s, a.notesOn(ctx, v, p.ref))
	if len(options) == 0 {
		return c.instead(p, VerbUpdate, "modal.no_older", "ref", inCode(p.ref.String()))
	}
	m := a.beginForm(v, c, p, s)
	c.field(secret.FieldVersion, "").askOne(options, "")
	c.reason("")
	c.adopt(s)
	a.breakGlass(v, c, secret.Rollback, p.ref)
	return c.form(VerbRollback, m)
}

func (c *composer) rollbackOptions(s store.Sight, notes map[string]store.Line) []*slack.OptionBlockObject {
	var options []*slack.OptionBlockObject
	for _, v := range s.Versions {
		if v.State == store.StateEnabled && v.Number < s.Base && len(options) < optionsMax {
			options = append(options, c.versionOption(v, notes[v.Number.String()]))
		}
	}
	return options
}

func (c *composer) versionOption(v store.VersionInfo, note store.Line) *slack.OptionBlockObject {
	o := slack.NewOptionBlockObject(v.Number.String(), c.plain(optionMax, "form.version.option",
		"number", v.Number.String(), "day", v.Created.UTC().Format(time.DateOnly)), nil)
	switch {
	case note.SameAs != "":
		o.Description = c.plain(optionMax, "form.version.same", "bytes", note.Bytes, "same", note.SameAs)
	case note.Bytes != "":
		o.Description = c.plain(optionMax, "form.version.size", "bytes", note.Bytes)
	}
	return o
}

// notesOn is what the log tells of the versions of a secret :: version -> the line of its
// making. A log that can't be read only leaves the form with less to say.
func (a *App) notesOn(ctx context.Context, v viewer, ref secret.Ref) map[string]store.Line {
	lines, err := a.Sights.History(ctx, v.Person, ref, historyRead)
	if err != nil {
		a.Logger.Warn("sizes of versions not read", "reason", err)
	}
	notes := make(map[string]store.Line)
	for _, l := range lines {
		if l.Version != "" {
			notes[l.Version] = cmp.Or(notes[l.Version], l)
		}
	}
	return notes
}
