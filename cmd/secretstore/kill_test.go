package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/sheets"
)

// killSeed is the environment variable that repeats the random choices of a run. What the
// machine makes of them differs from run to run.
const killSeed = "SECRETSTORE_KILL_SEED"

const (
	// killsPerEngine is how many processes at work have to die.
	killsPerEngine = 25
	// recoverWithin bounds the last recovery. Nothing in the app is set for the test: a
	// dead owner's lease lasts 30 s, an Add that was not answered is looked for until two
	// minutes after its own limit of 30 s, and looks are up to 10 s apart.
	recoverWithin = 5 * time.Minute
)

// engines are the databases that every proof is made on :: name -> a fresh one, "" for
// the stage's own.
func engines() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"SQLite":     func(testing.TB) string { return "" },
		"PostgreSQL": pgtest.URL,
	}
}

// TestKill kills the app with SIGKILL at random moments while sixteen people work with it and
// the services around it misbehave, again and again on one database. After the last
// recovery the people, the log, Secret Manager and the sheet must tell one story.
func TestKill(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(killSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s has to be a number", killSeed)
		}
	}
	for name, database := range engines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Logf("repeat with %s=%d", killSeed, seed)
			s, url := killStage(t, database(t))
			c := &crowd{stage: s, sent: make(map[string]submission)}
			besiege(t, s, c, seed)
			s.calm()
			e := recovered(t, s, url)
			e.sent = c.sent
			for _, contradiction := range e.contradictions() {
				t.Error(contradiction)
			}
			e.tellWhatWasHit(t)
		})
	}
}

// killStage starts the app on a database; "" is the stage's own.
func killStage(t *testing.T, url string) (s *stage, database string) {
	t.Helper()
	dir := t.TempDir()
	if url == "" {
		url = "sqlite:" + filepath.Join(dir, stageDatabase)
	}
	s, err := newStage(stageOptions{
		dir: dir, load: true, program: []string{os.Args[0], "serve"}, settings: []string{asMain + "=1", envDatabase + "=" + url},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := s.start(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, s.logged())
	}
	return s, url
}

// besiege kills and restarts the app until enough processes died at work, then lets the
// people go home.
func besiege(t *testing.T, s *stage, c *crowd, seed uint64) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		c.run(ctx, seed)
	}()
	defer func() { leave(); <-gone }()
	random := rand.New(rand.NewPCG(seed, crowdSize))
	for kills := 0; kills < killsPerEngine; {
		before := c.answered.Load()
		s.misbehave(random)
		time.Sleep(time.Duration(min(random.ExpFloat64(), 4) * float64(time.Second))) // the moment is the test's input
		worked := c.answered.Load() > before
		s.kill()
		status, _ := s.child.ProcessState.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != syscall.SIGKILL {
			t.Fatalf("the app ended by itself: %v\n%s", s.child.ProcessState, s.logged())
		}
		if worked {
			kills++
		}
		if err := s.start(t.Context()); err != nil {
			t.Fatalf("after %d kills: %v\n%s", kills, err, s.logged())
		}
	}
}

// misbehave lets some of the next calls fail in the ways that leave the app in doubt.
func (s *stage) misbehave(random *rand.Rand) {
	doubts := []faults.Kind{faults.Lose, faults.Cut, faults.Drop, faults.Late, faults.Slow, faults.Slow}
	for _, plan := range []struct {
		of      *faults.Plan
		methods []string
	}{
		{s.manager.Faults(), []string{"AddSecretVersion", "AddSecretVersion", "AddSecretVersion", "AddSecretVersion", "CreateSecret", "UpdateSecret"}},
		{s.sheet.Faults(), []string{"values.batchUpdate", "batchUpdate"}},
	} {
		for _, method := range plan.methods {
			kind := doubts[random.IntN(len(doubts))]
			plan.of.Add(faults.Fault{Method: method, Kind: kind, Times: 1, Delay: time.Duration(random.IntN(2000)) * time.Millisecond})
		}
	}
}

// calm ends what misbehave began.
func (s *stage) calm() {
	s.manager.Faults().Clear()
	s.sheet.Faults().Clear()
}

// recovered waits until every change has its outcome and every record its row, then asks
// the app to end and hears the witnesses.
func recovered(t *testing.T, s *stage, url string) evidence {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), recoverWithin)
	defer cancel()
	l, err := audit.Open(ctx, audit.Options{URL: url, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := until(ctx, func() error { return settled(ctx, l, s.sheet) }); err != nil {
		t.Errorf("not recovered: %v", err)
	}
	s.stop()
	if err := l.Verify(t.Context()); err != nil {
		t.Errorf("the log does not verify: %v", err)
	}
	e := evidence{rows: recordRows(s.sheet), versions: s.versions()}
	if e.changes, err = l.Find(t.Context(), audit.Query{Limit: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	if e.records, err = l.Records(t.Context(), 1, 1<<20); err != nil {
		t.Fatal(err)
	}
	return e
}

// settled says what is still missing.
func settled(ctx context.Context, l *audit.Log, sheet *sheets.Server) error {
	open, err := l.Find(ctx, audit.Query{States: []audit.Event{audit.EventRequested, audit.EventApplying, audit.EventUnknown}, Limit: 1 << 20})
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fmt.Errorf("%d changes have no outcome, the newest is %s: %s", len(open), open[0].ID, open[0].State)
	}
	size, err := l.Size(ctx)
	if err != nil {
		return err
	}
	if rows := int64(len(recordRows(sheet))); rows != size {
		return fmt.Errorf("the sheet has %d of %d records", rows, size)
	}
	return nil
}

// recordRows are the rows under the header.
func recordRows(sheet *sheets.Server) [][]string {
	rows := sheet.Hand().Rows(stageSheet, "audit-1")
	return rows[min(1, len(rows)):]
}

// versions are the bytes of every version in dev.
func (s *stage) versions() map[string][]string {
	all := make(map[string][]string)
	for _, view := range s.manager.Console().Secrets("acme-dev") {
		for _, v := range view.Versions {
			data, _ := s.manager.Console().Payload("acme-dev", view.ID, v.Number)
			all["dev/"+view.ID] = append(all["dev/"+view.ID], string(data))
		}
	}
	return all
}

// tellWhatWasHit says at which points of a change's life the kills and faults struck: a
// run that never struck any proves nothing.
func (e evidence) tellWhatWasHit(t *testing.T) {
	t.Helper()
	var again, applied, lost, found, notWritten, raced int
	for _, c := range e.changes {
		if e.sent[c.Key].times > 1 {
			again++
		}
	}
	doubted := make(map[string]bool)
	for _, r := range e.records {
		switch {
		case r.Event == audit.EventUnknown:
			doubted[r.Change] = true
		case strings.HasSuffix(r.Detail, ": value_lost"):
			lost++
		case strings.HasSuffix(r.Detail, ": not_written"):
			notWritten++
		case r.Event == audit.EventRaced:
			raced++
		case r.Event == audit.EventApplied && doubted[r.Change]:
			found++
		case r.Event == audit.EventApplied:
			applied++
		}
	}
	t.Logf("%d forms sent, %d recorded (%d sent more than once): %d applied, %d in doubt and found, %d in doubt and not written, %d raced, %d lost before the write",
		len(e.sent), len(e.changes), again, applied, found, notWritten, raced, lost)
	if applied == 0 || lost+notWritten == 0 || found == 0 {
		t.Error("the kills missed every point that matters")
	}
}
