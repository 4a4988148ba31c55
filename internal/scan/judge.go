package scan

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
)

// The answer of "secret scan docset --json" (source: ggshield 1.56.1, verticals/secret/
// output/schemas.py). An unknown field is an unknown shape, and not believed. Fields that
// hold characters or hashes of a match are read into nothing.
type (
	gsScan struct {
		ID            string     `json:"id"`
		Type          string     `json:"type"`
		Incidents     int        `json:"total_incidents"`
		Occurrences   int        `json:"total_occurrences"`
		EngineVersion string     `json:"secrets_engine_version"`
		Scans         []gsScan   `json:"scans"`
		Entities      []gsEntity `json:"entities_with_incidents"`
		Errors        []any      `json:"errors"`
		Extra         any        `json:"extra_info"`
	}
	gsEntity struct {
		Mode        string       `json:"mode"`
		Filename    string       `json:"filename"`
		Incidents   int          `json:"total_incidents"`
		Occurrences int          `json:"total_occurrences"`
		Found       []gsIncident `json:"incidents"`
	}
	gsIncident struct {
		Policy        string         `json:"policy"`
		Detector      string         `json:"type"`
		Validity      string         `json:"validity"`
		Total         int            `json:"total_occurrences"`
		Occurrences   []gsOccurrence `json:"occurrences"`
		IgnoreReason  *gsReason      `json:"ignore_reason"`
		Documentation string         `json:"detector_documentation"`
		IncidentURL   string         `json:"incident_url"`
		Known         bool           `json:"known_secret"`
		Vaulted       bool           `json:"secret_vaulted"`
		IgnoreSHA     hidden         `json:"ignore_sha"`
		VaultType     hidden         `json:"vault_type"`
		VaultName     hidden         `json:"vault_name"`
		VaultPath     hidden         `json:"vault_path"`
		VaultCount    hidden         `json:"vault_path_count"`
	}
	gsReason struct {
		Kind   string `json:"kind"`
		Detail hidden `json:"detail"`
	}
	gsOccurrence struct {
		Match      hidden `json:"match"`
		Type       string `json:"type"`
		LineStart  int    `json:"line_start"`
		LineEnd    int    `json:"line_end"`
		IndexStart int    `json:"index_start"`
		IndexEnd   int    `json:"index_end"`
	}
)

// hidden reads any JSON value and keeps nothing of it.
type hidden struct{}

// UnmarshalJSON forgets.
func (hidden) UnmarshalJSON([]byte) error { return nil }

// judged is a believed answer.
type judged struct {
	hits      []hit
	documents int    // how many of ours came back
	engine    string // the version of GitGuardian's engine; may be empty
}

// judge believes an answer, or says why not. It believes one only if all of this holds:
//
//   - the exit code is 1: with a canary among the documents 0 means that nothing was found;
//   - standard error is empty: that is where ggshield tells of refused and skipped documents;
//   - standard output is one JSON document of the known shape, without an error in it;
//   - every document and every canary is in it once, and nothing else;
//   - every canary was found.
//
// Without canaries the exit code is 1 if there is a hit, and else 0. Hits that were read are
// returned in any case: a leak stays one in an incomplete answer.
func (g *ggshield) judge(a answer, docs []document) (judged, *Problem) {
	top, ok := readAnswer(a.stdout)
	if !ok {
		return judged{}, causeOf(a)
	}
	j, birds, whole := top.collect(docs)
	expected := g.canaryCount(len(docs))
	code := 0
	if g.canaries || len(j.hits) > 0 {
		code = 1
	}
	switch missing := len(docs) - j.documents + expected - len(birds); {
	case !whole || missing < 0:
		return j, problem(BadAnswer)
	case a.code > 1, len(bytes.TrimSpace(a.stderr)) > 0:
		return j, causeOf(a)
	case missing > 0:
		return j, problem(Incomplete, missing)
	case slices.Contains(slices.Collect(maps.Values(birds)), false):
		return j, problem(DetectionOff)
	case a.code != code:
		return j, problem(BadAnswer)
	}
	return j, nil
}

// readAnswer reads exactly one JSON document of the known shape.
func readAnswer(stdout []byte) (gsScan, bool) {
	var top gsScan
	decoder := json.NewDecoder(bytes.NewReader(stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&top); err != nil {
		return top, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return top, false
	}
	return top, top.Type == "docset"
}

// collect walks every entity. It returns which canaries were there and whether each was
// found, and whether all of the answer made sense.
func (top gsScan) collect(docs []document) (j judged, birds map[string]bool, whole bool) {
	index := make(map[string]int, len(docs)) // :: id -> document
	for i, d := range docs {
		index[d.id] = i
	}
	j.engine, birds = top.EngineVersion, make(map[string]bool)
	seen := make(map[string]bool)
	whole = len(top.Errors) == 0 && len(top.Entities) == 0
	for _, scan := range top.Scans {
		whole = whole && scan.Type == "docset" && len(scan.Errors) == 0 && len(scan.Scans) == 0
		for _, e := range scan.Entities {
			i, known := index[e.Filename]
			bird := strings.HasPrefix(e.Filename, canaryPrefix)
			whole = whole && !seen[e.Filename] && (known || bird)
			seen[e.Filename] = true
			switch {
			case bird:
				birds[e.Filename] = len(e.Found) > 0
			case known:
				j.documents++
				j.hits = append(j.hits, e.hits(i)...)
			}
		}
	}
	return j, birds, whole
}

// hits are the places of an entity's incidents. One secret may have several parts, such as
// a user and a password; each occurrence lists all of its parts.
func (e gsEntity) hits(document int) []hit {
	var all []hit
	for _, incident := range e.Found {
		parts := len(incident.Occurrences)
		if n := incident.Total; n > 0 && parts%n == 0 {
			parts /= n
		}
		for occurrence := range slices.Chunk(incident.Occurrences, max(parts, 1)) {
			h := hit{
				document: document, engine: engineGGShield, detector: incident.Detector, validity: incident.Validity,
				// Other reasons to look away are of a configuration that is ours, or of
				// diffs, which our documents are not: they do not count.
				excluded: incident.IgnoreReason != nil && incident.IgnoreReason.Kind == "backend_excluded",
			}
			for _, part := range occurrence {
				h.parts = append(h.parts, span{part.LineStart, part.LineEnd})
			}
			all = append(all, h)
		}
	}
	return all
}

// causeOf names what went wrong, for the sentence that people are told. It reads texts
// that ggshield may change: what it finds never makes a scan clean, and what it does not
// find ends in a general sentence.
func causeOf(a answer) *Problem {
	said := string(a.stderr)
	says := func(any ...string) bool {
		return slices.ContainsFunc(any, func(text string) bool { return strings.Contains(said, text) })
	}
	switch {
	case says("no more API calls available", "Quota limit reached"):
		return problem(QuotaReached)
	case says("missing the required scope"):
		return problem(KeyScope)
	case a.code == 3, says("Invalid GitGuardian API key", "Invalid API key", "Error: 401:"):
		return problem(KeyRefused)
	case says("Error: 429:"):
		return problem(RateLimited)
	case says("Skipped ", "Error: 413:"):
		return problem(SizeRefused)
	case a.code == 4, says("RetryError", "Max retries exceeded", "too many 50", "Connection aborted", "Failed to connect"):
		return problem(Unavailable)
	case says("Results may be incomplete"):
		return problem(Incomplete, ">0")
	}
	return problem(BadAnswer)
}
