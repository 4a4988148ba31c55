// Package sheets is a loopback Google Sheets v4 server that keeps the service's limits,
// error words and quotas, and fails on demand.
//
// It answers the calls that a publisher of rows uses: spreadsheets.get, the values
// collection and spreadsheets.batchUpdate. Point the official client at URL:
//
//	server, err := sheets.Start(sheets.Options{Spreadsheets: []string{"book"}})
//	service, err := sheetsv4.NewService(ctx, option.WithEndpoint(server.URL()), option.WithoutAuthentication())
//
// Hand is a person with the spreadsheet open in a browser. What the emulator does not
// know (an unknown request, a column-wise read) it refuses; it never pretends.
package sheets

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/watch"
)

// Options says what a server holds. Its zero is a server on a free port, without quotas
// and without spreadsheets.
type Options struct {
	Clock        func() time.Time // nil: time.Now; counts the minutes of the quotas
	Quotas       bool             // 60 reads and 60 writes a minute per user, 300 each per project
	Spreadsheets []string         // ids that exist and are shared with the caller; others answer 404
	Listen       string           // "": a free port; refused unless loopback
	Persist      string           // file that keeps the spreadsheets over a restart; "": memory
}

// Server is one emulated Sheets service. All methods may be called at the same time.
type Server struct {
	clock   func() time.Time
	persist string
	quota   *quota // nil: no quotas
	faults  faults.Plan
	http    *http.Server
	url     string

	watchers watch.Watchers // woken by every change of a spreadsheet
	mu       sync.Mutex
	shelf    map[string]*book // :: spreadsheet id -> its newest state
	before   map[string]*book // :: spreadsheet id -> its state before the newest write
	private  map[string]bool  // :: spreadsheet id -> exists, but is not shared with the caller
	log      []Request
	bodies   [][]byte
	closed   bool
}

// Start listens and serves until Close. It fails on an address that is not loopback, a
// port in use, or a Persist file that cannot be read.
func Start(o Options) (*Server, error) {
	s := &Server{clock: o.Clock, persist: o.Persist, before: map[string]*book{}, private: map[string]bool{}}
	if s.clock == nil {
		s.clock = time.Now
	}
	if o.Quotas {
		s.quota = &quota{}
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	for _, id := range o.Spreadsheets {
		if s.shelf[id] == nil {
			s.shelf[id] = newBook(id)
		}
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if !loopback(o.Listen) {
		return nil, errors.New("sheets emulator: the address to listen on must be loopback, such as 127.0.0.1:0")
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("sheets emulator: %w", err)
	}
	s.url = "http://" + listener.Addr().String() + "/"
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(listener) // returns ErrServerClosed at Close
	return s, nil
}

// URL is the endpoint for a client, with a final slash.
func (s *Server) URL() string { return s.url }

// Faults is the plan of misbehaviour. Methods are named get, values.get,
// values.batchGet, values.update, values.batchUpdate, values.append and batchUpdate.
func (s *Server) Faults() *faults.Plan { return &s.faults }

// Close stops the server and cuts what is open. Late effects that are still to come
// are dropped.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.http.Close()
}

// Request is one call that arrived, whether it was carried out or not.
type Request struct {
	Method      string // as in Faults
	Spreadsheet string
	Write       bool
	Sub         int // requests in a batchUpdate, ranges in a values call
	Rows        int // rows of cells it asks to write
	Status      int // answered HTTP status; 0 while it runs or when the connection was cut
}

// Requests returns the calls in the order of their arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// RawReceived returns the body of every request as it came in, refused ones too.
func (s *Server) RawReceived() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// loopback tells whether host or host:port names this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
