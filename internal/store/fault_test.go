package store_test

import (
	"hash/crc32"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// quick lets the time in which a lost Add may still appear pass as soon as a change is
// unknown, once.
func (w *world) quick() {
	w.hooks.on("after Advance unknown", func() { w.clock.skip(3 * time.Minute) })
}

func TestWhateverBecomesOfAnAddIsFoundOut(t *testing.T) {
	rows := []struct {
		name     string
		fault    faults.Fault
		outcome  string
		versions int
	}{
		{"answered", faults.Fault{Method: "none"}, "applied", 1},
		{"done, and 503", faults.Fault{Kind: faults.Lose}, "applied", 1},
		{"done, and 500", faults.Fault{Kind: faults.Lose, Status: 500}, "applied", 1},
		{"done, and the connection cut", faults.Fault{Kind: faults.Cut}, "applied", 1},
		{"done after its deadline was told", faults.Fault{Kind: faults.Lose, Status: 504}, "applied", 1},
		{"not done, and 503", faults.Fault{Kind: faults.Refuse}, "failed: not_written", 0},
		{"not done, and the connection cut", faults.Fault{Kind: faults.Drop}, "failed: not_written", 0},
		{"not done within the deadline", faults.Fault{Kind: faults.Slow, Delay: time.Minute}, "failed: not_written", 0},
		{"over quota, then done", faults.Fault{Kind: faults.Refuse, Status: 429, Times: 3}, "applied", 1},
		{"denied", faults.Fault{Kind: faults.Refuse, Status: 403}, "failed: service_denied", 0},
		{"refused", faults.Fault{Kind: faults.Refuse, Status: 400}, "failed: service_invalid", 0},
		{"the secret is gone", faults.Fault{Kind: faults.Refuse, Status: 404}, "failed: service_not_found", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.quick()
			if row.fault.Kind == faults.Slow {
				w.store = w.replica("first", func(o *store.Options) { o.Call = time.Second })
			}
			if row.fault.Method == "" {
				row.fault.Method = "AddSecretVersion"
			}
			if row.fault.Times == 0 {
				row.fault.Times = 1
			}
			w.manager.Faults().Add(row.fault)
			c := w.ends(create("v"), row.outcome)
			if got := w.versions(db); got != row.versions || c.State == audit.EventApplied && c.Version != 1 {
				t.Errorf("%d versions, and the change says %d", got, c.Version)
			}
			if row.fault.Method != "none" && w.manager.Faults().Taken("AddSecretVersion") != row.fault.Times {
				t.Error("the fault did not happen")
			}
		})
	}
}

func TestAQuotaThatStaysExceededEndsAsAFailure(t *testing.T) {
	w := newWorld(t)
	w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Status: 429})
	w.hooks.on("after Add", func() { w.clock.skip(6 * time.Minute) })
	w.ends(create("v"), "failed: service_busy")
}

func TestMetadataThatWasWrittenWithoutAnAnswerIsNoRace(t *testing.T) {
	for _, method := range []string{"CreateSecret", "UpdateSecret"} {
		for _, kind := range []faults.Kind{faults.Lose, faults.Cut, faults.Refuse, faults.Drop} {
			t.Run(method+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.manager.Faults().Add(faults.Fault{Method: method, Kind: kind, Times: 1})
				w.applied(create("v"))
				w.applied(update(1, "w"))
				if w.manager.Faults().Taken(method) != 1 {
					t.Error("the fault did not happen")
				}
			})
		}
	}
}

// lostAdd submits a create of "mine" whose Add appears only after the delay, and returns
// when the person was told that its outcome is unknown.
func (w *world) lostAdd(ref secret.Ref, delay time.Duration) store.Receipt {
	w.Helper()
	w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Late, Delay: delay, Times: 1})
	r := w.start(of(ref, create("mine")))
	w.awaits(r.Change.ID, audit.EventUnknown)
	return r
}

func TestALateAddIsRecorded(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.T = t
		within := w.lostAdd(secret.Ref{Environment: "dev", Name: "soon"}, time.Minute)
		w.clock.skip(time.Minute + time.Second)
		<-within.Done
		if got := w.outcome(within.Change.ID); got != "applied" {
			t.Errorf("within the settling time: %q", got)
		}

		after := w.lostAdd(db, 30*time.Minute)
		w.clock.skip(3 * time.Minute)
		<-after.Done
		if got := w.outcome(after.Change.ID); got != "failed: not_written" {
			t.Errorf("after the settling time: %q", got)
		}
		for range 3 {
			w.clock.skip(11 * time.Minute)
			w.store.Round(t.Context())
		}
		c := w.change(after.Change.ID)
		if got := w.outcome(c.ID); got != "applied: late" || c.Version != 1 || w.versions(db) != 1 {
			t.Errorf("half an hour later: %q, version %d", got, c.Version)
		}
	})
}

func TestALateLookEndsAfterAnHour(t *testing.T) {
	w := newWorld(t)
	w.quick()
	w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Times: 1})
	c := w.ends(create("v"), "failed: not_written")
	for range 7 {
		if w.change(c.ID).Due.IsZero() {
			t.Fatal("it is not looked at any more before the hour is over")
		}
		w.clock.skip(11 * time.Minute)
		w.store.Round(t.Context())
		if c = w.change(c.ID); c.Due.IsZero() {
			break
		}
	}
	if !c.Due.IsZero() {
		t.Error("it is looked at for ever")
	}
	if got := w.outcome(c.ID); got != "failed: not_written" {
		t.Errorf("it is %q now", got)
	}
}

