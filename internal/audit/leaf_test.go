package audit_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/audit"
)

// golden is a record with something in every cell.
func golden() audit.Record {
	return audit.Record{
		Seq: 42, Time: time.Date(2026, 11, 21, 9, 30, 0, 123_000_000, time.UTC),
		Event: audit.EventApplied, Change: "01jd7y3k5m8q2v4x6z9b1c3d5f",
		Actor: "Alice Ångström", ActorID: "T0ACME/U0ALICE", Environment: "prod", Secret: "payments-key",
		Version: "7", Recipe: "text", Bytes: "<16", Fingerprint: "k1:00112233445566778899aabbccddeeff",
		Reason:     "rotated\nafter the incident",
		ReasonHash: "73616c74:5a3f0c1e7d2b4a6988776655443322110f1e2d3c4b5a69788796a5b4c3d2e1f0",
		DecidedBy:  "U0BOB", Rule: "payments in production@9f86d081", Detail: "version 6 kept",
	}
}

// The vector was computed outside this program, from the words of the design alone; it
// may never change.
const (
	goldenLeaf = "73656372657473746f72652d7265636f72642d763102343218323032362d31312d32315430393a33303a30302e313233" +
		"5a076170706c6965641a30316a643779336b356d387132763478367a396231633364356610416c69636520c3856e6773" +
		"7472c3b66d0e543041434d452f5530414c4943450470726f640c7061796d656e74732d6b657901370474657874033c31" +
		"36236b313a30303131323233333434353536363737383839396161626263636464656566664035613366306331653764" +
		"326234613639383837373636353534343333323231313066316532643363346235613639373838373936613562346333" +
		"643265316630055530424f421f7061796d656e747320696e2070726f64756374696f6e4039663836643038310e766572" +
		"73696f6e2036206b657074"
	goldenHash = "3df16dc071062065749b58c48f1c2c30ccc99263d9a85b586cf850bdd113a274"
)

func TestLeafIsTheGoldenVector(t *testing.T) {
	leaf, err := golden().Leaf()
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(leaf); got != goldenLeaf {
		t.Errorf("leaf\n got %s\nwant %s", got, goldenLeaf)
	}
	hash := tlog.RecordHash(leaf)
	if got := hex.EncodeToString(hash[:]); got != goldenHash {
		t.Errorf("hash\n got %s\nwant %s", got, goldenHash)
	}
}

func TestLeafHoldsOnErasingTheReason(t *testing.T) {
	whole := golden()
	erased := whole
	erased.Reason = ""
	_, erased.ReasonHash, _ = strings.Cut(whole.ReasonHash, ":")
	before, _ := whole.Leaf()
	after, err := erased.Leaf()
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the leaf changed with the reason erased (%v)", err)
	}
}

func TestLeafRefusesWhatCannotBeShownExactly(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(*audit.Record)
		column string
		code   audit.RecordCode
	}{
		"a control character":     {func(r *audit.Record) { r.Detail = "a\tb" }, "detail", audit.RecordControl},
		"a lone carriage return":  {func(r *audit.Record) { r.Reason = "a\rb" }, "reason", audit.RecordControl},
		"a C1 control character":  {func(r *audit.Record) { r.Actor = "a\u0085b" }, "actor", audit.RecordControl},
		"a control in the event":  {func(r *audit.Record) { r.Event = "a\x00" }, "event", audit.RecordControl},
		"broken UTF-8":            {func(r *audit.Record) { r.Actor = "\xff" }, "actor", audit.RecordUTF8},
		"more than a cell holds":  {func(r *audit.Record) { r.Detail = strings.Repeat("x", audit.MaxCell+1) }, "detail", audit.RecordLong},
		"no number":               {func(r *audit.Record) { r.Seq = 0 }, "seq", audit.RecordNumber},
		"a year of five digits":   {func(r *audit.Record) { r.Time = r.Time.AddDate(9000, 0, 0) }, "time", audit.RecordTime},
		"emoji count as two each": {func(r *audit.Record) { r.Detail = strings.Repeat("🔑", audit.MaxCell/2+1) }, "detail", audit.RecordLong},
	} {
		t.Run(name, func(t *testing.T) {
			r := golden()
			c.edit(&r)
			_, err := r.Leaf()
			if diff := cmp.Diff(error(&audit.RecordError{Column: c.column, Code: c.code}), err); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLeafTurnsCRLFIntoLF(t *testing.T) {
	r, plain := golden(), golden()
	r.Detail, plain.Detail = "a\r\nb", "a\nb"
	got, err := r.Leaf()
	want, _ := plain.Leaf()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestCellsStandUnderTheirHeader(t *testing.T) {
	r := golden()
	r.Hash = "abc"
	want := []string{
		"42", "2026-11-21T09:30:00.123Z", "applied", r.Change, r.Actor, r.ActorID, "prod", "payments-key",
		"7", "text", "<16", r.Fingerprint, r.Reason, r.ReasonHash, "U0BOB", r.Rule, r.Detail, "abc",
	}
	if diff := cmp.Diff(want, r.Cells()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(audit.Header()) != len(want) {
		t.Errorf("%d columns for %d cells", len(audit.Header()), len(want))
	}
}

func TestShownBytesHidesShortLengths(t *testing.T) {
	for n, want := range map[int]string{0: "<16", 15: "<16", 16: "16", 65536: "65536"} {
		if got := audit.ShownBytes(n); got != want {
			t.Errorf("ShownBytes(%d) = %q, want %q", n, got, want)
		}
	}
}

// FuzzLeaf: the codec is injective both ways. What is no leaf is refused, what is one
// comes back byte for byte, and a record comes back whole but for reason and salt.
func FuzzLeaf(f *testing.F) {
	leaf, _ := golden().Leaf()
	f.Add(leaf, int64(1), int64(0), "requested", "reason", "a\r\nb")
	f.Add(leaf[:len(leaf)-1], int64(7), int64(1763717400123), "applied", "", "")
	f.Add([]byte("secretstore-record-v1"), int64(-1), int64(-1), "\x00", "salt:hash", "\u2028")
	f.Fuzz(func(t *testing.T, leaf []byte, seq, ms int64, event, reasonHash, detail string) {
		if r, err := audit.ParseLeaf(leaf); err == nil {
			if again, err := r.Leaf(); err != nil || !bytes.Equal(again, leaf) {
				t.Errorf("leaf %q came back as %q (%v)", leaf, again, err)
			}
		}
		r := audit.Record{
			Seq: seq, Time: time.UnixMilli(ms).UTC(), Event: audit.Event(event),
			ReasonHash: reasonHash, Detail: detail, Actor: detail, Environment: event,
		}
		leaf, err := r.Leaf()
		if err != nil {
			return
		}
		got, err := audit.ParseLeaf(leaf)
		if err != nil {
			t.Fatalf("our own leaf %q: %v", leaf, err)
		}
		if diff := cmp.Diff(asParsed(r), got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// asParsed is what a leaf keeps of a record.
func asParsed(r audit.Record) audit.Record {
	lf := strings.NewReplacer("\r\n", "\n")
	r.Detail, r.Actor, r.Environment = lf.Replace(r.Detail), lf.Replace(r.Actor), lf.Replace(r.Environment)
	r.ReasonHash = lf.Replace(r.ReasonHash)
	if _, hash, ok := strings.Cut(r.ReasonHash, ":"); ok {
		r.ReasonHash = hash
	}
	return r
}
