// Package secretmanager is a loopback Google Secret Manager v1 for tests, stories and
// the demo. It speaks gRPC and REST on one port, keeps the service's limits, error
// words, etags, quotas and eventual consistency, and misbehaves on request (package
// faults). It knows the official wire types and nothing of this project.
//
// Secrets of one location (projects/*/locations/*) and managed rotation are answered
// with UNIMPLEMENTED. Callers are not told apart: whoever reaches the port may do
// everything in the projects that Options names and nothing in any other.
package secretmanager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"secretstore/internal/emulator/faults"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	locationpb "google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc"
)

// Options says what the emulator knows and where it listens. The zero Options gives a
// server on a free port that denies every project.
type Options struct {
	// Clock tells the time for create times, expiry, delayed destruction, quotas and
	// late effects; nil means time.Now.
	Clock func() time.Time
	// Quotas refuses what exceeds the documented rates with RESOURCE_EXHAUSTED.
	Quotas bool
	// Projects maps ids to numbers. Requests may name either; answers name the number.
	Projects map[string]int64
	// Listen is a loopback host:port; empty means 127.0.0.1 and a free port.
	Listen string
	// Persist is a file to load from and to save every write to, payloads in plain
	// included; empty keeps everything in memory.
	Persist string
}

// Server is one running emulator. All its methods may be called at the same time.
type Server struct {
	clock    func() time.Time
	plan     faults.Plan
	quota    *quota
	state    *state
	calls    calls
	late     late
	listener net.Listener
	http     *http.Server
	grpc     *grpc.Server
	closing  chan struct{}
	closed   sync.Once
	served   sync.WaitGroup
}

// Start listens and serves until Close. It refuses an address that is not loopback and
// a Persist file that it cannot read.
func Start(opts Options) (*Server, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	st, err := newState(opts)
	if err != nil {
		return nil, err
	}
	listener, err := listenLoopback(opts.Listen)
	if err != nil {
		return nil, err
	}
	s := &Server{clock: opts.Clock, state: st, listener: listener, closing: make(chan struct{})}
	if opts.Quotas {
		s.quota = newQuota(st)
	}
	if err := s.serve(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return s, nil
}

// Addr is the host:port of gRPC in plain text and of REST under http://host:port/.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Faults is the plan that the server asks once for each call, by the name of the RPC
// ("AddSecretVersion").
func (s *Server) Faults() *faults.Plan { return &s.plan }

// Close stops listening and closes every connection. Late effects that are not due are
// forgotten. A second Close does nothing.
func (s *Server) Close() error {
	var err error
	s.closed.Do(func() {
		close(s.closing)
		err = s.http.Close()
		s.grpc.Stop()
		s.served.Wait()
	})
	return err
}

func (s *Server) serve() error {
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(s.intercept))
	pb.RegisterSecretManagerServiceServer(s.grpc, &service{state: s.state})
	locationpb.RegisterLocationsServer(s.grpc, &locations{state: s.state})
	handler, err := newHandler(s.grpc)
	if err != nil {
		return err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{
		Handler:           handler,
		Protocols:         &protocols,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnContext:       withConn,
	}
	s.served.Go(func() { _ = s.http.Serve(s.listener) })
	return nil
}

// connKey finds the connection that a call came in on, for faults that close it.
type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

func listenLoopback(addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !isLoopback(host) {
		return nil, fmt.Errorf("secretmanager: %q is not a loopback host:port; the emulator listens on loopback only", addr)
	}
	return net.Listen("tcp", addr)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