func TestTheSameBytesSentAgainBelongToTheSecondChange(t *testing.T) {
	w := newWorld(t)
	w.quick()
	w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Times: 1})
	first := w.ends(create("mine"), "failed: not_written")
	w.applied(create("mine"))
	w.clock.skip(11 * time.Minute)
	w.store.Round(t.Context())
	if got := w.outcome(first.ID); got != "failed: not_written" {
		t.Errorf("the first change claims the second's version: %q", got)
	}
}

func TestALateLookWaitsForAnOpenChange(t *testing.T) {
	w := newWorld(t)
	w.quick()
	w.manager.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Times: 1})
	first := w.ends(create("mine"), "failed: not_written")
	w.clock.skip(11 * time.Minute)
	added, proceed := make(chan struct{}), make(chan struct{})
	w.hooks.on("after Add", func() { close(added); <-proceed })
	second := w.start(create("mine"))
	<-added
	w.replica("other", nil).Round(t.Context())
	if got := w.outcome(first.ID); got != "failed: not_written" {
		t.Errorf("the first change claims the second's version: %q", got)
	}
	close(proceed)
	<-second.Done
	if got := w.outcome(second.Change.ID); got != "applied" {
		t.Errorf("the second change is %q", got)
	}
}

func TestAnotherWritersBytesAreNotAdopted(t *testing.T) {
	for name, theirs := range map[string][]byte{"other bytes": []byte("theirs"), "the same CRC32C": collide([]byte("mine"), "theirs")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.lostAdd(db, 30*time.Minute)
			_, err := w.console.AddVersion("acme-dev", "db-password", theirs)
			must(t, err)
			w.clock.skip(3 * time.Minute)
			<-r.Done
			if got := w.outcome(r.Change.ID); got != "raced: raced" {
				t.Errorf("outcome %q", got)
			}
			w.clock.skip(31 * time.Minute)
			w.store.Round(t.Context())
			w.store.Round(t.Context())
			if c := w.change(r.Change.ID); w.outcome(c.ID) != "applied: late" || c.Version != 2 || w.payload(db, 2) != "mine" {
				t.Errorf("our bytes appeared late as version 2: %q, version %d", w.outcome(c.ID), c.Version)
			}
		})
	}
}

// collide is text and four bytes more, with the CRC32C of want. The checksum is affine in
// those bytes, so that they solve 32 linear equations.
func collide(want []byte, text string) []byte {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := func(tail uint32) uint32 {
		return crc32.Checksum(append([]byte(text), byte(tail), byte(tail>>8), byte(tail>>16), byte(tail>>24)), table)
	}
	zero := sum(0)
	rest := crc32.Checksum(want, table) ^ zero
	var basis [32]struct{ effect, tail uint32 } // by the highest bit of the effect
	reduce := func(effect, tail uint32) (uint32, uint32) {
		for bit := 31; bit >= 0; bit-- {
			if effect>>bit&1 == 1 && basis[bit].effect != 0 {
				effect, tail = effect^basis[bit].effect, tail^basis[bit].tail
			}
		}
		return effect, tail
	}
	for i := range 32 {
		effect, tail := reduce(sum(1<<i)^zero, 1<<i)
		for bit := 31; bit >= 0; bit-- {
			if effect>>bit&1 == 1 {
				basis[bit].effect, basis[bit].tail = effect, tail
				break
			}
		}
	}
	_, tail := reduce(rest, 0)
	return append([]byte(text), byte(tail), byte(tail>>8), byte(tail>>16), byte(tail>>24))
}

func TestACollisionIsOne(t *testing.T) {
	a, table := []byte("mine"), crc32.MakeTable(crc32.Castagnoli)
	if b := collide(a, "theirs"); crc32.Checksum(a, table) != crc32.Checksum(b, table) {
		t.Errorf("%x and %x have different sums", a, b)
	}
}

func TestBytesThatChangedInMemoryAreNotWritten(t *testing.T) {
	w := newWorld(t)
	typed := []byte("as it was typed")
	s := create("")
	s.Value = secret.NewValue(typed)
	w.hooks.on("before Advance applying", func() { clear(typed) }) // by a caller that did not let go of them
	w.ends(s, "failed: not_as_approved")
	if got := w.states(db); got != "gone" {
		t.Errorf("versions %q", got)
	}
}

func TestAServiceThatIsDownIsToldOnTheForm(t *testing.T) {
	for status, code := range map[int]secret.Code{503: store.CodeServiceDown, 429: store.CodeServiceDown, 403: store.CodeServiceDeny} {
		w := newWorld(t)
		w.manager.Faults().Add(faults.Fault{Method: "GetSecret", Kind: faults.Refuse, Status: status, Times: 1})
		w.refused(create("v"), secret.Fault{Field: secret.FieldName, Code: code})
	}
}

func TestEveryCallOfAChangeBearsItsID(t *testing.T) {
	w := newWorld(t)
	w.seed(db)
	seeded := len(w.manager.Calls())
	for _, s := range []store.Submission{rollback(2, 1), remove(3), restore()} {
		id := w.applied(s).ID
		for _, call := range w.manager.Calls()[seeded:] {
			if call.Reason != id {
				t.Errorf("%s of %s bears %q", call.Method, s.Action, call.Reason)
			}
		}
		seeded = len(w.manager.Calls())
	}
}
