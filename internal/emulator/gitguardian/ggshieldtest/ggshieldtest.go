// Package ggshieldtest gives tests the real ggshield, in the version that the leak guard
// installs.
package ggshieldtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Variable names the program, so that a run of many packages installs it once.
const Variable = "SECRETSTORE_TEST_GGSHIELD"

// Path is the program ggshield: what Variable names, or else what .ci/ggshield installs
// into the user's cache from PyPI. The test fails when neither works.
func Path(t testing.TB) string {
	t.Helper()
	if path := os.Getenv(Variable); path != "" {
		return path
	}
	_, file, _, _ := runtime.Caller(0)
	cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(filepath.Dir(file), "../../../../.ci/ggshield"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(".ci/ggshield did not install ggshield; it says above what is missing")
	}
	return strings.TrimSpace(string(out))
}
