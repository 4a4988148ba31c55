package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"secretstore/internal/gcp"
	"secretstore/internal/policy"
	"secretstore/internal/wording"
)

// setting states one environment variable: its name and its default, once. Its help is
// the sentence "setting.NAME" of package wording.
type setting struct {
	name, standard string
	required       bool
	secret         bool // may be given as projects/P/secrets/N/versions/V
}

// The settings of `serve`. Deployments depend on these names.
const (
	envConfig       = "SECRETSTORE_CONFIG"
	envAddr         = "SECRETSTORE_ADDR"
	envMetrics      = "SECRETSTORE_METRICS_ADDR"
	envInstallation = "SECRETSTORE_INSTALLATION"
	envProject      = "SECRETSTORE_PROJECT"
	envDatabase     = "DATABASE_URL"
	envEphemeral    = "SECRETSTORE_DATABASE_MAY_BE_LOST"
	envBotToken     = "SLACK_BOT_TOKEN"
	envSigning      = "SLACK_SIGNING_SECRET"
	envAppToken     = "SLACK_APP_TOKEN"
	envSlackAPI     = "SLACK_API_URL"
	envTeam         = "SLACK_TEAM_ID"
	envChannel      = "SECRETSTORE_CHANNEL"
	envSheets       = "SHEETS_SPREADSHEET_ID"
	envSheetsURL    = "SHEETS_ENDPOINT"
	envSecrets      = "SECRETMANAGER_ENDPOINT"
	envPrintKey     = "SECRETSTORE_FINGERPRINT_KEY"
	envSealKey      = "SECRETSTORE_SEAL_KEY"
	envSigningKey   = "SECRETSTORE_SIGNING_KEY"
)

// allSettings is the one table that loading, checking and --help read.
func allSettings() []setting {
	return []setting{
		{name: envConfig, required: true},
		{name: envAddr, standard: ":8080"},
		{name: envMetrics, standard: "127.0.0.1:9464"},
		{name: envInstallation, standard: "main"},
		{name: envProject},
		{name: envDatabase, standard: "sqlite:secretstore.db", secret: true},
		{name: envEphemeral},
		{name: envBotToken, required: true, secret: true},
		{name: envSigning, secret: true},
		{name: envAppToken, secret: true},
		{name: envSlackAPI, standard: "https://slack.com/api/"},
		{name: envTeam},
		{name: envChannel},
		{name: envSheets, required: true},
		{name: envSheetsURL},
		{name: envSecrets},
		{name: envPrintKey, secret: true},
		{name: envSealKey, secret: true},
		{name: envSigningKey, secret: true},
	}
}

// forbidden are variables of our libraries that print payloads, values included (sources:
// net/http, gax-go internallog, grpc binarylog).
func forbidden(env func(string) string) []string {
	var set []string
	if strings.Contains(env("GODEBUG"), "http2debug") {
		set = append(set, "GODEBUG")
	}
	for _, name := range []string{"GOOGLE_SDK_GO_LOGGING_LEVEL", "GOOGLE_SDK_GO_EXPERIMENTAL_LOGGING", "GOOGLE_SDK_GO_EXPERIMENTAL_TRACING", "GRPC_BINARY_LOG_FILTER"} {
		if env(name) != "" {
			set = append(set, name)
		}
	}
	return set
}

// settings are the loaded values :: name -> text. Secrets among them may still be
// references to Secret Manager.
type settings map[string]string

// String keeps a whole map of settings out of logs: some are secrets.
func (settings) String() string { return "settings" }

// GoString is String, for %#v.
func (settings) GoString() string { return "settings" }

// load reads every setting and returns all faults at once.
func load(env func(string) string) (settings, []problem) {
	s := make(settings)
	var problems []problem
	for _, name := range forbidden(env) {
		problems = append(problems, problem{name, "setting.fault.prints", nil})
	}
	for _, def := range allSettings() {
		s[def.name] = strings.TrimSpace(env(def.name))
		if s[def.name] == "" {
			s[def.name] = def.standard
		}
		if def.required && s[def.name] == "" {
			problems = append(problems, problem{def.name, "setting.fault.required", nil})
		}
	}
	if port := env("PORT"); port != "" && env(envAddr) == "" {
		s[envAddr] = ":" + port
	}
	return s, append(problems, s.check()...)
}

