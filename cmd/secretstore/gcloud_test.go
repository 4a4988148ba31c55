package main

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"secretstore/internal/emulator/secretmanager"
)

// gcloudCase is a value that is made by a modal and read by somebody with gcloud.
type gcloudCase struct {
	name, story string
	want        func(p *player) string
}

func gcloudCases() []gcloudCase {
	exactly := func(text string) func(*player) string { return func(*player) string { return text } }
	copied := func(p *player) string { return p.clipboard }
	return []gcloudCase{
		{"text, whose last line break is dropped", openForm + `fill value 'p@ss "word" é & <more>\n'`, exactly(`p@ss "word" é & <more>`)},
		{"text, whose last line break is kept", openForm + `fill value 'one\ntwo\n'` + "\ntick keep_newline", exactly("one\ntwo\n")},
		{"binary", openForm + "choose recipe base64-decode\nfill value AAH+/w0KAIAK", exactly("\x00\x01\xfe\xff\r\n\x00\x80\n")},
		{"base64 of text", openForm + "choose recipe base64-encode\nfill value 'plain words'", exactly("cGxhaW4gd29yZHM=")},
		{"json", openForm + `choose recipe json` + "\n" + `fill value '{"a": [1, "two"]}'` + "\ntick compact", exactly(`{"a":[1,"two"]}`)},
		{"pem", "copy pem\n" + openForm + "press form_long\nsees 'second part'\nchoose recipe pem\npaste value value_2\ntick accept", copied},
		{"url", "type '/secret create dev/@name as url'\nsees 'Scheme'\nfill url_scheme postgres\nfill url_host db\nfill url_user app\nfill password 'a:b/c'",
			exactly("postgres://app:a%3Ab%2Fc@db")},
		{"k8s-secret", "type '/secret create dev/kube as k8s-secret'\nsees 'Pairs'\nfill value 'KEY=some value'",
			exactly("apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"kube\"\ntype: Opaque\ndata:\n  \"KEY\": \"c29tZSB2YWx1ZQ==\"\n")},
		{"dockerconfigjson", "type '/secret create dev/@name as dockerconfigjson'\nsees 'Registry'\nfill registry example.com\nfill user robot\nfill password 'se:cret'",
			exactly(`{"auths":{"example.com":{"username":"robot","password":"se:cret","auth":"` + base64.StdEncoding.EncodeToString([]byte("robot:se:cret")) + `"}}}`)},
	}
}

// TestGcloudReadsWhatWasMadeByModal runs the very command that the modal shows when a
// secret was made.
func TestGcloudReadsWhatWasMadeByModal(t *testing.T) {
	if _, err := exec.LookPath("gcloud"); err != nil {
		t.Fatal("gcloud is not on PATH: install the Google Cloud CLI; this test reads secrets with it")
	}
	p := newPlayer(t, t.TempDir(), false)
	for i, c := range gcloudCases() {
		name := string(rune('a'+i)) + "-secret"
		story := strings.ReplaceAll("as Carol\n"+c.story+"\nsubmit\nsees 'was created' 'gcloud'", "@name", name)
		for line := range strings.Lines(story) {
			if err := p.play(t.Context(), words(strings.TrimSpace(line))); err != nil {
				t.Fatalf("%s: %s: %v\n%s", c.name, line, err, p.logged())
			}
		}
		command := shownCommand.FindString(p.who.View().Text())
		want := c.want(p)
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := gcloud(t, p.manager, command); got != want {
				t.Errorf("%s reads %q, want %q", command, got, want)
			}
		})
	}
}

// shownCommand is the command in the modal, without its "gcloud".
var shownCommand = regexp.MustCompile(`secrets versions access [^\n` + "`" + `]*`)

// gcloud runs a command against the emulator and returns the bytes it read.
func gcloud(t *testing.T, m *secretmanager.Server, command string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "read")
	gcloudSays(t, m, command+" --out-file="+file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// gcloudSays runs a command against the emulator and returns what it prints.
func gcloudSays(t *testing.T, m *secretmanager.Server, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "gcloud", strings.Fields(command)...)
	cmd.Env = append(os.Environ(), gcloudSettings(t.TempDir(), m.Addr())...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("gcloud %s: %v; is the Google Cloud CLI installed?\n%s", command, err, complaint.String())
	}
	return string(said)
}

// gcloudSettings make gcloud speak to an emulator, and to nobody else.
func gcloudSettings(config, addr string) []string {
	return []string{
		"CLOUDSDK_CONFIG=" + config,
		"CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true",
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER=http://" + addr + "/",
		"CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true",
		"CLOUDSDK_SURVEY_DISABLE_PROMPTS=true",
		"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=true",
	}
}
