package audit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/audit"
)

// TestVerifyFindsEveryForgery writes to the database behind the log's back, one thing at
// a time, and expects the record at fault by its number.
func TestVerifyFindsEveryForgery(t *testing.T) {
	now := newClock()
	leafAt := func(at time.Time) []byte {
		r := audit.Record{Seq: 4, Time: at, Event: audit.EventApplied, Environment: "prod", Secret: "payments-key"}
		leaf, _ := r.Leaf()
		return leaf
	}
	leaf, early := leafAt(now.read()), leafAt(now.read().Add(-time.Second))
	forged := tlog.RecordHash(leaf)
	for name, c := range map[string]struct {
		statements []statement
		want       audit.Damage
	}{
		"another leaf": {
			[]statement{{"UPDATE record SET leaf = $1, salt = $2, reason = '' WHERE seq = 4", []any{leaf, []byte{}}}},
			audit.Damage{Seq: 4, Code: audit.DamageHash}},
		"another leaf with its hash": {
			[]statement{
				{"UPDATE record SET leaf = $1, salt = $2, reason = '' WHERE seq = 4", []any{leaf, []byte{}}},
				{"UPDATE tlog_hash SET hash = $1 WHERE idx = $2", []any{forged[:], tlog.StoredHashIndex(0, 3)}},
			}, audit.Damage{Seq: 4, Code: audit.DamageHash}},
		"an earlier time": {
			[]statement{{"UPDATE record SET leaf = $1, salt = $2, reason = '' WHERE seq = 4", []any{early, []byte{}}}},
			audit.Damage{Seq: 4, Code: audit.DamageTime}},
		"a leaf that is none": {
			[]statement{{"UPDATE record SET leaf = $1 WHERE seq = 4", []any{[]byte("x")}}},
			audit.Damage{Seq: 4, Code: audit.DamageLeaf}},
		"another record's leaf": {
			[]statement{{"UPDATE record SET leaf = (SELECT leaf FROM record WHERE seq = 2) WHERE seq = 4", nil}},
			audit.Damage{Seq: 4, Code: audit.DamageLeaf}},
		"a record taken out": {
			[]statement{{"DELETE FROM record WHERE seq = 4", nil}},
			audit.Damage{Seq: 4, Code: audit.DamageMissing}},
		"the last record taken out": {
			[]statement{{"DELETE FROM record WHERE seq = 6", nil}},
			audit.Damage{Seq: 6, Code: audit.DamageMissing}},
		"another reason": {
			[]statement{{"UPDATE record SET reason = 'harmless' WHERE seq = 4", nil}},
			audit.Damage{Seq: 4, Code: audit.DamageReason}},
		"a reason beside an erased salt": {
			[]statement{{"UPDATE record SET salt = $1 WHERE seq = 4", []any{[]byte{}}}},
			audit.Damage{Seq: 4, Code: audit.DamageReason}},
		"a record filed under another secret": {
			[]statement{{"UPDATE record SET ref = 'dev/other' WHERE seq = 4", nil}},
			audit.Damage{Seq: 4, Code: audit.DamageIndex}},
		"an inner hash": {
			[]statement{{"UPDATE tlog_hash SET hash = $1 WHERE idx = $2", []any{forged[:], tlog.StoredHashIndex(2, 0)}}},
			audit.Damage{Seq: 4, Code: audit.DamageHash}},
		"a hash taken out": {
			[]statement{{"DELETE FROM tlog_hash WHERE idx = $1", []any{tlog.StoredHashIndex(0, 3)}}},
			audit.Damage{Seq: 4, Code: audit.DamageHash}},
		"a checkpoint under another size": {
			[]statement{{"UPDATE checkpoint SET size = 5", nil}},
			audit.Damage{Seq: 5, Code: audit.DamageCheckpoint}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, url string) {
				l := open(t, url, now.set)
				signer, _ := newSigner(t, l.Origin())
				for n := range 6 {
					submit(t, l, n)
				}
				if _, err := l.Checkpoint(t.Context(), signer); err != nil {
					t.Fatal(err)
				}
				whole(t, l, 6)
				for _, s := range c.statements {
					tamper(t, url, s.text, s.args...)
				}
				err := l.Verify(t.Context())
				if got, ok := errors.AsType[*audit.Damage](err); !ok || *got != c.want {
					t.Errorf("got %v, want %v", err, &c.want)
				}
			})
		})
	}
}

