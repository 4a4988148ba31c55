package main

import (
	"context"
	"fmt"
	"testing"

	"secretstore/internal/emulator/faults"
)

func TestRecordsThatWaitForTheSheetAreCountedFromOutside(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false)
	waits := func(want int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := until(ctx, func() error {
			if got, err := p.backlog(ctx); err != nil || got != want {
				return fmt.Errorf("%d records wait (%v), want %d", got, err, want)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	waits(0)
	p.sheet.Faults().Add(faults.Fault{Method: "*", Kind: faults.Refuse})
	for _, line := range [][]string{
		{"as", "Carol"}, {"type", "/secret create dev/db-host"}, {"sees", "Create a secret", "Value"}, {"fill", "value", "db.example.internal"}, {"submit"}, {"told", "dev/db-host was created"},
	} {
		if err := p.play(t.Context(), line); err != nil {
			t.Fatalf("%v: %v", line, err)
		}
	}
	waits(3) // requested, applying, applied
	p.sheet.Faults().Clear()
	waits(0)
	p.kill()
	if n, err := p.backlog(t.Context()); err == nil {
		t.Errorf("an app that is down counts %d records", n)
	}
}
