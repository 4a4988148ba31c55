package deploy_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// number is what an expression finds in a file, once for all.
func number(t *testing.T, file, expression string) int {
	t.Helper()
	found := regexp.MustCompile(expression).FindAllStringSubmatch(string(read(t, file)), -1)
	if len(found) != 1 {
		t.Fatalf("%s has %d times %s, want it once", file, len(found), expression)
	}
	n, err := strconv.Atoi(found[0][1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLimitsLeaveRoom: whoever ends the process waits longer than it takes to end by itself,
// and whoever bounds its memory gives more than Go's collector is told to stay under.
func TestLimitsLeaveRoom(t *testing.T) {
	const serve = "../cmd/secretstore/serve.go"
	drain := number(t, serve, `drainFor\s+= (\d+) \* time\.Second`)
	memory := number(t, serve, `memoryLimit\s+= (\d+) << 20`)
	for _, limit := range []struct {
		file, expression string
		least            int
	}{
		{"README.md", `--stop-timeout=(\d+) `, drain},
		{"secretstore.service", `TimeoutStopSec=(\d+)s`, drain},
		{"README.md", `--memory=(\d+)m `, memory},
		{"README.md", `--memory-swap=(\d+)m `, memory},
		{"cloud-run.md", `--memory=(\d+)Mi `, memory},
		{"secretstore.service", `MemoryMax=(\d+)M`, memory},
	} {
		if n := number(t, limit.file, limit.expression); n <= limit.least {
			t.Errorf("%s: %s is %d, want more than %d", limit.file, limit.expression, n, limit.least)
		}
	}
}

// TestTheContainerIsShutIn: what systemd's unit takes away, docker takes away too.
func TestTheContainerIsShutIn(t *testing.T) {
	_, rest, _ := strings.Cut(string(read(t, "README.md")), "docker run -d ")
	command, _, ok := strings.Cut(rest, " secretstore\n")
	if !ok {
		t.Fatal("README.md starts no container")
	}
	for _, flag := range []string{
		"-p 127.0.0.1:8080:8080", "-p 127.0.0.1:9464:9464", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--ulimit core=0", "/etc/secretstore:ro",
	} {
		if !strings.Contains(command, flag) {
			t.Errorf("docker run lacks %s", flag)
		}
	}
}
