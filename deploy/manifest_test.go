package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/slack-go/slack"
)

var manifests = []string{"slack/manifest-http.json", "slack/manifest-socket.json"}

// part says what may stand at one place of a manifest: a text, list or object of min to
// max characters, entries or keys; or, where max is 0, a boolean or a number.
type part struct {
	min, max int
	form     string // a regular expression for a text
}

// limits are Slack's (source: slackapi/manifest-schema, schema version 2), as far as our
// manifests go. A place that is not here is an unknown key. "[]" is an entry of a list.
var limits = map[string]part{
	"":                        {1, 20, ""},
	"_metadata":               {1, 2, ""},
	"_metadata.major_version": {}, "_metadata.minor_version": {},

	"display_information":                  {1, 4, ""},
	"display_information.name":             {1, 35, ""},
	"display_information.description":      {1, 140, ""},
	"display_information.long_description": {175, 4000, ""},
	"display_information.background_color": {4, 7, "^#[0-9a-fA-F]+$"},

	"features":                                         {1, 10, ""},
	"features.app_home":                                {1, 3, ""},
	"features.app_home.home_tab_enabled":               {},
	"features.app_home.messages_tab_enabled":           {},
	"features.app_home.messages_tab_read_only_enabled": {},
	"features.bot_user":                                {1, 2, ""},
	"features.bot_user.display_name":                   {1, 80, ""},
	"features.bot_user.always_online":                  {},
	"features.slash_commands":                          {1, 50, ""},
	"features.slash_commands.[]":                       {2, 5, ""},
	"features.slash_commands.[].command":               {2, 32, "^/[a-z0-9_-]+$"},
	"features.slash_commands.[].url":                   {1, 3000, "^https://"},
	"features.slash_commands.[].description":           {1, 2000, ""},
	"features.slash_commands.[].usage_hint":            {1, 1000, ""},
	"features.slash_commands.[].should_escape":         {},

	"oauth_config":               {1, 4, ""},
	"oauth_config.scopes":        {1, 1, ""},
	"oauth_config.scopes.bot":    {1, 255, ""},
	"oauth_config.scopes.bot.[]": {1, 50, "^[a-z.:]+$"},

	"settings":                                        {1, 10, ""},
	"settings.interactivity":                          {1, 3, ""},
	"settings.interactivity.is_enabled":               {},
	"settings.interactivity.request_url":              {1, 3500, "^https://"},
	"settings.interactivity.message_menu_options_url": {1, 3500, "^https://"},
	"settings.org_deploy_enabled":                     {},
	"settings.socket_mode_enabled":                    {},
	"settings.token_rotation_enabled":                 {},
}

// needed are the keys an object can't be without.
var needed = map[string][]string{
	"":                           {"display_information"},
	"display_information":        {"name"},
	"features.bot_user":          {"display_name"},
	"features.slash_commands.[]": {"command", "description"},
	"settings.interactivity":     {"is_enabled"},
}

// overLimits returns what is wrong with a manifest by the table.
func overLimits(at string, value any) []string {
	limit, known := limits[at]
	if !known {
		return []string{at + " is unknown"}
	}
	var wrong []string
	size := 0
	switch v := value.(type) {
	case string:
		size = utf8.RuneCountInString(v)
		if !regexp.MustCompile(limit.form).MatchString(v) {
			wrong = append(wrong, at+" has another form")
		}
	case []any:
		size = len(v)
		for _, entry := range v {
			wrong = append(wrong, overLimits(at+".[]", entry)...)
		}
	case map[string]any:
		size = len(v)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			wrong = append(wrong, overLimits(strings.TrimPrefix(at+"."+key, "."), v[key])...)
		}
		for _, key := range needed[at] {
			if _, there := v[key]; !there {
				wrong = append(wrong, at+" lacks "+key)
			}
		}
	}
	if size < limit.min || size > limit.max {
		wrong = append(wrong, fmt.Sprintf("%s has %d of %d to %d", at, size, limit.min, limit.max))
	}
	return wrong
}

