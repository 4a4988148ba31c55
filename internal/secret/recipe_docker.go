package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
)

// dockerHub is the key under which Docker keeps the credentials of Docker Hub, whatever
// people call it (source: docker/cli, cli/config; moby registry.IndexServer).
const dockerHub = "https://index.docker.io/v1/"

// encodeDockerConfig stores the content of a .dockerconfigjson for one registry.
func encodeDockerConfig(in Input) Encoded {
	server, faults := dockerServer(in.Registry)
	faults = append(faults, requiredPart(FieldUser, []byte(in.User))...)
	if i := strings.IndexByte(in.User, ':'); i >= 0 {
		faults = append(faults, faultAt(FieldUser, CodeColonInUser, []byte(in.User), i))
	}
	password := in.Password.Reveal()
	faults = append(faults, requiredPart(FieldPassword, password)...)

	auth := append([]byte(in.User+":"), password...)
	out := append([]byte(`{"auths":{`), jsonString([]byte(server))...)
	out = append(append(out, `:{"username":`...), jsonString([]byte(in.User))...)
	out = append(append(out, `,"password":`...), jsonString(password)...)
	out = append(base64.StdEncoding.AppendEncode(append(out, `,"auth":"`...), auth), `"}}}`...)
	return Encoded{Value: NewValue(out), Faults: faults}
}

// decodeDockerConfig reads the credentials of the only registry.
func decodeDockerConfig(stored Value) Input {
	var config struct {
		Auths map[string]struct{ Username, Password string }
	}
	if err := json.Unmarshal(stored.Reveal(), &config); err != nil {
		return Input{}
	}
	var in Input
	for server, auth := range config.Auths {
		in = Input{Registry: server, User: auth.Username, Password: NewValue([]byte(auth.Password))}
	}
	return in
}

func requiredPart(field Field, text []byte) []Fault {
	if len(text) == 0 {
		return []Fault{{Field: field, Code: CodeEmpty}}
	}
	return partFaults(field, text)
}

// dockerServer reads a registry's address; the names of Docker Hub become Docker's own.
func dockerServer(text string) (string, []Fault) {
	text = strings.TrimSpace(text)
	if fault, refused := unusable(FieldRegistry, []byte(text)); refused {
		return "", []Fault{fault}
	}
	outside := func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' || r > unicode.MaxASCII }
	if strings.ContainsAny(text, `@"\<>?#`) || bytes.IndexFunc([]byte(text), outside) >= 0 {
		return "", []Fault{{Field: FieldRegistry, Code: CodeBadServer}}
	}
	switch strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(text), "/"), "https://") {
	case "docker.io", "index.docker.io", "index.docker.io/v1", "registry-1.docker.io", "hub.docker.com":
		return dockerHub, nil
	}
	return text, nil
}
