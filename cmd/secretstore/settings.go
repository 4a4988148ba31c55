package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"secretstore/internal/gcp"
	"secretstore/internal/wording"
)

// setting states one environment variable: its name and its default, once. Its help is
// the sentence "setting.NAME" of package wording.
type setting struct {
	name, standard string
	required       bool
	secret         bool                     // may be given as projects/P/secrets/N/versions/V
	form           func(string) wording.Key // what is wrong with a value by itself, "" if nothing; nil: nothing ever
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
		{name: envAddr, standard: ":8080", form: must(listenAddress, "setting.fault.address")},
		{name: envMetrics, standard: "127.0.0.1:9464", form: must(metricsAddress, "setting.fault.address")},
		{name: envInstallation, standard: "main", form: must(installationID, "setting.fault.installation")},
		{name: envProject, form: must(projectID.MatchString, "setting.fault.project_id")},
		{name: envDatabase, standard: "sqlite:secretstore.db", secret: true, form: must(databaseURL, "database.bad_url")},
		{name: envEphemeral, form: must(yes, "setting.fault.yes")},
		{name: envBotToken, required: true, secret: true, form: must(botToken, "setting.fault.bot_token")},
		{name: envSigning, secret: true},
		{name: envAppToken, secret: true, form: must(appToken, "setting.fault.app_token")},
		{name: envSlackAPI, standard: "https://slack.com/api/", form: must(slackURL, "setting.fault.slack_url")},
		{name: envTeam},
		{name: envChannel, form: must(channelID.MatchString, "setting.fault.channel")},
		{name: envSheets, required: true, form: must(sheetIDs.MatchString, "setting.fault.sheet_id")},
		{name: envSheetsURL, form: must(loopbackURL, "setting.fault.loopback")},
		{name: envSecrets, form: must(gcp.Loopback, "setting.fault.loopback")},
		{name: envPrintKey, secret: true, form: keyFault},
		{name: envSealKey, secret: true, form: keyFault},
		{name: envSigningKey, secret: true, form: signingKeyFault},
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
	}
	if port := env("PORT"); port != "" && env(envAddr) == "" {
		s[envAddr] = ":" + port
	}
	return s, append(problems, s.check()...)
}

// prepare reads every setting and the policy file, and returns all faults that show without
// the network.
func prepare(env func(string) string) (settings, policyFile, []problem) {
	s, problems := load(env)
	if s[envConfig] == "" {
		return s, policyFile{}, problems
	}
	file, faults := readPolicy(s[envConfig])
	problems = append(problems, faults...)
	return s, file, append(problems, s.checkProject(file.Policy)...)
}

// loadOnly reads the settings with these names, for a verb that has no use for the others.
func loadOnly(env func(string) string, names ...string) (settings, []problem) {
	s, problems := load(env)
	idle := func(name string) bool { _, known := s[name]; return known && !slices.Contains(names, name) }
	problems = slices.DeleteFunc(problems, func(p problem) bool { return idle(p.where) })
	maps.DeleteFunc(s, func(name, _ string) bool { return idle(name) })
	return s, problems
}

// spreadsheets lists the ids in order.
func (s settings) spreadsheets() []string {
	return strings.FieldsFunc(s[envSheets], func(r rune) bool { return r == ',' || r == ' ' })
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