func parse(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManifestsKeepSlacksLimits(t *testing.T) {
	for _, name := range manifests {
		for _, wrong := range overLimits("", parse(t, read(t, name))) {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

// broken are manifests that Slack refuses, made of the one for HTTP.
var broken = []struct{ name, old, with string }{
	{"an unknown key at the top", `"features"`, `"feature": {}, "features"`},
	{"an unknown key in a command", `"usage_hint"`, `"hint": "x", "usage_hint"`},
	{"a name too long", `"name": "Secret Store"`, `"name": "` + strings.Repeat("n", 36) + `"`},
	{"no name", `"name": "Secret Store",`, ``},
	{"a description too long", `"description": "Create, change and roll`, `"description": "` + strings.Repeat("d", 140)},
	{"a command without a slash", `"/secret"`, `"secret"`},
	{"a command too long", `"/secret"`, `"/` + strings.Repeat("c", 32) + `"`},
	{"a scope too long", `"im:write"`, `"` + strings.Repeat("s", 51) + `"`},
	{"an empty name of the bot", `"display_name": "Secret Store"`, `"display_name": ""`},
	{"interactivity without its switch", `"is_enabled": true,`, ``},
}

func breaking(t *testing.T, old, with string) []byte {
	t.Helper()
	text := read(t, manifests[0])
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("the manifest has no %s any more", old)
	}
	return bytes.Replace(text, []byte(old), []byte(with), 1)
}

func TestLimitsRefuseWhatSlackRefuses(t *testing.T) {
	for _, c := range broken {
		t.Run(c.name, func(t *testing.T) {
			if wrong := overLimits("", parse(t, breaking(t, c.old, c.with))); len(wrong) == 0 {
				t.Error("the table lets it pass")
			}
		})
	}
}

// Slack's own schema is not part of the project; where it lies beside the project, it has
// the last word on the manifests and on the table above.
func TestManifestsFitSlacksSchema(t *testing.T) {
	text, err := os.ReadFile("../../shared/schemas/slack-manifest-2.0.0.json")
	if err != nil {
		t.Log("Slack's schema is not at hand; the table of limits stands for it")
		return
	}
	// Go's regular expressions have no look-ahead; both patterns that use one are about domains.
	text = bytes.ReplaceAll(text, []byte(`(?![\\.\\-])`), nil)
	schema := compile(t, text)
	for _, name := range manifests {
		if err := schema.Validate(any(parse(t, read(t, name)))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range broken {
		if schema.Validate(any(parse(t, breaking(t, c.old, c.with)))) == nil {
			t.Errorf("the schema lets %s pass", c.name)
		}
	}
}

func compile(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("manifest.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// The two manifests are one app: they differ in how requests arrive, in nothing else.
func TestManifestsDifferInTransportOnly(t *testing.T) {
	web, socket := parse(t, read(t, manifests[0])), parse(t, read(t, manifests[1]))
	command := web["features"].(map[string]any)["slash_commands"].([]any)[0].(map[string]any)
	settings := web["settings"].(map[string]any)
	got := map[string]any{
		"command": command["url"], "socket": settings["socket_mode_enabled"], "interactivity": settings["interactivity"],
	}
	want := map[string]any{
		"command": "https://secretstore.example.com/slack/commands", "socket": false,
		"interactivity": map[string]any{
			"is_enabled":               true,
			"request_url":              "https://secretstore.example.com/slack/interactions",
			"message_menu_options_url": "https://secretstore.example.com/slack/options",
		},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("HTTP: got (-) and want (+) differ:\n%s", diff)
	}
	delete(command, "url")
	settings["socket_mode_enabled"] = true
	settings["interactivity"] = map[string]any{"is_enabled": true}
	if diff := cmp.Diff(socket, web); diff != "" {
		t.Errorf("Socket Mode (-) and HTTP (+) differ in more than the transport:\n%s", diff)
	}
}

// scopes are what each call of slack-go needs of a bot token (source: docs.slack.dev,
// reference/methods). conversations.info needs one scope for each kind of channel:
// public ones and the private ones the app was invited to. conversations.open is used for
// direct messages alone.
var scopes = map[string][]string{
	"GetUserInfoContext":         {"users:read"},
	"GetConversationInfoContext": {"channels:read", "groups:read"},
	"GetUserGroupsContext":       {"usergroups:read"},
	"GetUserGroupMembersContext": {"usergroups:read"},
	"OpenConversationContext":    {"im:write"},
	"PostMessageContext":         {"chat:write"},
	"PostEphemeralContext":       {"chat:write"},
	"UpdateMessageContext":       {"chat:write"},
	"DeleteMessageContext":       {"chat:write"},
	"GetPermalinkContext":        {},
	"AuthTestContext":            {},
	"OpenViewContext":            {},
	"PushViewContext":            {},
	"UpdateViewContext":          {},
	"PublishViewContext":         {},
	"StartSocketModeContext":     {}, // with the app-level token, not the bot's
}

func TestScopesAreExactlyWhatTheCodeNeeds(t *testing.T) {
	want := []string{"commands"} // the slash command itself
	client := reflect.TypeFor[*slack.Client]()
	for _, name := range calls(sources(t, "../internal/slackapp")) {
		if _, ours := client.MethodByName(name); !ours || !strings.HasSuffix(name, "Context") {
			continue
		}
		needs, known := scopes[name]
		if !known {
			t.Errorf("%s: state in this test which scopes it needs", name)
		}
		want = append(want, needs...)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	for _, name := range manifests {
		var m struct {
			OAuth struct{ Scopes struct{ Bot []string } } `json:"oauth_config"`
		}
		if err := json.Unmarshal(read(t, name), &m); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.OAuth.Scopes.Bot, want); diff != "" {
			t.Errorf("%s: got (-) and want (+) differ:\n%s", name, diff)
		}
	}
	for _, scope := range want {
		if !strings.Contains(string(read(t, "README.md")), "`"+scope+"`") {
			t.Errorf("the README does not say what %s is for", scope)
		}
	}
}
