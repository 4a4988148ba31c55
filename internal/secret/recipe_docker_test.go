package secret

import (
	"encoding/json"
	"strings"
	"testing"
)

func credentials(server, user, password string) Input {
	return Input{Registry: server, User: user, Password: stored(password)}
}

func TestDockerConfigJSON(t *testing.T) {
	const hub = `{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p4","auth":"dTpwNA=="}}}`
	runRecipe(t, DockerConfigJSON, []recipeCase{
		{"a registry", credentials("europe-docker.pkg.dev", "_json_key", "p:4"),
			`{"auths":{"europe-docker.pkg.dev":{"username":"_json_key","password":"p:4","auth":"X2pzb25fa2V5OnA6NA=="}}}`, nil},
		{"a registry with port and path", credentials(" localhost:5000/team ", "u", "p4"),
			`{"auths":{"localhost:5000/team":{"username":"u","password":"p4","auth":"dTpwNA=="}}}`, nil},
		{"Docker Hub by its name", credentials("docker.io", "u", "p4"), hub, nil},
		{"Docker Hub by its address", credentials("https://index.docker.io/v1/", "u", "p4"), hub, nil},
		{"signs that JSON escapes", credentials("r.io", `a"b\c`, "p\n<&>"),
			`{"auths":{"r.io":{"username":"a\"b\\c","password":"p\n<&>","auth":"YSJiXGM6cAo8Jj4="}}}`, nil},
		{"nothing tells of each", Input{}, "", []string{"registry: empty", "user: empty", "password: empty"}},
		{"no password", credentials("r.io", "u", ""), "", []string{"password: empty"}},
		{"a server with a user in it", credentials("u@r.io", "u", "p4"), "", []string{"registry: bad_server"}},
		{"a server with a space", credentials("r.io x", "u", "p4"), "", []string{"registry: bad_server"}},
		{"a server that is no text", credentials("\xff", "u", "p4"), "", []string{"registry: not_utf8 at 1:1"}},
		{"a colon in the user", credentials("r.io", "u:v", "p4"), "", []string{"user: colon_in_user at 1:2"}},
		{"too large", credentials("r.io", "u", strings.Repeat("p", MaxBytes)), "", []string{"password: too_large limit 65536"}},
		{"doubts stand on their fields", credentials("r.io", "u ", "xxx"),
			`{"auths":{"r.io":{"username":"u ","password":"xxx","auth":"dSA6eHh4"}}}`, []string{"~user: edge_whitespace", "~password: placeholder"}},
	})
}

// TestDockerReadsTheConfig reads with the types of Docker's own documentation.
func TestDockerReadsTheConfig(t *testing.T) {
	var config struct {
		Auths map[string]struct {
			Username, Password string
			Auth               []byte // base64 in JSON
		}
	}
	got := DockerConfigJSON.Encode(credentials("r.io", "üser", "p:4\"\\"))
	if err := json.Unmarshal(got.Value.Reveal(), &config); err != nil {
		t.Fatal(err)
	}
	if a := config.Auths["r.io"]; a.Username != "üser" || a.Password != "p:4\"\\" || string(a.Auth) != "üser:p:4\"\\" {
		t.Errorf("read as %+v", a)
	}
}
