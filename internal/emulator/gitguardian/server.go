// Package gitguardian is a loopback stand-in of GitGuardian's API for tests: what
// ggshield asks during a scan, with the API's own limits, quota and error words, and with
// faults on demand (package faults, and the kinds of this package).
//
//	server, err := gitguardian.Start(gitguardian.Options{})
//	server.Faults().Add(faults.Fault{Method: gitguardian.Multiscan, Kind: faults.Refuse, Status: 500})
//
// ggshield takes URL as GITGUARDIAN_INSTANCE, since it allows plain HTTP on 127.0.0.1.
// The detectors are a small set that finds what Fake makes; they are not GitGuardian's
// engine and say nothing of its precision. What is not known of the real API is said
// where it is decided. Source of the contract: ggshield 1.56.1 and py-gitguardian 1.35.0,
// which read it, and docs.gitguardian.com/api-docs.
package gitguardian

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"secretstore/internal/emulator/faults"
)

// Names of the calls, for faults and in Requests.
const (
	Metadata  = "metadata"
	APIToken  = "api_token"
	Health    = "health"
	Quotas    = "quotas"
	Multiscan = "multiscan"
)

// Options says whom the server knows and what is left of the quota. The zero Options
// takes any key that is not empty, with the scope "scan" and 10,000 calls.
type Options struct {
	Clock  func() time.Time // nil: time.Now; the quota's `since` counts back from it
	Key    string           // the one valid API key; "": every key but the empty one
	Scopes []string         // of the key; nil: scan alone
	Quota  int              // multiscan calls in 30 days; 0: 10,000, as on the free plan
	Spent  int              // how many of them are gone
	Listen string           // "": 127.0.0.1 and a free port; refused unless loopback
}

// Server is one running stand-in. All methods may be called at the same time.
type Server struct {
	opts      Options
	detectors []detector
	plan      faults.Plan
	http      *http.Server
	url       string
	closing   chan struct{}
	closed    sync.Once
	served    sync.WaitGroup

	mu    sync.Mutex
	spent int
	log   []Request
}

// Request is one call that arrived, whatever became of it.
type Request struct {
	Method    string // one of the names of this package; "" for an unknown path
	Key       string // as the Authorization header bore it
	Header    http.Header
	Documents []Document // of a multiscan
	Status    int        // as answered; 0 while it is being answered or when it was dropped
}

// Document is what a multiscan was asked to search.
type Document struct {
	Filename string
	Content  string
	SHA256   string // of Content, in hex
}

// Start listens and serves until Close. It refuses an address that is not loopback.
func Start(opts Options) (*Server, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Scopes == nil {
		opts.Scopes = []string{"scan"}
	}
	if opts.Quota == 0 {
		opts.Quota = 10_000
	}
	listener, err := listenLoopback(opts.Listen)
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: opts, detectors: detectors(), spent: opts.Spent,
		closing: make(chan struct{}), url: "http://" + listener.Addr().String(),
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	s.served.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// URL is the instance, for GITGUARDIAN_INSTANCE. The API is below its path /exposed/v1.
func (s *Server) URL() string { return s.url }

// Faults is the plan that the server asks once for each call, by the names of this package.
func (s *Server) Faults() *faults.Plan { return &s.plan }

// Requests are the calls so far, in the order of their arrival. A test that finds no leak
// proves with them that the leak was sent.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Documents are the documents of all multiscans so far that were answered with results.
func (s *Server) Documents() []Document {
	var all []Document
	for _, r := range s.Requests() {
		if r.Method == Multiscan && r.Status == http.StatusOK {
			all = append(all, r.Documents...)
		}
	}
	return all
}

// Close stops listening and closes every connection, also of calls that are being slowed
// down. A second Close does nothing.
func (s *Server) Close() error {
	var err error
	s.closed.Do(func() {
		close(s.closing)
		err = s.http.Close()
		s.served.Wait()
	})
	return err
}

func listenLoopback(addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if !isLoopback(addr) {
		return nil, fmt.Errorf("gitguardian: %q is not a loopback host:port; the emulator listens on loopback only", addr)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, errors.New("gitguardian: the emulator can't listen on " + addr)
	}
	return listener, nil
}

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if host == "localhost" && err == nil {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
