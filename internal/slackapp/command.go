package slackapp

import (
	"slices"
	"strings"
	"unicode"

	"secretstore/internal/secret"
)

// Verb is the first word of a command, and what a modal is for.
type Verb string

// The verbs. VerbStart is the command without a word.
const (
	VerbStart    Verb = "start"
	VerbCreate   Verb = "create"
	VerbUpdate   Verb = "update"
	VerbRollback Verb = "rollback"
	VerbDelete   Verb = "delete"
	VerbRestore  Verb = "restore"
	VerbShow     Verb = "show"
	VerbHistory  Verb = "history"
	VerbList     Verb = "list"
	VerbWhy      Verb = "why"
	VerbHelp     Verb = "help"
)

// verbs are the words that people may type, in the order of the help.
func verbs() []Verb {
	return []Verb{VerbCreate, VerbUpdate, VerbRollback, VerbDelete, VerbRestore,
		VerbShow, VerbHistory, VerbList, VerbWhy, VerbHelp}
}

// Verbs lists the words that people may type, in the order of the help.
func Verbs() []Verb { return verbs() }

// action is what the verb asks of the store; "" for those that only look.
func (v Verb) action() secret.Action {
	switch v {
	case VerbCreate, VerbUpdate, VerbRollback, VerbDelete, VerbRestore:
		return secret.Action(v)
	}
	return ""
}

// slashCommand is what was typed after /secret, understood.
type slashCommand struct {
	verb   Verb
	ref    secret.Ref    // either part may be missing
	recipe secret.Recipe // create … as RECIPE; "" for the ordinary form
	part   string        // list: the part of a name to look for
}

// misuse is why a command was not understood. It holds a verb and a valid name at most,
// nothing else of what was typed: that may be a secret.
type misuse struct {
	kind   misuseKind
	meant  Verb       // the nearest verb, "" for none
	ref    secret.Ref // a valid name that stood after it
	more   bool       // something else stood there
	faults []secret.Fault
}

type misuseKind string

const (
	misuseVerb   misuseKind = "verb"   // no verb
	misuseValue  misuseKind = "value"  // more than the verb takes, or it looks like a token
	misuseName   misuseKind = "name"   // no name
	misuseRecipe misuseKind = "recipe" // no recipe after "as"
)

// parseCommand reads `VERB [ENV/NAME or NAME] [as RECIPE]`. Exactly one of the results
// says something.
func parseCommand(text string) (slashCommand, *misuse) {
	words := strings.Fields(straighten(text))
	if len(words) == 0 {
		return slashCommand{verb: VerbStart}, nil
	}
	verb, args := Verb(strings.ToLower(words[0])), words[1:]
	switch {
	case looksLikeToken(text):
		return slashCommand{}, &misuse{kind: misuseValue, meant: VerbCreate}
	case !slices.Contains(verbs(), verb):
		return slashCommand{}, unknownVerb(string(verb), args)
	case len(args) > 0 && verb == VerbHelp:
		return slashCommand{verb: VerbHelp}, nil
	case len(args) > 1 && !(verb == VerbCreate && isAs(args)):
		return slashCommand{}, &misuse{kind: misuseValue, meant: verb}
	case len(args) == 0:
		return slashCommand{verb: verb}, nil
	}
	return withArguments(verb, args)
}

// isAs reports whether arguments are `NAME as RECIPE`.
func isAs(args []string) bool { return len(args) == 3 && strings.EqualFold(args[1], "as") }

func withArguments(verb Verb, args []string) (slashCommand, *misuse) {
	c := slashCommand{verb: verb}
	if len(args) == 3 {
		c.recipe = secret.Recipe(strings.ToLower(args[2]))
		if !c.recipe.Valid() {
			return slashCommand{}, &misuse{kind: misuseRecipe, meant: verb}
		}
	}
	if verb == VerbList {
		return listCommand(args[0])
	}
	ref, faults := secret.ParseRef(args[0])
	if len(faults) > 0 {
		return slashCommand{}, &misuse{kind: misuseName, meant: verb, faults: faults}
	}
	c.ref = ref
	return c, nil
}

// listCommand reads ENV/, ENV/PART or PART; a part that is an environment's name is taken
// as one when the list is made.
func listCommand(arg string) (slashCommand, *misuse) {
	c := slashCommand{verb: VerbList}
	env, part, both := strings.Cut(arg, "/")
	if !both {
		env, part = "", arg
	}
	var faults []secret.Fault
	if both {
		c.ref.Environment, faults = secret.ParseEnvironment(env)
	}
	if part != "" {
		name, nameFaults := secret.ParseName(part)
		c.part, faults = string(name), append(faults, nameFaults...)
	}
	if len(faults) > 0 {
		return slashCommand{}, &misuse{kind: misuseName, meant: VerbList, faults: faults}
	}
	return c, nil
}

// unknownVerb suggests the verb that was probably meant, with the name that was given.
func unknownVerb(word string, args []string) *misuse {
	m := &misuse{kind: misuseVerb, meant: nearest(word, verbs()), more: len(args) > 0}
	if isAs(args) && secret.Recipe(strings.ToLower(args[2])).Valid() {
		args = args[:1]
	}
	if m.meant != "" && len(args) == 1 {
		if ref, faults := secret.ParseRef(args[0]); len(faults) == 0 {
			m.ref, m.more = ref, false
		}
	}
	return m
}

// looksLikeToken asks what is asked of every text that others may read.
func looksLikeToken(text string) bool {
	return slices.ContainsFunc(secret.TextFaults(secret.FieldReason, text, secret.Value{}), func(f secret.Fault) bool {
		return f.Code == secret.CodeLooksLikeToken
	})
}

// straighten undoes what keyboards do to punctuation before Slack sees it: curly quotes,
// long dashes, spaces of other widths. Only names are typed in commands, so that nothing
// of value is changed. Quotes around an argument fall away.
func straighten(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("\"'`‘’‚‛“”„‟«»", r):
			return -1
		case strings.ContainsRune("‐‑‒–—―−", r):
			return '-'
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
}
