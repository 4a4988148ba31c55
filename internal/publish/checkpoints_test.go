package publish_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
	emulator "secretstore/internal/emulator/sheets"
	"secretstore/internal/publish"
)

// signer makes a key for the log and its verifier.
func (w *world) signer() (note.Signer, note.Verifier) {
	w.t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, w.log.Origin())
	if err != nil {
		w.t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		w.t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		w.t.Fatal(err)
	}
	return signer, verifier
}

// checkpointsFor runs the checkpoints of one process for d.
func (w *world) checkpointsFor(d time.Duration, s note.Signer, owner string) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		publish.NewCheckpoints(publish.CheckpointsOptions{
			Log: w.log, Signer: s, Sheet: w.sheet, Spreadsheet: spreadsheets[0], Owner: owner,
		}).Run(ctx)
	}()
	time.Sleep(d)
	cancel()
	<-done
}

func TestCheckpointsVouchForTheLog(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		signer, verifier := w.signer()
		w.checkpointsFor(3*time.Minute, signer, "first") // an empty log has none
		w.record(5)
		w.checkpointsFor(5*time.Minute, signer, "first") // and an unchanged one no second
		w.record(7)
		w.checkpointsFor(10*time.Minute, signer, "second") // another process goes on

		rows := w.server.Hand().Rows(spreadsheets[0], "checkpoints")
		if len(rows) != 3 || rows[1][0] != "5" || rows[2][0] != "12" {
			t.Fatalf("rows of the tab: %v", rows)
		}
		for _, row := range rows[1:] {
			opened, err := note.Open([]byte(row[2]), note.VerifierList(verifier))
			if err != nil {
				t.Fatalf("the note of size %s does not verify: %v", row[0], err)
			}
			c, ok := audit.ParseCheckpoint(row[2])
			if !ok || opened.Text == "" || c.Root.String() != row[1] {
				t.Errorf("the note of size %s is no checkpoint, or its root is not the one shown", row[0])
			}
			if err := w.log.Extends(t.Context(), c); err != nil {
				t.Errorf("the log does not extend its checkpoint of size %s: %v", row[0], err)
			}
		}
	})
}

func TestACheckpointIsNeverWrittenOverSomethingElse(t *testing.T) {
	inWorld(t, emulator.Options{}, func(t *testing.T, w *world) {
		signer, _ := w.signer()
		for range 2 { // the second makes room for more
			w.record(1)
			w.checkpointsFor(2*time.Minute, signer, "first")
		}
		if err := w.server.Hand().SetCell(spreadsheets[0], "checkpoints", "A4", "a person's note"); err != nil {
			t.Fatal(err)
		}
		w.record(1)
		w.checkpointsFor(10*time.Minute, signer, "first")
		if got := w.server.Hand().Cell(spreadsheets[0], "checkpoints", "A4"); got != "a person's note" {
			t.Errorf("the cell was overwritten with %q", got)
		}
	})
}
