package audit_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"secretstore/internal/audit"
)

func TestNewestIsTheLastOfItsEvent(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		if r, ok, err := l.Newest(t.Context(), audit.EventPolicy); ok || err != nil {
			t.Fatalf("an empty log: got %v, %v", r, err)
		}
		for n := range 3 {
			submit(t, l, n)
			r := audit.Record{Event: audit.EventPolicy, Detail: fmt.Sprint("revision ", n)}
			if err := l.Supersede(t.Context(), int64(2*n), r, []byte(r.Detail)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Append(t.Context(), audit.Record{Event: audit.EventExternal}); err != nil {
			t.Fatal(err)
		}
		r, ok, err := l.Newest(t.Context(), audit.EventPolicy)
		if err != nil || !ok || r.Seq != 6 || r.Detail != "revision 2" {
			t.Errorf("got %v, %t, %v; want record 6", r, ok, err)
		}
		for seq, want := range map[int64]string{2: "revision 0", 6: "revision 2", 5: "", 99: ""} {
			if text, err := l.Attachment(t.Context(), seq); err != nil || string(text) != want {
				t.Errorf("the text of %d is %q, %v; want %q", seq, text, err, want)
			}
		}
		whole(t, l, 7)
	})
}

func TestSupersedeRefusesWhoeverDoesNotKnowTheNewest(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		l := open(t, url)
		r := audit.Record{Event: audit.EventPolicy}
		if err := l.Supersede(t.Context(), 1, r, nil); !errors.Is(err, audit.ErrMoved) {
			t.Errorf("after a record that is not there: got %v, want ErrMoved", err)
		}
		if err := l.Supersede(t.Context(), 0, r, nil); err != nil {
			t.Fatal(err)
		}
		if err := l.Supersede(t.Context(), 0, r, nil); !errors.Is(err, audit.ErrMoved) {
			t.Errorf("as a second first: got %v, want ErrMoved", err)
		}
		whole(t, l, 1)
	})
}

// TestSupersedeHasOneWinner races replicas, and callers of one replica who share a batch.
func TestSupersedeHasOneWinner(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		replicas := []*audit.Log{open(t, url), open(t, url)}
		var won atomic.Int32
		var all sync.WaitGroup
		for n := range 16 {
			all.Go(func() {
				err := replicas[n%2].Supersede(t.Context(), 0, audit.Record{Event: audit.EventPolicy}, []byte{byte(n)})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, audit.ErrMoved) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d won, want 1", won.Load())
		}
		whole(t, replicas[0], 1)
	})
}
