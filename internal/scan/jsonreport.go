package scan

import (
	"io"
	"time"
)

// The report for machines. Names are never taken away, only added; version rises when one
// changes its meaning.
type (
	jsonReport struct {
		Version     int             `json:"version"`
		Verdict     Verdict         `json:"verdict"`
		About       jsonAbout       `json:"about"`
		Problems    []jsonProblem   `json:"problems"`
		Findings    []jsonFinding   `json:"findings"`
		Ignored     []jsonIgnored   `json:"ignored"`
		InWorkspace []jsonFinding   `json:"in_workspace"`
		Excluded    []jsonExclusion `json:"excluded"`
		Unread      []jsonUnread    `json:"unread"`
		Counts      jsonCounts      `json:"counts"`
		Quota       *jsonQuota      `json:"quota,omitempty"`
		Engine      string          `json:"engine"`
		Offline     bool            `json:"offline"`
	}
	jsonAbout struct {
		Mode       string `json:"mode"`
		Event      string `json:"event,omitempty"`
		Repository string `json:"repository,omitempty"`
		Number     int    `json:"number,omitempty"`
		Base       string `json:"base,omitempty"`
		Head       string `json:"head,omitempty"`
	}
	jsonProblem struct {
		Cause    Cause  `json:"cause"`
		Sentence string `json:"sentence"`
	}
	jsonFinding struct {
		Detector string   `json:"detector,omitempty"`
		Engines  []string `json:"engines,omitempty"`
		Kind     string   `json:"kind"`
		Commit   string   `json:"commit,omitempty"`
		Author   string   `json:"author,omitempty"`
		Path     string   `json:"path,omitempty"`
		Line     int      `json:"line"`
		Validity string   `json:"validity,omitempty"`
		InHead   bool     `json:"in_head"`
		HeadPath string   `json:"head_path,omitempty"`
		HeadLine int      `json:"head_line,omitempty"`
		Command  string   `json:"command,omitempty"`
		Fault    string   `json:"fault,omitempty"`
	}
	jsonIgnored struct {
		jsonFinding
		Reason  string `json:"reason"`
		Owner   string `json:"owner"`
		Expires string `json:"expires"`
	}
	jsonExclusion struct {
		Path   string `json:"path"`
		Reason string `json:"reason"`
		Owner  string `json:"owner"`
	}
	jsonUnread struct {
		Path string `json:"path"`
		Why  string `json:"why"`
	}
	jsonCounts struct {
		Commits    int `json:"commits"`
		Files      int `json:"files"`
		Documents  int `json:"documents"`
		Calls      int `json:"calls"`
		Deleted    int `json:"deleted"`
		Unchanged  int `json:"unchanged"`
		Submodules int `json:"submodules"`
		Cached     int `json:"cached"`
		Before     int `json:"before"`
	}
	jsonQuota struct {
		Limit     int `json:"limit"`
		Remaining int `json:"remaining"`
	}
)

// WriteJSON writes the report for machines.
func (r *Report) WriteJSON(w io.Writer, style Style) error {
	report := jsonReport{
		Version: 1, Verdict: r.Verdict, Engine: r.engine(), Offline: r.Offline,
		About: jsonAbout{r.About.Mode, r.About.Event, visible(r.About.Repository), r.About.Number, r.About.Base, r.About.Head},
		Counts: jsonCounts{
			r.Counts.Commits, r.Counts.Files, r.Counts.Documents, r.Counts.Calls,
			r.Counts.Deleted, r.Counts.Unchanged, r.Counts.Submodules, r.Counts.Cached, r.Before,
		},
		Problems: []jsonProblem{}, Findings: jsonFindings(r.Findings, style), Ignored: []jsonIgnored{},
		InWorkspace: jsonFindings(r.InWorkspace, style), Excluded: []jsonExclusion{}, Unread: []jsonUnread{},
	}
	for _, p := range r.Problems {
		report.Problems = append(report.Problems, jsonProblem{p.Cause, p.Sentence()})
	}
	for _, i := range r.Ignored {
		f := jsonFindings([]Finding{i.Finding}, style)[0]
		report.Ignored = append(report.Ignored, jsonIgnored{f, visible(i.Reason), visible(i.Owner), i.Expires.Format(time.DateOnly)})
	}
	for _, x := range r.Excluded {
		report.Excluded = append(report.Excluded, jsonExclusion{visible(x.Path), visible(x.Reason), visible(x.Owner)})
	}
	for _, u := range r.Unread {
		report.Unread = append(report.Unread, jsonUnread{visible(u.Path), u.Why})
	}
	if r.Quota != nil {
		report.Quota = &jsonQuota{r.Quota.Limit, max(r.Quota.Remaining-r.Counts.Calls, 0)}
	}
	return writeJSON(w, report)
}

func jsonFindings(findings []Finding, style Style) []jsonFinding {
	all := []jsonFinding{}
	for _, f := range findings {
		j := jsonFinding{
			Detector: visible(f.Detector), Engines: f.Engines, Kind: f.Kind, Commit: f.Commit, Author: visible(f.Author),
			Path: visible(f.Path), Line: f.Line, Validity: visible(f.Validity),
			InHead: f.InHead, HeadPath: visible(f.HeadPath), HeadLine: f.HeadLine, Fault: f.Fault,
		}
		if f.Fault == "" {
			j.Command = f.Command(style.Environment)
		}
		all = append(all, j)
	}
	return all
}
