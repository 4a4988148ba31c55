package slackapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// suggest answers a search while it is typed: names that the person may view, and none
// for anyone who may not use the app.
func (a *App) suggest(ctx context.Context, r Request) []*slack.OptionBlockObject {
	if r.Action.BlockID != string(secret.FieldName) || r.View == nil {
		return nil
	}
	v, c, refusal := a.meet(ctx, r.UserID)
	if refusal != nil || a.Looks.Take(v.Person) != nil {
		return nil
	}
	env, part := a.narrow(typedRef(r.View).Environment, strings.TrimSpace(r.Query))
	entries, _ := a.Sights.List(v.Person, env, part, optionsMax)
	var options []*slack.OptionBlockObject
	for _, e := range entries[:min(len(entries), optionsMax)] {
		options = append(options, c.entryOption(e))
	}
	return options
}

// narrow reads a query such as "prod/pay" or "pay".
func (a *App) narrow(env secret.Environment, query string) (secret.Environment, string) {
	if before, part, both := strings.Cut(query, "/"); both {
		if known, ok := a.environment(secret.Environment(before)); ok {
			return known.Name, part
		}
	}
	return env, query
}

func (c *composer) entryOption(e store.Entry) *slack.OptionBlockObject {
	ref := secret.Ref{Environment: e.Environment, Name: e.Name}
	text := ref.String()
	if isProduction(e.Environment) {
		text = c.say.Say("form.search.production", "ref", text)
	}
	return slack.NewOptionBlockObject(optionValue(ref), plainText(text, optionMax), nil)
}

// refHash is how much of a hash stands for the rest of a name that is too long for an option.
const refHash = 16

// optionValue names a secret within Slack's 75 characters: long names are cut and told
// apart by a hash.
func optionValue(ref secret.Ref) string {
	text := ref.String()
	if utf8.RuneCountInString(text) <= optionMax {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return text[:optionMax-1-2*refHash] + "#" + hex.EncodeToString(sum[:refHash])
}

// refOfOption is the secret that an option's value names, if the person may view it.
func (a *App) refOfOption(v viewer, value string) (secret.Ref, bool) {
	text, _, long := strings.Cut(value, "#")
	ref, faults := secret.ParseRef(text)
	if len(faults) > 0 || ref.Environment == "" {
		return secret.Ref{}, false
	}
	if !long {
		return ref, true
	}
	entries, _ := a.Sights.List(v.Person, ref.Environment, string(ref.Name), longNames)
	for _, e := range entries {
		if whole := (secret.Ref{Environment: e.Environment, Name: e.Name}); optionValue(whole) == value {
			return whole, true
		}
	}
	return secret.Ref{}, false
}

// longNames is how many names with one beginning of 42 characters are looked through.
const longNames = 10_000
