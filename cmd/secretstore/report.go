package main

import (
	"fmt"
	"strings"

	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/emulator/workspace"
)

// viewBox draws a modal as text.
func viewBox(v *workspace.View) string {
	lines := []string{"┌ " + v.Title}
	for line := range strings.SplitSeq(strings.TrimSpace(v.Text()), "\n") {
		lines = append(lines, "│ "+line)
	}
	if v.Submit != "" {
		lines = append(lines, "│ ["+v.Submit+"]")
	}
	return strings.Join(append(lines, "└"), "\n")
}

// secretTable shows one secret as Secret Manager holds it, without its bytes.
func secretTable(m *secretmanager.Server, ref string) string {
	project, name := split(ref)
	view, ok := m.Console().Secret(project, name)
	if !ok {
		return "Secret Manager: no " + ref
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Secret Manager  projects/%s/secrets/%s", project, name)
	if !view.Expires.IsZero() {
		fmt.Fprintf(&b, "  expires %s", view.Expires.UTC().Format("2006-01-02 15:04"))
	}
	for _, v := range view.Versions {
		fmt.Fprintf(&b, "\n  version %-3d %-9s %5d bytes", v.Number, strings.ToLower(string(v.State)), v.Size)
	}
	return b.String()
}

// rowLine shows the telling cells of one row of the audit sheet.
func rowLine(row []string) string {
	cell := func(i int) string {
		if i < len(row) && row[i] != "" {
			return row[i]
		}
		return "-"
	}
	return fmt.Sprintf("%-3s %-9s %-6s %s/%s  version %s  %s bytes  %s  hash %.12s…",
		cell(0), cell(2), cell(4), cell(6), cell(7), cell(8), cell(10), cell(16), cell(17))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
