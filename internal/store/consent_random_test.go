package store_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// assembly is a council in which anything happens in any order. It remembers what was asked
// for; what is allowed to become of it is worked out from the records alone.
type assembly struct {
	*council
	asked   map[string]request // :: id of the change -> what was asked for
	ids     []string           // in order
	foreign map[secret.Ref]int // versions that somebody added by hand
	n       int
}

type request struct {
	store.Submission
	text   string
	quorum int
}

// TestAnyOrderOfRequestsVotesAndMishaps looks for an order in which something is applied
// that was not agreed to, or twice, or with other bytes.
func TestAnyOrderOfRequestsVotesAndMishaps(t *testing.T) {
	for engine, checks := range map[string]string{"SQLite": "12", "PostgreSQL": "4"} {
		t.Run(engine, func(t *testing.T) {
			must(t, flag.Set("rapid.checks", checks))
			must(t, flag.Set("rapid.nofailfile", "true"))
			rapid.Check(t, func(rt *rapid.T) {
				w := newAssembly(t, engine)
				rt.Repeat(map[string]func(*rapid.T){
					"":             w.invariants,
					"ask":          w.asks,
					"approve":      w.approves,
					"approve more": w.approves,
					"refuse":       w.refuses,
					"cancel":       w.cancels,
					"stop":         w.stops,
					"wait":         w.waits,
					"people":       w.people,
					"policy":       w.policy,
					"console":      w.byHand,
					"crash":        w.crashes,
					"forge":        w.forges,
				})
			})
		})
	}
}

func newAssembly(t *testing.T, engine string) *assembly {
	t.Helper()
	url := ""
	if engine == "PostgreSQL" {
		url = pgtest.URL(t)
	}
	w := newWorld
	if url != "" {
		w = func(t *testing.T) *world { return newWorldOn(t, url) }
	}
	return &assembly{council: councilOf(w(t)), asked: make(map[string]request), foreign: make(map[secret.Ref]int)}
}

var (
	refs     = rapid.SampledFrom([]secret.Ref{one, pay, held})
	everyone = rapid.SampledFrom([]secret.Person{carol, {Scope: "E0GRID", User: "W0CAROL"}, bob, dave, erin, lead})
)

func (w *assembly) asks(rt *rapid.T) {
	ref := refs.Draw(rt, "secret")
	if len(w.open()) >= store.MaxOpen {
		rt.Skip("enough is open")
	}
	w.n++
	text := fmt.Sprintf("the bytes of request %d", w.n)
	s := of(ref, create(text))
	if base := w.versions(ref); base > 0 {
		s = of(ref, update(secret.Version(base), text))
		if rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
			s = of(ref, remove(secret.Version(base)))
		}
	}
	w.keys++
	s.Key, s.Person = fmt.Sprintf("V-any-%d", w.keys), carol
	r, _, err := w.store.Submit(w.Context(), s)
	must(w.T, err)
	if r.Done == nil {
		return // refused or denied as things stand
	}
	<-r.Done
	w.ids = append(w.ids, r.Change.ID)
	w.asked[r.Change.ID] = request{s, text, map[secret.Ref]int{one: 1, held: 1, pay: 2}[ref]}
}

// any is a change that was asked for.
func (w *assembly) any(rt *rapid.T) string {
	if len(w.ids) == 0 {
		rt.Skip("nothing was asked for")
	}
	newest := w.ids[max(0, len(w.ids)-4):]
	return rapid.SampledFrom(newest).Draw(rt, "change")
}

func (w *assembly) click(rt *rapid.T, how func(*store.Store, store.Vote) (store.Verdict, error)) {
	id, person := w.any(rt), everyone.Draw(rt, "person")
	v := w.vote(id, person)
	v.Reason = "any"
	verdict, err := how(w.store, v)
	must(w.T, err)
	if verdict.Ended != nil {
		<-verdict.Ended
	}
}

func (w *assembly) approves(rt *rapid.T) {
	w.click(rt, func(s *store.Store, v store.Vote) (store.Verdict, error) { return s.Approve(w.Context(), v) })
}

func (w *assembly) refuses(rt *rapid.T) {
	w.click(rt, func(s *store.Store, v store.Vote) (store.Verdict, error) { return s.Refuse(w.Context(), v) })
}

func (w *assembly) cancels(rt *rapid.T) {
	w.click(rt, func(s *store.Store, v store.Vote) (store.Verdict, error) { return s.Cancel(w.Context(), v) })
}

func (w *assembly) stops(rt *rapid.T) {
	w.click(rt, func(s *store.Store, v store.Vote) (store.Verdict, error) { return s.Stop(w.Context(), v) })
}

func (w *assembly) waits(rt *rapid.T) {
	w.clock.skip(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 5 * time.Minute, 12 * time.Minute, 13 * time.Hour}).Draw(rt, "wait"))
	if rapid.Bool().Draw(rt, "patrol") {
		w.patrol()
	}
	w.store.Round(w.Context())
}

