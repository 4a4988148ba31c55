package scan

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// The parts of SARIF 2.1.0 that are written (source: OASIS sarif-schema-2.1.0).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
		ColumnKind  string            `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID          string       `json:"id"`
		Description sarifMessage `json:"shortDescription"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints,omitempty"`
		Properties   sarifProperties   `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifProperties struct {
		Commit  string   `json:"commit,omitempty"`
		Engines []string `json:"engines,omitempty"`
		InHead  bool     `json:"inHead"`
	}
)

// WriteSARIF writes the report as SARIF 2.1.0. Lines are those of the newest version where
// the finding still stands there, and else those of its commit.
func (r *Report) WriteSARIF(w io.Writer, style Style) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{Name: "secretstore scan", Rules: []sarifRule{}}}, ColumnKind: "unicodeCodePoints",
		Invocations: []sarifInvocation{{Successful: len(r.Problems) == 0}}, Results: []sarifResult{},
	}
	for _, p := range r.Problems {
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{"error", sarifMessage{p.Sentence()}})
	}
	index := make(map[string]int) // :: rule -> its place
	for _, f := range r.Findings {
		rule, description := ruleOf(f)
		at, known := index[rule]
		if !known {
			at = len(run.Tool.Driver.Rules)
			index[rule] = at
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{rule, sarifMessage{description}})
		}
		run.Results = append(run.Results, resultOf(f, rule, at, style))
	}
	log := sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
	return writeJSON(w, log)
}

func ruleOf(f Finding) (id, description string) {
	if f.Fault != "" {
		return "settings-" + f.Fault, SettingsFile
	}
	return f.Name, visible(f.Detector)
}

func resultOf(f Finding, rule string, index int, style Style) sarifResult {
	result := sarifResult{
		RuleID: rule, RuleIndex: index, Level: "error",
		Message:    sarifMessage{strings.Join(append(append([]string{f.title()}, f.facts()...), f.next(style.Environment)...), "\n")},
		Properties: sarifProperties{f.Commit, f.Engines, f.InHead},
	}
	path, line := f.Path, f.Line
	if f.InHead {
		path, line = f.HeadPath, f.HeadLine
	}
	if path != "" {
		result.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{uri(path)}, sarifRegion{line}}}}
	}
	// GitHub hashes the line, and so the secret, unless a result brings this along.
	result.Fingerprints = map[string]string{"primaryLocationLineHash": fmt.Sprintf("%s:%d", short(f.Commit), f.Line)}
	return result
}

// uri is a path relative to the root of the repository, every part escaped.
func uri(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	u := strings.Join(segments, "/")
	if strings.Contains(segments[0], ":") {
		return "./" + u // or it would begin with a scheme
	}
	return u
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
