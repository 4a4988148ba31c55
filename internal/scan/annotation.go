package scan

import (
	"fmt"
	"io"
	"strings"
)

// WriteAnnotations writes GitHub's workflow commands (docs: workflow-commands-for-github-actions):
// one error for each finding, on the file and line where it stands now, and one for each
// problem. GitHub shows ten of each step; the summary has them all.
func (r *Report) WriteAnnotations(w io.Writer, style Style) error {
	for _, f := range r.Findings {
		message := strings.Join(append(append([]string{f.title()}, f.facts()...), f.next(style.Environment)...), "\n")
		properties := []string{"title=" + property(r.headline())}
		if f.InHead && f.HeadPath != "" {
			properties = append([]string{"file=" + property(f.HeadPath), fmt.Sprintf("line=%d", f.HeadLine)}, properties...)
		}
		if _, err := fmt.Fprintf(w, "::error %s::%s\n", strings.Join(properties, ","), data(message)); err != nil {
			return err
		}
	}
	for _, p := range r.Problems {
		AnnotateProblem(w, p)
	}
	if r.Quota != nil && r.Quota.low(r.Counts.Calls) {
		_, err := fmt.Fprintf(w, "::warning::%s\n", data(strings.Join(r.figures()[1:], " ")))
		return err
	}
	return nil
}

// AnnotateProblem writes one problem as an error of a workflow.
func AnnotateProblem(w io.Writer, p *Problem) {
	fmt.Fprintf(w, "::error title=%s::%s\n", property(say("scan.verdict.inconclusive")), data(p.Sentence()))
}

// LogLine encodes a line of a log that GitHub's runner reads: a command of the old form
// counts wherever it stands in a line (source: actions/runner, ActionCommand.cs).
func LogLine(text string) string { return strings.ReplaceAll(text, "##[", "## [") }

// data encodes the message of a workflow command: one line, whatever is in it (source:
// actions/toolkit, packages/core/src/command.ts).
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property encodes a property of a workflow command.
func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
