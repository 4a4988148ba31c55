package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"secretstore/internal/emulator/workspace"
	"secretstore/internal/wording"
)

// submission is one form that a person sent, once or several times.
type submission struct {
	ref      string // env/name
	value    string // typed, and unlike every other
	times    int    // how often it was sent
	accepted bool   // Slack got the app's word that it is recorded
	refused  bool   // the form came back with errors: nothing was recorded
}

// crowd are people who create and update secrets through the app's own forms, all at the
// same time, and who send a form again when the app did not answer, as people do.
type crowd struct {
	stage    *stage
	answered atomic.Int64 // commands and submissions that the app took

	mu   sync.Mutex
	sent map[string]submission // :: view id
}

// Who works, and on what. Half of the work is on secrets that all share, so that people
// race each other there.
const (
	crowdSize     = 16
	sharedSecrets = 4
)

// run lets everybody work until ctx ends; it returns when the last one has gone.
func (c *crowd) run(ctx context.Context, seed uint64) {
	var people sync.WaitGroup
	for n := range crowdSize {
		id := fmt.Sprintf("U0CROWD%02d", n)
		c.stage.slack.SetUser(workspace.User{ID: id, Name: strings.ToLower(id)})
		people.Go(func() {
			c.work(ctx, c.stage.slack.Person(id), mathrand.New(mathrand.NewPCG(seed, uint64(n))))
		})
	}
	people.Wait()
}

func (c *crowd) work(ctx context.Context, p *workspace.Person, random *mathrand.Rand) {
	var own []string
	for ctx.Err() == nil {
		shared := fmt.Sprintf("dev/shared-%d", random.IntN(sharedSecrets))
		fresh := strings.ToLower(fmt.Sprintf("dev/%s-%d", p.ID(), len(own)))
		switch n := random.IntN(8); {
		case n == 0:
			c.ask(ctx, p, "create", shared)
		case n < 4:
			c.ask(ctx, p, "update", shared)
		case n < 6 && len(own) > 0:
			c.ask(ctx, p, "update", own[random.IntN(len(own))])
		default:
			c.ask(ctx, p, "create", fresh)
			own = append(own, fresh)
		}
	}
}

// ask brings one form from the command to the app's last word about it.
func (c *crowd) ask(ctx context.Context, p *workspace.Person, verb, ref string) {
	for p.View() != nil {
		_ = p.CloseView(ctx) // an app that is not there can't be told
	}
	if _, err := p.Command(ctx, "/secret", verb+" "+ref); err != nil {
		pause(ctx)
		return
	}
	c.answered.Add(1)
	view := awaitPage(ctx, p)
	s := submission{ref: ref, value: "typed-" + rand.Text()}
	if view == nil || !fillIn(p, view, s.value) {
		return // the app went away before the form came, or there is nothing to fill in
	}
	for ctx.Err() == nil {
		s.times++
		c.note(view.ID, s)
		done, err := p.SubmitView(ctx)
		if _, unanswered := errors.AsType[*workspace.NotAnsweredError](err); unanswered || asksAgain(done) {
			pause(ctx)
			continue
		}
		if err == nil {
			c.answered.Add(1)
			s.accepted, s.refused = len(done.Errors) == 0, len(done.Errors) > 0
			c.note(view.ID, s)
		}
		return
	}
}

// fillIn fills in the form; false when it is none.
func fillIn(p *workspace.Person, form *workspace.View, value string) bool {
	if _, ok := form.Field("value"); !ok || p.Fill("value", value) != nil {
		return false
	}
	if box, ok := form.Field("adopt"); ok {
		return p.Tick("adopt", box.Options[0].Value) == nil
	}
	return true
}

// asksAgain reports whether the form came back with the request to send it once more.
func asksAgain(done workspace.Submission) bool {
	for _, text := range done.Errors {
		if text == wording.English().Say("form.error.unknown") {
			return true
		}
	}
	return false
}

func (c *crowd) note(view string, s submission) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[view] = s
}

// awaitPage waits until the app has loaded a page into the window, but not for long; nil
// is a page that did not come.
func awaitPage(ctx context.Context, p *workspace.Person) *workspace.View {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	loading := wording.English().Say("modal.loading")
	view, err := p.AwaitView(ctx, func(v *workspace.View) bool { return !strings.Contains(v.Text(), loading) })
	if err != nil {
		return nil
	}
	return view
}

// pause is how long a person looks at an error.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(50 * time.Millisecond):
	}
}
