package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"strings"
)

// pushed is one way in which a value comes to the app.
type pushed struct {
	name string
	// typed makes what stands for @clipboard in the story, and the values in it; nil is
	// one canary.
	typed func() (clipboard string, canaries []string)
	story string // @name is a name of its own
}

// Pieces of stories.
const (
	openForm = "type '/secret create dev/@name'\nsees 'Value'\n"
	created  = "insist\nsees 'dev/@name was created'\n"
	typedIn  = openForm + "fill value @clipboard\ntick accept\n"
	stored   = "stored dev/@name 1 @clipboard\n"
)

// throughForms is every form and recipe, taken and refused.
func throughForms() []pushed {
	return []pushed{
		{"text, and all that is done with it", nil, typedIn + created + stored + `
			type '/secret update dev/@name'
			sees 'A new version'
			fill value 'something-else-for-now'
			submit
			sees 'version 2'
			type '/secret rollback dev/@name'
			sees 'Go back to'
			choose version 1
			submit
			sees 'version 3'
			stored dev/@name 3 @clipboard
			type '/secret history dev/@name'
			sees 'the same bytes'
			type '/secret delete dev/@name'
			sees 'goes to the trash'
			fill confirm @name
			submit
			sees 'was deleted'
			type '/secret restore dev/@name'
			sees 'comes back'
			submit
			sees 'was restored'`},
		{"a leaf of json", nil, openForm + "choose recipe json\nfill value '{\"key\": \"@clipboard\"}'\ntick accept\n" + created},
		{"a value of dotenv", nil, openForm + "choose recipe dotenv\nfill value 'KEY=\"@clipboard\"'\ntick accept\n" + created},
		{"base64-decode", binary, openForm + "choose recipe base64-decode\nfill value @clipboard\ntick accept\n" + created},
		{"base64-encode", nil, openForm + "choose recipe base64-encode\nfill value @clipboard\ntick accept\n" + created},
		{"pem", pemBlock, openForm + "choose recipe pem\nfill value @clipboard\ntick accept\n" + created},
		{"password of url", nil, `type '/secret create dev/@name as url'
			sees 'Scheme'
			fill url_scheme https
			fill url_host example.com
			fill password @clipboard
			tick accept
			` + created},
		{"k8s-secret", nil, "type '/secret create dev/@name as k8s-secret'\nsees 'Pairs'\nfill value 'KEY=\"@clipboard\"'\ntick accept\n" + created},
		{"password of dockerconfigjson", nil, `type '/secret create dev/@name as dockerconfigjson'
			sees 'Registry'
			fill registry example.com
			fill user robot
			fill password @clipboard
			tick accept
			` + created},
		{"the longer form", nil, openForm + "press form_long\nsees 'second part'\nfill value 'begin-'\nfill value_2 @clipboard\ntick accept\n" + created},
		{"accepted after a warning", nil, openForm + "fill value '“@clipboard”'\nsubmit\nwrong value 'curly'\ntick accept\n" + created},
		{"warned and given up", nil, openForm + "fill value ' @clipboard '\nsubmit\nwrong value 'beginning'\nclose"},
		{"broken json", nil, openForm + "choose recipe json\nfill value '{\"key\": @clipboard}'\nsubmit\nwrong value 'not JSON'\nclose"},
		{"a key of json twice", nil, openForm + "choose recipe json\nfill value '{\"a\": \"@clipboard\", \"a\": 1}'\nsubmit\nwrong value 'twice'\nclose"},
		{"broken dotenv", nil, openForm + "choose recipe dotenv\nfill value @clipboard\nsubmit\nwrong value 'Line 1'\nclose"},
		{"not base64", nil, openForm + "choose recipe base64-decode\nfill value @clipboard\nsubmit\nwrong value 'base64'\nclose"},
		{"broken pem", nil, openForm + "choose recipe pem\nfill value '-----BEGIN KEY-----\\n@clipboard'\nsubmit\nwrong value 'broken'\nclose"},
		{"url with a bad host", nil, `type '/secret create dev/@name as url'
			sees 'Scheme'
			fill url_scheme https
			fill url_host 'not a host'
			fill password @clipboard
			submit
			wrong url_host 'host name'
			press form_text
			sees 'Longer value'
			close`},
	}
}

