package slackapp

import (
	"encoding/json"
	"regexp"

	"secretstore/internal/secret"
)

// metadata is what a modal remembers between its opening and its submission.
// Slack keeps it and gives it back; it holds names and numbers only.
//
// The modals that ask for a reason remember `change`, and `stop`, instead of a secret:
// more than section 8 lists, since a vote is about a change and not about a name. Both are
// as untrusted as all the rest: the store judges the vote whatever they say.
type metadata struct {
	V      int                `json:"v"`
	Env    secret.Environment `json:"env,omitempty"`
	Name   secret.Name        `json:"name,omitempty"`
	Base   secret.Version     `json:"base,omitempty"`
	Recipe secret.Recipe      `json:"recipe,omitempty"`
	// Change is what is decided about, in secret_refuse and secret_review; Stop tells the
	// two uses of secret_refuse apart.
	Change string `json:"change,omitempty"`
	Stop   bool   `json:"stop,omitempty"`
}

// metadataVersion rises when a key changes its meaning. Keys may be added without.
const metadataVersion = 1

// String is the text that goes into the view.
func (m metadata) String() string {
	m.V = metadataVersion
	text, err := json.Marshal(m)
	if err != nil {
		return "" // unreachable: texts and numbers always encode
	}
	return string(text)
}

func (m metadata) ref() secret.Ref { return secret.Ref{Environment: m.Env, Name: m.Name} }

// parseMetadata reads what any version of the app wrote: unknown keys are passed over,
// and what is missing or not valid is as though it were not there.
func parseMetadata(text string) metadata {
	var m metadata
	if json.Unmarshal([]byte(text), &m) != nil {
		return metadata{}
	}
	env, envFaults := secret.ParseEnvironment(string(m.Env))
	if len(envFaults) > 0 {
		env = ""
	}
	name, nameFaults := secret.ParseName(string(m.Name))
	if len(nameFaults) > 0 {
		name = ""
	}
	if !m.Recipe.Valid() {
		m.Recipe = ""
	}
	change, _ := parseChange(m.Change)
	return metadata{V: m.V, Env: env, Name: name, Base: max(m.Base, 0), Recipe: m.Recipe, Change: change, Stop: m.Stop}
}

// changeID is a lower-case ULID.
var changeID = regexp.MustCompile(`^[0-7][0-9a-hjkmnp-tv-z]{25}$`)

// parseChange reads the id of a change, "" and false for anything else.
func parseChange(text string) (id string, ok bool) {
	if !changeID.MatchString(text) {
		return "", false
	}
	return text, true
}
