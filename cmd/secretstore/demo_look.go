package main

import (
	"regexp"
	"slices"
	"strings"

	"secretstore/internal/wording"
)

// howToLook says how to look at the running demo with real clients, and how to verify its
// log, in lines that another terminal takes as they are.
func howToLook(s *stage) string {
	return wording.English().Say("demo.look",
		"manager", "http://"+s.manager.Addr()+"/", "sheet", s.sheet.URL(), "app", "http://"+s.addr, "spreadsheet", stageSheet,
		"settings", strings.Join(s.auditExports(), "\n  "), "command", commandOf(s.program[0]))
}

// auditExports set what the verb audit reads of the stage's settings. The signing key is not
// among them: it is read from where the app keeps it.
func (s *stage) auditExports() []string {
	var lines []string
	for _, set := range s.settings() {
		name, text, _ := strings.Cut(set, "=")
		if slices.Contains([]string{envProject, envDatabase, envSheets, envSheetsURL, envSecrets}, name) {
			lines = append(lines, "export "+name+"="+quotedForShell(text))
		}
	}
	return lines
}

// commandOf is how a person runs the program at this path once more. What `go run` built
// stands in Go's own folders.
func commandOf(program string) string {
	if strings.Contains(program, "go-build") {
		return "go run ./cmd/secretstore"
	}
	return quotedForShell(program)
}

// plainForShell is what a shell takes as it is.
var plainForShell = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

func quotedForShell(text string) string {
	if plainForShell.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
