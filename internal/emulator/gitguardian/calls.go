package gitguardian

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits and words of the API. The limits are told in its metadata; that it also holds
// callers to them, and in which words, is not documented.
const (
	maxDocuments = 20
	maxDocument  = 1 << 20 // bytes
	maxFilename  = 256     // characters

	invalidKey    = "Invalid API key."
	quotaReached  = "Quota limit reached."
	appVersion    = "v2.240.0"
	engineVersion = "2.150.0"
)

type wireDocument struct {
	Document *string `json:"document"`
	Filename string  `json:"filename"`
}

// decode reads the documents of a multiscan and refuses what the API refuses.
func (c *call) decode(body io.Reader) *answer {
	status, words := http.StatusBadRequest, ""
	if err := json.NewDecoder(body).Decode(&c.documents); err != nil {
		words = "JSON parse error"
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status, words = http.StatusRequestEntityTooLarge, "Payload too large."
		}
	}
	switch {
	case words != "":
	case len(c.documents) == 0:
		words = "No documents to scan."
	case len(c.documents) > maxDocuments:
		words = fmt.Sprintf("Too many documents to scan (%d > %d).", len(c.documents), maxDocuments)
	default:
		words = objection(c.documents)
	}
	if words == "" {
		return nil
	}
	refused := refusal(status, words)
	return &refused
}

// objection is what the API has against the documents, "" for nothing.
func objection(documents []wireDocument) string {
	for _, d := range documents {
		switch {
		case d.Document == nil:
			return "This field is required: document."
		case utf8.RuneCountInString(d.Filename) > maxFilename:
			return "Ensure the filename has no more than 256 characters."
		case len(*d.Document) > maxDocument:
			return "Document exceeds the maximum size."
		case strings.ContainsRune(*d.Document, 0):
			return "Null characters are not allowed." // py-gitguardian replaces them for this reason
		}
	}
	return ""
}

// kept is what a test may later ask for.
func (c *call) kept() []Document {
	var all []Document
	for _, d := range c.documents {
		if d.Document == nil {
			continue
		}
		sum := sha256.Sum256([]byte(*d.Document))
		all = append(all, Document{Filename: d.Filename, Content: *d.Document, SHA256: hex.EncodeToString(sum[:])})
	}
	return all
}

func (s *Server) do(c *call) answer {
	if c.key == "" || s.opts.Key != "" && c.key != s.opts.Key {
		return refusal(http.StatusUnauthorized, invalidKey)
	}
	switch c.method {
	case Metadata:
		return answer{status: http.StatusOK, body: metadata()}
	case APIToken:
		return answer{status: http.StatusOK, body: s.token()}
	case Health:
		return answer{status: http.StatusOK, body: detail{"Valid API key."}}
	case Quotas:
		return answer{status: http.StatusOK, body: s.quota()}
	}
	return s.multiscan(c)
}

// multiscan counts the call, whatever its size, and searches its documents.
func (s *Server) multiscan(c *call) answer {
	if !slices.Contains(s.opts.Scopes, "scan") {
		return refusal(http.StatusForbidden, "Token is missing the scope scan.")
	}
	if !s.spend() {
		return refusal(http.StatusForbidden, quotaReached)
	}
	results := make([]scanResult, 0, len(c.documents))
	for _, d := range c.documents {
		results = append(results, scan(s.detectors, d.Filename, *d.Document, c.all))
	}
	return answer{status: http.StatusOK, body: results}
}

func (s *Server) spend() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent >= s.opts.Quota {
		return false
	}
	s.spent++
	return true
}

type object map[string]any

func metadata() object {
	return object{
		"version":     appVersion,
		"preferences": object{"general__maximum_payload_size": maxPayload},
		"secret_scan_preferences": object{
			"maximum_documents_per_scan": maxDocuments,
			"maximum_document_size":      maxDocument,
		},
		"remediation_messages": object{"pre_commit": "", "pre_push": "", "pre_receive": ""},
	}
}

func (s *Server) token() object {
	return object{
		"id": "b6cec120-cde4-41b8-a59e-1ca2eedb3c13", "name": "scan", "workspace_id": 1,
		"type": "personal_access_token", "status": "active",
		"created_at": "2025-07-03T13:10:37Z", "scopes": s.opts.Scopes,
	}
}

// quota counts over a rolling month, per workspace (docs: api-docs/usage-and-quotas).
func (s *Server) quota() object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return object{"content": object{
		"count": s.spent, "limit": s.opts.Quota, "remaining": max(s.opts.Quota-s.spent, 0),
		"since": s.opts.Clock().UTC().AddDate(0, 0, -30).Format(time.DateOnly),
	}}
}
