package audit

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// answerLimit is how long a server may take to answer what it was sent. One that vanished
// closes no connection, and TCP would wait for it for a quarter of an hour: whoever reads
// meanwhile holds what others wait for. No write takes as long, nor does a read.
const answerLimit = 2 * writeLimit

// limited has connections be given up whose server does not answer in time.
func limited(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &limitedConn{Conn: conn}, nil
	}
}

// limitedConn sets a deadline with each write, unless the driver has set one: that is how
// it ends a call whose context has ended.
type limitedConn struct {
	net.Conn
	mu    sync.Mutex
	ended bool
}

func (c *limitedConn) Write(b []byte) (int, error) {
	if err := c.await(); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *limitedConn) await() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil
	}
	return c.Conn.SetDeadline(time.Now().Add(answerLimit))
}

// SetDeadline is the driver's.
func (c *limitedConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = !t.IsZero()
	return c.Conn.SetDeadline(t)
}
