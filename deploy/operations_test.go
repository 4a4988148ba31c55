package deploy_test

import (
	"encoding/json"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// promtool runs Prometheus' own checker in this folder.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	program := os.Getenv("SECRETSTORE_TEST_PROMTOOL")
	if program == "" {
		program = "promtool"
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Errorf("promtool %s: %v: if it is missing, set SECRETSTORE_TEST_PROMTOOL=$(bash .ci/debian promtool)\n%s", strings.Join(args, " "), err, out)
	}
}

// TestAlerts: they are read as they are meant, are silent when all is well, and sound
// when it is not.
func TestAlerts(t *testing.T) {
	promtool(t, "check", "rules", "alerts.yaml")
	promtool(t, "test", "rules", "alerts_test.yaml")
}

// anchors are the headings of a page as links name them.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(read(t, page)), -1) {
		words := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(words, " ", "-"))
	}
	return all
}

func TestEveryAlertLeadsToWhatToDoAndIsTested(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(read(t, "alerts.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	tests, headings := string(read(t, "alerts_test.yaml")), anchors(t, "operations.md")
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			page, anchor, _ := strings.Cut(rule.Annotations["runbook"], "#")
			if page != "deploy/operations.md" || !slices.Contains(headings, anchor) {
				t.Errorf("%s leads to %s#%s, which is not there", rule.Alert, page, anchor)
			}
			if n := strings.Count(tests, "alertname: "+rule.Alert); n != 2 {
				t.Errorf("%s is tested %d times, want once silent and once sounding", rule.Alert, n)
			}
			if severity := rule.Labels["severity"]; severity != "page" && severity != "ticket" {
				t.Errorf("%s has the severity %q", rule.Alert, severity)
			}
		}
	}
}

// TestUnits has systemd read the units, and count what the app's leaves open.
func TestUnits(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"secretstore.service", "secretstore-backup.service", "secretstore-backup.timer"} {
		text := regexp.MustCompile(`/usr/local/s?bin/[a-z-]+`).ReplaceAllString(string(read(t, name)), self)
		units = append(units, filepath.Join(dir, name))
		put(t, filepath.Join(dir, name), []byte(text))
	}
	asService := filepath.Join(dir, "as-service.service")
	put(t, asService, []byte("[Service]\nExecStart="+self+"\n"+properties(t)))
	for _, args := range [][]string{
		append([]string{"verify"}, append(units, asService)...),
		{"security", "--offline=true", "--threshold=20", units[0]},
	} {
		out, err := exec.CommandContext(t.Context(), "systemd-analyze", args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v: if it is missing, install systemd\n%s", args[0], err, out)
		}
	}
}

// properties are what the page gives to systemd-run, as lines of a unit.
func properties(t *testing.T) string {
	t.Helper()
	var lines strings.Builder
	for _, m := range regexp.MustCompile(`--property=(\S+)`).FindAllStringSubmatch(string(read(t, "operations.md")), -1) {
		lines.WriteString(m[1] + "\n")
	}
	if strings.Count(lines.String(), "\n") < 5 {
		t.Fatalf("found only the properties\n%s", &lines)
	}
	return lines.String()
}

// TestScrapeConfig: Prometheus reads it, and it is where the app serves by default.
func TestScrapeConfig(t *testing.T) {
	_, rest, _ := strings.Cut(string(read(t, "operations.md")), "```yaml\n")
	config, _, ok := strings.Cut(rest, "```")
	if !ok || !strings.Contains(config, settingsOfServe(t)["SECRETSTORE_METRICS_ADDR"]) {
		t.Fatalf("the page scrapes another address than the default:\n%s", config)
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "prometheus.yml"), []byte(config))
	put(t, filepath.Join(dir, "alerts.yaml"), read(t, "alerts.yaml"))
	promtool(t, "check", "config", filepath.Join(dir, "prometheus.yml"))
}

// TestEveryReasonToParkIsExplained: the page's table has a row for each reason of the code,
// and no other.
func TestEveryReasonToParkIsExplained(t *testing.T) {
	var reasons []string
	for _, file := range sources(t, "../internal/publish") {
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				if of, ok := v.Type.(*ast.Ident); ok && of.Name == "ParkReason" && len(v.Values) == 1 {
					reasons = append(reasons, strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
				}
			}
			return true
		})
	}
	_, rest, _ := strings.Cut(string(read(t, "operations.md")), "### The sheet is parked\n")
	section, _, _ := strings.Cut(rest, "\n#")
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, m[1])
	}
	if diff := cmp.Diff(rows, reasons); diff != "" || len(rows) == 0 {
		t.Errorf("rows of the page (-) and reasons of the code (+) differ:\n%s", diff)
	}
}

// recorder makes a shell in which gcloud writes down what it was asked, and every other
// program does nothing.
const recorder = `
	PATH=/nowhere sa=app@acme-secretstore.iam.gserviceaccount.com
	command_not_found_handle() { :; }
	gcloud() { { printf gcloud; printf ' %q' "$@"; echo; } >&3; echo 1; }
`

// gcloudCommands are the commands of a page's blocks, as a shell makes them of the text.
func gcloudCommands(t *testing.T, page string) []string {
	t.Helper()
	record := filepath.Join(t.TempDir(), "record")
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(read(t, page)), -1) {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", "exec 3>>"+record+"\n"+recorder+block[1])
		cmd.Stdin, cmd.Dir = strings.NewReader("typed\n"), t.TempDir()
		_ = cmd.Run() // how it ends is up to programs that did nothing
	}
	return strings.FieldsFunc(string(read(t, record)), func(r rune) bool { return r == '\n' })
}

// TestGcloudCommandsAreWhole: gcloud itself knows each command of the pages, with its flags.
func TestGcloudCommandsAreWhole(t *testing.T) {
	var texts []string
	for _, page := range pages(t) {
		texts = append(texts, gcloudCommands(t, page)...)
	}
	slices.Sort(texts)
	var commands []map[string]string
	for _, command := range slices.Compact(texts) { // gcloud judges the same one once
		commands = append(commands, map[string]string{"command_string": command})
	}
	if len(commands) < 20 {
		t.Fatalf("found only %d commands", len(commands))
	}
	for _, v := range linted(t, commands) {
		if !v.Success {
			t.Errorf("%s: %s", v.Command, v.Fault)
		}
	}
	if wrong := linted(t, []map[string]string{{"command_string": "gcloud sql instances create x --no-such-flag"}}); wrong[0].Success {
		t.Error("gcloud takes any flag: this test proves nothing")
	}
}

// verdict is what gcloud finds wrong with a command.
type verdict struct {
	Command string `json:"command_string"`
	Success bool   `json:"success"`
	Fault   string `json:"error_message"`
}

// linted has gcloud read commands without carrying them out.
func linted(t *testing.T, commands []map[string]string) []verdict {
	t.Helper()
	file := filepath.Join(t.TempDir(), "commands.json")
	asked, _ := json.Marshal(commands) // strings can be marshalled
	if err := os.WriteFile(file, asked, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "gcloud", "meta", "lint-gcloud-commands", "--commands-file="+file)
	cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+t.TempDir(), "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true")
	out, err := cmd.Output()
	var verdicts []verdict
	if err == nil {
		err = json.Unmarshal(out, &verdicts)
	}
	if err != nil || len(verdicts) != len(commands) {
		t.Fatalf("gcloud judged %d of %d commands: %v; is the Google Cloud CLI installed?", len(verdicts), len(commands), err)
	}
	return verdicts
}