// loadOnly reads the settings with these names, for a verb that has no use for the others.
func loadOnly(env func(string) string, names ...string) (settings, []problem) {
	s, problems := load(env)
	idle := func(name string) bool { _, known := s[name]; return known && !slices.Contains(names, name) }
	problems = slices.DeleteFunc(problems, func(p problem) bool { return idle(p.where) })
	maps.DeleteFunc(s, func(name, _ string) bool { return idle(name) })
	return s, problems
}

// check finds what is wrong with values that are there.
func (s settings) check() []problem {
	var problems []problem
	bad := func(wrong bool, name string, key wording.Key) {
		if wrong {
			problems = append(problems, problem{name, key, nil})
		}
	}
	bad(s[envAppToken] == "" && s[envSigning] == "", envSigning, "setting.fault.transport")
	bad(!slackURL(s[envSlackAPI]), envSlackAPI, "setting.fault.slack_url")
	bad(s[envSecrets] != "" && !gcp.Loopback(s[envSecrets]), envSecrets, "setting.fault.loopback")
	bad(s[envSheetsURL] != "" && !loopbackURL(s[envSheetsURL]), envSheetsURL, "setting.fault.loopback")
	bad(s.keyMissing() && s[envProject] == "", envProject, "setting.fault.project")
	bad(!installationID(s[envInstallation]), envInstallation, "setting.fault.installation")
	bad(s[envEphemeral] != "" && s[envEphemeral] != "yes", envEphemeral, "setting.fault.yes")
	bad(!listenAddress(s[envAddr]), envAddr, "setting.fault.address")
	bad(!listenAddress(s[envMetrics]) || strings.HasPrefix(s[envMetrics], ":"), envMetrics, "setting.fault.address")
	bad(strings.ContainsAny(s[envSheets], "/:"), envSheets, "setting.fault.sheet_id")
	bad(s[envChannel] != "" && !channelID.MatchString(s[envChannel]), envChannel, "setting.fault.channel")
	for _, name := range []string{envBotToken, envSigning, envAppToken} {
		bad(strings.Contains(s[name], "..."), name, "setting.fault.placeholder")
	}
	if text, err := os.ReadFile(s[envConfig]); s[envConfig] != "" {
		bad(err != nil || len(text) == 0, envConfig, "setting.fault.file")
	}
	return problems
}

// channelID is what the details of a channel show as its id; a private one may begin with G.
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,20}$`)

// listenAddress accepts HOST:PORT and :PORT.
func listenAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	n, numeric := strconv.ParseUint(port, 10, 16)
	return err == nil && numeric == nil && (n > 0 || port == "0")
}

// checkProject keeps the installation's own keys apart from people's secrets. A nil policy
// has faults of its own.
func (s settings) checkProject(p *policy.Policy) []problem {
	if p == nil {
		return nil
	}
	for _, e := range p.Environments() {
		if s[envProject] == e.Project {
			return []problem{{envProject, "setting.fault.project_environment", []string{"env", string(e.Name)}}}
		}
	}
	return nil
}

func (s settings) keyMissing() bool {
	return s[envPrintKey] == "" || s[envSealKey] == "" || s[envSigningKey] == ""
}

// spreadsheets lists the ids in order.
func (s settings) spreadsheets() []string {
	return strings.FieldsFunc(s[envSheets], func(r rune) bool { return r == ',' || r == ' ' })
}

// slackURL accepts Slack's own hosts by https, or a loopback address.
func slackURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || !strings.HasSuffix(text, "/") {
		return false
	}
	slack := u.Scheme == "https" && (u.Host == "slack.com" || u.Host == "slack-gov.com")
	return slack || loopbackURL(text)
}

func loopbackURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "http" && gcp.Loopback(u.Host)
}

// installationID keeps to what a label value may hold (source: secretmanagerpb.Secret.labels).
func installationID(text string) bool {
	return text != "" && len(text) <= 63 &&
		strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-", r) }) < 0
}

// printSettings is `serve --help`.
func printSettings(w io.Writer) {
	say := wording.English().Say
	fmt.Fprintln(w, say("terminal.serve"))
	for _, def := range allSettings() {
		fmt.Fprintf(w, "\n  %s", def.name)
		if def.standard != "" {
			fmt.Fprintf(w, " (%s)", def.standard)
		}
		fmt.Fprintf(w, "\n      %s\n", say(wording.Key("setting."+def.name)))
	}
}
