package page

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// ErrNotLoopback is an address that others than this machine could reach.
var ErrNotLoopback = errors.New("the page is served on this machine alone: give an address such as 127.0.0.1:8765")

// Server is a page that is being served.
type Server struct {
	url     string
	server  *http.Server
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Start serves the page on addr, whose host is a loopback address; port 0 takes a free one.
// The caller closes it.
func Start(addr string, o Options) (*Server, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !isLoopback(host) {
		return nil, ErrNotLoopback
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{url: "http://" + l.Addr().String() + "/", stop: stop}
	s.server = &http.Server{
		Handler: New(o), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	s.running.Go(func() { _ = s.server.Serve(l) })
	return s, nil
}

// URL is the page's address; it ends in "/".
func (s *Server) URL() string { return s.url }

// Close ends every connection, those of /events included.
func (s *Server) Close() {
	s.stop()
	_ = s.server.Close()
	s.running.Wait()
}
