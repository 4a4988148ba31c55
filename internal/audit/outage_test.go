package audit_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
)

func TestACrashOfPostgreSQLIsSurvived(t *testing.T) {
	server := pgtest.NewServer(t)
	l := open(t, server.URL(t))
	submit(t, l, 1)
	server.Stop(t, "immediate")
	c := change(2)
	if _, _, err := l.Submit(t.Context(), c, requested(c)); !errors.Is(err, audit.ErrUnavailable) {
		t.Errorf("while it is down: got %v, want ErrUnavailable", err)
	}
	if _, err := l.Find(t.Context(), audit.Query{}); !errors.Is(err, audit.ErrUnavailable) {
		t.Errorf("reading while it is down: got %v, want ErrUnavailable", err)
	}
	server.Start(t)
	submit(t, l, 2)
	server.Stop(t, "immediate")
	server.Start(t)
	submit(t, l, 3) // the connection is dead and nobody has noticed yet
	whole(t, l, 3)
}

// takenOver returns a log of three records whose server was replaced by one that lacks the
// third; between runs before the log notices.
func takenOver(t *testing.T, between func(address string)) *audit.Log {
	server := pgtest.NewServer(t)
	address := server.URL(t)
	l := open(t, address)
	for n := range 3 {
		submit(t, l, n)
	}
	tamper(t, address, "DELETE FROM record WHERE seq = 3")
	tamper(t, address, "DELETE FROM tlog_hash WHERE idx >= $1", tlog.StoredHashCount(2))
	tamper(t, address, "UPDATE chain SET seq = 2")
	between(address)
	server.Stop(t, "immediate")
	server.Start(t)
	return l
}

// TestAServerThatTookOverIsReadAnew: it has another replica's record under the number of
// the one that it lacks.
func TestAServerThatTookOverIsReadAnew(t *testing.T) {
	l := takenOver(t, func(address string) { submit(t, open(t, address), 4) })
	submit(t, l, 5)
	whole(t, l, 4)
	all, err := l.Records(t.Context(), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, followed(t, l, 10)); diff != "" {
		t.Errorf("(-written +followed)\n%s", diff)
	}
}

// TestWhatAServerLacksIsWaitedForAgain: else whoever follows the log would ask for it
// without a pause.
func TestWhatAServerLacksIsWaitedForAgain(t *testing.T) {
	l := takenOver(t, func(string) {})
	if _, _, err := l.Lease(t.Context(), "sheet", "this", time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := l.Wait(ctx, 2); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("record 3 is there: %v", err)
	}
}

// TestACommitWithoutAnswerIsLookedUp cuts the connection at the COMMIT: after it was
// carried out, and before it arrived. What was carried out is found and not done again;
// what never arrived is done again, since it is certain by then that it was not.
func TestACommitWithoutAnswerIsLookedUp(t *testing.T) {
	for name, forward := range map[string]bool{"carried out": true, "never arrived": false} {
		t.Run(name, func(t *testing.T) {
			direct := pgtest.URL(t)
			cutter := newCutter(t, direct, forward)
			l := open(t, cutter.url)
			submit(t, l, 1)
			cutter.armed.Store(true)
			c := change(2)
			_, fresh, err := l.Submit(t.Context(), c, requested(c))
			if cutter.armed.Load() {
				t.Fatal("the connection was not cut")
			}
			if err != nil || !fresh {
				t.Errorf("fresh %t, %v; want one success, found or made again", fresh, err)
			}
			submit(t, l, 3)
			whole(t, l, 3)
		})
	}
}

func TestACommitWithoutAnswerOrServerIsUnknown(t *testing.T) {
	server := pgtest.NewServer(t)
	cutter := newCutter(t, server.URL(t), true)
	l := open(t, cutter.url)
	cutter.down.Store(true)
	cutter.armed.Store(true)
	c := change(1)
	_, _, err := l.Submit(t.Context(), c, requested(c))
	if !errors.Is(err, audit.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
	cutter.down.Store(false)
	stored, fresh, err := l.Submit(t.Context(), c, requested(c))
	if err != nil || fresh || stored.ID != c.ID {
		t.Errorf("sent again: fresh %t, %v; want what was stored the first time", fresh, err)
	}
	whole(t, l, 1)
}

// cutter stands between a log and its server and, once armed, cuts the connection on
// which the next COMMIT comes.
type cutter struct {
	url     string
	forward bool        // whether the COMMIT still reaches the server
	armed   atomic.Bool // until it has cut
	down    atomic.Bool // new connections are dropped once it has cut
}

func newCutter(t *testing.T, to string, forward bool) *cutter {
	t.Helper()
	c := &cutter{forward: forward}
	c.url = between(t, to, c.serve)
	return c
}

// between listens in place of the server of a database URL, and returns the URL that leads
// there. Each connection is served by itself, with the address of the server.
func between(t *testing.T, to string, serve func(client net.Conn, server string)) string {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	server := u.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(client, server)
		}
	}()
	u.Host = listener.Addr().String()
	return u.String()
}

func (c *cutter) serve(client net.Conn, to string) {
	defer client.Close()
	if c.down.Load() && !c.armed.Load() {
		return
	}
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	cut, answered := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(answered)
		defer client.Close()
		passAnswers(client, server, cut)
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		commit := bytes.Contains(bytes.ToLower(buffer[:n]), []byte("commit\x00")) && c.armed.CompareAndSwap(true, false)
		if commit {
			close(cut)
		}
		if !commit || c.forward {
			server.Write(buffer[:n])
		}
		switch {
		case commit && c.forward:
			<-answered
			return
		case commit:
			return
		}
	}
}

// passAnswers passes the server's answers on; the first after the cut is kept back.
func passAnswers(client, server net.Conn, cut <-chan struct{}) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		select {
		case <-cut:
			return
		default:
		}
		if err != nil {
			return
		}
		client.Write(buffer[:n])
	}
}

func TestErrorsDoNotQuoteTheDriver(t *testing.T) {
	server := pgtest.NewServer(t)
	url := server.URL(t)
	l := open(t, url)
	server.Stop(t, "immediate")
	_, err := l.Size(t.Context())
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "dial") {
		t.Errorf("got %v, want an error in our own words", err)
	}
}
