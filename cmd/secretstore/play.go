package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/wording"
)

// player carries out the lines of a story, as the people in it would. A story is a text
// that somebody could have typed: one verb a line, '#' for what is told in between.
type player struct {
	*stage
	who       *workspace.Person
	name      string
	touched   []string          // the fields of the form in front that were filled in, by block id
	errors    map[string]string // on the fields of the form in front :: block id -> text
	clipboard string
	show      func(text string)
}

// stepWithin bounds one line of a story: longer than any wait that is right, which is the
// lease of a killed process.
const stepWithin = 75 * time.Second

// errStory is a line that can't be played as it is written.
var errStory = errors.New("no such line in a story")

// verb is one thing a line can say.
type verb struct {
	form string // for whoever writes a story
	args int    // at least
	play func(ctx context.Context, p *player, args []string) error
}

// verbs lists what lines can say :: verb -> what it does.
func verbs() map[string]verb {
	all := map[string]verb{
		"console": {"console create|label|add|disable|destroy|delete ENV/NAME ...", 2, playConsole},
		"group":   {"group USERGROUP USER...", 1, playGroup},
		"leaves":  {"leaves PERSON", 1, playLeaves},
		"join":    {"join CHANNEL USER...", 2, playJoin},
		"fault":   {"fault slack|manager|sheet METHOD KIND [TIMES] [STATUS|ERROR] [DELAY]", 3, playFault},
		"hit":     {"hit slack|manager|sheet METHOD", 2, playHit},
		"mend":    {"mend", 0, playMend},
		"crash":   {"crash", 0, playCrash},
		"quit":    {"quit", 0, playQuit},
		"start":   {"start", 0, playStart},
	}
	maps.Copy(all, formVerbs())
	maps.Copy(all, checkVerbs())
	maps.Copy(all, serviceVerbs())
	maps.Copy(all, policyVerbs())
	maps.Copy(all, metricVerbs())
	return all
}

// play carries out one line.
func (p *player) play(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, stepWithin)
	defer cancel()
	v, ok := verbs()[args[0]]
	if !ok {
		return fmt.Errorf("%w: %s; there are %s", errStory, args[0], strings.Join(slices.Sorted(maps.Keys(verbs())), " "))
	}
	if len(args)-1 < v.args {
		return fmt.Errorf("%w: write %s", errStory, v.form)
	}
	return v.play(ctx, p, args[1:])
}

// say shows the sentence "demo.KEY", whose placeholders are {who}, {a} and {b}.
func (p *player) say(key string, words ...string) {
	pairs := []string{"who", p.name}
	for i, word := range words {
		pairs = append(pairs, string(rune('a'+i)), word)
	}
	p.show(wording.English().Say(wording.Key("demo."+key), pairs...))
}

// projectOf finds project and secret of "env/name" on this stage.
func projectOf(ref string) (project, name string) {
	env, name, _ := strings.Cut(ref, "/")
	return "acme-" + env, name
}

// text is what a word of a story stands for: "\n" in it is a line break, and "@clipboard"
// the clipboard.
func (p *player) text(word string) string {
	return strings.ReplaceAll(strings.ReplaceAll(word, `\n`, "\n"), "@clipboard", p.clipboard)
}

// until asks again and again until the answer is nil or ctx ends; then it returns the
// last answer.
func until(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
