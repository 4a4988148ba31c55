package slackapp

import (
	"encoding/json"

	"secretstore/internal/secret"
)

// metadata is what a modal remembers between its opening and its submission (design.md,
// section 8). Slack keeps it and gives it back; it holds names and numbers only.
type metadata struct {
	V      int                `json:"v"`
	Env    secret.Environment `json:"env,omitempty"`
	Name   secret.Name        `json:"name,omitempty"`
	Base   secret.Version     `json:"base,omitempty"`
	Recipe secret.Recipe      `json:"recipe,omitempty"`
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
	return metadata{V: m.V, Env: env, Name: name, Base: max(m.Base, 0), Recipe: m.Recipe}
}
