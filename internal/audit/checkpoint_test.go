package audit_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"secretstore/internal/audit"
)

func newSigner(t testing.TB, origin string) (note.Signer, note.Verifiers) {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return signer, note.VerifierList(verifier)
}

func TestCheckpointIsASignedNoteOfSizeAndRoot(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		l := open(t, url, now.set)
		signer, known := newSigner(t, l.Origin())
		if _, err := l.Checkpoint(t.Context(), signer); !errors.Is(err, audit.ErrEmpty) {
			t.Errorf("an empty log: got %v, want ErrEmpty", err)
		}
		submit(t, l, 1)
		submit(t, l, 2)
		c, err := l.Checkpoint(t.Context(), signer)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Open([]byte(c.Note), known)
		if err != nil {
			t.Fatalf("the public key does not open the note: %v", err)
		}
		if want := fmt.Sprintf("%s\n2\n%s\n", l.Origin(), treeHash(leaves(t, l))); signed.Text != want {
			t.Errorf("text\n got %q\nwant %q", signed.Text, want)
		}
		again, err := l.Checkpoint(t.Context(), signer)
		if diff := cmp.Diff(c, again); diff != "" || err != nil {
			t.Errorf("the same size again: %v\n%s", err, diff)
		}
		if !c.Time.Equal(now.read()) {
			t.Errorf("time %v, want the clock's", c.Time)
		}
	})
}

func TestCheckpointIsRefusedToAnotherLogsKey(t *testing.T) {
	l := open(t, sqliteURL(t))
	submit(t, l, 1)
	signer, _ := newSigner(t, "secretstore/another")
	if _, err := l.Checkpoint(t.Context(), signer); !errors.Is(err, audit.ErrOrigin) {
		t.Errorf("got %v, want ErrOrigin", err)
	}
}

func TestExtendsHoldsTheLogAgainstAnOutsideCheckpoint(t *testing.T) {
	l := open(t, sqliteURL(t))
	signer, _ := newSigner(t, l.Origin())
	for n := range 3 {
		submit(t, l, n)
	}
	good, err := l.Checkpoint(t.Context(), signer)
	if err != nil {
		t.Fatal(err)
	}
	submit(t, l, 3)
	longer, otherRoot, otherLog := good, good, good
	longer.Size = 5
	otherRoot.Root[0] ^= 1
	otherLog.Origin = "secretstore/another"
	for name, c := range map[string]struct {
		checkpoint audit.Checkpoint
		want       error
	}{
		"an earlier one of its own": {good, nil},
		"a longer log's":            {longer, &audit.Damage{Seq: 5, Code: audit.DamageShorter}},
		"another history's":         {otherRoot, &audit.Damage{Seq: 3, Code: audit.DamageCheckpoint}},
		"another log's":             {otherLog, audit.ErrOrigin},
	} {
		t.Run(name, func(t *testing.T) {
			got := l.Extends(t.Context(), c.checkpoint)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// FuzzParseCheckpoint: what parses is written exactly so again.
func FuzzParseCheckpoint(f *testing.F) {
	root := strings.Repeat("A", 43) + "="
	f.Add("secretstore/x\n1\n" + root + "\n\n— secretstore/x AAAA\n")
	f.Add("secretstore/x\n01\n" + root + "\n")
	f.Add("\n1\n" + root + "\n")
	f.Add("o\n1\n" + strings.Repeat("A", 42) + "B=\n")
	f.Fuzz(func(t *testing.T, signed string) {
		c, ok := audit.ParseCheckpoint(signed)
		if !ok {
			return
		}
		if want := fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root); !strings.HasPrefix(signed, want) {
			t.Errorf("%q was read as %q", signed, want)
		}
	})
}