func (w *assembly) people(rt *rapid.T) {
	w.crowd.be(func(c *crowd) {
		switch rapid.IntRange(0, 4).Draw(rt, "people") {
		case 0:
			c.left[everyone.Draw(rt, "who").User] = true
		case 1:
			c.group = slices.DeleteFunc(slices.Clone(c.group), func(id string) bool { return id == bob.User })
		case 2:
			c.down = !c.down
		default:
			c.gather()
			c.down = false
		}
	})
}

func (w *assembly) policy(rt *rapid.T) {
	switch rapid.IntRange(0, 2).Draw(rt, "policy") {
	case 0:
		w.amend("{by: [security], count: 1}\n    hold", "{by: [leads], count: 1}\n    hold")
	case 1:
		w.amend("rules:", "rules:\n  - {name: frozen, secrets: [\"prod/pay-*\"], do: [create, update, delete], who: anyone, deny: true}")
	default:
		w.decree(councilPolicy)
	}
}

func (w *assembly) byHand(rt *rapid.T) {
	ref := refs.Draw(rt, "secret")
	name := string(ref.Name)
	staged := w.stagings()
	switch rapid.IntRange(0, 2).Draw(rt, "console") {
	case 0:
		if _, err := w.console.AddVersion("acme-prod", name, []byte("by hand")); err == nil {
			w.foreign[ref]++
		}
	case 1:
		if len(staged) > 0 {
			must(w.T, w.console.Delete("acme-prod", staged[0]))
		}
	default:
		_ = w.console.SetAnnotations("acme-prod", name, map[string]string{"a": fmt.Sprint(w.n)})
	}
}

// crashes lets the next process that comes to a point do nothing more, and another take over.
func (w *assembly) crashes(rt *rapid.T) {
	points := []string{"Advance applying", "Update", "Create", "Add", "SetState", "Advance applied", "Advance held", "Advance staged"}
	point := rapid.SampledFrom([]string{"before ", "after "}).Draw(rt, "when") + rapid.SampledFrom(points).Draw(rt, "point")
	w.hooks.clear()
	id := w.any(rt)
	v, done := w.vote(id, dave), make(chan struct{})
	w.hooks.crash(point)
	go func() {
		defer close(done)
		if verdict, err := w.store.Approve(w.Context(), v); err == nil && verdict.Ended != nil {
			<-verdict.Ended
		}
	}()
	<-done
	w.hooks.clear()
	w.takeOver()
}

func (w *assembly) forges(rt *rapid.T) {
	id := w.any(rt)
	state := rapid.SampledFrom([]string{"staged", "held", "requested", "applying", "unknown"}).Draw(rt, "state")
	w.forge(`UPDATE change SET state = $1, watched = 1, due_ms = 0, lease_ms = 0 WHERE id = $2`, state, id)
	w.store.Round(w.Context())
}

// invariants hold after every step.
func (w *assembly) invariants(rt *rapid.T) {
	applied := w.applied(rt)
	for _, ref := range []secret.Ref{one, pay, held} {
		var want []string
		for _, id := range applied {
			if r := w.asked[id]; r.Ref == ref && r.Action.CarriesValue() {
				want = append(want, r.text)
			}
		}
		var got []string
		for n := range w.versions(ref) {
			if text := w.payload(ref, int64(n+1)); text != "by hand" {
				got = append(got, text)
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%s has the versions %q, of which %q were agreed to: %v", ref, got, want, w.lines())
		}
	}
}

// applied are the changes that the log says were applied, each once and by a quorum of
// others, in order.
func (w *assembly) applied(rt *rapid.T) (ids []string) {
	agreed := make(map[string][]string) // :: id -> who agreed
	as := make(map[string]string)       // :: id -> version
	for _, r := range w.records() {
		switch {
		case r.Event == audit.EventApproved:
			if strings.HasSuffix(r.DecidedBy, carol.User) || slices.Contains(agreed[r.Change], r.DecidedBy) {
				rt.Fatalf("%s counted as consent of %s: %v", r.DecidedBy, r.Change, w.lines())
			}
			agreed[r.Change] = append(agreed[r.Change], r.DecidedBy)
		case r.Event == audit.EventApplied:
			if version, known := as[r.Change]; known && version == r.Version {
				continue // its row was set back, and the same version found once more
			} else if known {
				rt.Fatalf("%s was applied twice: %v", r.Change, w.lines())
			}
			as[r.Change] = r.Version
			if len(agreed[r.Change]) < max(1, w.asked[r.Change].quorum) {
				rt.Fatalf("%s was applied with the consent of %v: %v", r.Change, agreed[r.Change], w.lines())
			}
			ids = append(ids, r.Change)
		}
	}
	return ids
}
