package slackapp

import (
	"context"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/wording"
)

// command answers what was typed after /secret. It never repeats it: a value typed by
// mistake is already in places we can't clean.
func (a *App) command(ctx context.Context, r Request) Response {
	c := &composer{say: a.language(r.UserID)}
	typed, wrong := parseCommand(r.Text)
	switch {
	case wrong != nil && a.isSlip(wrong):
		return c.slip(wrong)
	case wrong != nil:
		return c.card(wrong)
	case typed.verb == VerbHelp:
		c.help()
		return c.answer("help.title")
	}
	p := page{verb: typed.verb, ref: typed.ref, recipe: typed.recipe, part: typed.part, first: true}
	switch err := a.open(ctx, r, p); err {
	case nil:
		return Response{}
	case errBusy:
		return Response{Text: c.say.Say("transport.busy")}
	}
	return Response{Text: c.say.Say("command.not_opened")}
}

// isSlip reports whether a verb was mistyped and nothing else: what stands after it, if
// anything, is a name in an environment of ours. Anything else may be a value.
func (a *App) isSlip(m *misuse) bool {
	_, known := a.environment(m.ref.Environment)
	return m.kind == misuseVerb && m.meant != "" && !m.more && (m.ref.Name == "" || known)
}

// slip leads on to what was meant, without a fright.
func (c *composer) slip(m *misuse) Response {
	c.text("command.slip", "verb", string(m.meant))
	c.buttons(c.verbButton(m.meant, m.ref).WithStyle(slack.StylePrimary), c.verbButton(VerbHelp, secret.Ref{}))
	return c.answer("command.misuse.verb")
}

// card says what was not understood and how to go on. Whatever it was, it may have been a
// value.
func (c *composer) card(m *misuse) Response {
	key := "command.misuse." + wording.Key(m.kind)
	c.text(key)
	for _, f := range m.faults {
		c.text("command.fault", "fault", c.say.Fault(f))
	}
	c.text("command.exposed")
	if m.meant != "" {
		c.text("command.meant", "verb", string(m.meant))
		c.buttons(c.verbButton(m.meant, m.ref))
	}
	if m.kind == misuseVerb {
		c.help()
	}
	return c.answer(key)
}

// answer is a private message of the blocks so far, with a line for notifications.
func (c *composer) answer(line wording.Key) Response {
	return Response{Text: c.say.Say(line), Blocks: c.blocks}
}
