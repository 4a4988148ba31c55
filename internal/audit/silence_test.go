package audit_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"secretstore/internal/audit"
	"secretstore/internal/audit/pgtest"
)

// TestAServerThatVanishedIsNotWaitedFor: one whose machine is gone closes no connection.
func TestAServerThatVanishedIsNotWaitedFor(t *testing.T) {
	t.Parallel() // it takes as long as a server has to answer
	address, vanish := vanishing(t, pgtest.URL(t))
	l := open(t, address)
	submit(t, l, 1)
	if _, err := l.Find(t.Context(), audit.Query{}); err != nil {
		t.Fatal(err)
	}
	vanish()
	answered := make(chan error, 1)
	go func() {
		_, err := l.Find(context.Background(), audit.Query{})
		answered <- err
	}()
	select {
	case err := <-answered:
		if !errors.Is(err, audit.ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("still waiting after a minute")
	}
	submit(t, l, 2)
	whole(t, l, 2)
}

// vanishing stands before a server. From vanish on, the connections that there are carry
// nothing more, and none of them is closed; new ones lead to a server that took over.
func vanishing(t *testing.T, to string) (address string, vanish func()) {
	t.Helper()
	gone := new(atomic.Pointer[atomic.Bool])
	gone.Store(new(atomic.Bool))
	address = between(t, to, func(client net.Conn, server string) {
		backend, err := net.Dial("tcp", server)
		if err != nil {
			client.Close()
			return
		}
		now := gone.Load()
		go carry(backend, client, now)
		carry(client, backend, now)
	})
	return address, func() { gone.Swap(new(atomic.Bool)).Store(true) }
}

// carry copies until an end closes, and swallows what comes once the server is gone.
func carry(to io.WriteCloser, from io.Reader, gone *atomic.Bool) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if !gone.Load() {
			to.Write(buffer[:n])
		}
	}
}
