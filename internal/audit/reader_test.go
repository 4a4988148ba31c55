package audit_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
)

// inspect opens a log to be looked at, beside whoever writes to it, and finds everything.
func inspect(t *testing.T, url string, signed func(string) bool) []audit.Finding {
	t.Helper()
	r, err := audit.OpenReader(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var found []audit.Finding
	var told []int64
	_, err = r.Inspect(t.Context(), audit.InspectOptions{
		Signed: signed,
		Found:  func(f audit.Finding) { found = append(found, f) },
		Record: func(r audit.Record) { told = append(told, r.Seq) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if whole := int64(len(told)) == r.Size(); !slices.IsSorted(told) || found == nil && !whole {
		t.Errorf("of %d records, told of %v", r.Size(), told)
	}
	return found
}

// TestInspectFindsAll: every contradiction, each once, whatever comes after it.
func TestInspectFindsAll(t *testing.T) {
	forged := tlog.RecordHash([]byte("forged"))
	leaf := func(of int64, secret string) []byte {
		r := audit.Record{Seq: of, Time: newClock().read().AddDate(0, 0, 1), Event: audit.EventApplied, Environment: "prod", Secret: secret}
		bytes, _ := r.Leaf()
		return bytes
	}
	for name, c := range map[string]struct {
		statements []statement
		want       []audit.Finding
	}{
		"nothing": {nil, nil},
		"two leaves, the first with a time of the future": {
			[]statement{
				{"UPDATE record SET leaf = $1, salt = $2, reason = '' WHERE seq = 4", []any{leaf(4, "payments-key"), []byte{}}},
				{"UPDATE record SET leaf = $1, salt = $2, reason = '' WHERE seq = 9", []any{leaf(9, "other"), []byte{}}},
			},
			[]audit.Finding{{4, 4, audit.DamageHash}, {9, 9, audit.DamageIndex}}},
		"a leaf with its hash": {
			[]statement{
				{"UPDATE record SET leaf = $1, salt = $2, reason = '' WHERE seq = 5", []any{leaf(5, "payments-key"), []byte{}}},
				{"UPDATE tlog_hash SET hash = $1 WHERE idx = $2", []any{hashOf(leaf(5, "payments-key")), tlog.StoredHashIndex(0, 4)}},
			},
			[]audit.Finding{{6, 6, audit.DamageTime}, {5, 6, audit.DamageHash}}},
		"an inner hash": {
			[]statement{{"UPDATE tlog_hash SET hash = $1 WHERE idx = $2", []any{forged[:], tlog.StoredHashIndex(2, 0)}}},
			[]audit.Finding{{1, 4, audit.DamageHash}, {1, 8, audit.DamageHash}, {6, 6, audit.DamageCheckpoint}}},
		"records and hashes taken out": {
			[]statement{
				{"DELETE FROM record WHERE seq IN (3, 4, 5, 12)", nil},
				{"DELETE FROM tlog_hash WHERE idx IN ($1, $2)", []any{tlog.StoredHashIndex(0, 6), tlog.StoredHashIndex(0, 2)}},
			},
			[]audit.Finding{{3, 5, audit.DamageMissing}, {7, 7, audit.DamageHash}, {12, 12, audit.DamageMissing}}},
		"every record taken out": {
			[]statement{{"DELETE FROM record", nil}},
			[]audit.Finding{{1, 12, audit.DamageMissing}}},
		"a record after the last": {
			[]statement{{"UPDATE chain SET seq = 11", nil}},
			[]audit.Finding{{12, 12, audit.DamageBeyond}, {12, 12, audit.DamageShorter}}},
		"reasons": {
			[]statement{{"UPDATE record SET reason = 'harmless' WHERE seq IN (2, 10)", nil}},
			[]audit.Finding{{2, 2, audit.DamageReason}, {10, 10, audit.DamageReason}}},
		"checkpoints": {
			[]statement{
				{"UPDATE checkpoint SET note = 'x' WHERE size = 6", nil},
				{"UPDATE checkpoint SET note = REPLACE(note, $1, 'forger') WHERE size = 12", []any{"secretstore"}},
			},
			[]audit.Finding{{6, 6, audit.DamageCheckpoint}, {12, 12, audit.DamageSignature}}},
		"erased reasons": {
			[]statement{{"UPDATE record SET reason = '', salt = $1", []any{[]byte{}}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, url string) {
				l := open(t, url, newClock().set)
				signer, _ := newSigner(t, l.Origin())
				for n := range 12 {
					submit(t, l, n)
					if n == 5 || n == 11 {
						if _, err := l.Checkpoint(t.Context(), signer); err != nil {
							t.Fatal(err)
						}
					}
				}
				for _, s := range c.statements {
					tamper(t, url, s.text, s.args...)
				}
				signed := func(note string) bool { return strings.HasPrefix(note, l.Origin()) }
				if diff := cmp.Diff(c.want, inspect(t, url, signed)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func hashOf(leaf []byte) []byte {
	hash := tlog.RecordHash(leaf)
	return hash[:]
}

func TestAReaderMakesNothing(t *testing.T) {
	file := t.TempDir() + "/none.db"
	for name, url := range map[string]string{"SQLite": "sqlite:" + file, "PostgreSQL": pgtest.URL(t)} {
		_, err := audit.OpenReader(t.Context(), url)
		fault, ok := errors.AsType[*audit.StartFault](err)
		if !ok || fault.Code != audit.StartNoLog {
			t.Errorf("%s: %v, want that there is no log", name, err)
		}
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.OpenReader(t.Context(), "sqlite:"+file); err == nil {
		t.Error("an empty file was taken for a log")
	}
	if info, err := os.Stat(file); err != nil || info.Size() != 0 {
		t.Errorf("the empty file has changed: %v", err)
	}
}

// TestAReaderReadsAFileThatNobodyWritesTo: a log that was closed, whose folder may not be written.
func TestAReaderReadsAFileThatNobodyWritesTo(t *testing.T) {
	url := sqliteURL(t)
	l := open(t, url)
	submit(t, l, 1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if found := inspect(t, url, nil); found != nil {
		t.Errorf("found %v", found)
	}
}

func TestAReaderReadsWhatIsReadable(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		for n := range 5 {
			submit(t, l, n)
		}
		tamper(t, url, "DELETE FROM record WHERE seq = 2")
		tamper(t, url, "UPDATE record SET leaf = $1 WHERE seq = 3", []byte("x"))
		r, err := audit.OpenReader(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		records, err := r.Readable(t.Context(), 1, 4)
		if err != nil || len(records) != 2 || records[0].Seq != 1 || records[1].Seq != 4 {
			t.Errorf("%v, %v", records, err)
		}
	})
}
