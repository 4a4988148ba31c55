package slackapp

import (
	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// deleteForm asks for the name once more: nobody deletes by a slip.
func (a *App) deleteForm(v viewer, c *composer, p page, s store.Sight) slack.ModalViewRequest {
	m := a.beginForm(v, c, p, s)
	c.text("form.delete.days", "days", store.TrashDays)
	c.field(secret.FieldConfirm, "").askText(textInput{limit: secret.MaxName})
	c.reason("")
	c.adopt(s)
	return c.form(VerbDelete, m)
}

// restoreForm takes a secret out of the trash.
func (a *App) restoreForm(v viewer, c *composer, p page, s store.Sight) slack.ModalViewRequest {
	m := a.beginForm(v, c, p, s)
	c.text("form.restore.until", "until", moment(s.Trashed))
	c.reason("")
	c.adopt(s)
	return c.form(VerbRestore, m)
}
