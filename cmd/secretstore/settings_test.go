package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/wording"
)

// stageEnv is the environment of an app that runs on a stage.
func stageEnv(t *testing.T, socket bool) map[string]string {
	t.Helper()
	return newPlayer(t, t.TempDir(), socket).stage.env()
}

// env is the settings of the stage by name.
func (s *stage) env() map[string]string {
	env := make(map[string]string)
	for _, s := range s.settings() {
		name, text, _ := strings.Cut(s, "=")
		env[name] = text
	}
	return env
}

// TestWhatOthersRefuseIsToldAtOnce: Slack's tokens and the database are tried before
// anything is made or served.
func TestWhatOthersRefuseIsToldAtOnce(t *testing.T) {
	env := stageEnv(t, true)
	made := t.TempDir() + "/none.db"
	env[envDatabase] = "sqlite:" + made
	notes := writeFile(t, t.TempDir()+"/notes.txt", strings.Repeat("not a database ", 100))
	const app, bot = "SLACK_APP_TOKEN: Slack refuses this token. Under", "SLACK_BOT_TOKEN: Slack refuses this token. Install"
	const down, foreign = "SLACK_BOT_TOKEN: Slack does not answer", "DATABASE_URL: The file is there, but is no database of SQLite"
	tests := []struct {
		name string
		set  map[string]string
		want []string // how the lines begin
	}{
		{"the app token", map[string]string{envAppToken: "xapp-1"}, []string{app}},
		{"both tokens and the database", map[string]string{envBotToken: "xoxb-1", envAppToken: "xapp-1", envDatabase: "sqlite:" + notes},
			[]string{bot, app, foreign}},
		{"a Slack that is down is no fault of a token", map[string]string{envSlackAPI: "http://127.0.0.1:9/api/"}, []string{down}},
		{"the database alone", map[string]string{envDatabase: "sqlite:" + notes}, []string{foreign}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			with := maps.Clone(env)
			maps.Copy(with, test.set)
			code, _, stderr := run(t, with, "serve")
			if code != exitUsage || strings.Count(stderr, "\n") != len(test.want) {
				t.Fatalf("exit code %d\n%s", code, stderr)
			}
			for i, line := range strings.SplitAfter(strings.TrimSpace(stderr), "\n") {
				if !strings.HasPrefix(line, test.want[i]) {
					t.Errorf("line %d is %q, want %q", i+1, line, test.want[i])
				}
			}
		})
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("a start that came to nothing made a database")
	}
}

// TestWhatAReferenceStandsForIsJudgedToo: a start with a wrong one makes nothing.
func TestWhatAReferenceStandsForIsJudgedToo(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false)
	const id = "token"
	itself := "projects/" + stageKeys + "/secrets/" + id + "/versions/1"
	console, env := p.manager.Console(), p.stage.env()
	env[envBotToken], env[envDatabase] = itself, "sqlite:"+t.TempDir()+"/none.db"
	for name, test := range map[string]struct{ content, want string }{
		"a reference":       {itself, "What this stands for is empty, or a reference"},
		"nothing":           {"\n", "What this stands for is empty, or a reference"},
		"an app token":      {"xapp-1\n", "This is no bot token"},
		"a token of nobody": {"xoxb-nobody\n", "Slack refuses this token"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := errors.Join(console.Create(stageKeys, id, nil), second(console.AddVersion(stageKeys, id, []byte(test.content)))); err != nil {
				t.Fatal(err)
			}
			code, _, stderr := run(t, env, "serve")
			if code != exitUsage || !strings.HasPrefix(stderr, envBotToken+": "+test.want) {
				t.Errorf("exit code %d\n%s", code, stderr)
			}
			if _, err := os.Stat(strings.TrimPrefix(env[envDatabase], "sqlite:")); err == nil {
				t.Error("it made a database")
			}
			if err := console.Delete(stageKeys, id); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func second(_ int64, err error) error { return err }

// TestAPassingFaultOfSlackIsNoFaultOfTheAppToken: Socket Mode tries again.
func TestAPassingFaultOfSlackIsNoFaultOfTheAppToken(t *testing.T) {
	newPlayer(t, t.TempDir(), true).acts(t, `quit
		fault slack apps.connections.open refuse 4 500
		start
		logs 'the app token was not tried'
		as Carol
		type '/secret create dev/db'
		sees 'Create a secret' 'Value'
		quit`)
}

// TestASpreadsheetThatIsNotThereIsNamedInTheLog, with the setting and what to do.
func TestASpreadsheetThatIsNotThereIsNamedInTheLog(t *testing.T) {
	p := newPlayer(t, t.TempDir(), false, envSheets+"=another")
	p.acts(t, `start
		logs 'SHEETS_SPREADSHEET_ID is not there, or is not shared'
		logs 'Check that the setting has the right id'
		quit`)
}

func TestAuditVerifyNamesEverySettingThatItLacks(t *testing.T) {
	t.Chdir(t.TempDir())
	code, _, stderr := run(t, map[string]string{envSecrets: "127.0.0.1:9", envSheetsURL: "http://127.0.0.1:9/"}, "audit", "verify")
	var named []string
	for line := range strings.Lines(stderr) {
		name, _, _ := strings.Cut(line, ": ")
		named = append(named, name)
	}
	if diff := cmp.Diff([]string{envSheets, envProject, envDatabase}, named); diff != "" || code != exitUsage {
		t.Errorf("exit code %d, named (-want +got):\n%s", code, diff)
	}
}

// TestWhatIsTypedWronglyIsSaidLast, after the help, and is not repeated.
func TestWhatIsTypedWronglyIsSaidLast(t *testing.T) {
	say := wording.English().Say
	policy, err := filepath.Abs("stories/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"frobnicate": "terminal.misused", "version frobnicate": "terminal.misused", "serve --frobnicate": "terminal.misused",
		"serve frobnicate": "terminal.misused", "demo frobnicate": "terminal.misused", "demo --frobnicate": "terminal.misused",
		"audit frobnicate": "terminal.misused", "audit verify frobnicate": "terminal.misused", "audit verify --frobnicate": "terminal.misused",
		"audit key frobnicate": "terminal.misused", "audit export frobnicate": "terminal.misused",
		"policy frobnicate": "terminal.misused", "policy lint --frobnicate x": "terminal.misused", "policy lint a frobnicate": "terminal.misused",
		"policy what-if --last 0 " + policy: "terminal.misused", "policy explain " + policy: "policycli.no_question",
		"policy test": "policycli.no_file",
	} {
		code, stdout, stderr := run(t, nil, strings.Fields(line)...)
		if code != exitUsage || stdout != "" || !strings.HasSuffix(stderr, "\n"+say(wording.Key(want))+"\n") || strings.Contains(stderr, "frobnicate") {
			t.Errorf("%s: exit code %d\n%s%s", line, code, stdout, stderr)
		}
	}
	for _, line := range []string{"policy lint --help", "audit verify -h", "demo --help", "--help", "--version"} {
		if code, stdout, stderr := run(t, nil, strings.Fields(line)...); code != exitOK || stdout == "" || stderr != "" {
			t.Errorf("%s: exit code %d\n%s%s", line, code, stdout, stderr)
		}
	}
}
