package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// model is what must be true of one secret after any sequence of changes, faults and
// crashes, when nobody else writes it.
type model struct {
	texts   []string // of version N at N-1
	trashed bool
}

// TestAnySequenceOfChangesFaultsAndCrashes checks that every request gets one outcome,
// that each applied change made exactly its own version, and that nothing else did.
func TestAnySequenceOfChangesFaultsAndCrashes(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m, dice := new(model), rand.New(rand.NewPCG(seed, seed))
			for n := range 40 {
				s := m.choose(dice, n)
				w.disturb(dice)
				w.keys++
				s.Key, s.Person = fmt.Sprintf("V-random-%d", w.keys), carol
				m.follow(w, s, fmt.Sprintf("text %d", n))
			}
		})
	}
}

// choose makes a submission that fits the secret as it should stand.
func (m *model) choose(dice *rand.Rand, n int) store.Submission {
	base := secret.Version(len(m.texts))
	text := fmt.Sprintf("text %d", n)
	switch {
	case m.trashed:
		return restore()
	case base == 0:
		return create(text)
	}
	switch dice.IntN(5) {
	case 0:
		return remove(base)
	case 1:
		if base > 1 {
			return rollback(base, 1+secret.Version(dice.Int64N(int64(base-1))))
		}
	}
	return update(base, text)
}

// disturb lets something go wrong, or nothing.
func (w *world) disturb(dice *rand.Rand) {
	w.manager.Faults().Clear()
	methods := []string{"AddSecretVersion", "UpdateSecret", "CreateSecret", "GetSecretVersion", "AccessSecretVersion", "DisableSecretVersion", "ListSecretVersions"}
	kinds := []faults.Kind{faults.Lose, faults.Refuse, faults.Cut, faults.Drop, faults.Stale}
	for range dice.IntN(3) {
		f := faults.Fault{Method: methods[dice.IntN(len(methods))], Kind: kinds[dice.IntN(len(kinds))], Times: 1}
		f.Status = []int{503, 500, 429}[dice.IntN(3)]
		if f.Status == 429 {
			f.Kind = faults.Refuse // over quota nothing is done
		}
		w.manager.Faults().Add(f)
	}
	points := []string{"Advance applying", "Update", "Add", "SetState", "Advance applied"}
	w.hooks.clear()
	w.quick()
	if point := dice.IntN(4 * len(points)); point < len(points) {
		w.hooks.crash([]string{"before ", "after "}[dice.IntN(2)] + points[point])
	}
}

// follow submits, lets whoever is left finish, and compares.
func (m *model) follow(w *world, s store.Submission, text string) {
	w.Helper()
	r, refused, err := w.store.Submit(w.Context(), s)
	must(w.T, err)
	if r.Done != nil {
		<-r.Done
	}
	w.manager.Faults().Clear()
	w.hooks.clear()
	w.takeOver()
	state := audit.EventFailed
	if len(refused) == 0 {
		w.outcome(r.Change.ID) // no more than one
		state = w.change(r.Change.ID).State
	}
	switch {
	case !state.Ends():
		w.Fatalf("%s has no outcome: %s", s.Action, state)
	case state == audit.EventRaced:
		w.Fatalf("%s raced with nobody: %v", s.Action, w.lines())
	case state == audit.EventApplied:
		m.apply(s, text)
	}
	m.compare(w, s, state)
}

func (m *model) apply(s store.Submission, text string) {
	switch s.Action {
	case secret.Create, secret.Update:
		m.texts = append(m.texts, text)
	case secret.Rollback:
		m.texts = append(m.texts, m.texts[s.Source-1])
	case secret.Delete:
		m.trashed = true
	case secret.Restore:
		m.trashed = false
	}
}

func (m *model) compare(w *world, s store.Submission, state audit.Event) {
	w.Helper()
	want := ""
	for range m.texts {
		want += map[bool]string{false: "e", true: "d"}[m.trashed]
	}
	if m.trashed {
		want += " trashed"
	}
	if got := w.states(db); got != want && !(got == "gone" && want == "") {
		w.Fatalf("after %s, which was %s: versions %q, want %q: %v", s.Action, state, got, want, w.lines())
	}
	for i, text := range m.texts {
		if got := w.payload(db, int64(i+1)); got != text {
			w.Fatalf("version %d holds %q, want %q", i+1, got, text)
		}
	}
}
