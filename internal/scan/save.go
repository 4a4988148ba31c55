package scan

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Save writes report.json, report.sarif and summary.md into a folder, appends the summary
// to the file GITHUB_STEP_SUMMARY and the outputs to the file GITHUB_OUTPUT. An empty name
// leaves that out.
func Save(r *Report, style Style, folder, summary, outputs string) error {
	style.Colour = false
	if folder != "" {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return problem(ReportUnsaved, folder)
		}
		for name, write := range map[string]func(io.Writer, Style) error{
			"report.json": r.WriteJSON, "report.sarif": r.WriteSARIF, "summary.md": r.WriteSummary,
		} {
			path := filepath.Join(folder, name)
			if err := writeFile(path, os.O_TRUNC, func(w io.Writer) error { return write(w, style) }); err != nil {
				return problem(ReportUnsaved, path)
			}
		}
	}
	if summary != "" {
		if err := writeFile(summary, os.O_APPEND, func(w io.Writer) error { return r.WriteSummary(w, style) }); err != nil {
			return problem(ReportUnsaved, "GITHUB_STEP_SUMMARY")
		}
	}
	if outputs != "" {
		if err := writeFile(outputs, os.O_APPEND, r.writeOutputs); err != nil {
			return problem(ReportUnsaved, "GITHUB_OUTPUT")
		}
	}
	return nil
}

// writeOutputs writes the outputs of a step. All are numbers and words of ours.
func (r *Report) writeOutputs(w io.Writer) error {
	_, err := fmt.Fprintf(w, "verdict=%s\nfindings=%d\nignored=%d\nproblems=%d\ncommits=%d\ndocuments=%d\ncalls=%d\n",
		r.Verdict, len(r.Findings), len(r.Ignored), len(r.Problems), r.Counts.Commits, r.Counts.Documents, r.Counts.Calls)
	return err
}

func writeFile(name string, how int, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|how, 0o644)
	if err != nil {
		return err
	}
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// StopCommands makes GitHub's runner read what follows as text, until resume is called.
func StopCommands(w io.Writer) (resume func()) {
	token := rand.Text()
	fmt.Fprintf(w, "::stop-commands::%s\n", token)
	return func() { fmt.Fprintf(w, "::%s::\n", token) }
}
