package gitguardian

import (
	"net/http"

	"secretstore/internal/emulator/faults"
)

// Answers that look like success and are none. They carry the call out, so they cost
// quota like any other.
const (
	// BadJSON answers 200 with text that is no JSON.
	BadJSON faults.Kind = "bad json"
	// Charset answers as usual, with a charset in the Content-Type.
	Charset faults.Kind = "charset"
	// HTML answers Status with a web page, as a proxy would.
	HTML faults.Kind = "html"
	// Empty answers a multiscan with an array of no results.
	Empty faults.Kind = "empty"
	// Short leaves the last result of a multiscan away.
	Short faults.Kind = "short"
	// OtherPolicy files every finding under another policy than "Secrets detection".
	OtherPolicy faults.Kind = "other policy"
)

func (s *Server) malformed(c *call, f faults.Fault) answer {
	a := s.do(c)
	results, _ := a.body.([]scanResult)
	switch f.Kind {
	case BadJSON:
		a.body = []byte("{no JSON")
	case Charset:
		a.kind = "application/json; charset=utf-8"
	case HTML:
		return answer{status: f.Status, kind: "text/html", body: []byte("<html><body>Down for maintenance.</body></html>")}
	case Empty:
		a.body = []scanResult{}
	case Short:
		a.body = results[:max(len(results)-1, 0)]
	case OtherPolicy:
		for _, r := range results {
			for i := range r.Breaks {
				r.Breaks[i].Policy = "File extensions"
			}
		}
	default:
		return refusal(http.StatusNotImplemented, "The emulator does not know this kind of fault.")
	}
	return a
}
