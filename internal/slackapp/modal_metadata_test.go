package slackapp

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"secretstore/internal/secret"
)

func TestMetadataOfAnyVersionIsUnderstood(t *testing.T) {
	tests := []struct {
		sentence, text string
		want           metadata
	}{
		{"what this version writes", metadata{Env: "dev", Name: "x", Base: 3, Recipe: secret.URL}.String(),
			metadata{V: 1, Env: "dev", Name: "x", Base: 3, Recipe: secret.URL}},
		{"what a form for a reason writes", metadata{Change: cardID, Stop: true}.String(), metadata{V: 1, Change: cardID, Stop: true}},
		{"nothing", "", metadata{}},
		{"no JSON", "{", metadata{}},
		{"keys that this version does not know are passed over", `{"v":2,"env":"dev","colour":"red"}`, metadata{V: 2, Env: "dev"}},
		{"keys that are missing are empty", `{"v":1}`, metadata{V: 1}},
		{"what is not valid is not there", `{"v":1,"env":"DEV","name":"a b","base":-1,"recipe":"rot13","change":"../x"}`, metadata{V: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parseMetadata(tt.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzMetadata: whatever comes back from Slack is read without a panic, into valid names
// or none, and what was read is read the same again.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"v":1,"env":"dev","name":"x","base":3,"recipe":"url"}`, `{"base":1e99}`, `[]`, `{"env":{}}`,
		`{"v":1,"change":"` + cardID + `","stop":true}`, `{"change":"` + cardID + `\n"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := parseMetadata(text)
		if _, faults := secret.ParseName(string(m.Name)); m.Name != "" && len(faults) > 0 {
			t.Errorf("name %q", m.Name)
		}
		if _, faults := secret.ParseEnvironment(string(m.Env)); m.Env != "" && len(faults) > 0 {
			t.Errorf("environment %q", m.Env)
		}
		if _, ok := parseChange(m.Change); m.Change != "" && !ok {
			t.Errorf("change %q", m.Change)
		}
		again := parseMetadata(m.String())
		again.V = m.V
		if m != again {
			t.Errorf("%+v became %+v", m, again)
		}
		if len(m.String()) > maxMetadata {
			t.Errorf("%d bytes", len(m.String()))
		}
	})
}