// byMistake is values where none belongs.
func byMistake() []pushed {
	return []pushed{
		{"after the name", nil, "type '/secret create dev/@name @clipboard'\nreply 'treat it as leaked'"},
		{"as the verb", nil, "type '/secret @clipboard'\nreply 'treat it as leaked'"},
		{"as the name of a command", nil, "type '/secret create @clipboard'\nreply 'treat it as leaked'"},
		{"as an environment", nil, "type '/secret show @clipboard/db'\nreply 'treat it as leaked'"},
		{"as a recipe", nil, "type '/secret create dev/@name as @clipboard'\nreply 'treat it as leaked'"},
		{"in a list", nil, "type '/secret list dev/@clipboard'\nreply 'treat it as leaked'"},
		{"in a search", nil, "type '/secret'\nsees 'What would you like'\noffers name @clipboard\nclose"},
		{"in the name", nil, typedIn + "fill name @clipboard\nsubmit\nwrong name 'letters, digits'\nclose"},
		{"in the reason", nil, typedIn + "fill reason 'it is @clipboard now'\nsubmit\nwrong reason 'holds the secret value'\nclose"},
		{"a leaf of json in the reason", nil, openForm + "choose recipe json\nfill value '{\"key\": \"@clipboard\"}'\nfill reason 'it is @clipboard now'\ntick accept\nsubmit\nwrong reason 'a part of it'\nclose"},
		{"a value of dotenv in the description", nil, openForm + "choose recipe dotenv\nfill value 'KEY=\"@clipboard\"'\nfill description @clipboard\ntick accept\nsubmit\nwrong description 'a part of it'\nclose"},
		{"in the description", nil, typedIn + "fill description @clipboard\nsubmit\nwrong description 'holds the secret value'\nclose"},
		{"a token in the reason", token, openForm + "fill value 'a-value-of-its-own'\nfill reason @clipboard\nsubmit\nwrong reason 'password or token'\nclose"},
		{"a token in the name", token, openForm + "fill value 'a-value-of-its-own'\nfill name @clipboard\nsubmit\nwrong name 'password or token'\nclose"},
		{"in production, denied", nil, "type '/secret create prod/@name'\nsees 'Value'\nfill value @clipboard\ntick accept\nsubmit\nsees 'Refused'\nrow denied prod/@name"},
		{"for a base that moved", nil, `type '/secret create dev/@name as generate'
			sees 'Length'
			submit
			sees 'was created'
			type '/secret update dev/@name'
			sees 'A new version'
			press form_text
			sees 'Longer value'
			fill value @clipboard
			tick accept
			console add dev/@name by-hand
			submit
			wrong value 'added a version'
			close`},
	}
}

// underFaults is every service failing in every way while a value is on its way.
func underFaults() []pushed {
	during := func(fault, end string) string { return typedIn + "fault " + fault + "\n" + end + "\nmend" }
	way := func(fault, end string) pushed {
		service, rest, _ := strings.Cut(fault, " ")
		if method, _, _ := strings.Cut(rest, " "); method != "*" {
			end += "\nhit " + service + " " + method
		}
		return pushed{"while " + fault, nil, during(fault, end)}
	}
	pending := "insist\nsees 'On its way'\nhit manager AddSecretVersion"
	notDone := "insist\nsees 'Not done'"
	return []pushed{
		way("manager AddSecretVersion refuse 1 400", notDone),
		way("manager AddSecretVersion refuse 1 403", notDone),
		way("manager AddSecretVersion refuse 1 404", notDone),
		way("manager AddSecretVersion refuse 1 429", created),
		way("manager AddSecretVersion refuse 1 500", pending),
		way("manager AddSecretVersion refuse 1 503", pending),
		way("manager AddSecretVersion refuse 1 504", pending),
		way("manager AddSecretVersion drop 1", pending),
		way("manager AddSecretVersion lose 1 503", created),
		way("manager AddSecretVersion cut 1", created),
		way("manager AddSecretVersion late 1 503 1s", created),
		way("manager AddSecretVersion slow 1 0 1s", created),
		way("manager CreateSecret refuse 1 403", notDone),
		way("manager CreateSecret refuse 1 503", created),
		way("manager GetSecret refuse 1 503", "submit\nwrong name 'does not answer'\n"+created),
		way("slack views.update refuse 2 500", "submit\ntold 'dev/@name was created'"),
		way("slack chat.postMessage refuse 1 500", created),
		way("slack chat.postMessage refuse 1 channel_not_found", created),
		way("slack chat.postMessage cut 1", created),
		way("sheet * refuse 2 500", created+"row applied dev/@name"),
		way("sheet * refuse 1 403", created),
		way("sheet * cut 1", created),
		{"killed in between", nil, typedIn + "fault manager AddSecretVersion slow 1 0 30s\nsubmit\nhit manager AddSecretVersion\ncrash\nmend\nstart"},
		{"stopped in between", nil, typedIn + "fault manager AddSecretVersion slow 1 0 2s\nsubmit\nhit manager AddSecretVersion\nquit\nmend\nstart"},
	}
}

// binary is bytes that are no text, in base64.
func binary() (string, []string) {
	data := randomBytes(48)
	text := base64.StdEncoding.EncodeToString(data)
	return text, []string{string(data), text}
}

func pemBlock() (string, []string) {
	data := randomBytes(200)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: data})), []string{string(data)}
}

func randomBytes(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.Read(data) // never fails: the runtime ends the process instead
	return data
}

// token is of a form that issuers gave their tokens, so that it is seen to be one.
func token() (string, []string) {
	text := "ghp_" + strings.ToLower(rand.Text()[:10]) + rand.Text()[:26]
	return text, []string{text}
}