type statement struct {
	text string
	args []any
}

// TestVerifyFindsARewrittenHistory forges a whole consistent log: only a checkpoint tells.
func TestVerifyFindsARewrittenHistory(t *testing.T) {
	url := sqliteURL(t)
	l := open(t, url)
	signer, _ := newSigner(t, l.Origin())
	submit(t, l, 1)
	old, err := l.Checkpoint(t.Context(), signer)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"DELETE FROM record", "DELETE FROM tlog_hash", "DELETE FROM change", "UPDATE chain SET seq = 0, time_ms = 0",
	} {
		tamper(t, url, text)
	}
	submit(t, l, 2)
	err = l.Verify(t.Context())
	if got, ok := errors.AsType[*audit.Damage](err); !ok || *got != (audit.Damage{Seq: old.Size, Code: audit.DamageCheckpoint}) {
		t.Errorf("got %v, want checkpoint 1 to differ", err)
	}
}

func TestVerifyHoldsAfterReasonsWereErased(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		submit(t, l, 1)
		tamper(t, url, "UPDATE record SET reason = '', salt = $1", []byte{})
		whole(t, l, 1)
		records, err := l.Records(t.Context(), 1, 1)
		if err != nil || records[0].Reason != "" || len(records[0].ReasonHash) != 64 {
			t.Errorf("reason %q, reason_hash %q (%v)", records[0].Reason, records[0].ReasonHash, err)
		}
	})
}

func TestEqualReasonsAreNotSeenToBeEqual(t *testing.T) {
	l := open(t, sqliteURL(t))
	r := audit.Record{Event: audit.EventExternal, Reason: "rotation"}
	if err := l.Append(t.Context(), r, r); err != nil {
		t.Fatal(err)
	}
	records, err := l.Records(t.Context(), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	_, first, _ := strings.Cut(records[0].ReasonHash, ":")
	_, second, _ := strings.Cut(records[1].ReasonHash, ":")
	if first == second {
		t.Errorf("both have the hash %s: a guess at one is a guess at all", first)
	}
}

// TestProvenReadsWhatWasHashed: every page of it, wherever it begins.
func TestProvenReadsWhatWasHashed(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		for n := range 13 {
			submit(t, l, n)
		}
		for from := int64(1); from <= 15; from++ {
			for _, limit := range []int{1, 3, 500} {
				want, err := l.Records(t.Context(), from, limit)
				if err != nil {
					t.Fatal(err)
				}
				got, err := l.Proven(t.Context(), from, limit)
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
					t.Errorf("%d from %d (-want +got), %v:\n%s", limit, from, err, diff)
				}
			}
		}
	})
}

// TestProvenReadsNothingElse: what was changed is found by whoever reads it, and by the
// page that lacks it.
func TestProvenReadsNothingElse(t *testing.T) {
	for statement, want := range map[string]audit.DamageCode{
		"UPDATE record SET leaf = (SELECT leaf FROM record WHERE seq = 2) WHERE seq = 6":       audit.DamageLeaf,
		"UPDATE record SET ref = 'dev/other' WHERE seq = 6":                                    audit.DamageIndex,
		"DELETE FROM record WHERE seq = 6":                                                     audit.DamageMissing,
		"UPDATE tlog_hash SET hash = (SELECT hash FROM tlog_hash WHERE idx = 0) WHERE idx = 8": audit.DamageHash,
		"DELETE FROM tlog_hash WHERE idx = 8":                                                  audit.DamageHash,
	} {
		t.Run(statement, func(t *testing.T) {
			onBoth(t, func(t *testing.T, url string) {
				l := open(t, url)
				for n := range 6 {
					submit(t, l, n)
				}
				tamper(t, url, statement)
				for _, from := range []int64{3, 6} {
					_, err := l.Proven(t.Context(), from, 500)
					if got, ok := errors.AsType[*audit.Damage](err); !ok || *got != (audit.Damage{Seq: 6, Code: want}) {
						t.Errorf("from %d: got %v, want record 6: %s", from, err, want)
					}
				}
				if _, err := l.Proven(t.Context(), 1, 2); err != nil {
					t.Errorf("what comes before it: %v", err)
				}
			})
		})
	}
}
