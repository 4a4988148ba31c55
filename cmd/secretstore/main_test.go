package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/wording"
)

// run calls the program with an environment of its own.
func run(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = realMain(t.Context(), args, console{func(name string) string { return env[name] }, &out, &err})
	return code, out.String(), err.String()
}

// TestREADME runs what the README, and that of the leak guard, show as typed into a
// terminal and compares every line.
func TestREADME(t *testing.T) {
	for _, page := range []string{"../../README.md", "../../.github/actions/leak-guard/README.md"} {
		runsAsShown(t, page)
	}
}

func runsAsShown(t *testing.T, page string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```console\n\\$ secretstore ([^\n]*)\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) == 0 {
		t.Fatalf("%s shows no command with its output", page)
	}
	for _, block := range blocks {
		_, stdout, stderr := run(t, nil, strings.Fields(block[1])...)
		if diff := cmp.Diff(block[2], stdout+stderr); diff != "" {
			t.Errorf("secretstore %s (-page +run):\n%s", block[1], diff)
		}
	}
}

func TestLogLinesAreWhatCloudLoggingReads(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: cloudNames}))
	for level, want := range map[slog.Level]string{slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR"} {
		out.Reset()
		logger.Log(t.Context(), level, "said")
		var got struct{ Severity, Message string }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Severity != want || got.Message != "said" {
			t.Errorf("%v is written as %s (%v)", level, &out, err)
		}
	}
}

func TestHelpListsEverySetting(t *testing.T) {
	code, stdout, _ := run(t, nil, "serve", "--help")
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}
	for _, s := range allSettings() {
		help := wording.English().Say(wording.Key("setting." + s.name))
		if !strings.Contains(stdout, s.name) || !strings.Contains(stdout, help) || strings.HasPrefix(help, "setting.") {
			t.Errorf("serve --help does not explain %s", s.name)
		}
	}
}

// TestARefusedStartNamesTheFailingTest: each test of the policy that fails, by its line.
func TestARefusedStartNamesTheFailingTest(t *testing.T) {
	failing := strings.NewReplacer("expect: allow", "expect: deny", "expect: approve", "expect: allow").Replace(string(stagePolicy))
	code, _, stderr := run(t, map[string]string{
		envConfig: writeFile(t, t.TempDir()+"/policy.yaml", failing), envBotToken: "xoxb-1", envSigning: "s", envSheets: "sheet",
		envProject: "acme-keys", envSecrets: "127.0.0.1:9", envSheetsURL: "http://127.0.0.1:9/", envSlackAPI: "http://127.0.0.1:9/api/",
	}, "serve")
	if code != exitUsage || strings.Count(stderr, "\n") != 2 {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	for line, want := range map[int]string{0: "This test expects deny", 2: "This test expects allow"} {
		first := strings.Count(failing[:strings.Index(failing, "- {as:")], "\n") + 1
		if place := fmt.Sprintf("%s:%d:", envConfig, first+line); !strings.Contains(stderr, place) || !strings.Contains(stderr, want) {
			t.Errorf("nothing says %q at %s in\n%s", want, place, stderr)
		}
	}
}

func TestWrongSettingsAreToldAtOnce(t *testing.T) {
	good := map[string]string{
		envConfig: "stories/policy.yaml", envBotToken: "xoxb-1", envSigning: "s", envSheets: "sheet",
		envProject: "acme-keys", envSecrets: "127.0.0.1:9", envSheetsURL: "http://127.0.0.1:9/", envSlackAPI: "http://127.0.0.1:9/api/",
	}
	tests := []struct {
		name string
		set  map[string]string
		want []string // the variables that are named
	}{
		{"an API that is not Slack's", map[string]string{envSlackAPI: "https://slack.example.com/api/"}, []string{envSlackAPI}},
		{"an API without its last slash", map[string]string{envSlackAPI: "https://slack.com/api"}, []string{envSlackAPI}},
		{"a Secret Manager that is not on loopback", map[string]string{envSecrets: "10.0.0.1:80"}, []string{envSecrets}},
		{"a sheet that is not on loopback", map[string]string{envSheetsURL: "http://10.0.0.1/"}, []string{envSheetsURL}},
		{"a policy file that is not there", map[string]string{envConfig: "nowhere.yaml"}, []string{envConfig}},
		{"an installation that is no label", map[string]string{envInstallation: "Main!"}, []string{envInstallation}},
		{"no keys and no project for them", map[string]string{envProject: ""}, []string{envProject}},
		{"an address that is none", map[string]string{envAddr: "99999"}, []string{envAddr}},
		{"metrics for everyone", map[string]string{envMetrics: ":9090"}, []string{envMetrics}},
		{"a channel's name", map[string]string{envChannel: "#security"}, []string{envChannel}},
		{"a whole link for a spreadsheet", map[string]string{envSheets: "https://docs.google.com/spreadsheets/d/x/edit"}, []string{envSheets}},
		{"the example's placeholder", map[string]string{envSigning: "..."}, []string{envSigning}},
		{"keys in an environment's project", map[string]string{envProject: "acme-dev"}, []string{envProject}},
		{"a half-hearted yes", map[string]string{envEphemeral: "true"}, []string{envEphemeral}},
		{"neither transport", map[string]string{envSigning: ""}, []string{envSigning}},
		{"a library that prints HTTP/2 frames", map[string]string{"GODEBUG": "http2debug=2"}, []string{"GODEBUG"}},
		{"a library that prints payloads", map[string]string{"GOOGLE_SDK_GO_LOGGING_LEVEL": "debug"}, []string{"GOOGLE_SDK_GO_LOGGING_LEVEL"}},
		{"a bot token for Socket Mode", map[string]string{envAppToken: "xoxb-1"}, []string{envAppToken}},
		{"an app token for the bot", map[string]string{envBotToken: "xapp-1"}, []string{envBotToken}},
		{"the example's spreadsheet", map[string]string{envSheets: "1AbC..."}, []string{envSheets}},
		{"commas for spreadsheets", map[string]string{envSheets: ", ,"}, []string{envSheets}},
		{"a project's number", map[string]string{envProject: "1"}, []string{envProject}},
		{"a database of another make", map[string]string{envDatabase: "mysql://x"}, []string{envDatabase}},
		{"a reference without a number", map[string]string{envSigning: "projects/p/secrets/n/versions/latest"}, []string{envSigning}},
		{"a key that is none", map[string]string{envSealKey: "abc"}, []string{envSealKey}},
		{"a signing key that is no seed", map[string]string{envSigningKey: "k1:" + strings.Repeat("ab", 33)}, []string{envSigningKey}},
		{"one key for two", map[string]string{envPrintKey: "k1:" + strings.Repeat("ab", 32), envSealKey: "k2:" + strings.Repeat("ab", 32)}, []string{envSealKey}},
		{"everything at once, Google unasked", map[string]string{
			envSealKey: "abc", envDatabase: "mysql://x", envAppToken: "xoxb-1", envSheets: "1AbC...", envProject: "1", envConfig: "nowhere.yaml", envSecrets: "", envSheetsURL: "",
		}, []string{envProject, envDatabase, envAppToken, envSheets, envSealKey, envConfig}},
		{"three faults at once", map[string]string{envBotToken: "", envSheets: "", envProject: ""}, []string{envBotToken, envSheets, envProject}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env := make(map[string]string)
			for _, set := range []map[string]string{good, test.set} {
				for name, text := range set {
					env[name] = text
				}
			}
			code, _, stderr := run(t, env, "serve")
			if code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			var named []string
			for line := range strings.Lines(stderr) {
				name, sentence, _ := strings.Cut(line, ": ")
				named = append(named, name)
				if strings.HasPrefix(sentence, "setting.") || !strings.Contains(sentence, ".") {
					t.Errorf("%s: no sentence: %q", name, sentence)
				}
			}
			if diff := cmp.Diff(test.want, named); diff != "" {
				t.Errorf("variables named (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeysAreMadeOnceAndNeverMixed(t *testing.T) {
	s, err := newStage(stageOptions{dir: t.TempDir(), program: []string{os.Args[0], "serve"}, settings: []string{asMain + "=1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	for range 2 {
		if err := s.start(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, s.logged())
		}
		s.stop()
	}
	keys := s.manager.Console().Secrets(stageKeys)
	if len(keys) != 3 {
		t.Fatalf("%d keys are kept, want 3", len(keys))
	}
	for _, key := range keys {
		if len(key.Versions) != 1 {
			t.Errorf("two starts made %d versions of %s", len(key.Versions), key.ID)
		}
	}
}

func TestWordsOfAStory(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{"as carol", []string{"as", "carol"}},
		{"type '/secret create dev/x'", []string{"type", "/secret create dev/x"}},
		{"fill value 'it''s  two'", []string{"fill", "value", "it's  two"}},
		{"fill value ''", []string{"fill", "value", ""}},
		{"  submit  ", []string{"submit"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, words(test.line)); diff != "" {
			t.Errorf("words(%q) (-want +got):\n%s", test.line, diff)
		}
	}
}

// TestDemoKeepsItsStateOverARestart plays the story once and then only shows what is there.
func TestDemoKeepsItsStateOverARestart(t *testing.T) {
	t.Setenv(asMain, "1") // the demo runs this very binary as its child
	dir := filepath.Join(t.TempDir(), "state")
	var first, second bytes.Buffer
	if err := demo(t.Context(), demoOptions{dir: dir, once: true}, &first); err != nil {
		t.Fatal(err)
	}
	if err := demo(t.Context(), demoOptions{dir: dir, once: true}, &second); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(first.String(), "types") || strings.Contains(second.String(), "types") {
		t.Errorf("the story was not played exactly once:\n%s", second.String())
	}
}
