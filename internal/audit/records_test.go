package audit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

func TestRecordsAreNumberedWithoutGapsInTheOrderOfTime(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		now := newClock()
		replicas := []*audit.Log{open(t, url, now.set), open(t, url)}
		const writers, each = 8, 20
		var all sync.WaitGroup
		for n := range writers {
			all.Go(func() {
				for range each {
					if n == 0 {
						now.add(-time.Hour) // a clock that runs back must not show
					}
					external := audit.Record{Event: audit.EventExternal}
					if err := replicas[n%2].Append(t.Context(), external, external); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		checkOrder(t, replicas[0], 2*writers*each)
		whole(t, replicas[1], 2*writers*each)
	})
}

func checkOrder(t *testing.T, l *audit.Log, want int) {
	t.Helper()
	records, err := l.Records(t.Context(), 1, want+1)
	if err != nil || len(records) != want {
		t.Fatalf("%d records, %v; want %d", len(records), err, want)
	}
	for i, r := range records {
		if r.Seq != int64(i+1) {
			t.Fatalf("record %d bears number %d", i+1, r.Seq)
		}
		if i > 0 && r.Time.Before(records[i-1].Time) {
			t.Errorf("record %d is older than the one before", r.Seq)
		}
	}
}

func TestRecordsReadOnFromAnyNumber(t *testing.T) {
	l := open(t, sqliteURL(t))
	for n := range 5 {
		submit(t, l, n)
	}
	for _, c := range []struct {
		from  int64
		limit int
		want  []int64
	}{{1, 2, []int64{1, 2}}, {4, 9, []int64{4, 5}}, {6, 9, nil}} {
		records, err := l.Records(t.Context(), c.from, c.limit)
		var got []int64
		for _, r := range records {
			got = append(got, r.Seq)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("from %d: %v (-want +got)\n%s", c.from, err, diff)
		}
	}
}

func TestHistoryIsOfOneSecretNewestFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		submit(t, l, 1)
		submit(t, l, 2, func(c *audit.Change) { c.Ref = secret.Ref{Environment: "dev", Name: key.Name} })
		submit(t, l, 3)
		records, err := l.History(t.Context(), key, 10)
		if err != nil || len(records) != 2 || records[0].Seq != 3 || records[1].Seq != 1 {
			t.Errorf("got %v, %v; want records 3 and 1", records, err)
		}
	})
}

// TestHashesAreTheTreesOfRFC6962 computes the root by the RFC's own recursion, for sizes
// on both sides of every power of two, and across batches of one replica and of two.
func TestHashesAreTheTreesOfRFC6962(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		replicas := []*audit.Log{open(t, url), open(t, url)}
		signer, _ := newSigner(t, replicas[0].Origin())
		for size := int64(1); size <= 35; size++ {
			if err := replicas[size/3%2].Append(t.Context(), audit.Record{Event: audit.EventPolicy}); err != nil {
				t.Fatal(err)
			}
			c, err := replicas[0].Checkpoint(t.Context(), signer)
			if err != nil {
				t.Fatal(err)
			}
			if want := treeHash(leaves(t, replicas[1])); c.Size != size || c.Root != want {
				t.Errorf("size %d: root %v, want %v of size %d", c.Size, c.Root, want, size)
			}
		}
		whole(t, replicas[0], 35)
	})
}

// leaves are the leaf hashes of all records, as anyone can compute them from the sheet.
func leaves(t *testing.T, l *audit.Log) []tlog.Hash {
	t.Helper()
	records, err := l.Records(t.Context(), 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var hashes []tlog.Hash
	for _, r := range records {
		leaf, err := r.Leaf()
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, tlog.RecordHash(leaf))
	}
	return hashes
}

// treeHash is MTH of RFC 6962, section 2.1.
func treeHash(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(treeHash(leaves[:k]), treeHash(leaves[k:]))
}

func TestWaitWakesAtOnceForARecordOfThisProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, sqliteURL(t))
		began := time.Now()
		woken := make(chan error)
		go func() { woken <- l.Wait(t.Context(), 0) }()
		synctest.Wait()
		submit(t, l, 1)
		if err := <-woken; err != nil {
			t.Error(err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("woken after %v, want at once", waited)
		}
		if err := l.Wait(t.Context(), 0); err != nil {
			t.Errorf("for a record that is there: %v", err)
		}
		l.Close()
	})
}

func TestWaitNoticesAnotherReplicasRecordWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := sqliteURL(t)
		l, other := open(t, url), open(t, url)
		began := time.Now()
		woken := make(chan error)
		go func() { woken <- l.Wait(t.Context(), 0) }()
		synctest.Wait()
		submit(t, other, 1)
		if err := <-woken; err != nil {
			t.Error(err)
		}
		if waited := time.Since(began); waited > time.Second {
			t.Errorf("woken after %v, want within a second", waited)
		}
		l.Close()
		other.Close()
	})
}

func TestWaitEndsWithItsContextAndWithTheLog(t *testing.T) {
	l := open(t, sqliteURL(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Wait(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	l.Close()
	if err := l.Wait(t.Context(), 0); !errors.Is(err, audit.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
